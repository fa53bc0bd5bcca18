"""The gain of a challenger and the test that belongs to the metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.core import bootstrap, gains, intervals, metrics, units

every_metric = pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in metrics.OF_TASK.items() for name in names]
)


def _contest(task: str, name: str, *, rows: int = 400, noise: float = 0.3) -> gains.Contest:
    """A challenger that knows more of the truth than the champion does."""
    rng = np.random.default_rng(7)
    if task == "regression":
        truth = rng.normal(9, 1, size=rows)
        champion, challenger = truth + rng.normal(0, 1, rows), truth + rng.normal(0, noise, rows)
    elif task == "multiclass":
        truth = rng.integers(0, 3, size=rows)
        champion = rng.dirichlet(np.ones(3), size=rows)
        challenger = 0.5 * champion + 0.5 * np.eye(3)[truth]
    else:
        truth = rng.integers(0, 2, size=rows)
        champion = rng.random(rows)
        challenger = 0.1 * champion + 0.9 * truth
    return gains.Contest(
        task=task, metric=name, truth=truth, champion=champion, challenger=challenger
    )


def _measured(contest: gains.Contest) -> gains.Gain:
    return gains.measure(contest, resamples=200, rng=np.random.default_rng(1))


@every_metric
def test_a_better_challenger_gains_in_every_metric(task, name):
    found = _measured(_contest(task, name))

    assert 0.0 < found.low < found.gain < found.high
    assert found.deviation > 0.0


@every_metric
def test_equal_scores_gain_nothing_for_sure(task, name):
    contest = _contest(task, name)
    equal = replace(contest, challenger=contest.champion)

    found = _measured(equal)

    assert (found.gain, found.low, found.high, found.deviation) == (0.0, 0.0, 0.0, 0.0)
    assert gains.significance(equal)[1] in (None, 1.0)


def test_the_test_belongs_to_the_metric():
    tested = {
        name: gains.significance(_contest(task, name))[0]
        for task, names in metrics.OF_TASK.items()
        for name in names
    }

    assert tested == {
        "roc_auc": gains.DELONG,
        "pr_auc": gains.BOOTSTRAP,
        "log_loss": gains.PAIRED_T,
        "brier": gains.PAIRED_T,
        "accuracy": gains.MCNEMAR,
        "f1": gains.BOOTSTRAP,
        "ece": gains.BOOTSTRAP,
        "f1_macro": gains.BOOTSTRAP,
        "f1_weighted": gains.BOOTSTRAP,
        "balanced_accuracy": gains.BOOTSTRAP,
        "roc_auc_ovr": gains.BOOTSTRAP,
        "rmse": gains.PAIRED_T,
        "mae": gains.PAIRED_T,
        "r2": gains.BOOTSTRAP,
        "mape": gains.PAIRED_T,
        "pinball_10": gains.PAIRED_T,
        "pinball_90": gains.PAIRED_T,
    }


def test_the_bootstrap_deviation_of_an_auc_gain_is_delongs():
    contest = _contest("binary", "roc_auc", rows=2_000)
    contest = replace(contest, challenger=contest.challenger[::-1])

    found = gains.measure(contest, resamples=1_000, rng=np.random.default_rng(1))

    delong = intervals.delong(contest.truth, contest.champion, contest.challenger)
    assert found.gain == pytest.approx(delong.difference)
    assert found.deviation == pytest.approx(np.sqrt(delong.variance), rel=0.1)


def test_the_paired_t_test_of_rmse_is_about_squared_errors():
    contest = _contest("regression", "rmse")
    squared = [np.square(contest.truth - one) for one in (contest.champion, contest.challenger)]

    expected = stats.ttest_rel(*squared).pvalue

    assert gains.significance(contest)[1] == pytest.approx(expected, rel=1e-9)


@every_metric
def test_what_one_side_gains_the_other_loses(task, name):
    contest = _contest(task, name)
    swapped = replace(contest, champion=contest.challenger, challenger=contest.champion)

    found, mirrored = _measured(contest), _measured(swapped)

    assert mirrored.gain == pytest.approx(-found.gain)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))
    assert mirrored.deviation == pytest.approx(found.deviation)
    assert gains.significance(swapped)[1] == pytest.approx(gains.significance(contest)[1])


@every_metric
def test_the_order_of_rows_changes_neither_gain_nor_test(task, name):
    contest = _contest(task, name)
    order = np.random.default_rng(2).permutation(contest.truth.size)

    mixed = contest.where(order)

    assert _measured(mixed).gain == pytest.approx(_measured(contest).gain)
    assert gains.significance(mixed)[1] == pytest.approx(gains.significance(contest)[1])


@pytest.mark.parametrize("name", ["roc_auc", "pr_auc"])
def test_only_the_order_of_scores_counts_for_what_looks_at_ranks(name):
    contest = _contest("binary", name)
    bent = replace(contest, champion=contest.champion**3, challenger=np.exp(contest.challenger))

    assert _measured(bent) == pytest.approx(_measured(contest))


@pytest.mark.parametrize("name", ["rmse", "mae", "pinball_10", "pinball_90"])
def test_a_target_in_metres_gains_a_thousand_times_that_in_kilometres(name):
    contest = _contest("regression", name)
    metres = replace(
        contest,
        truth=contest.truth * 1e3,
        champion=contest.champion * 1e3,
        challenger=contest.challenger * 1e3,
    )

    found, scaled = _measured(contest), _measured(metres)

    assert (scaled.low, scaled.gain, scaled.high) == pytest.approx(
        (found.low * 1e3, found.gain * 1e3, found.high * 1e3)
    )
    assert gains.significance(metres)[1] == pytest.approx(gains.significance(contest)[1])


def test_all_resamples_of_three_rows_have_the_variance_of_a_mean():
    """27 equally likely ones: the variance of the mean is the rows' own, by 3, over 3."""
    errors = np.array([1.0, 2.0, 6.0])
    every = np.array([[i, j, k] for i in range(3) for j in range(3) for k in range(3)])

    found = bootstrap.statistic("mae", "regression", np.zeros(3), errors)(every)

    assert found.var() == pytest.approx(errors.var() / 3)


