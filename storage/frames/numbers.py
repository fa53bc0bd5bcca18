"""Which columns are numbers, how SQL says them, and between what they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.selection import NUMBER, Selection
from storage.records import Column, ColumnKind

FEW = 4096
"""Different whole numbers that are counted one by one: the engine has a table for as many."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def is_number(column: Column) -> bool:
    """Whether a column is counted as numbers; times are seconds since 1970."""
    return column.kind in {ColumnKind.NUMERIC, ColumnKind.TIMESTAMP}


def is_whole(column: Column) -> bool:
    """Whether a column's type has no fractions."""
    return column.type.upper().removeprefix("U") in _WHOLE


def is_few(column: Column, ends: tuple[float, float] | None) -> bool:
    """Whether a column has but few whole numbers, which lie between its ends."""
    return is_whole(column) and ends is not None and ends[1] - ends[0] < FEW


def number(column: Column, expression: str | None = None) -> str:
    """The column's number as SQL, or that of an expression of its type."""
    expression = expression or identifier(column.name)
    if column.kind is ColumnKind.TIMESTAMP:
        return f"epoch(CAST({expression} AS TIMESTAMP))"
    return f"CAST({expression} AS DOUBLE)"


def bounds(
    frames: Frames, selection: Selection, columns: Sequence[Column]
) -> dict[str, tuple[float, float]]:
    """The smallest and the largest finite number of each column in the selected files.

    They are those of whole files, which answer from their metadata: rows beyond the selection may reach
    farther. Columns with NaN or infinities are scanned. Those without a finite number are left out.
    """
    files = replace(selection, start=None, end=None, spans=())
    found = _ends(frames, files, columns, is_wild=False)
    wild = [one for one in columns if not all(map(math.isfinite, found[one.name]))]
    found |= _ends(frames, files, wild, is_wild=True)
    return {name: ends for name, ends in found.items() if all(map(math.isfinite, ends))}


def heads(
    frames: Frames, selection: Selection, columns: Sequence[Column], *, rows: int
) -> dict[str, NDArray[np.float64]]:
    """The finite numbers of each column in so many of the first selected rows.

    Of whole files, the first rows of up to eight; the engine then leaves the rest of each unread.
    """
    names = ", ".join(identifier(column.name) for column in columns)
    if selection.spans or selection.start or selection.end:
        return _numbers(frames, f"{selection.sql(names)} LIMIT {rows}", columns)
    each = max(rows // len(selection.paths), rows // 8)
    numbered = selection.sql("*", numbered=True)
    return _numbers(
        frames, f"SELECT {names} FROM ({numbered}) WHERE {NUMBER} < {each} LIMIT {rows}", columns
    )


def strewn(
    frames: Frames, selection: Selection, columns: Sequence[Column], *, apart: int
) -> dict[str, NDArray[np.float64]]:
    """The finite numbers of each column in selected rows that lie so many rows apart in their files."""
    names = ", ".join(identifier(column.name) for column in columns)
    numbered = selection.sql("*", numbered=True)
    return _numbers(
        frames, f"SELECT {names} FROM ({numbered}) WHERE {NUMBER} % {apart} = 0", columns
    )


def _numbers(
    frames: Frames, rows: str, columns: Sequence[Column]
) -> dict[str, NDArray[np.float64]]:
    if not columns:
        return {}
    parts = ", ".join(f"{number(column)} AS n{place}" for place, column in enumerate(columns))
    found = frames.query(f"SELECT {parts} FROM ({rows})")
    numbers = {
        column.name: np.ma.compressed(np.ma.asanyarray(found[f"n{place}"]))
        for place, column in enumerate(columns)
    }
    return {name: of[np.isfinite(of)] for name, of in numbers.items()}


def _ends(
    frames: Frames, files: Selection, columns: Sequence[Column], *, is_wild: bool
) -> dict[str, tuple[float, float]]:
    """Per column its ends, NaN where there is none; of `is_wild` ones, among the finite numbers."""
    if not columns:
        return {}
    parts = []
    for column in columns:
        x = number(column)
        for end in ("min", "max"):
            filtered = f"{end}({x}) FILTER (WHERE isfinite({x}))"
            parts.append(
                filtered if is_wild else number(column, f"{end}({identifier(column.name)})")
            )
    (row,) = frames.rows(files.sql(", ".join(parts)))
    found = [math.nan if end is None else float(end) for end in row]
    return {column.name: (found[2 * i], found[2 * i + 1]) for i, column in enumerate(columns)}
