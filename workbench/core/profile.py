"""The profile of a column: where its bins lie, what falls into them, and what they say of quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storage.records import ColumnKind, ColumnProfile

_NUMERIC_TYPES = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "REAL",
        "DOUBLE",
        "DECIMAL",
        "NUMERIC",
    ]
)

BINS = 256
"""Bins of about equal frequency that a column is cut into: 0.4 % of the rows each where every value was counted,
and mostly less than 1 % where bins are made of cells; a single value may hold more."""
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def kind_of(type_name: str) -> ColumnKind:
    """How a column of a DuckDB type is profiled: by numbers, by truth values, by time or by categories.

    Args:
        type_name: As DuckDB names it: `DECIMAL(18,3)`, `TIMESTAMP WITH TIME ZONE`. Lists, structs and
            plain times of day count as categories.
    """
    name = type_name.strip().upper()
    if name.endswith("]"):
        return ColumnKind.CATEGORICAL
    base = name.partition("(")[0].strip()
    if base in _NUMERIC_TYPES:
        return ColumnKind.NUMERIC
    if base == "BOOLEAN":
        return ColumnKind.BOOLEAN
    if base == "DATE" or base.startswith(("TIMESTAMP", "DATETIME")):
        return ColumnKind.TIMESTAMP
    return ColumnKind.CATEGORICAL


def edges_of(sample: NDArray[np.float64], *, bins: int = BINS) -> NDArray[np.float64]:
    """Strictly ascending upper edges that cut `sample` into bins of equal frequency.

    The first edge lies just below the smallest value and the last one is the largest, so that the outer
    bins hold what leaves the sample's range. A value with more rows than a bin should hold gets a bin of
    its own; with no more distinct values than bins, each value ends a bin. The first and the last bin are
    halved repeatedly, so that long tails are resolved.

    Args:
        sample: Values in any order, shape (rows,); NaN and infinities are ignored.
        bins: How many bins the values are cut into. Some 20 more come from the tails of a large sample,
            and heavy values can bring the number of edges up to twice this.

    Returns:
        Shape (edges,); bin i holds edges[i-1] < x <= edges[i], one more bin what exceeds the last edge.
        Empty when no finite value is left.

    Raises:
        ValueError: `bins` is less than 1.
    """
    values, rows = np.unique(sample[np.isfinite(sample)], return_counts=True)
    return edges_of_cells(values, values, rows, bins=bins)


def edges_of_cells(
    lows: NDArray[np.float64],
    highs: NDArray[np.float64],
    rows: NDArray[np.int64],
    *,
    bins: int = BINS,
) -> NDArray[np.float64]:
    """The edges of `edges_of` for numbers counted in cells; none of them cuts a cell.

    Args:
        lows: Smallest number of each cell, ascending, shape (cells,).
        highs: Largest number of each cell, below the smallest of the next.
        rows: Rows of each cell, at least one.
        bins: How many bins the numbers are cut into.

    Raises:
        ValueError: `bins` is less than 1.
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}, at least 1 is needed")
    if highs.size == 0:
        return np.empty(0)
    share = rows.sum() / bins
    is_heavy = rows > share
    starts = _below(np.append(lows[:1], lows[is_heavy]))
    if highs.size <= bins:
        return np.unique(np.concatenate([starts, highs]))
    light = _light_edges(highs, rows, is_heavy, share=share)
    tails = _tail_edges(highs, rows, share=share)
    return np.unique(np.concatenate([starts, light, highs[is_heavy], tails, highs[-1:]]))


def _light_edges(
    values: NDArray[np.float64],
    rows: NDArray[np.int64],
    is_heavy: NDArray[np.bool_],
    *,
    share: float,
) -> NDArray[np.float64]:
    """The last value of each run of light values that together hold about `share` rows."""
    light = values[~is_heavy]
    if light.size == 0:
        return light
    bin_of = np.ceil(np.cumsum(rows[~is_heavy]) / share)
    last = np.flatnonzero(np.append(bin_of[1:] != bin_of[:-1], True))
    ends: NDArray[np.float64] = light[last]
    return ends


def _tail_edges(
    values: NDArray[np.float64], rows: NDArray[np.int64], *, share: float
) -> NDArray[np.float64]:
    """Values that cut the first and last `share` rows in half again and again, down to a single row.

    A long tail would else lie in one wide bin, where only its ends are known.
    """
    reached = np.cumsum(rows)
    remaining = share / 2.0 ** np.arange(1, max(1, int(np.log2(max(1.0, share)))) + 1)
    low = np.searchsorted(reached, remaining)
    high = np.searchsorted(reached, reached[-1] - remaining)
    ends: NDArray[np.float64] = values[np.append(low, high)]
    return ends


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The next smaller numbers; never -inf, which no JSON file can hold."""
    with np.errstate(over="ignore", under="ignore"):
        return np.maximum(np.nextafter(values, -np.inf), np.finfo(np.float64).min)


def count(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows per bin of `edges`; NaN is left out, infinities fall into the outer bins.

    Args:
        values: Shape (rows,).
        edges: Strictly ascending upper edges, shape (edges,); may be empty.

    Returns:
        Shape (edges + 1,).
    """
    bin_of = np.searchsorted(edges, values[~np.isnan(values)], side="left")
    return np.bincount(bin_of, minlength=edges.size + 1).astype(np.int64)


