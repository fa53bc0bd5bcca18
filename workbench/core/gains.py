"""What a challenger gains over the champion on the same rows: value, interval and the metric's own test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.config import Task
from workbench.core import bootstrap, intervals, metrics

DELONG = "DeLong"
MCNEMAR = "exact McNemar"
PAIRED_T = "paired t on the losses of single rows"
BOOTSTRAP = "paired bootstrap"
"""The test's name for a metric that has no test of its own; only the interval speaks."""

_OF_LOSSES = frozenset({"log_loss", "brier", "rmse", "mae", "mape", "pinball_10", "pinball_90"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Rows with the scores that two models gave them."""

    task: Task
    metric: str
    truth: metrics.Truth
    """Shape (rows,)."""
    champion: NDArray[np.float64]
    challenger: NDArray[np.float64]

    def where(self, is_in: NDArray[np.bool_]) -> Contest:
        """The contest on some of its rows."""
        return Contest(
            task=self.task,
            metric=self.metric,
            truth=self.truth[is_in],
            champion=self.champion[is_in],
            challenger=self.challenger[is_in],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How much better the challenger is; all NaN where the metric is undefined."""

    champion_value: float
    challenger_value: float
    gain: float
    """Challenger minus champion, in the direction in which larger is better."""
    low: float
    high: float
    """Bounds of the 95 % interval."""
    deviation: float
    """Standard deviation of the gain over the resamples."""


def measure(contest: Contest, *, resamples: int, rng: np.random.Generator) -> Gain:
    """The gain with its interval from paired bootstrap resamples: both models on the same drawn rows.

    Raises:
        ValueError: The task has no such metric, or the shapes do not belong together.
    """
    values = [
        metrics.metric(contest.metric, contest.task, contest.truth, scores)
        for scores in (contest.champion, contest.challenger)
    ]
    missing = float("nan")
    low, high, deviation = missing, missing, missing
    sign = 1.0 if metrics.larger_is_better(contest.metric) else -1.0
    gain = sign * (values[1] - values[0])
    if not np.isnan(gain):
        gains = sign * _differences(contest, resamples=resamples, rng=rng)
        low, high = intervals.percentiles(gains)
        deviation = float(np.nanstd(gains, ddof=1)) if resamples > 1 else missing
    return Gain(
        champion_value=values[0],
        challenger_value=values[1],
        gain=gain,
        low=low,
        high=high,
        deviation=deviation,
    )


def _differences(
    contest: Contest, *, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Challenger minus champion on each resample, shape (resamples,)."""
    statistics = [
        bootstrap.statistic(contest.metric, contest.task, contest.truth, scores)
        for scores in (contest.champion, contest.challenger)
    ]
    champion, challenger = bootstrap.resampled(
        statistics, rows=contest.truth.size, resamples=resamples, rng=rng
    )
    differences: NDArray[np.float64] = challenger - champion
    return differences


def significance(contest: Contest) -> tuple[str, float | None]:
    """The name and two-sided p of the test that belongs to the metric; None when none does or can."""
    name, p_value = BOOTSTRAP, float("nan")
    if contest.metric == "roc_auc":
        truth = contest.truth.astype(np.int64)
        name, p_value = DELONG, intervals.delong(truth, contest.champion, contest.challenger).p
    elif contest.metric == "accuracy":
        is_right = metrics.labels(contest.champion) == contest.truth
        name = MCNEMAR
        p_value = intervals.mcnemar(is_right, metrics.labels(contest.challenger) == contest.truth)
    elif contest.metric in _OF_LOSSES:
        name, p_value = PAIRED_T, intervals.paired_t(_loss_differences(contest))
    return name, None if np.isnan(p_value) else p_value


def p_worse(gain: Gain, *, margin: float) -> float:
    """One-sided p of the challenger being worse by more than `margin`: small when it surely is.

    Normal, with the deviation of the resamples: a count of resamples could not go below one over their
    number, too coarse for many slices.
    """
    distance = gain.gain + margin
    if not gain.deviation > 0.0:
        return 1.0 if distance >= 0.0 else 0.0
    return float(special.ndtr(distance / gain.deviation))


def _loss_differences(contest: Contest) -> NDArray[np.float64]:
    """What each row costs the challenger more than the champion, shape (rows,)."""
    champion = metrics.losses(contest.metric, contest.truth, contest.champion)
    challenger = metrics.losses(contest.metric, contest.truth, contest.challenger)
    if champion is None or challenger is None:
        raise ValueError(f"{contest.metric} is no mean over rows")
    return challenger - champion
