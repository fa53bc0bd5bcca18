"""Calibration, golden rows and latency of a challenger."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.core import guards, metrics


def test_a_golden_row_is_changed_when_its_label_is():
    found = guards.golden("binary", np.array([1, 0, 1]), np.array([0.6, 0.4, 0.5]))

    assert found == guards.Golden(rows=3, changed=1)


def test_a_golden_row_of_several_classes_has_the_label_of_the_largest():
    scores = np.array([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]])

    found = guards.golden("multiclass", np.array([1, 2]), scores)

    assert found == guards.Golden(rows=2, changed=1)


@pytest.mark.parametrize(("tolerance", "changed"), [(0.0, 2), (0.1, 1), (1.0, 0)])
def test_a_golden_number_may_be_off_by_the_tolerance(tolerance, changed):
    found = guards.golden(
        "regression", np.array([1.0, 2.0]), np.array([1.05, 2.5]), tolerance=tolerance
    )

    assert found.changed == changed


def test_a_golden_row_without_a_score_is_changed():
    assert guards.golden("binary", np.array([0, 0]), np.array([np.nan, 0.1])).changed == 1


@given(st.integers(60, 400), st.integers(0, 1_000))
def test_the_bound_of_a_ratio_is_that_of_binomial_order_statistics(calls, seed):
    times = np.random.default_rng(seed).exponential(size=calls)
    ascending = np.sort(times)
    rank_low = int(stats.binom.ppf(0.025, calls, 0.95))
    rank_high = int(stats.binom.ppf(0.975, calls, 0.95)) + 1

    found = guards.latency(times, times)

    expected = ascending[rank_low - 1] / ascending[rank_high - 1] if rank_high <= calls else 0.0
    assert found.ratio_low == pytest.approx(expected)


def test_twice_as_slow_is_above_the_limit_and_equally_slow_is_not():
    times = np.random.default_rng(1).gamma(4.0, 1.0, size=400)

    assert guards.latency(times, 2.0 * times).is_above(1.2)
    assert not guards.latency(times, times).is_above(1.0)


def test_what_nobody_would_notice_is_not_above_the_limit():
    times = np.random.default_rng(1).gamma(4.0, 0.01, size=400)

    found = guards.latency(times, 2.0 * times)

    assert found.ratio_low > 1.2
    assert not found.is_above(1.2)


def test_few_calls_say_nothing():
    assert guards.latency(np.full(50, 1.0), np.full(50, 9.0)).ratio_low == 0.0


@given(st.floats(0.01, 100.0), st.integers(0, 1_000))
def test_the_unit_of_time_does_not_change_the_ratio(scale, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.exponential(size=(2, 200))

    found = guards.latency(first * scale, second * scale)

    assert found.ratio_low == pytest.approx(guards.latency(first, second).ratio_low)


@pytest.mark.parametrize("rows", [100, 1_000, 10_000])
def test_chance_gives_right_probabilities_a_calibration_error(rows):
    rng = np.random.default_rng(rows)
    scores = rng.random(rows)
    found = [metrics.ece(rng.random(rows) < scores, scores) for _ in range(300)]

    expected = guards.ece_by_chance(np.zeros(rows, dtype=np.int64), scores)

    assert np.mean(found) == pytest.approx(expected, rel=0.08)


def test_rows_without_a_score_are_counted_and_nothing_is_made_of_them():
    truth, scores = np.array([0, 1, 1]), np.array([0.1, np.nan, 0.9])

    of_challenger = guards.figures(truth, np.nan_to_num(scores), scores, task="binary")
    of_champion = guards.figures(truth, scores, np.nan_to_num(scores), task="binary")

    assert of_challenger == {"unscored_rows": 1.0}
    assert of_champion["unscored_rows_champion"] == 1.0
    assert set(of_champion) >= {"ece", "brier"}
    assert "churn" not in of_champion