def numeric(name: str, values: NDArray[np.float64], edges: NDArray[np.float64]) -> ColumnProfile:
    """The profile of a small numeric column held in memory; NaN counts as a missing value.

    Args:
        name: The column's name.
        values: Shape (rows,).
        edges: Where to count, from `edges_of` or the reference's profile.
    """
    present = values[~np.isnan(values)]
    finite = present[np.isfinite(present)]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(finite.mean()) if finite.size else None
        std = float(finite.std(ddof=1)) if finite.size > 1 else None
    return ColumnProfile(
        name=name,
        kind=ColumnKind.NUMERIC,
        rows=values.size,
        nulls=0,
        nans=values.size - present.size,
        minimum=float(present.min()) if present.size else None,
        maximum=float(present.max()) if present.size else None,
        mean=_finite(mean, otherwise=None),
        std=_finite(std, otherwise=None),
        edges=tuple(edges.tolist()),
        counts=tuple(count(present, edges).tolist()),
    )


def categorical(
    name: str, values: Sequence[str | None], *, known: Sequence[str] = (), top: int = 1000
) -> ColumnProfile:
    """The profile of a small categorical column held in memory; None is a null.

    Args:
        name: The column's name.
        values: One per row.
        known: Values that are listed whether or not they occur: those of the reference.
        top: How many other values are listed, most frequent first; the rest is counted as `other`.
    """
    tally = dict.fromkeys(known, 0)
    for value in values:
        if value is not None:
            tally[value] = tally.get(value, 0) + 1
    ranked = sorted(tally, key=lambda value: (-tally[value], value))
    asked = set(known)
    listed = asked.union([value for value in ranked if value not in asked][:top])
    kept = [value for value in ranked if value in listed]
    present = sum(tally.values())
    return ColumnProfile(
        name=name,
        kind=ColumnKind.CATEGORICAL,
        rows=len(values),
        nulls=len(values) - present,
        distinct=sum(1 for rows in tally.values() if rows),
        values=tuple(kept),
        value_counts=tuple(tally[value] for value in kept),
        other=present - sum(tally[value] for value in kept),
    )


def quantile(profile: ColumnProfile, q: float) -> float:
    """The value that a share `q` of the column's present rows does not exceed, straight within its bin.

    Args:
        profile: Of a numeric column.
        q: Between 0 and 1.

    Returns:
        NaN when no row has a value.

    Raises:
        ValueError: `q` is not between 0 and 1.
    """
    if not 0.0 <= q <= 1.0:
        raise ValueError(f"q is {q}, it lies between 0 and 1")
    ends, shares = distribution(profile)
    if ends.size == 0:
        return float("nan")
    # Where several ends share one height, the quantile is the lowest of them: an empty bin holds nothing.
    end = int(np.searchsorted(shares, q, side="left"))
    if end == 0:
        return float(np.nextafter(ends[0], np.inf))
    if ends[end - 1] == _below(ends[end]):
        return float(ends[end])
    part = (q - shares[end - 1]) / (shares[end] - shares[end - 1])
    within = (1.0 - part) * ends[end - 1] + part * ends[end]
    return float(np.clip(within, np.nextafter(ends[0], np.inf), ends[end]))


def with_quantiles(profile: ColumnProfile) -> ColumnProfile:
    """`profile` with its quantiles, each off by no more than the bin it lies in; as it is without bins."""
    if not any(profile.counts):
        return profile
    found = tuple((q, quantile(profile, q)) for q in QUANTILES)
    return replace(profile, quantiles=found)


def distribution(profile: ColumnProfile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The column's distribution function at the ends of its bins, to be read as straight between them.

    Returns:
        Ends, ascending, from just below the smallest finite value to the largest, and the share of the
        present rows at or below each, from 0 to 1. Infinities count at the outermost edge. Both empty
        when no row has a value.
    """
    counts = np.asarray(profile.counts, dtype=np.float64)
    total = counts.sum()
    edges = np.asarray(profile.edges, dtype=np.float64)
    low = _finite(profile.minimum, otherwise=edges[0] if edges.size else None)
    high = _finite(profile.maximum, otherwise=edges[-1] if edges.size else None)
    if total == 0 or low is None or high is None:
        return np.empty(0), np.empty(0)
    shares = np.cumsum(counts[:-1]) / total
    is_inside = (edges >= low) & (edges < high)
    # The function jumps at a smallest value that is an edge of its own, so it starts just below.
    ends = np.concatenate([_below(np.array([low])), edges[is_inside], [max(low, high)]])
    return ends, np.concatenate([[0.0], shares[is_inside], [1.0]])


def _finite(value: float | None, *, otherwise: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else otherwise
