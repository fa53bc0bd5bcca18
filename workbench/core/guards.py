"""What a challenger must keep whatever it gains: calibration, labels of golden rows, latency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.config import Task
from workbench.core import metrics

LATENCY_FLOOR_MS = 0.2
"""What an answer may take longer whatever the ratio: nobody waits for less."""
LATENCY_SHARE = 0.95
"""The percentile of latency that is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Rows whose answer was declared, and how many of them the challenger answers otherwise."""

    rows: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long single rows take both models."""

    champion_ms: float
    """95th percentile."""
    challenger_ms: float
    ratio_low: float
    """Lower 95 % bound of challenger over champion; 0 where there are too few calls to say."""

    def is_above(self, ratio: float) -> bool:
        """Whether the challenger surely takes more than `ratio` times as long, and long enough to matter."""
        slower_ms = self.challenger_ms - self.champion_ms
        return self.ratio_low > ratio and slower_ms > LATENCY_FLOOR_MS


def golden(
    task: str,
    expected: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    tolerance: float = 0.0,
) -> Golden:
    """How many golden rows are answered otherwise than was declared; a row without a finite score is one of them.

    Args:
        task: See `metrics`.
        expected: The declared class indexes or numbers, shape (rows,).
        scores: The challenger's, shape (rows,), or (rows, classes) for multiclass.
        tolerance: How far from a declared number a regression may be.
    """
    if task == "regression":
        is_changed = ~(np.abs(scores - expected) <= tolerance)
    else:
        is_changed = metrics.labels(scores) != expected
    return Golden(
        rows=expected.size, changed=int(np.count_nonzero(is_changed | _is_unscored(scores)))
    )


def latency(champion_ms: NDArray[np.float64], challenger_ms: NDArray[np.float64]) -> Latency:
    """The 95th percentiles of two models' times, and how much slower the challenger is at least.

    The calls should take turns, so that a busy moment of the machine meets both. The bound of the ratio is
    that of the challenger's percentile from below over the champion's from above, each by order statistics
    at 97.5 %: no distribution is assumed, and both together hold with at least 95 %.

    Args:
        champion_ms: Of single calls, shape (calls,), at least one.
        challenger_ms: The same, as many or not.

    Source: Conover, Practical Nonparametric Statistics (1999), ch. 3.2.
    """
    _, upper = _percentile_bounds(champion_ms)
    lower, _ = _percentile_bounds(challenger_ms)
    return Latency(
        champion_ms=float(np.quantile(champion_ms, LATENCY_SHARE)),
        challenger_ms=float(np.quantile(challenger_ms, LATENCY_SHARE)),
        ratio_low=lower / upper if upper > 0.0 else 0.0,
    )


def _percentile_bounds(times_ms: NDArray[np.float64]) -> tuple[float, float]:
    """Bounds of the 95th percentile, each missed with at most 2.5 %; 0 and infinity where there is none."""
    ascending = np.sort(times_ms)
    # How likely at most k of the times lie below the percentile, for k from 0.
    below = special.bdtr(np.arange(ascending.size, dtype=np.float64), ascending.size, LATENCY_SHARE)
    lower = int(np.searchsorted(below, 0.025, side="right"))
    upper = int(np.searchsorted(below, 0.975, side="left")) + 1
    return (
        float(ascending[lower - 1]) if lower > 0 else 0.0,
        float(ascending[upper - 1]) if upper <= ascending.size else float("inf"),
    )


def figures(
    truth: metrics.Truth,
    champion: NDArray[np.float64] | None,
    challenger: NDArray[np.float64],
    *,
    task: Task,
) -> dict[str, float]:
    """Rows without a finite score, calibration of both, and how many labels change; what these rows define.

    Args:
        truth: Shape (rows,).
        champion: None when there is no champion.
        challenger: Scores of the same rows.
        task: Regression has neither calibration nor labels.
    """
    found: dict[str, float] = {}
    for name, scores in (("unscored_rows", challenger), ("unscored_rows_champion", champion)):
        count = 0 if scores is None else int(np.count_nonzero(_is_unscored(scores)))
        if count:
            found[name] = float(count)
    if task == "regression" or truth.size == 0 or "unscored_rows" in found:
        return found
    found["ece"] = metrics.ece(truth, challenger)
    found["ece_by_chance"] = ece_by_chance(truth, challenger)
    if task == "binary":
        found["brier"] = metrics.metric("brier", task, truth, challenger)
    if champion is not None and "unscored_rows_champion" not in found:
        found["ece_champion"] = metrics.ece(truth, champion)
        is_changed = metrics.labels(champion) != metrics.labels(challenger)
        found["churn"] = float(is_changed.mean())
    return found


def ece_by_chance(truth: metrics.Truth, scores: NDArray[np.float64]) -> float:
    """The calibration error that these rows show on average if every probability is right.

    A bin's gap is then nearly normal with mean 0, and the mean of its size is sqrt(2 / pi) deviations.

    Source: Bröcker and Smith, Weather and Forecasting 22 (2007), on the noise of reliability diagrams.
    """
    bin_of, _ = metrics.ece_sums(truth, scores)
    confidence = scores if scores.ndim == 1 else scores.max(axis=1)
    variances = np.bincount(bin_of, weights=confidence * (1.0 - confidence))
    return float(np.sqrt(2.0 / np.pi * np.maximum(variances, 0.0)).sum() / truth.size)


def _is_unscored(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = ~np.isfinite(scores)
    return missing if missing.ndim == 1 else np.any(missing, axis=1)
