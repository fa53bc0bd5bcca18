"""Intervals and the tests of paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from sklearn import metrics as sk

from workbench.core import intervals, metrics

scores_of = st.integers(0, 10).map(float)
ranked = st.integers(4, 40).flatmap(
    lambda rows: st.tuples(
        arrays.arrays(np.int64, rows, elements=st.integers(0, 1)),
        arrays.arrays(np.float64, rows, elements=scores_of),
        arrays.arrays(np.float64, rows, elements=scores_of),
    )
)


def _slow_delong(truth, a, b) -> float:
    """The variance of the difference straight from DeLong's definition, pair by pair."""
    variance = 0.0
    beats = [
        np.sign(scores[truth == 1][:, None] - scores[truth == 0][None, :]) / 2 + 0.5
        for scores in (a, b)
    ]
    for axis in (0, 1):
        placements = np.stack([one.mean(axis=1 - axis) for one in beats])
        covariance = np.cov(placements)
        spread = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        variance += spread / placements.shape[1]
    return variance


@given(ranked)
@settings(max_examples=50)
def test_delong_by_midranks_is_delong_pair_by_pair(rows):
    truth, a, b = rows
    assume(2 <= truth.sum() <= truth.size - 2)

    found = intervals.delong(truth, a, b)

    assert found.auc_a == pytest.approx(sk.roc_auc_score(truth, a))
    assert found.difference == pytest.approx(found.auc_b - found.auc_a)
    assert found.variance == pytest.approx(_slow_delong(truth, a, b), abs=1e-12)
    assert 0.0 <= found.p <= 1.0


def test_delong_finds_no_difference_between_equal_scores():
    truth, scores = np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.4, 0.5, 0.6, 0.2])

    found = intervals.delong(truth, scores, scores)

    assert (found.difference, found.variance, found.p) == (0.0, 0.0, 1.0)


def test_delong_is_certain_where_the_difference_never_varies():
    truth, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])

    assert intervals.delong(truth, -scores, scores).p == 0.0


@pytest.mark.parametrize(
    ("truth", "is_known"), [([0, 0, 0], False), ([1, 1, 1], False), ([0, 0, 1], True)]
)
def test_with_too_few_rows_of_a_class_delong_knows_no_variance(truth, is_known):
    scores = np.array([0.1, 0.4, 0.5])

    found = intervals.delong(np.array(truth), scores, scores)

    assert np.isnan(found.p)
    assert np.isnan(found.auc_a) != is_known


@given(
    arrays.arrays(np.bool_, 30, elements=st.booleans()),
    arrays.arrays(np.bool_, 30, elements=st.booleans()),
)
def test_mcnemar_is_the_binomial_test_of_the_rows_that_differ(is_right_a, is_right_b):
    only_a = int(np.sum(is_right_a & ~is_right_b))
    differ = int(np.sum(is_right_a != is_right_b))
    expected = stats.binomtest(only_a, differ).pvalue if differ else 1.0

    assert intervals.mcnemar(is_right_a, is_right_b) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_of_airways_before_and_after_a_transplantation():
    """Of 21 children one became well and seven ill: Fagerland et al., BMC Med. Res. Methodol. 13 (2013)."""
    is_well_before = np.repeat([True, True, False, False], [1, 1, 7, 12])
    is_well_after = np.repeat([True, False, True, False], [1, 1, 7, 12])

    assert intervals.mcnemar(is_well_before, is_well_after) == pytest.approx(0.0703, abs=5e-5)


def test_delong_of_four_rows_by_hand():
    """Placements of b .5, 1 and .5, 1; of a .5, .5 and 0, 1: their differences vary by .125 on both sides."""
    truth = np.array([1, 1, 0, 0])
    a, b = np.array([2.0, 2.0, 3.0, 1.0]), np.array([2.0, 4.0, 3.0, 1.0])

    found = intervals.delong(truth, a, b)

    assert (found.auc_a, found.auc_b, found.variance) == (0.5, 0.75, 0.125)
    assert found.p == pytest.approx(2 * stats.norm.sf(0.25 / np.sqrt(0.125)))


