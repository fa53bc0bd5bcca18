"""All metrics of a task with their intervals, from one set of bootstrap resamples.

A resample is a weight per row: how often the row was drawn. Whatever is a mean over rows is then one
product of matrices for all metrics and resamples at once, and what depends on the order of scores is a
running sum over rows that were sorted once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import intervals, metrics, ranks

RESAMPLES = 200
_CELLS_PER_BLOCK = 1 << 19
_CONFUSED_CLASSES = 64
"""Classes above which metrics of the table of classes have no interval: the table would be too large."""
_ECE_BINS = 10

Weights = NDArray[np.float64]
"""How often each row is in each resample, shape (resamples, rows)."""
_Sums = NDArray[np.float64]
"""Means over the rows of each resample, shape (resamples, columns of one metric)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A metric with its 95 % interval; NaN where the rows leave it undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Linear:
    """A metric that is a function of means over rows."""

    columns: NDArray[np.float64]
    """What each row adds, shape (rows, columns)."""
    of_means: Callable[[_Sums], NDArray[np.float64]]


def estimates(
    task: Task,
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    only: Collection[str] = (),
) -> dict[str, Estimate]:
    """Every metric of a task with its interval: by DeLong for areas under ROC curves, else by bootstrap.

    Args:
        task: Says what truth and scores look like; see `metrics`.
        truth: Shape (rows,).
        scores: Shape (rows,), or (rows, classes) for multiclass.
        seed: Of the resamples; the same seed gives the same intervals.
        resamples: How many.
        only: The metrics that are asked for; empty: all of the task.

    Raises:
        ValueError: The shapes do not belong together.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
    """
    names = only or metrics.OF_TASK[task]
    values = {name: metrics.metric(name, task, truth, scores) for name in names}
    defined = [name for name, value in values.items() if not np.isnan(value)]
    bounds = _exact(truth, scores, defined)
    open_names = [name for name in defined if name not in bounds]
    if open_names:
        drawn = _resampled(open_names, truth, scores, seed=seed, resamples=resamples)
        bounds |= {
            name: intervals.percentiles(_unbiased(found, values[name]) if name == "ece" else found)
            for name, found in drawn.items()
        }
    unknown = (float("nan"), float("nan"))
    return {
        name: Estimate(
            value=value, low=bounds.get(name, unknown)[0], high=bounds.get(name, unknown)[1]
        )
        for name, value in values.items()
    }


