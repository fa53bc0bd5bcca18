"""Profiles of rows: each column is read once, and again only where its first rows mislead."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames import counting, grids, numbers
from storage.frames.cells import counted_anew
from storage.frames.counting import Counted, Groups, Question, Rest
from storage.frames.database import Frames
from storage.frames.grids import Grid
from storage.frames.selection import Selection
from storage.frames.tallying import TOP_VALUES, tally
from storage.records import Column, ColumnProfile

Edges = Mapping[str, NDArray[np.float64]]
Cut = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]], NDArray[np.float64]]
"""Edges from the smallest and the largest number of each cell and its rows, shape (cells,) each. No edge
may lie at or above a cell's smallest number and below its largest."""

NO_KEY = "CAST(NULL AS UTINYINT)"
"""Leaves all rows undecided: they are then compared with the edges one by one."""

HEAVY_SHARE = 1 / 64
"""Share of the rows from which a number needs a bin of its own, in these rows and in all others."""

__all__ = ["TOP_VALUES", "Cut", "Edges", "profile", "profile_anew"]


def profile(
    frames: Frames,
    selection: Selection,
    columns: Sequence[Column],
    edges: Edges,
    *,
    known_grids: Mapping[str, Grid] | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
) -> tuple[ColumnProfile, ...]:
    """Profiles of `columns` over the selected rows, counted at given edges, to the row.

    A numeric column is read once. It is read once more where it has NaN, infinities or numbers far beyond
    the edges, where rounding has carried a number across an edge, and where its mean is so far from the
    edges that a sum of squares would say nothing.

    Args:
        frames: The engine.
        selection: The rows.
        columns: The columns to profile.
        edges: Ascending upper bin edges per numeric column.
        known_grids: The grids that edges were made with, where they are known: without, counting may cost
            several times as much.
        known: Values by categorical column that are listed wherever they occur.

    Returns:
        One profile a column, in the order of `columns`.
    """
    numeric = [column for column in columns if numbers.is_number(column)]
    placed = {
        column.name: grids.place(
            edges[column.name],
            is_whole=numbers.is_whole(column),
            grid=(known_grids or {}).get(column.name),
        )
        for column in numeric
        if column.name in edges and edges[column.name].size
    }
    bounds = numbers.bounds(frames, selection, numeric)
    questions = [
        _question(column, placed.get(column.name), bounds.get(column.name)) for column in numeric
    ]
    counted = counting.count(frames, selection, questions)
    questions = [
        replace(asked, lists=(), key=NO_KEY)
        if _is_doubtful(asked, counted[asked.column.name].groups, placed, edges)
        else asked
        for asked in questions
    ]
    doubtful = [asked for asked in questions if asked.key == NO_KEY]
    counted |= counting.count(frames, selection, doubtful)
    counts = {}
    for asked in questions:
        name, groups = asked.column.name, counted[asked.column.name].groups
        if name in placed:
            bins = _bins(asked, groups, placed[name], edges[name])
            counts[name] = _bin_counts(bins, groups.rows, edges[name])
    found = _numeric(frames, selection, questions, counted, edges=edges, counts=counts)
    return _with_values(frames, selection, columns, found, known=known)


