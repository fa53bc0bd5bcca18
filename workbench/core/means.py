"""Metrics that are functions of means over rows: one product of matrices for all resamples at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core import metrics

MOST_CLASSES = 64
"""Classes above which metrics of the table of classes are left out: the table would be too large."""
_ECE_BINS = 10

Means = NDArray[np.float64]
"""Means over the rows of each resample, shape (resamples, columns of one metric)."""


@dataclass(frozen=True, slots=True)
class OfMeans:
    """A metric that is a function of means over rows."""

    columns: NDArray[np.float64]
    """What each row adds, shape (rows, columns)."""
    value: Callable[[Means], NDArray[np.float64]]


def of_means(name: str, truth: metrics.Truth, scores: NDArray[np.float64]) -> OfMeans | None:
    """How a metric comes from means over rows; None when it does not."""
    losses = metrics.losses(name, truth, scores)
    if losses is not None:
        return OfMeans(losses[:, np.newaxis], _root if name == "rmse" else _only)
    if name == "r2":
        return _r2(truth, scores)
    if name == "ece":
        bin_of, gaps = metrics.ece_sums(truth, scores)
        spread = np.zeros((truth.size, _ECE_BINS))
        spread[np.arange(truth.size), bin_of] = gaps
        return OfMeans(spread, lambda means: np.abs(means).sum(axis=1))
    if name in _OF_CLASSES:
        return _of_classes(name, truth, scores)
    return None


def ratio(numerator: Means, denominator: Means) -> Means:
    """The quotient, NaN where the denominator is 0."""
    found: NDArray[np.float64] = np.full(numerator.shape, np.nan)
    # Sums of whole numbers over many rows: what is 0 may come out as a hair above it.
    np.divide(numerator, denominator, out=found, where=denominator > 1e-12)
    return found


def _only(means: Means) -> NDArray[np.float64]:
    return means[:, 0]


def _root(means: Means) -> NDArray[np.float64]:
    return np.sqrt(means[:, 0])


def _r2(truth: metrics.Truth, scores: NDArray[np.float64]) -> OfMeans:
    # Centred, so that the variance does not drown in the square of a large mean.
    centred = truth - truth.mean()
    columns = np.stack([centred, np.square(centred), np.square(truth - scores)], axis=1)

    def value(means: Means) -> NDArray[np.float64]:
        spread = means[:, 1] - np.square(means[:, 0])
        found: NDArray[np.float64] = np.full(len(means), np.nan)
        np.divide(spread - means[:, 2], spread, out=found, where=spread > 0.0)
        return found

    return OfMeans(columns, value)


def _of_classes(name: str, truth: metrics.Truth, scores: NDArray[np.float64]) -> OfMeans | None:
    """A metric of the rows that are right, truly and decidedly of each class."""
    classes = 2 if scores.ndim == 1 else scores.shape[1]
    if classes > MOST_CLASSES:
        return None
    decided = metrics.labels(scores)
    columns = np.zeros((truth.size, 3 * classes))
    rows, is_right = np.arange(truth.size), decided == truth
    columns[rows[is_right], decided[is_right]] = 1.0
    columns[rows, classes + truth.astype(np.intp)] = 1.0
    columns[rows, 2 * classes + decided] = 1.0

    def value(means: Means) -> NDArray[np.float64]:
        right, true, named = np.split(means, 3, axis=1)
        return _OF_CLASSES[name](right, true, named)

    return OfMeans(columns, value)


def _f1(right: Means, true: Means, named: Means) -> Means:
    return ratio(2.0 * right, true + named)


_OF_CLASSES: dict[str, Callable[[Means, Means, Means], NDArray[np.float64]]] = {
    "f1": lambda right, true, named: _f1(right, true, named)[:, 1],
    "f1_macro": lambda right, true, named: np.nanmean(_f1(right, true, named), axis=1),
    "f1_weighted": lambda right, true, named: np.nansum(_f1(right, true, named) * true, axis=1),
    "balanced_accuracy": lambda right, true, _: np.nanmean(ratio(right, true), axis=1),
}
