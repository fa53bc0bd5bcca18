"""Rows per value of categorical columns: exact counts of the frequent ones, whatever the number of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Column, ColumnProfile

TOP_VALUES = 1_000
EXACT_ROWS = 2_000_000
"""Rows up to which every value is counted; with more, a column of many values would fill the memory."""
EXACT_VALUES = 100_000
"""Different values up to which every value is counted, however many rows there are."""
LEAST_SHARE = 0.001
"""Share of the rows from which a value is listed in a column that has more values than that."""
CELLS = 4096
COLUMNS_PER_STATEMENT = 40


def tally(
    frames: Frames, selection: Selection, columns: Sequence[Column], *, rows: int
) -> dict[str, ColumnProfile]:
    """Profiles of columns by their values.

    Up to 2 000 000 rows, and for up to some 100 000 different values, every value is counted and the
    1 000 most frequent are listed. Beyond, values are first counted by a part of their hash, which also
    tells how many differ within some 1 %; then those that at least 0.1 % of the rows may have are counted
    one by one. Either way the counts of listed values are exact.

    Args:
        frames: The engine.
        selection: The rows.
        columns: The columns to profile.
        rows: How many rows are selected.
    """
    found: dict[str, ColumnProfile] = {}
    for start in range(0, len(columns), COLUMNS_PER_STATEMENT):
        some = columns[start : start + COLUMNS_PER_STATEMENT]
        found |= _tally(frames, selection, some, rows=rows)
    return found


def _tally(
    frames: Frames, selection: Selection, columns: Sequence[Column], *, rows: int
) -> dict[str, ColumnProfile]:
    if rows <= EXACT_ROWS:
        return _values(frames, selection, dict.fromkeys(columns))
    hashed = _hashed(frames, selection, columns)
    many = {
        column: cells
        for column, cells in hashed.items()
        if int(cells["distinct_values"].sum()) > EXACT_VALUES
    }
    few: dict[Column, NDArray[np.int64] | None] = {one: None for one in columns if one not in many}
    crowded: dict[Column, NDArray[np.int64] | None] = {
        column: cells["cell"][cells["rows"] >= LEAST_SHARE * rows] for column, cells in many.items()
    }
    return _values(frames, selection, few | crowded, hashed)
