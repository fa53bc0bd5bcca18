"""Metrics of resamples that draw whole units of rows, each resample a weight per unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import means, metrics, ranks
from workbench.core.units import Units

Weights = NDArray[np.float64]
"""How often each unit was drawn, shape (resamples, units)."""
Statistic = Callable[[Weights], NDArray[np.float64]]
"""The metric of each resample."""

_CELLS_PER_BLOCK = 1 << 16
_PAIRED_UNITS = 512
"""Units up to which pairs of rows are counted once by their units, and not in every resample."""


def resampled(
    statistics: Sequence[Statistic], *, units: Units, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Values of several statistics on the same resamples of units, shape (statistics, resamples).

    As many units are drawn as there are; a resample has the rows that the drawn units have.

    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), ch. 3.8.
    """
    blocks = [
        np.stack([statistic(weights) for statistic in statistics])
        for weights in _weights(units, resamples=resamples, rng=rng)
    ]
    return np.concatenate(blocks, axis=1)


def statistic(
    name: str, task: Task, truth: metrics.Truth, scores: NDArray[np.float64], units: Units
) -> Statistic:
    """How to compute a metric on resamples of the units of these rows.

    Raises:
        ValueError: The task has no such metric, the shapes do not belong together, or a score is NaN.
    """
    metrics.check(name, task, truth, scores)
    if bool(np.isnan(scores).any()):
        raise ValueError("a score is NaN")
    if name == "roc_auc":
        return _roc_auc(truth.astype(np.int64), scores, units)
    if name == "pr_auc":
        return _pr_auc(truth.astype(np.int64), scores, units)
    if name == "roc_auc_ovr":
        return _roc_auc_ovr(truth, scores, units)
    found = means.of_means(name, truth, scores)
    if found is None:
        return _row_by_row(name, task, truth, scores, units)
    return _of_means(found, units)


def _weights(units: Units, *, resamples: int, rng: np.random.Generator) -> Iterator[Weights]:
    """Units drawn with replacement and counted, in blocks whose rows stay near the processor."""
    per_block = max(1, _CELLS_PER_BLOCK // max(1, units.of_row.size))
    for start in range(0, resamples, per_block):
        count = min(per_block, resamples - start)
        drawn = rng.integers(0, units.count, size=(count, units.count), dtype=np.intp)
        drawn += np.arange(count, dtype=np.intp)[:, np.newaxis] * units.count
        counted = np.bincount(drawn.ravel(), minlength=count * units.count)
        yield counted.reshape(count, units.count).astype(np.float64)


def _of_means(found: means.OfMeans, units: Units) -> Statistic:
    sums, rows = units.sums(found.columns), units.sums(np.ones(units.of_row.size))
    return lambda weights: found.value(weights @ sums / (weights @ rows)[:, np.newaxis])


def _roc_auc(truth: NDArray[np.int64], scores: NDArray[np.float64], units: Units) -> Statistic:
    if units.count > _PAIRED_UNITS:
        return _ranked(truth, scores, units)
    ahead = _pairs_ahead(truth, scores, units)
    positives = units.sums((truth == 1).astype(np.float64))
    negatives = units.sums((truth != 1).astype(np.float64))

    def values(weights: Weights) -> NDArray[np.float64]:
        pairs = (weights @ positives) * (weights @ negatives)
        return means.ratio(np.einsum("ij,ij->i", weights @ ahead, weights), pairs)

    return values


def _pairs_ahead(
    truth: NDArray[np.int64], scores: NDArray[np.float64], units: Units
) -> NDArray[np.float64]:
    """Pairs in which the positive row scores above the negative one, a tie counting half.

    Returns:
        By the unit of the positive row and that of the negative one, shape (units, units).
    """
    order = np.argsort(scores, kind="stable")
    is_positive, unit_of = truth[order] == 1, units.of_row[order]
    starts = ranks.group_starts(scores[order])
    ends = np.append(starts[1:], truth.size)
    step_of = np.repeat(np.arange(starts.size), ends - starts)[is_positive]
    before, until = starts[step_of], ends[step_of]
    unit_of_positive = unit_of[is_positive]
    found = np.empty((units.count, units.count))
    for unit in range(units.count):
        below = np.append(0, np.cumsum(~is_positive & (unit_of == unit)))
        counted = (below[before] + below[until]) / 2.0
        found[:, unit] = np.bincount(unit_of_positive, counted, units.count)
    return found


def _ranked(truth: NDArray[np.int64], scores: NDArray[np.float64], units: Units) -> Statistic:
    """ROC AUC by counting in every resample, tied scores as one step."""
    order = np.argsort(scores, kind="stable")
    is_positive, unit_of = truth[order] == 1, units.of_row[order]
    ends = np.append(ranks.group_starts(scores[order])[1:], truth.size) - 1

    def values(weights: Weights) -> NDArray[np.float64]:
        drawn = weights.take(unit_of, axis=1)
        positives = drawn * is_positive
        return ranks.roc_auc(_by_step(drawn - positives, ends), _by_step(positives, ends))

    return values


def _by_step(drawn: Weights, ends: NDArray[np.intp]) -> Weights:
    """Sums over the rows up to each end, shape (resamples, steps)."""
    if ends.size == drawn.shape[1]:
        return drawn
    return np.diff(np.cumsum(drawn, axis=1)[:, ends], axis=1, prepend=0.0)


def _pr_auc(truth: NDArray[np.int64], scores: NDArray[np.float64], units: Units) -> Statistic:
    order = np.argsort(-scores, kind="stable")
    precision, unit_of = ranks.weighted_precision(truth[order], scores[order]), units.of_row[order]
    return lambda weights: precision(weights.take(unit_of, axis=1))


def _roc_auc_ovr(truth: metrics.Truth, scores: NDArray[np.float64], units: Units) -> Statistic:
    of_classes = [
        _roc_auc((truth == one).astype(np.int64), scores[:, one], units)
        for one in metrics.present(truth)
    ]
    return lambda weights: np.nanmean(np.stack([one(weights) for one in of_classes]), axis=0)


def _row_by_row(
    name: str, task: Task, truth: metrics.Truth, scores: NDArray[np.float64], units: Units
) -> Statistic:
    """The metric itself on the rows of each resample: slow, and right for any metric."""
    rows = np.arange(truth.size)

    def values(weights: Weights) -> NDArray[np.float64]:
        drawn = [np.repeat(rows, one[units.of_row].astype(np.intp)) for one in weights]
        found = [metrics.metric(name, task, truth[one], scores[one]) for one in drawn]
        return np.array(found, dtype=np.float64)

    return values
