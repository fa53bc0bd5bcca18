"""Conditions on runs as SQL: each comparison is true or false, and a metric's history is never read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any as Anything

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from storage import tables
from storage.records.comparing import as_moment, as_number, as_text, folded
from storage.records.filters import All, Any, Anywhere, Comparison, Condition, Field, Not, Value
from storage.tables import Real

R = tables.runs.c
X = tables.experiments.c
M = tables.metrics.c
RP = tables.run_params.c
T = tables.tags.c
V = tables.versions.c
D = tables.datasets.c

SECONDS = 1_000_000
"""A moment counts microseconds."""
RUN_NOUN = "run"
"""What tags of runs are tags of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What can be asked of every run by name."""

    column: ColumnElement[Anything]
    kind: str = "text"
    """`text`, `number`, `moment`, or `run`: r12 or 12."""


ATTRIBUTES: dict[str, Attribute] = {
    "run": Attribute(column=R.id, kind="run"),
    "name": Attribute(column=R.name),
    "experiment": Attribute(column=X.name),
    "recipe": Attribute(column=R.recipe),
    "model": Attribute(column=R.model),
    "state": Attribute(column=R.state),
    "data": Attribute(column=D.name + "@v" + cast(V.number, tables.runs.c.name.type)),
    "dataset": Attribute(column=D.name),
    "version": Attribute(column=V.number, kind="number"),
    "seed": Attribute(column=R.seed, kind="number"),
    "by": Attribute(column=R.created_by),
    "note": Attribute(column=R.note),
    "error": Attribute(column=R.error),
    "parent": Attribute(column=R.parent_id, kind="run"),
    "started": Attribute(column=R.started_at, kind="moment"),
    "ended": Attribute(column=R.ended_at, kind="moment"),
    "took": Attribute(
        column=(cast(R.ended_at, Real) - cast(R.started_at, Real)) / float(SECONDS), kind="number"
    ),
}
TEXTS: tuple[ColumnElement[Anything], ...] = (
    "r" + cast(R.id, R.name.type),
    "r" + cast(R.parent_id, R.name.type),
    *(attribute.column for attribute in ATTRIBUTES.values() if attribute.kind == "text"),
)
"""What a bare word is looked for in."""
MEASURED: ColumnElement[Anything] = case(
    (M.special == "inf", literal(math.inf, Real)),
    (M.special == "-inf", literal(-math.inf, Real)),
    else_=M.value,
)
"""A metric's value with its infinities; null for NaN."""

_ORDER: dict[str, Callable[[ColumnElement[Anything], Anything], ColumnElement[bool]]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}


def where(condition: Condition) -> ColumnElement[bool]:
    """The condition as SQL over runs joined with their experiment, version and dataset.

    Raises:
        ValueError: A comparison makes no sense, such as a name that is less than something.
    """
    match condition:
        case Comparison():
            return _compared(condition)
        case Anywhere(word=word):
            return or_(*(func.coalesce(_has(text, word), false()) for text in TEXTS))
        case Not(condition=inner):
            return not_(where(inner))
        case All(conditions=inner):
            return and_(true(), *map(where, inner))
        case Any(conditions=inner):
            return or_(false(), *map(where, inner))


def order(field: Field) -> tuple[ColumnElement[Anything], ...]:
    """What runs are sorted by, one after the other; all null where a run has no such thing."""
    if not field.group and field.name in ATTRIBUTES:
        return (ATTRIBUTES[field.name].column,)
    if field.group == "params":
        return tuple(
            select(column).where(RP.run_id == R.id, RP.key == field.name).scalar_subquery()
            for column in (RP.number, RP.text)
        )
    if field.group == "tags":
        mine = select(T.value).where(T.noun == RUN_NOUN, T.owner_id == R.id, T.key == field.name)
        return (mine.scalar_subquery(),)
    own = select(MEASURED).where(M.run_id == R.id, M.key == field.name)
    return (own.scalar_subquery(),)


def _compared(asked: Comparison) -> ColumnElement[bool]:
    field = asked.field
    if field.group == "metrics":
        return _metric(asked)
    if field.group == "params":
        return _param(asked)
    if field.group == "tags":
        mine = (T.noun == RUN_NOUN, T.owner_id == R.id, T.key == field.name)
        return _existing(asked, select(T.key).where(*mine), lambda one: _text(one, T.value))
    attribute = ATTRIBUTES.get(field.name)
    if attribute is not None:
        return func.coalesce(_attribute(asked, attribute), false())
    # A bare name that is no attribute is a metric or a param for short.
    if asked.operator == "is null":
        return and_(_metric(asked), _param(asked))
    return or_(_metric(asked), _param(asked))


