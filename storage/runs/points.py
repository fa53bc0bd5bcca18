"""Points of metrics: written many at once, and read as a curve that fits a screen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import starmap
from math import isfinite
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select

from storage import tables
from storage.records import CurvePoint, Metric
from storage.runs.writing import insert_rows
from storage.tables import EPOCH

PT = tables.metric_points.c
POINT = ("run_id", "key", "step", "at", "value", "special")
LATEST = ("run_id", "key", "step", "value", "special", "low", "high")
SPECIALS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
Point = tuple[str, int, datetime, float]
"""A metric, a step, when it was logged, and the value."""
MICROSECOND = timedelta(microseconds=1)


def keep_points(connection: Connection, run_id: int, points: Iterable[Point]) -> None:
    """Appends points to a run, and puts the last one of each metric in the place of its latest."""
    at, micros = EPOCH, 0
    rows: list[tuple[Any, ...]] = []
    last: dict[str, Point] = {}
    for point in points:
        key, step, when, value = point
        if when is not at:  # values that were logged together have one time
            at, micros = when, (when - EPOCH) // MICROSECOND
        number, special = (value, "") if isfinite(value) else stored(value)
        rows.append((run_id, key, step, micros, number, special))
        last[key] = point
    insert_rows(connection, tables.metric_points, POINT, rows)
    keep_latest(
        connection,
        run_id,
        [Metric(key=key, value=value, step=step) for key, step, _, value in last.values()],
    )


def keep_latest(connection: Connection, run_id: int, metrics: Iterable[Metric]) -> None:
    """Puts metrics in the place of those of the same name."""
    rows = [(run_id, one.key, one.step, *stored(one.value), one.low, one.high) for one in metrics]
    insert_rows(connection, tables.metrics, LATEST, rows)


def curve_of(
    connection: Connection, run_id: int, key: str, *, points: int
) -> tuple[CurvePoint, ...]:
    """A metric by step: each of its values, or `points` stretches of steps when there are more."""
    mine = and_(PT.run_id == run_id, PT.key == key)
    few = select(PT.step, PT.value, PT.special).where(mine).order_by(PT.step, PT.id)
    rows = connection.execute(few.limit(points + 1)).all()
    if len(rows) <= points:
        return tuple(_alone(step, value_of(value, special)) for step, value, special in rows)
    first = connection.execute(select(func.min(PT.step)).where(mine)).scalar_one()
    last = connection.execute(select(func.max(PT.step)).where(mine)).scalar_one()
    width = -(-(last - first + 1) // points)
    told = connection.execute(_stretches(run_id, key, first=first, last=last, width=width))
    return tuple(starmap(_together, (text.split() for text in told.scalars() if text)))


def stored(value: float) -> tuple[float | None, str]:
    """A number, and a word beside it: SQLite would store NaN as NULL."""
    return (value, "") if isfinite(value) else (None, str(float(value)))


def value_of(value: float | None, special: str) -> float:
    """The number that was stored."""
    return SPECIALS[special] if value is None else value


def _stretches(run_id: int, key: str, *, first: int, last: int, width: int) -> Any:
    """For each stretch what `_together` takes, as one text; none for a stretch without values.

    GROUP BY would sort all points, since SQLite cannot know that stretches follow the steps. Asked
    for one after the other, each is a range of the index, which has all that is needed.
    """
    starts = select(literal(first).label("start")).cte("starts", recursive=True)
    following = starts.c.start + width
    starts = starts.union_all(select(following).where(following <= last))
    told = func.printf(
        "%d %d %d %d %d %!.17g %!.17g %!.17g",
        func.max(PT.step),
        func.count(),
        func.count(PT.value),
        # Asked only of the few without a number.
        func.count().filter(and_(PT.value.is_(None), PT.special == "inf")),
        func.count().filter(and_(PT.value.is_(None), PT.special == "-inf")),
        func.sum(PT.value),
        func.min(PT.value),
        func.max(PT.value),
    )
    mine = and_(
        PT.run_id == run_id,
        PT.key == key,
        PT.step >= starts.c.start,
        PT.step < starts.c.start + width,
    )
    one = select(told).where(mine).having(func.count() > 0).correlate(starts).scalar_subquery()
    return select(one).select_from(starts).order_by(starts.c.start)


def _alone(step: int, value: float) -> CurvePoint:
    return CurvePoint(step=step, value=value, low=value, high=value, count=1)


def _together(*words: str) -> CurvePoint:
    step, count, numbers, infinite, minus_infinite = map(int, words[:5])
    total, low, high = map(float, words[5:])
    if minus_infinite or not numbers:
        low = -math.inf if minus_infinite else math.inf
    if infinite or not numbers:
        high = math.inf if infinite else -math.inf
    if not (numbers or infinite or minus_infinite):
        low = high = math.nan
    value = _middle(total, numbers, low, high)
    return CurvePoint(step=step, value=value, low=low, high=high, count=count)


def _middle(total: float, numbers: int, low: float, high: float) -> float:
    """The mean of what is finite; of infinities and NaN alone, themselves."""
    if not numbers:
        return low if low == high else math.nan
    mean = total / numbers
    # The sum of numbers near the largest one is infinite, though they are not.
    return mean if math.isfinite(mean) else low / 2 + high / 2