@pytest.mark.parametrize("rows", [20, 400])
def test_the_deviation_and_the_interval_of_a_mean_are_students(rows):
    differences = np.random.default_rng(3).normal(0.1, 1.0, size=rows)
    contest = gains.Contest(
        task="regression",
        metric="mae",
        truth=np.zeros(rows),
        champion=differences + 100.0,
        challenger=np.full(rows, 100.0),
    )

    found = gains.measure(contest, resamples=20_000, rng=np.random.default_rng(1))

    error = differences.std(ddof=1) / np.sqrt(rows)
    bounds = stats.t.interval(0.95, rows - 1, loc=differences.mean(), scale=error)
    assert found.deviation == pytest.approx(error, rel=0.02)
    assert (found.low, found.high) == pytest.approx(bounds, abs=0.2 * error)


def test_a_unit_for_each_row_draws_what_rows_draw():
    contest = _contest("regression", "rmse")
    alone = replace(contest, units=units.by_group(np.arange(400).astype(str), noun="row"))

    found, by_row = _measured(alone), _measured(contest)

    assert (found.low, found.high) == pytest.approx((by_row.low, by_row.high), rel=0.1)
    assert gains.significance(alone)[1] == pytest.approx(gains.significance(contest)[1])


@every_metric
def test_units_widen_what_copies_of_rows_make_narrow(task, name):
    contest = _contest(task, name, rows=100).where(np.tile(np.arange(100), 4))
    in_units = replace(contest, units=units.by_group(np.tile(np.arange(100), 4).astype(str)))

    by_row, by_unit = _measured(contest), _measured(in_units)

    assert by_unit.gain == by_row.gain
    assert by_unit.deviation > 1.5 * by_row.deviation
    assert (by_unit.units, by_row.units) == (100, 400)