def _existing(
    asked: Comparison,
    own: Anything,
    compared: Callable[[Comparison], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """Whether a run has a row of its own that compares so."""
    if asked.operator == "is null":
        return not_(exists(own))
    return exists(own.where(compared(asked)))


def _metric(asked: Comparison) -> ColumnElement[bool]:
    own = select(M.key).where(M.run_id == R.id, M.key == asked.field.name)
    return _existing(asked, own, _measured)


def _measured(asked: Comparison) -> ColumnElement[bool]:
    """A metric's comparison; NaN equals NaN and is neither more nor less than anything."""
    if asked.operator in _ORDER.keys() - {"=", "!="}:
        bound = as_number(asked.values[0])
        return (
            false()
            if bound is None
            else func.coalesce(_ORDER[asked.operator](MEASURED, bound), false())
        )
    is_equal = or_(*(_is_measured(value) for value in asked.values))
    return not_(is_equal) if asked.operator == "!=" else is_equal


def _is_measured(value: Value) -> ColumnElement[bool]:
    number = as_number(value)
    if number is None or math.isinf(number):
        return M.special == folded(as_text(value)) if value != "" else false()
    return and_(M.special == "", M.value == number)


def _param(asked: Comparison) -> ColumnElement[bool]:
    own = select(RP.key).where(RP.run_id == R.id, RP.key == asked.field.name)
    return _existing(asked, own, _given)


def _given(asked: Comparison) -> ColumnElement[bool]:
    """A param's comparison: as numbers where both sides are, else as texts."""
    if asked.operator in {"<", "<=", ">", ">="}:
        bound = as_number(asked.values[0])
        return (
            false()
            if bound is None
            else func.coalesce(_ORDER[asked.operator](RP.number, bound), false())
        )
    if asked.operator == "like":
        return and_(RP.number.is_(None), _text(asked, RP.text))
    if asked.operator == "has":
        is_part = and_(RP.number.is_(None), _has(RP.text, as_text(asked.values[0])))
        return or_(is_part, _is_given(asked.values[0]))
    is_equal = or_(*(_is_given(value) for value in asked.values))
    return not_(is_equal) if asked.operator == "!=" else is_equal


def _is_given(value: Value) -> ColumnElement[bool]:
    is_same = func.lower(RP.text) == folded(as_text(value))
    number = as_number(value)
    # A comparison with null would be null, and its negation too.
    return is_same if number is None else or_(is_same, func.coalesce(RP.number == number, false()))


def _attribute(asked: Comparison, attribute: Attribute) -> ColumnElement[bool]:
    column = attribute.column
    if asked.operator == "is null":
        return column.is_(None)
    if attribute.kind == "text":
        if asked.operator in {"<", "<=", ">", ">="}:
            raise ValueError(
                f"{asked.field} is a text, which is neither more nor less than another"
            )
        return _text(asked, column)
    readers = {"moment": _moment, "run": _run_number}
    return _ordered(asked, column, readers.get(attribute.kind, _as_float))


def _ordered(
    asked: Comparison, column: ColumnElement[Anything], read: Callable[[Field, Value], Anything]
) -> ColumnElement[bool]:
    """A comparison with values that have an order."""
    values = [read(asked.field, value) for value in asked.values]
    if any(map(_is_nan, values)):  # SQLite has no NaN, to which nothing is equal here
        values = [value for value in values if not _is_nan(value)]
        if asked.operator != "in":
            return column.is_not(None) if asked.operator == "!=" else false()
    if asked.operator == "in":
        return column.in_(values)
    operator = "=" if asked.operator in {"has", "like"} else asked.operator
    return _ORDER[operator](column, values[0])


def _is_nan(value: Anything) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _text(asked: Comparison, column: ColumnElement[Anything]) -> ColumnElement[bool]:
    texts = [folded(as_text(value)) for value in asked.values]
    if asked.operator == "has":
        return _has(column, texts[0])
    if asked.operator == "like":
        return func.lower(column).like(texts[0])
    if asked.operator == "in":
        return func.lower(column).in_(texts)
    return _ORDER[asked.operator](func.lower(column), texts[0])


def _has(column: ColumnElement[Anything], part: str) -> ColumnElement[bool]:
    return func.lower(column).contains(folded(part), autoescape=True)


def _as_float(field: Field, value: Value) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{field} is a number, and '{value}' is none") from None


def _run_number(field: Field, value: Value) -> int:
    text = as_text(value).removeprefix("r")
    if not text.isdecimal():
        raise ValueError(f"{field} is a run such as r12, and '{value}' is none")
    return int(text)


def _moment(field: Field, value: Value) -> Anything:
    found = as_moment(value)
    if found is None:
        raise ValueError(f"{field} is a time such as '2026-01-31 12:00', and '{value}' is none")
    return literal(found, R.started_at.type)