def profile_anew(
    frames: Frames, selection: Selection, columns: Sequence[Column], cut: Cut
) -> tuple[ColumnProfile, ...]:
    """Profiles of `columns` over the selected rows, counted at edges that `cut` makes of these rows.

    A numeric column's range is cut into cells, which are narrower where its first rows crowd. The bins are
    made of whole cells, so that their counts are exact. Different numbers are counted where each cell holds
    but one, else estimated cell by cell, within some 1 % in all.

    A numeric column is read once, and its first 4 096 rows before. It is read twice more where several
    values in one cell turn out to hold 1/128 of the rows: a sample from all over, then all of it by other
    cells. It is read once more where it has NaN, infinities or numbers 1e10 times as far away as the others
    lie apart, and where its mean is so far from its first rows that a sum of squares would say nothing.
    A categorical column is read once, and those of many values in more than 500 000 rows twice.

    Returns:
        One profile a column, in the order of `columns`.
    """
    numeric = [column for column in columns if numbers.is_number(column)]
    questions, counted = counted_anew(frames, selection, numeric)
    edges, counts, made = {}, {}, {}
    for asked in questions:
        name, cells = asked.column.name, counted[asked.column.name].groups
        if not cells.rows.size:
            continue
        edges[name] = cut(cells.lows, cells.highs, cells.rows)
        moved = edges[name] if asked.is_value else _on_grid(edges[name], asked, cells)
        if not asked.is_value and _isolates(moved, asked, cells):
            edges[name], made[name] = moved, asked.grid
        bins = np.searchsorted(edges[name], cells.highs, side="left")
        counts[name] = _bin_counts(bins, cells.rows, edges[name])
    found = _numeric(frames, selection, questions, counted, edges=edges, counts=counts)
    found = {
        name: replace(one, **_grid(made.get(name)), **_distinct(counted[name]))
        for name, one in found.items()
    }
    return _with_values(frames, selection, columns, found)


def _grid(made: Grid | None) -> dict[str, Any]:
    if made is None:
        return {}
    return {"grid": (made.low, made.scale), "bends": made.bends, "jumps": made.jumps}


def _on_grid(edges: NDArray[np.float64], asked: Question, cells: Groups) -> NDArray[np.float64]:
    """The edges moved to the ends of the cells in which they lie: no number of these rows is between."""
    below, above = asked.grid.outer_widths
    lows = np.append(cells.lows, np.nextafter(cells.highs[-1] + 2 * above, np.inf))
    highs = np.append(np.nextafter(cells.lows[0] - 2 * below, -np.inf), cells.highs)
    keys = np.append(cells.keys[0] - 1, cells.keys)
    # The cells up to each edge, of which the first is none of these rows.
    held = np.searchsorted(cells.highs, edges, side="right")
    tops = asked.grid.tops(keys[held], (highs[held], lows[held]))
    return np.unique(np.floor(tops) if numbers.is_whole(asked.column) else tops)


def _isolates(edges: NDArray[np.float64], asked: Question, cells: Groups) -> bool:
    """Whether each number that holds very many rows has a bin that can hold nothing else."""
    is_heavy = (cells.lows == cells.highs) & (cells.rows > HEAVY_SHARE * cells.rows.sum())
    heavy = cells.lows[is_heavy]
    below = heavy - 1 if numbers.is_whole(asked.column) else np.nextafter(heavy, -np.inf)
    return bool(np.isin(heavy, edges).all() and np.isin(below, edges).all())


def _question(
    column: Column, placed: grids.Placement | None, ends: tuple[float, float] | None
) -> Question:
    middle = ends[0] / 2 + ends[1] / 2 if ends else 0.0
    is_few = numbers.is_few(column, ends)
    if placed is None or is_few:
        return Question(column=column, center=middle, is_value=is_few)
    return Question(
        column=column,
        grid=placed.grid,
        lists=placed.levels,
        key=placed.key,
        center=placed.middle,
    )