@given(ranked)
@settings(max_examples=50)
def test_delong_sees_ranks_only_and_has_two_sides(rows):
    truth, a, b = rows
    assume(2 <= truth.sum() <= truth.size - 2)
    order = np.random.default_rng(truth.size).permutation(truth.size)

    found = intervals.delong(truth, a, b)
    swapped = intervals.delong(truth[order], np.exp(b[order]), a[order] ** 3)

    assert swapped.difference == pytest.approx(-found.difference, abs=1e-12)
    assert swapped.p == pytest.approx(found.p)


def test_the_paired_t_test_of_sleep_is_students():
    """Hours gained by ten patients under two drugs: Student, Biometrika 6 (1908), t = 4.06 and p = .0028."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

    assert intervals.paired_t(second - first) == pytest.approx(0.00283, abs=5e-6)


@given(arrays.arrays(np.float64, 12, elements=st.floats(-5, 5)), st.floats(0.1, 100))
def test_the_paired_t_test_has_no_unit_and_two_sides(differences, scale):
    assume(differences.std() > 1e-3)

    found = intervals.paired_t(differences)

    assert intervals.paired_t(-scale * differences[::-1]) == pytest.approx(found)


def test_the_paired_t_test_is_scipys():
    differences = np.random.default_rng(1).normal(0.1, 1, size=200)

    expected = stats.ttest_1samp(differences, 0.0).pvalue

    assert intervals.paired_t(differences) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("differences", "p_value"), [([0.0, 0.0], 1.0), ([0.5, 0.5], 0.0), ([1.0], np.nan)]
)
def test_differences_without_spread_are_none_or_certain(differences, p_value):
    found = intervals.paired_t(np.array(differences))

    assert found == pytest.approx(p_value, nan_ok=True)


@pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in metrics.OF_TASK.items() for name in names]
)
def test_an_interval_holds_the_value_and_is_the_same_for_a_seed(task, name):
    rng = np.random.default_rng(3)
    truth = rng.normal(9, 1, size=400) if task == "regression" else rng.integers(0, 2, size=400)
    scores = (
        rng.dirichlet(np.ones(2), size=400)
        if task == "multiclass"
        else np.clip(truth * 0.2 + rng.random(400) * 0.8, 0, None)
    )

    low, high = intervals.interval(name, task, truth, scores, seed=5)

    # The calibration error of a resample is larger than that of the rows, chance adding to it.
    assert name == "ece" or low < metrics.metric(name, task, truth, scores) < high
    assert intervals.interval(name, task, truth, scores, seed=5) == (low, high)


def test_the_interval_of_an_auc_agrees_with_its_bootstrap():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, size=2_000)
    scores = truth + rng.normal(size=2_000) * 1.5
    values = [
        metrics.metric("roc_auc", "binary", truth[rows], scores[rows])
        for rows in rng.integers(0, 2_000, size=(400, 2_000))
    ]

    found = intervals.interval("roc_auc", "binary", truth, scores, seed=0)

    assert found == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.004)


def test_perfect_ranks_have_an_interval_without_width():
    truth, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])

    assert intervals.interval("roc_auc", "binary", truth, scores, seed=0) == (1.0, 1.0)


def test_an_undefined_metric_has_no_interval():
    found = intervals.interval("roc_auc", "binary", np.zeros(5, int), np.arange(5.0), seed=0)

    assert np.isnan(found).all()


def test_one_positive_row_still_has_a_bootstrap_interval():
    truth, scores = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.9, 0.8])

    low, high = intervals.interval("roc_auc", "binary", truth, scores, seed=0)

    assert 0.0 <= low <= 2 / 3 <= high <= 1.0