def _unbiased(drawn: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Resamples of an error that is never negative, moved so that they lie around its value.

    The noise of a resample adds to a sum of absolute gaps, so that without this the interval may lie above
    the value. Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 10.
    """
    moved: NDArray[np.float64] = np.maximum(drawn - (drawn.mean() - value), 0.0)
    return moved


def _exact(
    truth: metrics.Truth, scores: NDArray[np.float64], names: list[str]
) -> dict[str, tuple[float, float]]:
    found = {}
    if "roc_auc" in names and min(np.bincount(truth.astype(np.intp), minlength=2)) > 1:
        found["roc_auc"] = intervals.roc_auc_interval(truth.astype(np.int64), scores)
    if "roc_auc_ovr" in names:
        found["roc_auc_ovr"] = intervals.roc_auc_ovr_interval(truth.astype(np.int64), scores)
    return found


def _resampled(
    names: list[str],
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    seed: int,
    resamples: int,
) -> dict[str, NDArray[np.float64]]:
    """The values of metrics on the same resamples, each of shape (resamples,)."""
    if "pr_auc" in names:
        # Draws do not care for the order of rows, and sorted ones need no sorting later.
        order = np.argsort(-scores, kind="stable")
        truth, scores = truth[order], scores[order]
    linear = {name: one for name in names if (one := _linear(name, truth, scores)) is not None}
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in linear}
    ranked = _precision(truth, scores) if "pr_auc" in names else None
    if ranked is not None:
        found["pr_auc"] = []
    matrix = np.concatenate([one.columns for one in linear.values()], axis=1) if linear else None
    for weights in _weights(truth.size, resamples, np.random.default_rng(seed)):
        if matrix is not None:
            means = weights @ matrix / truth.size
            for name, part in _parts(linear, means).items():
                found[name].append(linear[name].of_means(part))
        if ranked is not None:
            found["pr_auc"].append(ranked(weights))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _parts(linear: Mapping[str, _Linear], means: _Sums) -> dict[str, _Sums]:
    ends = np.cumsum([one.columns.shape[1] for one in linear.values()])
    return dict(zip(linear, np.split(means, ends[:-1], axis=1), strict=True))


def _weights(rows: int, resamples: int, rng: np.random.Generator) -> Iterator[Weights]:
    """Rows drawn with replacement and counted, in blocks that stay near the processor."""
    per_block = max(1, _CELLS_PER_BLOCK // rows)
    for start in range(0, resamples, per_block):
        count = min(per_block, resamples - start)
        drawn = np.empty((count, rows))
        for resample in range(count):
            drawn[resample] = np.bincount(rng.integers(0, rows, size=rows), minlength=rows)
        yield drawn


def _linear(name: str, truth: metrics.Truth, scores: NDArray[np.float64]) -> _Linear | None:
    """How a metric comes from means over rows; None when it does not."""
    losses = metrics.losses(name, truth, scores)
    if losses is not None:
        return _Linear(losses[:, np.newaxis], _root if name == "rmse" else _only)
    if name == "r2":
        return _r2(truth, scores)
    if name == "ece":
        bin_of, gaps = metrics.ece_sums(truth, scores)
        spread = np.zeros((truth.size, _ECE_BINS))
        spread[np.arange(truth.size), bin_of] = gaps
        return _Linear(spread, lambda means: np.abs(means).sum(axis=1))
    if name in _OF_CLASSES:
        return _of_classes(name, truth, scores)
    return None


def _only(means: _Sums) -> NDArray[np.float64]:
    return means[:, 0]


def _root(means: _Sums) -> NDArray[np.float64]:
    return np.sqrt(means[:, 0])


def _r2(truth: metrics.Truth, scores: NDArray[np.float64]) -> _Linear:
    # Centred, so that the variance does not drown in the square of a large mean.
    centred = truth - truth.mean()
    columns = np.stack([centred, np.square(centred), np.square(truth - scores)], axis=1)

    def of_means(means: _Sums) -> NDArray[np.float64]:
        spread = means[:, 1] - np.square(means[:, 0])
        found: NDArray[np.float64] = np.full(len(means), np.nan)
        np.divide(spread - means[:, 2], spread, out=found, where=spread > 0.0)
        return found

    return _Linear(columns, of_means)


def _of_classes(name: str, truth: metrics.Truth, scores: NDArray[np.float64]) -> _Linear | None:
    """A metric of the rows that are right, truly and decidedly of each class."""
    classes = 2 if scores.ndim == 1 else scores.shape[1]
    if classes > _CONFUSED_CLASSES:
        return None
    decided = metrics.labels(scores)
    columns = np.zeros((truth.size, 3 * classes))
    rows, is_right = np.arange(truth.size), decided == truth
    columns[rows[is_right], decided[is_right]] = 1.0
    columns[rows, classes + truth.astype(np.intp)] = 1.0
    columns[rows, 2 * classes + decided] = 1.0

    def of_means(means: _Sums) -> NDArray[np.float64]:
        right, true, named = np.split(means, 3, axis=1)
        return _OF_CLASSES[name](right, true, named)

    return _Linear(columns, of_means)


def _ratio(numerator: _Sums, denominator: _Sums) -> _Sums:
    found: NDArray[np.float64] = np.full(numerator.shape, np.nan)
    # Sums of whole numbers over many rows: what is 0 may come out as a hair above it.
    np.divide(numerator, denominator, out=found, where=denominator > 1e-12)
    return found


def _f1(right: _Sums, true: _Sums, named: _Sums) -> _Sums:
    return _ratio(2.0 * right, true + named)


_OF_CLASSES: dict[str, Callable[[_Sums, _Sums, _Sums], NDArray[np.float64]]] = {
    "f1": lambda right, true, named: _f1(right, true, named)[:, 1],
    "f1_macro": lambda right, true, named: np.nanmean(_f1(right, true, named), axis=1),
    "f1_weighted": lambda right, true, named: np.nansum(_f1(right, true, named) * true, axis=1),
    "balanced_accuracy": lambda right, true, _: np.nanmean(_ratio(right, true), axis=1),
}


def _precision(
    truth: metrics.Truth, descending: NDArray[np.float64]
) -> Callable[[Weights], NDArray[np.float64]]:
    """Average precision of resamples of rows whose scores fall from the first to the last."""
    positive = np.flatnonzero(truth == 1)
    starts = ranks.group_starts(descending)
    ends = np.append(starts[1:], truth.size) - 1
    # Only scores of positive rows are thresholds; equal ones are passed at once.
    last_of_group = ends[np.searchsorted(starts, positive, side="right") - 1]
    last_positive = np.searchsorted(positive, last_of_group, side="right") - 1

    def values(weights: Weights) -> NDArray[np.float64]:
        flagged = np.cumsum(weights, axis=1)[:, last_of_group]
        drawn = weights[:, positive]
        caught = np.cumsum(drawn, axis=1)
        precision = np.divide(
            caught[:, last_positive], flagged, out=np.zeros_like(flagged), where=flagged > 0.0
        )
        return _ratio(np.einsum("ij,ij->i", drawn, precision), caught[:, -1])

    return values
