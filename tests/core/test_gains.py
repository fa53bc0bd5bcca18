"""The gain of a challenger and the test that belongs to the metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.core import gains, intervals, metrics

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
    )

    assert gains.p_worse(found, margin=margin) >= gains.p_worse(found, margin=0.0)
