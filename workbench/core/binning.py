"""The bins of a profile made into others of equal width, to be drawn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from storage.records import ColumnProfile

TAIL = 0.005
"""Share of the rows at either end that a histogram leaves out, so that one far value hides nothing."""


def shape(column: ColumnProfile, bins: int) -> tuple[list[float], tuple[float, float]]:
    """Rows of a column in bins of equal width, and where the first bin starts and the last one ends.

    Half a per cent of the rows at either end is left out, as far as it lies farther away.

    Args:
        column: With edges.
        bins: How many.
    """
    low = column.edges[0] if column.minimum is None else max(column.minimum, column.edges[0])
    high = column.edges[-1] if column.maximum is None else max(column.maximum, column.edges[-1])
    bounds = list(itertools.accumulate([min(low, column.edges[0]), *column.edges, high], max))
    if column.minimum is not None:
        bounds = [max(bound, column.minimum) for bound in bounds]
    if column.maximum is not None:
        bounds = [min(bound, column.maximum) for bound in bounds]
    ends = inner_range(bounds, column.counts)
    return equal_width(bounds, column.counts, ends, bins), ends


def equal_width(
    bounds: Sequence[float], counts: Sequence[float], ends: tuple[float, float], bins: int
) -> list[float]:
    """Counts over bins of equal width, from counts over any bins; rows are taken as even within a bin.

    Args:
        bounds: Ascending ends of the given bins, one more than `counts`.
        counts: Rows per given bin.
        ends: Where the first new bin starts and the last one ends; rows beyond are left out.
        bins: How many new bins.
    """
    low, high = ends
    wide = (high - low) / bins or 1.0
    found = [0.0] * bins
    for (start, stop), rows in zip(itertools.pairwise(bounds), counts, strict=True):
        if rows:
            _share_out(found, ((start - low) / wide, (stop - low) / wide), rows)
    return found


def inner_range(bounds: Sequence[float], counts: Sequence[float]) -> tuple[float, float]:
    """The values between which all but the tails of the rows lie."""
    total = sum(counts)
    if not total:
        return 0.0, 1.0
    low = _quantile(bounds, counts, TAIL * total)
    high = _quantile(bounds, counts, (1 - TAIL) * total)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _quantile(bounds: Sequence[float], counts: Sequence[float], rows_below: float) -> float:
    seen = 0.0
    for (start, stop), rows in zip(itertools.pairwise(bounds), counts, strict=True):
        if rows and seen + rows >= rows_below:
            return start + (stop - start) * (rows_below - seen) / rows
        seen += rows
    return bounds[-1]


def _share_out(found: list[float], ends: tuple[float, float], rows: float) -> None:
    """Adds `rows`, evenly spread between two places counted in new bins, to the bins they touch."""
    # Rounding may put the last end a hair beyond the last new bin.
    last = len(found)
    start, stop = (last if last <= end <= last * (1 + 1e-12) else end for end in ends)
    if stop <= start:
        if 0 <= start <= len(found):
            found[min(len(found) - 1, int(start))] += rows
        return
    for cell in range(max(0, int(start)), min(len(found), int(stop) + 1)):
        part = min(stop, cell + 1) - max(start, cell)
        found[cell] += rows * max(0.0, part) / (stop - start)
