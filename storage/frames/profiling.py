"""Counts rows per bin and per value: all a profile needs, in two statements over disjoint columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Column, ColumnKind, ColumnProfile

SAMPLE_ROWS = 200_000
TOP_VALUES = 1_000
GROUPS_PER_QUERY = 60  # GROUPING() answers with the bits of one 64-bit number

Edges = Mapping[str, NDArray[np.float64]]


def sample(
    frames: Frames, selection: Selection, columns: Sequence[str], *, rows: int = SAMPLE_ROWS
) -> dict[str, NDArray[np.float64]]:
    """Every k-th row of numeric columns, as many as `rows`, with nulls as NaN.

    The same rows give the same sample: bins made from it do not depend on chance.
    """
    if not columns:
        return {}
    step = max(1, -(-frames.count(selection) // rows))
    wanted = ", ".join(
        f"CAST({identifier(name)} AS DOUBLE) AS {identifier(name)}" for name in columns
    )
    numbered = selection.sql(numbered=True)
    sql = f"SELECT {wanted} FROM ({numbered}) WHERE file_row_number % {step} = 0"
    fetched = frames.query(sql)
    return {name: np.ma.filled(np.ma.asanyarray(fetched[name]), np.nan) for name in columns}


def profile(
    frames: Frames, selection: Selection, columns: Sequence[Column], edges: Edges
) -> tuple[ColumnProfile, ...]:
    """Profiles of `columns` over the selected rows, counted at fixed edges.

    Args:
        frames: The engine.
        selection: The rows.
        columns: The columns to profile.
        edges: Ascending upper bin edges per numeric column.

    Returns:
        One profile a column, in the order of `columns`.
    """
    counted = _numbers(frames, selection, [c for c in columns if _is_number(c)], edges)
    counted |= _values(frames, selection, [c for c in columns if not _is_number(c)])
    return tuple(counted[column.name] for column in columns)


def _is_number(column: Column) -> bool:
    return column.kind in {ColumnKind.NUMERIC, ColumnKind.TIMESTAMP}


def _numbers(
    frames: Frames, selection: Selection, columns: Sequence[Column], edges: Edges
) -> dict[str, ColumnProfile]:
    if not columns:
        return {}
    parts = ["count(*)"]
    parameters: list[Any] = []
    for column in columns:
        # The number is computed once for all of a column's aggregates.
        x = identifier(f"x_{column.name}")
        present = f"FILTER (WHERE NOT isnan({x}))"
        finite = f"FILTER (WHERE isfinite({x}))"
        parts += [
            f"count({x})",
            f"count({x}) FILTER (WHERE isnan({x}))",
            f"min({x}) {present}",
            f"max({x}) {present}",
            f"avg({x}) {finite}",
            f"stddev_samp({x}) {finite}",
        ]
        bins = edges.get(column.name)
        if bins is None or not len(bins):
            parts.append("NULL")
        else:
            parts.append(f"map_values(histogram({x}, ?::DOUBLE[]) {present})")
            parameters.append([*map(float, bins), float("inf")])
    sources = ", ".join(
        f"{_number(column)} AS {identifier(f'x_{column.name}')}" for column in columns
    )
    sql = f"SELECT {', '.join(parts)} FROM ({selection.sql(sources)})"
    total, *measured = frames.rows(sql, parameters)[0]
    return {
        column.name: _numeric_profile(column, total, measured[7 * i : 7 * i + 7], edges)
        for i, column in enumerate(columns)
    }


def _number(column: Column) -> str:
    name = identifier(column.name)
    if column.kind is ColumnKind.TIMESTAMP:
        return f"epoch(CAST({name} AS TIMESTAMP))"
    return f"CAST({name} AS DOUBLE)"


def _numeric_profile(
    column: Column, total: int, measured: Sequence[Any], edges: Edges
) -> ColumnProfile:
    present, nans, minimum, maximum, mean, std, counts = measured
    bins = edges.get(column.name)
    at = () if bins is None else tuple(float(edge) for edge in bins)
    none = (0,) * (len(at) + 1) if at else ()
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        rows=total,
        nulls=total - present,
        nans=nans,
        minimum=minimum,
        maximum=maximum,
        mean=mean,
        std=std,
        edges=at,
        counts=tuple(int(count) for count in counts[: len(at) + 1]) if counts else none,
    )


def _values(
    frames: Frames, selection: Selection, columns: Sequence[Column]
) -> dict[str, ColumnProfile]:
    found: dict[str, ColumnProfile] = {}
    for start in range(0, len(columns), GROUPS_PER_QUERY):
        found |= _grouped(frames, selection, columns[start : start + GROUPS_PER_QUERY])
    return found


def _grouped(
    frames: Frames, selection: Selection, columns: Sequence[Column]
) -> dict[str, ColumnProfile]:
    names = [identifier(f"c{i}") for i in range(len(columns))]
    texts = ", ".join(
        f"CAST({identifier(column.name)} AS VARCHAR) AS {name}"
        for column, name in zip(columns, names, strict=True)
    )
    sets = ", ".join(f"({name})" for name in names)
    which = f"grouping({', '.join(names)})"
    sql = f"""
        WITH counted AS (
            SELECT {which} AS which, coalesce({", ".join(names)}) AS value, count(*) AS rows
            FROM ({selection.sql(texts)}) GROUP BY GROUPING SETS ({sets})
        )
        SELECT which, value, rows,
               count(value) OVER same AS distinct_values,
               sum(rows) OVER same AS total
        FROM counted
        WINDOW same AS (PARTITION BY which)
        QUALIFY row_number() OVER (
            PARTITION BY which ORDER BY value IS NOT NULL, rows DESC, value
        ) <= {TOP_VALUES} + 1
        ORDER BY which, rows DESC, value
    """
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for which, *rest in frames.rows(sql):
        groups.setdefault(which, []).append(tuple(rest))
    everything = (1 << len(columns)) - 1
    return {
        column.name: _value_profile(
            column, groups.get(everything & ~(1 << (len(columns) - 1 - i)), [])
        )
        for i, column in enumerate(columns)
    }


def _value_profile(column: Column, groups: Sequence[tuple[Any, ...]]) -> ColumnProfile:
    nulls = sum(rows for value, rows, *_ in groups if value is None)
    known = [(value, rows) for value, rows, *_ in groups if value is not None][:TOP_VALUES]
    total = int(groups[0][3]) if groups else 0
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        rows=total,
        nulls=nulls,
        distinct=int(groups[0][2]) if groups else 0,
        values=tuple(value for value, _ in known),
        value_counts=tuple(rows for _, rows in known),
        other=total - nulls - sum(rows for _, rows in known),
    )
