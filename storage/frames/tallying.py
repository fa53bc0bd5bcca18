"""Rows per value of categorical columns: exact counts of the frequent ones, whatever the number of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Column, ColumnProfile

TOP_VALUES = 1_000
EXACT_ROWS = 500_000
"""Rows up to which every value is counted; with more, a column of many values would fill the memory."""
HEAD_ROWS = 20_000
"""First rows of which it is seen whether a column has many values: three in four of them differ."""
MANY_SHARE = 0.75
LEAST_SHARE = 0.001
"""Share of the rows from which a value is listed in a column that has more values than that."""
CELLS = 4096
COLUMNS_PER_STATEMENT = 40


def tally(
    frames: Frames,
    selection: Selection,
    columns: Sequence[Column],
    *,
    rows: int,
    known: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, ColumnProfile]:
    """Profiles of columns by their values.

    Every value is counted and the 1 000 most frequent are listed, but for columns of many values in more
    than 500 000 rows: theirs are first counted by a part of their hash, which also tells how many differ,
    within some 1 %; then those that at least 0.1 % of the rows may have are counted one by one. Either way
    the counts of listed values are exact.

    Args:
        frames: The engine.
        selection: The rows.
        columns: The columns to profile.
        rows: How many rows are selected.
        known: Values by column that are listed wherever they occur, however rare.
    """
    found: dict[str, ColumnProfile] = {}
    for start in range(0, len(columns), COLUMNS_PER_STATEMENT):
        some = columns[start : start + COLUMNS_PER_STATEMENT]
        differing = _differing(frames, selection, some) if rows > EXACT_ROWS else []
        many = _hashed(frames, selection, differing)
        listed = _listed(frames, selection, some, many, rows=rows, known=known or {})
        for column, row in zip(some, listed, strict=True):
            found[column.name] = _profile(column, row, many.get(column.name))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hashed:
    """Rows of a column by a part of their value's hash."""

    rows: int
    nulls: int
    distinct: int
    """Different values, within some 1 % where there are many."""
    cells: NDArray[np.int64]
    cell_rows: NDArray[np.int64]


def _differing(frames: Frames, selection: Selection, columns: Sequence[Column]) -> list[Column]:
    """The columns of many values, as far as the first rows tell."""
    if not columns:
        return []
    names = ", ".join(identifier(column.name) for column in columns)
    counts = ", ".join(f"count(DISTINCT {identifier(column.name)})" for column in columns)
    head = f"SELECT {names} FROM selected LIMIT {HEAD_ROWS}"
    (differ,) = frames.rows(f"{_selected(selection)} SELECT {counts} FROM ({head})")
    return [one for one, n in zip(columns, differ, strict=True) if n >= MANY_SHARE * HEAD_ROWS]


def _hashed(frames: Frames, selection: Selection, columns: Sequence[Column]) -> dict[str, _Hashed]:
    if not columns:
        return {}
    parts = [
        f"""SELECT {place} AS place, cell, count(*) AS rows, approx_count_distinct(value) AS differ
            FROM (SELECT value, {_CELL} AS cell FROM ({_value(column)})) GROUP BY cell"""
        for place, column in enumerate(columns)
    ]
    found = frames.query(f"{_selected(selection)} {' UNION ALL '.join(parts)}")
    place, cell, rows, differ = (found[key] for key in ("place", "cell", "rows", "differ"))
    is_null = np.ma.getmaskarray(np.ma.asanyarray(cell))
    hashed = {}
    for number, column in enumerate(columns):
        here = np.asarray(place == number)
        held = here & ~is_null
        hashed[column.name] = _Hashed(
            rows=int(rows[here].sum()),
            nulls=int(rows[here & is_null].sum()),
            distinct=min(int(differ[held].sum()), int(rows[held].sum())),
            cells=np.asarray(cell[held], dtype=np.int64),
            cell_rows=np.asarray(rows[held], dtype=np.int64),
        )
    return hashed


# The lowest bits tell the engine's own sketch of different values apart: they stay free.
_CELL = f"CASE WHEN value IS NOT NULL THEN CAST((hash(value) >> 20) & {CELLS - 1} AS USMALLINT) END"


def _listed(
    frames: Frames,
    selection: Selection,
    columns: Sequence[Column],
    many: Mapping[str, _Hashed],
    *,
    rows: int,
    known: Mapping[str, Sequence[str]],
) -> list[tuple[Any, ...]]:
    """Per column: its rows, its nulls, its different values, and pairs of the listed ones and their rows."""
    parts: list[str] = []
    parameters: list[list[str]] = []
    for place, column in enumerate(columns):
        wanted = list(known.get(column.name, ()))
        is_known = "value IN (SELECT unnest(CAST(? AS VARCHAR[])))" if wanted else "false"
        source = _value(column)
        if column.name in many:
            hashed = many[column.name]
            cells = hashed.cells[hashed.cell_rows >= LEAST_SHARE * rows].tolist()
            is_crowded = f"{_CELL} IN ({', '.join(map(str, cells))})" if cells else "false"
            source = f"SELECT value FROM ({source}) WHERE {is_crowded} OR {is_known}"
            parameters += [wanted] * bool(wanted)
        parameters += [wanted] * bool(wanted)
        # Values of a single row are the most by far, and need no comparison of rows.
        parts.append(f"""
            SELECT {place} AS place, sum(rows), sum(rows) FILTER (WHERE value IS NULL), count(value),
                   min(row(NOT is_known, -rows, value), {TOP_VALUES + len(wanted)})
                   FILTER (WHERE value IS NOT NULL AND (rows > 1 OR is_known)),
                   min(value, {TOP_VALUES}) FILTER (WHERE rows = 1 AND NOT is_known)
            FROM (SELECT value, rows, {is_known} AS is_known
                  FROM (SELECT value, count(*) AS rows FROM ({source}) GROUP BY value))""")
    sql = f"{_selected(selection)} {' UNION ALL '.join(parts)} ORDER BY place"
    return [row[1:] for row in frames.rows(sql, parameters)] if parts else []


def _selected(selection: Selection) -> str:
    return f"WITH selected AS NOT MATERIALIZED ({selection.sql()})"


def _value(column: Column) -> str:
    return f"SELECT CAST({identifier(column.name)} AS VARCHAR) AS value FROM selected"


def _profile(column: Column, row: tuple[Any, ...], hashed: _Hashed | None) -> ColumnProfile:
    rows, nulls, distinct = int(row[0] or 0), int(row[1] or 0), int(row[2])
    if hashed is not None:
        rows, nulls, distinct = hashed.rows, hashed.nulls, hashed.distinct
    found = [(value, -minus, not is_new) for is_new, minus, value in row[3] or ()]
    found += [(value, 1, False) for value in row[4] or ()]
    # By their bytes, as the engine orders them.
    found.sort(key=lambda one: (-one[1], one[0].encode()))
    frequent = {value for value, _, _ in found[:TOP_VALUES]}
    pairs = [(value, count) for value, count, is_known in found if is_known or value in frequent]
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        type=column.type,
        rows=rows,
        nulls=nulls,
        distinct=distinct,
        distinct_is_exact=hashed is None,
        values=tuple(value for value, _ in pairs),
        value_counts=tuple(count for _, count in pairs),
        other=rows - nulls - sum(count for _, count in pairs),
    )
