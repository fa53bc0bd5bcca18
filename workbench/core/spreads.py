"""How a column of the training rows was distributed, small enough to be drawn beside its name."""

from __future__ import annotations

from collections.abc import Iterator

from storage.records import ColumnKind, ColumnProfile
from workbench.core.binning import shape
from workbench.core.model_cards import BARS, MOST_VALUES, RARE_ROWS, Bar, Spread, ValueShare

_NAMED = frozenset({ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN})


def spread(column: ColumnProfile) -> Spread:
    """The spread of a column from its profile."""
    has_names = column.kind in _NAMED
    return Spread(
        rows=column.rows,
        missing=_share(column.nulls + column.nans, column.rows),
        distinct=column.distinct,
        mean=column.mean,
        std=column.std,
        quantiles=column.quantiles,
        bars=() if has_names else tuple(_bars(column)),
        values=tuple(_values(column)) if has_names else (),
        other=_share(_beyond(column), column.rows) if has_names else 0.0,
        rare=_rare(column) if has_names else 0,
    )


def _bars(column: ColumnProfile) -> Iterator[Bar]:
    total = sum(column.counts)
    if not column.edges or not total:
        return
    if sum(1 for rows in column.counts if rows) <= BARS:
        yield from _single_values(column, total)
        return
    rows, (low, high) = shape(column, BARS)
    wide = (high - low) / BARS
    for at, count in enumerate(rows):
        yield Bar(low=low + at * wide, high=low + (at + 1) * wide, share=count / total)


def _single_values(column: ColumnProfile, total: int) -> Iterator[Bar]:
    """A bar a value: where there are few of them, each ends a bin of its own."""
    for value, rows in zip(column.edges, column.counts, strict=False):
        if rows:
            yield Bar(low=value, high=value, share=rows / total)


def _values(column: ColumnProfile) -> Iterator[ValueShare]:
    listed = zip(column.values[:MOST_VALUES], column.value_counts[:MOST_VALUES], strict=True)
    for value, rows in listed:
        if rows:
            yield ValueShare(value=value, rows=rows, share=_share(rows, column.rows))


def _beyond(column: ColumnProfile) -> int:
    return column.other + sum(column.value_counts[MOST_VALUES:])


def _rare(column: ColumnProfile) -> int:
    listed = sum(1 for rows in column.value_counts if 0 < rows < RARE_ROWS)
    # Values that are not listed have at most as many rows as the last one that is.
    are_rare = bool(column.other and column.value_counts and column.value_counts[-1] < RARE_ROWS)
    unlisted = (column.distinct or 0) - len(column.values)
    return listed + (max(0, unlisted) if are_rare else 0)


def _share(rows: int, total: int) -> float:
    return rows / total if total else 0.0
