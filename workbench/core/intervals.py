"""Intervals of metrics and the tests of paired differences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.config import Task
from workbench.core import bootstrap, metrics, ranks

LEVEL = 0.95
"""Share of repetitions in which an interval holds the value it is about."""


class DeLong(NamedTuple):
    """Two ROC AUCs on the same rows; NaN where a class has too few rows."""

    auc_a: float
    auc_b: float
    difference: float
    """b minus a."""
    variance: float
    """Of the difference."""
    p: float
    """Two-sided."""


def interval(
    metric: str,
    task: Task,
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    seed: int | np.random.Generator,
    resamples: int = 500,
) -> tuple[float, float]:
    """The 95 % interval of a metric: DeLong's for ROC AUC, else percentiles of bootstrap resamples.

    Args:
        metric: A metric of the task.
        task: Says what truth and scores look like; see `metrics`.
        truth: Shape (rows,).
        scores: Shape (rows,), or (rows, classes) for multiclass.
        seed: Of the resamples; the same seed gives the same interval.
        resamples: How many.

    Returns:
        NaN twice when the metric is undefined on these rows.

    Raises:
        ValueError: The task has no such metric, or the shapes do not belong together.
    """
    if np.isnan(metrics.metric(metric, task, truth, scores)):
        return float("nan"), float("nan")
    if metric == "roc_auc" and min(np.bincount(truth.astype(np.intp), minlength=2)) > 1:
        return roc_auc_interval(truth.astype(np.int64), scores)
    values = bootstrap.resampled(
        [bootstrap.statistic(metric, task, truth, scores)],
        rows=truth.size,
        resamples=resamples,
        rng=np.random.default_rng(seed),
    )
    return percentiles(values[0])


def percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    """The bounds that hold the middle 95 % of the resamples on which the metric was defined."""
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return float(low), float(high)


def roc_auc_interval(truth: NDArray[np.int64], scores: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of a ROC AUC by DeLong's variance, built on the logit so that it stays within 0 and 1.

    Needs two rows of each class. Where the classes do not overlap the variance is 0 and so is the width.

    Source: Pepe, The Statistical Evaluation of Medical Tests (2003), ch. 5.
    """
    of_positives, of_negatives = placements(truth, scores)
    auc = float(of_positives.mean())
    variance = of_positives.var(ddof=1) / of_positives.size
    variance += of_negatives.var(ddof=1) / of_negatives.size
    return _logit_interval(auc, float(variance))


def _logit_interval(auc: float, variance: float) -> tuple[float, float]:
    if variance == 0.0 or not 0.0 < auc < 1.0:
        return auc, auc
    reach = special.ndtri((1.0 + LEVEL) / 2.0) * np.sqrt(variance) / (auc * (1.0 - auc))
    middle = special.logit(auc)
    return float(special.expit(middle - reach)), float(special.expit(middle + reach))


def roc_auc_ovr_interval(
    truth: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[float, float]:
    """The 95 % interval of the mean over classes of each one's AUC against the rest, by DeLong's placements.

    What a row adds to every class's AUC is summed first, so that their correlation is in the variance.

    Args:
        truth: Class of each row, shape (rows,).
        scores: Probabilities, shape (rows, classes).

    Returns:
        NaN twice where fewer than two classes have two rows.
    """
    classes = [one for one in metrics.present(truth) if np.count_nonzero(truth == one) > 1]
    if len(classes) < 2:
        return float("nan"), float("nan")
    added = np.zeros(truth.size)
    mean = metrics.metric("roc_auc_ovr", "multiclass", truth, scores)
    for one in classes:
        is_in = truth == one
        below, above = placements(is_in.astype(np.int64), scores[:, one])
        added[is_in] += (below - below.mean()) / is_in.mean() / len(classes)
        added[~is_in] += (above - above.mean()) / (1.0 - is_in.mean()) / len(classes)
    return _logit_interval(mean, float(np.square(added).mean() / truth.size))


def delong(truth: NDArray[np.int64], a: NDArray[np.float64], b: NDArray[np.float64]) -> DeLong:
    """Whether two sets of scores rank the same rows equally well.

    For rows that do not depend on each other; see `unitwise` for others.

    Args:
        truth: 0 or 1, shape (rows,).
        a: Scores, shape (rows,).
        b: Scores of the same rows, shape (rows,).

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); by midranks after Sun and Xu, IEEE
    Signal Processing Letters 21 (2014).
    """
    missing = float("nan")
    positives = int(truth.sum())
    if positives in (0, truth.size):
        return DeLong(missing, missing, missing, missing, missing)
    first_positives, first_negatives = placements(truth, a)
    second_positives, second_negatives = placements(truth, b)
    auc_a, auc_b = float(first_positives.mean()), float(second_positives.mean())
    if min(positives, truth.size - positives) < 2:
        return DeLong(auc_a, auc_b, auc_b - auc_a, missing, missing)
    variance = (second_positives - first_positives).var(ddof=1) / positives
    variance += (second_negatives - first_negatives).var(ddof=1) / (truth.size - positives)
    p = _two_sided(auc_b - auc_a, float(variance))
    return DeLong(auc_a, auc_b, auc_b - auc_a, float(variance), p)


def placements(
    truth: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the negatives below each positive row, and of the positives above each negative one.

    A tie counts half. The mean of either is the ROC AUC.
    """
    is_positive = truth == 1
    overall = ranks.midranks(scores)
    positives, negatives = scores[is_positive], scores[~is_positive]
    below = (overall[is_positive] - ranks.midranks(positives)) / negatives.size
    above = 1.0 - (overall[~is_positive] - ranks.midranks(negatives)) / positives.size
    return below, above


def _two_sided(difference: float, variance: float) -> float:
    """Normal p-value of a difference; a difference that never varies is none or certain."""
    if variance <= 0.0:
        return 1.0 if difference == 0.0 else 0.0
    return float(special.erfc(abs(difference) / np.sqrt(2.0 * variance)))


def mcnemar(is_right_a: NDArray[np.bool_], is_right_b: NDArray[np.bool_]) -> float:
    """Exact two-sided p of two classifiers being right equally often on the same rows.

    For rows that do not depend on each other; see `unitwise` for others.

    Source: McNemar, Psychometrika 12 (1947), with the binomial distribution of the rows on which they differ.
    """
    only_a = int(np.count_nonzero(is_right_a & ~is_right_b))
    only_b = int(np.count_nonzero(is_right_b & ~is_right_a))
    if only_a == only_b:
        return 1.0
    tail = special.bdtr(float(min(only_a, only_b)), only_a + only_b, 0.5)
    return min(1.0, 2.0 * float(tail))


def paired_t(differences: NDArray[np.float64]) -> float:
    """Two-sided p of paired differences having mean 0; NaN for fewer than two rows.

    Args:
        differences: Of one row each, from rows that do not depend on each other; shape (rows,).

    Source: Student, Biometrika 6 (1908).
    """
    if differences.size < 2:
        return float("nan")
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if spread == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    t = abs(mean) / (spread / np.sqrt(differences.size))
    return 2.0 * float(special.stdtr(differences.size - 1, -t))
