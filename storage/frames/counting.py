"""Rows of numeric columns counted by key, each column by itself: one statement reads each of them once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames
from storage.frames.grids import Grid, double, doubles
from storage.frames.numbers import number
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Column

COLUMNS_PER_STATEMENT = 40

_ANY_FINITE = Grid(low=0.0, scale=0.0)
"""One cell for every finite number: 0 times infinity is NaN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """By what a column's rows are to be counted."""

    column: Column
    grid: Grid = _ANY_FINITE
    lists: tuple[NDArray[np.float64], ...] = ()
    """What `key` looks up by cell, as `l0`, `l1` and so on."""
    key: str = "cell"
    """A whole number as SQL of the number `x`, its `cell` and the lists; rows where it is null stay undecided."""
    center: float = 0.0
    """A number near the mean: squares are summed about it."""
    is_value: bool = False
    """Counts by the whole number itself, in place of a cell: for few different ones."""
    asks_distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Rows per key, in ascending order of the keys; arrays of shape (keys,)."""

    keys: NDArray[np.int64]
    rows: NDArray[np.int64]
    lows: NDArray[np.float64]
    """The smallest number of each."""
    highs: NDArray[np.float64]
    distinct: NDArray[np.int64]
    """Different numbers, exact where it is 1, else within some 10 %; 0 where it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted of a column."""

    groups: Groups
    keyless: int
    """Rows without a key: nulls, and what is undecided."""
    is_decided: bool
    """Whether all rows without a key are nulls; others are NaN, infinite or where the grid decides nothing."""
    offsets: float
    """Sum of the distances of the numbers with a key from the centre."""
    squares: float
    """Sum of the squares of these distances."""
    center: float

    @property
    def rows(self) -> int:
        """All rows, those without a key too."""
        return int(self.groups.rows.sum()) + self.keyless

    def is_afar(self, rows: int) -> bool:
        """Whether the centre is so far from the mean of the `rows` that their squares say little."""
        is_one = bool(self.groups.lows[0] == self.groups.highs[-1])
        return not is_one and says_little(rows, self.offsets, self.squares)


def says_little(rows: int, offsets: float, squares: float) -> bool:
    """Whether numbers lie so far from a centre that the squares of their distances do not tell their spread."""
    mean = offsets / rows
    left = squares - rows * mean * mean
    return math.isfinite(left) and left < 1e-8 * rows * mean * mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What the rows are that had a number but no key."""

    rows: int
    nans: int
    finite: int
    low: float | None
    high: float | None
    offsets: float
    squares: float
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows per bin of the edges, NaN left out; empty without edges."""


NO_REST = Rest(rows=0, nans=0, finite=0, low=None, high=None, offsets=0.0, squares=0.0)


def count(
    frames: Frames, selection: Selection, questions: Sequence[Question]
) -> dict[str, Counted]:
    """Counts each column's rows by its key.

    A column is read once more where its centre turns out to be too far from its mean for exact squares.
    """
    found = _count_all(frames, selection, questions)
    afar = [
        replace(asked, center=asked.center + counted.offsets / rows)
        for asked in questions
        for counted in [found[asked.column.name]]
        if (rows := int(counted.groups.rows.sum())) and counted.is_afar(rows)
    ]
    return found | {
        name: replace(found[name], offsets=one.offsets, squares=one.squares, center=one.center)
        for name, one in _count_all(frames, selection, afar).items()
    }


def _count_all(
    frames: Frames, selection: Selection, questions: Sequence[Question]
) -> dict[str, Counted]:
    found: dict[str, Counted] = {}
    for start in range(0, len(questions), COLUMNS_PER_STATEMENT):
        found |= _count(frames, selection, questions[start : start + COLUMNS_PER_STATEMENT])
    return found


def _count(
    frames: Frames, selection: Selection, questions: Sequence[Question]
) -> dict[str, Counted]:
    parts = [_grouped(place, question) for place, question in enumerate(questions)]
    sql = f"{_selected(selection)} {_SHAPE} UNION ALL {' UNION ALL '.join(parts)}"
    fetched = frames.query(sql, [doubles(one) for asked in questions for one in asked.lists])
    place = np.asarray(fetched.pop("place"))
    return {
        asked.column.name: _counted(asked, {key: v[place == i] for key, v in fetched.items()})
        for i, asked in enumerate(questions)
    }


_SHAPE = """
    SELECT -1 AS place, CAST(0 AS BIGINT) AS key, CAST(0 AS BIGINT) AS rows, CAST(0 AS DOUBLE) AS offsets,
           CAST(0 AS DOUBLE) AS squares, CAST(0 AS DOUBLE) AS low, CAST(0 AS DOUBLE) AS high,
           CAST(0 AS BIGINT) AS distinct_values