def _bins(
    asked: Question, groups: Groups, placed: grids.Placement, edges: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The bin of each key."""
    if asked.is_value:
        return np.searchsorted(edges, groups.highs, side="left")
    return placed.bins_of(groups.keys)


def _bin_counts(
    bins: NDArray[np.int64], rows: NDArray[np.int64], edges: NDArray[np.float64]
) -> NDArray[np.int64]:
    return np.bincount(bins, weights=rows, minlength=edges.size + 1).astype(np.int64)


def _is_doubtful(
    asked: Question, groups: Groups, placed: Mapping[str, grids.Placement], edges: Edges
) -> bool:
    """Whether a key has numbers on both sides of an edge: rounding may have carried one across."""
    name = asked.column.name
    if asked.is_value or name not in placed:
        return False
    bins = placed[name].bins_of(groups.keys)
    bounds = np.concatenate([[-np.inf], edges[name], [np.inf]])
    is_within = (bounds[bins] < groups.lows) & (groups.highs <= bounds[bins + 1])
    return not bool(is_within.all())


def _distinct(counted: Counted) -> dict[str, Any]:
    """How many finite numbers differ: a cell with one of them is exact."""
    cells = counted.groups
    is_alone = cells.lows == cells.highs
    estimates = np.clip(cells.distinct[~is_alone], 2, cells.rows[~is_alone])
    return {
        "distinct": int(is_alone.sum() + estimates.sum()),
        "distinct_is_exact": bool(is_alone.all()) and counted.is_decided,
    }


def _numeric(
    frames: Frames,
    selection: Selection,
    questions: Sequence[Question],
    counted: Mapping[str, Counted],
    *,
    edges: Edges,
    counts: Mapping[str, NDArray[np.int64]],
) -> dict[str, ColumnProfile]:
    """The profiles of numeric columns, with the rows that their keys left undecided."""
    unfinished = [asked for asked in questions if not counted[asked.column.name].is_decided]
    unfinished = [replace(asked, center=counted[asked.column.name].center) for asked in unfinished]
    rests = counting.rest(frames, selection, unfinished, edges)
    afar = [
        replace(asked, center=asked.center + offset)
        for asked in unfinished
        if (offset := _far_offset(counted[asked.column.name], rests[asked.column.name]))
    ]
    if afar:
        near = counting.count(frames, selection, afar)
        afar = [replace(asked, center=near[asked.column.name].center) for asked in afar]
        rests |= counting.rest(frames, selection, afar, edges)
        counted = dict(counted) | {
            name: replace(
                counted[name], offsets=one.offsets, squares=one.squares, center=one.center
            )
            for name, one in near.items()
        }
    found = {}
    for asked in questions:
        name = asked.column.name
        of = _numeric_profile(asked, counted[name], rests.get(name, counting.NO_REST))
        if name in edges and edges[name].size:
            extra = rests.get(name, counting.NO_REST).counts
            at = counts[name] + (extra[: edges[name].size + 1] if extra.size else 0)
            of = replace(of, edges=tuple(edges[name].tolist()), counts=tuple(at.tolist()))
        found[name] = of
    return found


def _far_offset(counted: Counted, rest: Rest) -> float:
    """How far the centre is from the mean of all numbers, where their squares say little; otherwise 0."""
    finite = int(counted.groups.rows.sum()) + rest.finite
    offsets, squares = counted.offsets + rest.offsets, counted.squares + rest.squares
    if finite > 1 and counting.says_little(finite, offsets, squares):
        return offsets / finite
    return 0.0


def _numeric_profile(asked: Question, counted: Counted, rest: Rest) -> ColumnProfile:
    groups = counted.groups
    lows = [*groups.lows[:1].tolist(), *([] if rest.low is None else [rest.low])]
    highs = [*groups.highs[-1:].tolist(), *([] if rest.high is None else [rest.high])]
    low, high = min(lows, default=None), max(highs, default=None)
    finite = int(groups.rows.sum()) + rest.finite
    offset = (counted.offsets + rest.offsets) / finite if finite else 0.0
    squares = counted.squares + rest.squares - finite * offset * offset
    # Rounding leaves a little where there is nothing, and a hair less than nothing.
    variance = 0.0 if low == high else max(0.0, squares / max(1, finite - 1))
    return ColumnProfile(
        name=asked.column.name,
        kind=asked.column.kind,
        type=asked.column.type,
        rows=int(groups.rows.sum()) + counted.keyless,
        nulls=counted.keyless - rest.rows,
        nans=rest.nans,
        minimum=low,
        maximum=high,
        mean=_finite(counted.center + offset) if finite else None,
        std=_finite(math.sqrt(variance)) if finite > 1 else None,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _with_values(
    frames: Frames,
    selection: Selection,
    columns: Sequence[Column],
    numeric: Mapping[str, ColumnProfile],
    *,
    known: Mapping[str, Sequence[str]] | None = None,
) -> tuple[ColumnProfile, ...]:
    """All profiles in the order of the columns."""
    others = [column for column in columns if column.name not in numeric]
    rows = frames.count(selection) if others else 0
    found = {**numeric, **tally(frames, selection, others, rows=rows, known=known)}
    return tuple(found[column.name] for column in columns)
