"""Test rows by the values of a column, and how well a model does on each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import metrics, uncertainty, words
from workbench.core.columns import kind_of, missing, numbers, texts

LEAST_ROWS = 100
"""Rows below which a value is not measured on its own."""
MOST_VALUES = 30
"""Values of a column that are measured, those with the most rows; more numbers are cut into quarters."""
NO_VALUE = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The test rows with one value of a column."""

    column: str
    value: str
    rows: int
    metric: float
    low: float | None
    high: float | None
    """The 95 % interval; None where there is none."""


def measure(
    columns: Mapping[str, NDArray[np.generic]],
    *,
    task: Task,
    metric: str,
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    seed: int,
) -> tuple[Slice, ...]:
    """The metric on the rows of each value of each column, the worst of a column first.

    Args:
        columns: Columns of the test rows, each of shape (rows,); masked where values are missing.
        task: Says what truth and scores look like.
        metric: A metric of the task.
        truth: Shape (rows,).
        scores: Shape (rows,), or (rows, classes).
        seed: Of the intervals.
    """
    sign = 1.0 if metrics.larger_is_better(metric) else -1.0
    found: list[Slice] = []
    for name, values in columns.items():
        of_column = []
        for value, is_in in _parts(values):
            estimate = uncertainty.estimates(
                task, truth[is_in], scores[is_in], seed=seed, only=(metric,)
            )[metric]
            if not np.isnan(estimate.value):
                of_column.append(_slice(name, value, int(is_in.sum()), estimate))
        found += sorted(of_column, key=lambda one: sign * one.metric)
    return tuple(found)


def _slice(column: str, value: str, rows: int, estimate: uncertainty.Estimate) -> Slice:
    return Slice(
        column=column,
        value=value,
        rows=rows,
        metric=estimate.value,
        low=None if np.isnan(estimate.low) else estimate.low,
        high=None if np.isnan(estimate.high) else estimate.high,
    )


def _parts(values: NDArray[np.generic]) -> list[tuple[str, NDArray[np.bool_]]]:
    """The values with enough rows, and which rows have each; the most frequent first."""
    names, place_of = _named(values)
    counts = np.bincount(place_of, minlength=len(names))
    frequent = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    return [(names[one], place_of == one) for one in frequent if counts[one] >= LEAST_ROWS]


def _named(values: NDArray[np.generic]) -> tuple[list[str], NDArray[np.intp]]:
    is_number = kind_of(values) is not None and values.dtype.kind in "iuf"
    if not is_number:
        found = np.where(missing(values), NO_VALUE, texts(values).astype(str))
        distinct_texts, place_of = np.unique(found, return_inverse=True)
        return distinct_texts.tolist(), place_of
    plain = numbers(values)
    known = plain[~np.isnan(plain)]
    distinct = np.unique(known)
    if distinct.size > MOST_VALUES:
        return _quarters(plain, np.sort(known)[np.arange(1, 4) * known.size // 4])
    names = [*(f"{value:.12g}" for value in distinct.tolist()), NO_VALUE]
    place_of = np.searchsorted(distinct, plain)
    return names, np.where(np.isnan(plain), distinct.size, place_of).astype(np.intp)


def _quarters(
    plain: NDArray[np.float64], cuts: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.intp]]:
    first, middle, last = (words.number(cut) for cut in cuts.tolist())
    names = [
        f"up to {first}",
        f"{first} to {middle}",
        f"{middle} to {last}",
        f"over {last}",
        NO_VALUE,
    ]
    place_of = np.searchsorted(cuts, plain)
    return names, np.where(np.isnan(plain), 4, place_of).astype(np.intp)