def test_the_name_of_a_test_says_over_what():
    groups = units.by_group(np.repeat(np.arange(20), 20).astype(str))
    tested = [
        gains.significance(replace(_contest(task, name), units=groups))[0]
        for task, name in [("binary", "roc_auc"), ("binary", "accuracy"), ("binary", "f1")]
    ]

    assert tested == ["DeLong over groups", "paired t over groups", "paired bootstrap over groups"]


@pytest.mark.parametrize(
    ("metric", "differing"), [("accuracy", 1), ("roc_auc", 2), ("brier", 3), ("f1", 1)]
)
def test_models_differ_where_the_metric_sees_it(metric, differing):
    truth = np.tile([0, 1], 10)
    champion = np.linspace(0.02, 0.98, 20)
    challenger = champion.copy()
    # A score that moves only, and two that change places across one half.
    challenger[[0, 9, 10]] = 0.01, champion[10], champion[9]
    if metric in {"accuracy", "f1"}:
        challenger[9] = champion[9]

    found = _measured(
        gains.Contest(
            task="binary", metric=metric, truth=truth, champion=champion, challenger=challenger
        )
    )

    assert found.differing == differing


def test_a_metric_that_many_resamples_leave_undefined_has_no_interval():
    truth = np.zeros(200, dtype=np.int64)
    truth[0] = 1
    scores = np.linspace(0, 1, 200)

    found = _measured(
        gains.Contest(
            task="binary", metric="roc_auc", truth=truth, champion=scores, challenger=scores[::-1]
        )
    )

    assert found.gain == 1.0
    assert np.isnan([found.low, found.high, found.deviation]).all()
    assert gains.p_worse(found, margin=0.0) == 1.0


@pytest.mark.parametrize("name", ["roc_auc", "accuracy", "log_loss"])
def test_a_row_without_a_score_leaves_no_test(name):
    contest = _contest("binary", name)
    holed = replace(contest, challenger=np.append(contest.challenger[:-1], np.nan))

    assert np.isnan(_measured(holed).gain)
    assert gains.significance(holed)[1] is None


def test_the_interval_of_a_calibration_error_lies_around_its_gain():
    rng = np.random.default_rng(8)
    champion, challenger = rng.random((2, 400))
    contest = gains.Contest(
        task="binary",
        metric="ece",
        truth=(rng.random(400) < champion).astype(np.int64),
        champion=champion,
        challenger=challenger,
    )

    found = _measured(contest)

    assert found.low < found.gain < found.high
    assert (found.high - found.gain) == pytest.approx(found.gain - found.low, rel=0.3)


@given(st.floats(0.0001, 0.025), st.floats(0.0001, 0.025), st.integers(2, 500))
def test_a_stricter_level_is_never_narrower(first, second, count):
    found = gains.Gain(
        champion_value=0.0,
        challenger_value=0.1,
        gain=0.1,
        low=0.0,
        high=0.3,
        deviation=0.08,
        units=count,
        differing=count,
    )
    strict, loose = (gains.at_level(found, tail=tail) for tail in sorted([first, second]))

    assert strict.low - 1e-12 <= loose.low <= found.low + 1e-12
    assert strict.high + 1e-12 >= loose.high >= found.high - 1e-12


def test_an_undefined_metric_has_no_gain():
    contest = _contest("binary", "roc_auc").where(_contest("binary", "roc_auc").truth == 1)

    found = _measured(contest)

    assert np.isnan([found.gain, found.low, found.high, found.deviation]).all()
    assert gains.significance(contest) == (gains.DELONG, None)


@given(st.floats(-1, 1), st.floats(0.01, 1), st.floats(0, 1))
def test_a_wider_margin_makes_being_worse_less_certain(gain, deviation, margin):
    found = gains.Gain(
        champion_value=0.0,
        challenger_value=gain,
        gain=gain,
        low=gain - deviation,
        high=gain + deviation,
        deviation=deviation,
        units=1_000,
        differing=500,
    )

    assert gains.p_worse(found, margin=margin) >= gains.p_worse(found, margin=0.0)