"""
"""A row that names and types what is counted, and counts nothing."""


def _selected(selection: Selection) -> str:
    return f"WITH selected AS NOT MATERIALIZED ({selection.sql()})"


def _grouped(place: int, question: Question) -> str:
    if question.is_value:
        measured = "NULL, NULL, NULL, NULL, 1"
        source = f"SELECT CAST({identifier(question.column.name)} AS BIGINT) AS key FROM selected"
    else:
        distinct = "approx_count_distinct(x)" if question.asks_distinct else "0"
        # The sum is null where there is no number: it also tells undecided rows from nulls.
        measured = f"{_offsets(question)}, {_squares(question)}, min(x), max(x), {distinct}"
        source = _keyed(question)
    return f"SELECT {place}, CAST(key AS BIGINT), count(*), {measured} FROM ({source}) GROUP BY key"


def _keyed(question: Question) -> str:
    """The column's numbers and their keys."""
    source = f"(SELECT {number(question.column)} AS x FROM selected)"
    if question.lists:
        lists = ", ".join(f"CAST(? AS DOUBLE[]) AS l{i}" for i in range(len(question.lists)))
        source += f", (SELECT {lists})"
    cell = question.grid.sql("x")
    return f"SELECT x, {question.key} AS key FROM (SELECT *, {cell} AS cell FROM {source})"


def _offsets(question: Question) -> str:
    return f"sum(x - {double(question.center)})"


def _squares(question: Question) -> str:
    distance = f"(x - {double(question.center)})"
    return f"sum({distance} * {distance})"


def _counted(asked: Question, fetched: Mapping[str, NDArray[Any]]) -> Counted:
    has_key = ~np.ma.getmaskarray(np.ma.asanyarray(fetched["key"]))
    order = np.argsort(np.asarray(fetched["key"])[has_key], kind="stable")
    floats = {name: _floats(fetched[name]) for name in ("offsets", "squares", "low", "high")}
    keys = np.asarray(fetched["key"])[has_key][order].astype(np.int64)
    rows = np.asarray(fetched["rows"])[has_key][order].astype(np.int64)
    lows, highs = floats["low"][has_key][order], floats["high"][has_key][order]
    with np.errstate(over="ignore", invalid="ignore"):
        offsets, squares = floats["offsets"][has_key].sum(), floats["squares"][has_key].sum()
    if asked.is_value:
        lows = highs = keys.astype(np.float64)
        distances = lows - asked.center
        offsets, squares = (rows * distances).sum(), (rows * distances**2).sum()
    return Counted(
        groups=Groups(
            keys=keys,
            rows=rows,
            lows=lows,
            highs=highs,
            distinct=np.asarray(fetched["distinct_values"])[has_key][order].astype(np.int64),
        ),
        keyless=int(np.asarray(fetched["rows"])[~has_key].sum()),
        is_decided=bool(np.ma.getmaskarray(np.ma.asanyarray(fetched["offsets"]))[~has_key].all()),
        offsets=float(offsets),
        squares=float(squares),
        center=asked.center,
    )


def _floats(fetched: NDArray[Any]) -> NDArray[np.float64]:
    """As doubles, with nulls as NaN."""
    return np.ma.filled(np.ma.asanyarray(fetched).astype(np.float64), np.nan)


def rest(
    frames: Frames,
    selection: Selection,
    questions: Sequence[Question],
    edges: Mapping[str, NDArray[np.float64]],
) -> dict[str, Rest]:
    """What the undecided rows of each question are, counted one by one at its edges."""
    found: dict[str, Rest] = {}
    for start in range(0, len(questions), COLUMNS_PER_STATEMENT):
        some = questions[start : start + COLUMNS_PER_STATEMENT]
        parts = [_undecided(question, edges.get(question.column.name)) for question in some]
        parameters = [text for _, texts in parts for text in texts]
        sql = f"{_selected(selection)} {' UNION ALL '.join(part for part, _ in parts)}"
        for row in frames.rows(sql, parameters):
            found[row[0]] = _rest(row[1:])
    return found


def _undecided(question: Question, edges: NDArray[np.float64] | None) -> tuple[str, list[str]]:
    texts = []
    counts = "CAST(NULL AS UBIGINT[])"
    if edges is not None and edges.size:
        counts = "map_values(histogram(x, CAST(? AS DOUBLE[])) FILTER (WHERE NOT isnan(x)))"
        texts.append(doubles([*edges.tolist(), float("inf")]))
    finite, known = "FILTER (WHERE isfinite(x))", "FILTER (WHERE NOT isnan(x))"
    sql = f"""
        SELECT ? AS name, count(*), count(*) FILTER (WHERE isnan(x)), count(*) {finite},
               min(x) {known}, max(x) {known}, {_offsets(question)} {finite}, {_squares(question)} {finite}, {counts}
        FROM ({_keyed(question)}) WHERE key IS NULL AND x IS NOT NULL"""
    return sql, [question.column.name, *texts, *(doubles(one) for one in question.lists)]


def _rest(row: tuple[Any, ...]) -> Rest:
    rows, nans, finite, low, high, offsets, squares, counts = row
    return Rest(
        rows=rows,
        nans=nans,
        finite=finite,
        low=low,
        high=high,
        offsets=offsets or 0.0,
        squares=squares or 0.0,
        counts=np.asarray(counts or (), dtype=np.int64),
    )
