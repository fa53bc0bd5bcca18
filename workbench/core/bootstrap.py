"""Metrics of bootstrap resamples: scores are sorted once, each resample only counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import metrics, ranks

Statistic = Callable[[NDArray[np.intp]], NDArray[np.float64]]
"""The metric of each resample, from row indexes of shape (resamples, rows)."""

_DRAWS_PER_BLOCK = 1 << 16


def resampled(
    statistics: Sequence[Statistic], *, rows: int, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Values of several statistics on the same bootstrap resamples, shape (statistics, resamples).

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 6.
    """
    blocks = [
        np.stack([statistic(draws) for statistic in statistics])
        for draws in _draws(rows=rows, resamples=resamples, rng=rng)
    ]
    return np.concatenate(blocks, axis=1)


def statistic(
    name: str, task: Task, truth: metrics.Truth, scores: NDArray[np.float64]
) -> Statistic:
    """How to compute a metric on resamples of these rows.

    Raises:
        ValueError: The task has no such metric, the shapes do not belong together, or a score is NaN.
    """
    metrics.check(name, task, truth, scores)
    if bool(np.isnan(scores).any()):
        raise ValueError("a score is NaN")
    maker = _MAKERS.get(name, _of_mean(name))
    return maker(truth, scores)


def _draws(*, rows: int, resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Row indexes drawn with replacement, in blocks of resamples that stay in the processor's cache."""
    per_block = max(1, _DRAWS_PER_BLOCK // max(1, rows))
    for start in range(0, resamples, per_block):
        count = min(per_block, resamples - start)
        yield rng.integers(0, rows, size=(count, rows), dtype=np.intp)


def _counts(cell_of: NDArray[np.intp], draws: NDArray[np.intp], *, cells: int) -> NDArray[np.int64]:
    """Rows of each resample in each cell, shape (resamples, cells)."""
    drawn = cell_of.take(draws)
    drawn += np.arange(len(draws), dtype=np.intp)[:, np.newaxis] * cells
    return np.bincount(drawn.ravel(), minlength=len(draws) * cells).reshape(len(draws), cells)


def _of_mean(name: str) -> Callable[[metrics.Truth, NDArray[np.float64]], Statistic]:
    def make(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
        losses = metrics.losses(name, truth, scores)
        if losses is None:
            raise ValueError(f"{name} is no mean over rows")
        return lambda draws: losses.take(draws).mean(axis=1)

    return make


def _rmse(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    errors = np.square(truth - scores)
    return lambda draws: np.sqrt(errors.take(draws).mean(axis=1))


def _r2(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    errors = np.square(truth - scores)
    # Centred, so that the variance does not drown in the square of a large mean.
    centred = truth - truth.mean()

    def values(draws: NDArray[np.intp]) -> NDArray[np.float64]:
        drawn = centred.take(draws)
        spread = drawn.var(axis=1)
        unexplained = errors.take(draws).mean(axis=1)
        r2: NDArray[np.float64] = np.full(len(draws), np.nan)
        np.divide(spread - unexplained, spread, out=r2, where=spread > 0.0)
        return r2

    return values


def _roc_auc(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    return _of_steps(ranks.roc_auc, truth, scores, starts_step=_ends_one_class)


def _ends_one_class(
    negatives: NDArray[np.int64], positives: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which scores start a step for ROC AUC: those after which the rows are not all of one class."""
    kind = np.where(positives == 0, 0, np.where(negatives == 0, 1, 2))
    return np.append(True, (kind[1:] != kind[:-1]) | (kind[1:] == 2))


def _pr_auc(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    return _of_steps(ranks.average_precision, truth, scores, starts_step=_has_positives)


def _has_positives(
    negatives: NDArray[np.int64],  # noqa: ARG001 - one signature for both curves
    positives: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which scores start a step for average precision: only those of positive rows are thresholds."""
    return positives > 0


def _of_steps(
    curve: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    starts_step: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]],
) -> Statistic:
    """A statistic of the ascending scores, those that it cannot tell apart counted as one step."""
    order = np.argsort(scores)
    negatives, positives, group_of = ranks.groups(truth.astype(np.int64)[order], scores[order])
    step_of_group = np.cumsum(starts_step(negatives, positives))
    steps = int(step_of_group[-1]) + 1
    cell_of = np.empty(truth.size, dtype=np.intp)
    cell_of[order] = step_of_group[group_of]
    cell_of += truth.astype(np.intp) * steps

    def values(draws: NDArray[np.intp]) -> NDArray[np.float64]:
        counts = _counts(cell_of, draws, cells=2 * steps).astype(np.float64)
        return curve(counts[:, :steps], counts[:, steps:])

    return values


def _f1(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    tables = _confusions(truth, scores)
    return lambda draws: metrics.f1_of(tables(draws))[:, 1]


def _f1_macro(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    tables = _confusions(truth, scores)
    return lambda draws: np.nanmean(metrics.f1_of(tables(draws)), axis=1)


def _f1_weighted(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    tables = _confusions(truth, scores)
    return lambda draws: metrics.f1_weighted_of(tables(draws))


def _balanced_accuracy(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    tables = _confusions(truth, scores)
    return lambda draws: np.nanmean(metrics.recall_of(tables(draws)), axis=1)


def _roc_auc_ovr(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    of_classes = [
        _roc_auc((truth == one).astype(np.int64), scores[:, one]) for one in metrics.present(truth)
    ]
    return lambda draws: np.nanmean(np.stack([one(draws) for one in of_classes]), axis=0)


def _confusions(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    """The tables of true and decided class, shape (resamples, classes, classes)."""
    cell_of, classes = metrics.confusion_cells(truth, scores)

    def tables(draws: NDArray[np.intp]) -> NDArray[np.float64]:
        counts = _counts(cell_of, draws, cells=classes * classes).astype(np.float64)
        return counts.reshape(len(draws), classes, classes)

    return tables


def _ece(truth: metrics.Truth, scores: NDArray[np.float64]) -> Statistic:
    bin_of, gaps = metrics.ece_sums(truth, scores)
    bins = int(bin_of.max()) + 1

    def values(draws: NDArray[np.intp]) -> NDArray[np.float64]:
        drawn = bin_of.take(draws) + np.arange(len(draws))[:, np.newaxis] * bins
        weights = gaps.take(draws).ravel()
        sums = np.bincount(drawn.ravel(), weights=weights, minlength=len(draws) * bins)
        by_bin = np.abs(sums.reshape(len(draws), bins))
        errors: NDArray[np.float64] = by_bin.sum(axis=1) / draws.shape[1]
        return errors

    return values


_MAKERS: dict[str, Callable[[metrics.Truth, NDArray[np.float64]], Statistic]] = {
    "rmse": _rmse,
    "r2": _r2,
    "roc_auc": _roc_auc,
    "pr_auc": _pr_auc,
    "f1": _f1,
    "f1_macro": _f1_macro,
    "f1_weighted": _f1_weighted,
    "balanced_accuracy": _balanced_accuracy,
    "roc_auc_ovr": _roc_auc_ovr,
    "ece": _ece,
}
