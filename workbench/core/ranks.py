"""Scores in their order, and what depends on the order alone: midranks, ROC AUC, average precision."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def group_starts(ascending: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where each run of equal values begins in an ascending array."""
    return np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1])[: ascending.size])


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, tied values sharing the mean of theirs, by one sort."""
    order = np.argsort(values)
    starts = group_starts(values[order])
    ends = np.append(starts[1:], values.size)
    ranks = np.empty(values.size)
    ranks[order] = np.repeat((starts + 1 + ends) / 2.0, ends - starts)
    return ranks


def groups(
    truth: NDArray[np.int64], ascending: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp]]:
    """Negatives and positives at each distinct score, and the place of each row's score among them.

    Args:
        truth: 0 or 1, in the order of the scores, shape (rows,), at least one.
        ascending: Scores, shape (rows,).
    """
    starts = group_starts(ascending)
    rows = np.diff(np.append(starts, truth.size))
    positives = np.add.reduceat(truth, starts)
    return rows - positives, positives, np.repeat(np.arange(starts.size), rows)


def roc_auc(negatives: NDArray[np.float64], positives: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a positive row scores above a negative one, a tie counting half.

    Args:
        negatives: Rows at each distinct score, ascending along the last axis.
        positives: The same shape.

    Returns:
        One value per leading index; NaN where a class has no rows.
    """
    below = np.cumsum(negatives, axis=-1, dtype=np.float64)
    pairs = below[..., -1] * positives.sum(axis=-1)
    below -= 0.5 * negatives
    ahead = np.einsum("...i,...i->...", positives, below)
    return _divided(ahead, pairs)


def average_precision(
    negatives: NDArray[np.float64], positives: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean precision over the positive rows, each at its own score as the threshold.

    Arguments and shape as in `roc_auc`; NaN where there is no positive row.
    """
    caught = np.cumsum(positives[..., ::-1], axis=-1, dtype=np.float64)
    flagged = np.cumsum(negatives[..., ::-1], axis=-1, dtype=np.float64) + caught
    precision = np.divide(caught, flagged, out=np.zeros_like(caught), where=flagged > 0.0)
    weighted = np.einsum("...i,...i->...", positives[..., ::-1], precision)
    return _divided(weighted, caught[..., -1])


def weighted_precision(
    truth: NDArray[np.int64] | NDArray[np.float64], descending: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Average precision of weighted rows whose scores fall from the first to the last.

    Returns:
        Takes how often each row counts, shape (resamples, rows), and gives a value per resample; NaN where
        no positive row counts.
    """
    positive = np.flatnonzero(truth == 1)
    starts = group_starts(descending)
    ends = np.append(starts[1:], truth.size) - 1
    # Only scores of positive rows are thresholds; equal ones are passed at once.
    last_of_group = ends[np.searchsorted(starts, positive, side="right") - 1]
    last_positive = np.searchsorted(positive, last_of_group, side="right") - 1

    def values(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        flagged = np.cumsum(weights, axis=1)[:, last_of_group]
        drawn = weights[:, positive]
        caught = np.cumsum(drawn, axis=1)
        precision = np.divide(
            caught[:, last_positive], flagged, out=np.zeros_like(flagged), where=flagged > 0.0
        )
        return _divided(np.einsum("ij,ij->i", drawn, precision), caught[:, -1])

    return values


def _divided(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The quotient, NaN where the denominator is 0."""
    quotient: NDArray[np.float64] = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0.0)
    return quotient
