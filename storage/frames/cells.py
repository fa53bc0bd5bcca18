"""The numbers of columns by cell: equal parts of their range, and finer parts where many rows crowd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storage.frames import counting, grids, numbers
from storage.frames.counting import Counted, Groups, Question
from storage.frames.database import Frames
from storage.frames.selection import Selection
from storage.records import Column

CELLS = 1024
"""Cells that a column's range is cut into."""
ZOOMED_CELLS = 4096
"""Cells that the crowded ones among those are cut into, all together."""
CROWDED_SHARE = 1 / 128
"""Share of the rows from which a cell of several values is cut further."""


def questions_anew(
    frames: Frames, selection: Selection, columns: Sequence[Column]
) -> list[Question]:
    """Questions that count each numeric column over its own range."""
    bounds = numbers.bounds(frames, selection, columns)
    return [_question(column, bounds.get(column.name)) for column in columns]


def refined(
    frames: Frames,
    selection: Selection,
    questions: Sequence[Question],
    counted: Mapping[str, Counted],
) -> dict[str, Groups]:
    """The cells of each column; those of several values that hold many rows were cut further.

    Their rows are read once more.
    """
    crowded = {
        asked.column.name: where
        for asked in questions
        if (where := _crowded(counted[asked.column.name].groups)).any()
    }
    zooms = [
        _zoom(asked, counted[asked.column.name].groups, crowded[asked.column.name])
        for asked in questions
        if asked.column.name in crowded
    ]
    finer = counting.count(frames, selection, zooms)
    return {
        name: _merged(one.groups, crowded[name], finer[name].groups)
        if name in crowded
        else one.groups
        for name, one in counted.items()
    }


def _question(column: Column, ends: tuple[float, float] | None) -> Question:
    low, high = ends or (0.0, 0.0)
    return Question(
        column=column,
        grid=grids.over(low, high, cells=CELLS, is_whole=numbers.is_whole(column)),
        center=low / 2 + high / 2,
        is_value=numbers.is_few(column, ends),
        asks_distinct=True,
    )


def _crowded(groups: Groups) -> NDArray[np.bool_]:
    share = CROWDED_SHARE * groups.rows.sum()
    crowded: NDArray[np.bool_] = (groups.rows >= max(share, 2)) & (groups.lows < groups.highs)
    return crowded


def _zoom(asked: Question, groups: Groups, where: NDArray[np.bool_]) -> Question:
    """Counts the rows of the crowded cells anew, each by finer cells between its ends.

    They are narrow at the end from which a long tail starts: their bounds grow as the fourth power. Roots
    are exact to the last bit, so that no number overtakes another.
    """
    rows, lows, highs = groups.rows[where], groups.lows[where], groups.highs[where]
    parts = np.maximum(2, ZOOMED_CELLS * rows // rows.sum())
    ends = np.cumsum(parts) - 1.0
    with np.errstate(over="ignore"):
        scales = np.minimum((parts - 1) / np.sqrt(np.sqrt(highs - lows)), 1e300)
    lists = np.full((3, int(groups.keys[-1]) + 1), np.nan)
    lists[:, groups.keys[where]] = lows, scales, ends - (parts - 1)
    if where[-1] and where.sum() > where[0]:
        lists[:, groups.keys[-1]] = highs[-1], -scales[-1], ends[-1]
    root = "sqrt(sqrt(abs(x - l0[cell + 1])))"
    key = f"TRY_CAST(l2[cell + 1] + l1[cell + 1] * {root} AS UINTEGER)"
    return replace(asked, lists=tuple(lists), key=key)


def _merged(groups: Groups, where: NDArray[np.bool_], finer: Groups) -> Groups:
    lows = np.concatenate([groups.lows[~where], finer.lows])
    order = np.argsort(lows, kind="stable")

    def both(name: str) -> NDArray[np.int64]:
        parts = [getattr(groups, name)[~where], getattr(finer, name)]
        return np.concatenate(parts)[order]

    return Groups(
        keys=np.arange(lows.size),
        rows=both("rows"),
        lows=lows[order],
        highs=np.concatenate([groups.highs[~where], finer.highs])[order],
        distinct=both("distinct"),
    )
