"""The numbers of columns by cell: cells are narrow where a few rows say that the others crowd."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storage.frames import bending, counting, grids, numbers
from storage.frames.bending import CROWDED_SHARE, Sample
from storage.frames.counting import Counted, Groups, Question
from storage.frames.database import Frames
from storage.frames.grids import Grid
from storage.frames.selection import Selection
from storage.records import Column

CELLS = 1024
"""Cells that a column's range is cut into."""
BENT_CELLS = 1536
"""Cells of a range whose rows lie unevenly: with more of them it takes fewer bends."""
HEAD_ROWS = 4096
"""First rows that say how a column's numbers lie."""
STREWN_ROWS = 32_768
"""Rows from all over that say it where the first ones do not."""
_HEAD_SHARE = 0.8 * CROWDED_SHARE
"""Share of the first rows from which a cell is taken as crowded: few rows tell shares roughly."""


def counted_anew(
    frames: Frames, selection: Selection, columns: Sequence[Column]
) -> tuple[list[Question], dict[str, Counted]]:
    """Each numeric column counted by cells that follow how its numbers lie.

    A column is read once where its first rows are like the others. Where they are not, and cells of several
    values turn out to hold many rows, it is read twice more: for rows from all over, and to count it anew.
    """
    questions = _questions(frames, selection, columns)
    counted = _counted(frames, selection, questions)
    crowded = [one for one in questions if _is_crowded(counted[one.column.name].groups)]
    finer = {one.column.name: one for one in _finer(frames, selection, crowded, counted)}
    counted |= _counted(frames, selection, list(finer.values()))
    return [finer.get(one.column.name, one) for one in questions], counted


def _counted(
    frames: Frames, selection: Selection, questions: Sequence[Question]
) -> dict[str, Counted]:
    found = counting.count(frames, selection, questions)
    return {name: replace(one, groups=_apart(one.groups)) for name, one in found.items()}


def _questions(frames: Frames, selection: Selection, columns: Sequence[Column]) -> list[Question]:
    bounds = numbers.bounds(frames, selection, columns)
    many = [
        column
        for column in columns
        if column.name in bounds and not numbers.is_few(column, bounds[column.name])
    ]
    heads = numbers.heads(frames, selection, many, rows=HEAD_ROWS)
    return [_question(one, bounds.get(one.name), heads.get(one.name)) for one in columns]


def _question(
    column: Column, ends: tuple[float, float] | None, head: NDArray[np.float64] | None
) -> Question:
    low, high = ends or (0.0, 0.0)
    is_whole, center = numbers.is_whole(column), low / 2 + high / 2
    grid = grids.over(low, high, cells=CELLS, is_whole=is_whole)
    if head is not None and head.size:
        center = float(np.median(head))
        if not _is_ordered(head) and _is_uneven(sample := Sample.of(head), grid, is_whole=is_whole):
            grid = bending.bent(sample, (low, high), cells=BENT_CELLS, is_whole=is_whole)
    return Question(
        column=column,
        grid=grid,
        center=center,
        is_value=numbers.is_few(column, ends),
        asks_distinct=True,
    )


def _is_ordered(head: NDArray[np.float64]) -> bool:
    """Whether the numbers ascend or descend: they then tell nothing of those after them."""
    before, after = head[:-1], head[1:]
    return bool((before <= after).all() or (before >= after).all())


def _is_uneven(sample: Sample, grid: Grid, *, is_whole: bool) -> bool:
    return bool(sample.is_heavy.any() and not is_whole) or sample.crowds(grid, share=_HEAD_SHARE)


def _is_crowded(groups: Groups) -> bool:
    share = CROWDED_SHARE * groups.rows.sum()
    return bool(((groups.rows >= max(share, 2)) & (groups.lows < groups.highs)).any())


def _finer(
    frames: Frames,
    selection: Selection,
    questions: Sequence[Question],
    counted: Mapping[str, Counted],
) -> list[Question]:
    """The questions with cells that follow rows from all over."""
    if not questions:
        return []
    rows = max(counted[one.column.name].rows for one in questions)
    columns = [one.column for one in questions]
    strewn = numbers.strewn(frames, selection, columns, apart=max(1, math.ceil(rows / STREWN_ROWS)))
    return [_bent(one, counted[one.column.name], strewn[one.column.name]) for one in questions]


def _bent(asked: Question, counted: Counted, strewn: NDArray[np.float64]) -> Question:
    if not strewn.size:
        return asked
    groups = counted.groups
    ends = min(groups.lows[0], strewn.min()), max(groups.highs[-1], strewn.max())
    grid = bending.bent(
        Sample.of(strewn),
        (float(ends[0]), float(ends[1])),
        cells=BENT_CELLS,
        is_whole=numbers.is_whole(asked.column),
    )
    return replace(asked, grid=grid, center=counted.center)


def _apart(groups: Groups) -> Groups:
    """The cells in ascending order, those that rounding has mixed at their common end as one."""
    reached = np.maximum.accumulate(groups.highs)
    is_apart = np.append(True, groups.lows[1:] > reached[:-1])
    if is_apart[: groups.rows.size].all():
        return groups
    first = np.flatnonzero(is_apart)
    return Groups(
        keys=groups.keys[np.append(first[1:], groups.keys.size) - 1],
        rows=np.add.reduceat(groups.rows, first),
        lows=np.minimum.reduceat(groups.lows, first),
        highs=np.maximum.reduceat(groups.highs, first),
        distinct=np.add.reduceat(groups.distinct, first),
    )
