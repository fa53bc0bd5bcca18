"""Conditions on runs as SQL: each comparison is true or false, and a metric's history is never read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any as Anything

from sqlalchemy import (
    ColumnElement,
    and_,
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
from storage.records.filters import All, Any, Anywhere, Comparison, Condition, Field, Not, Value
from storage.runs.params import as_text
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
TEXTS = ("name", "experiment", "recipe", "model", "state", "data", "by", "note")
"""What a bare word is looked for in."""

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
            texts = [ATTRIBUTES[name].column for name in TEXTS]
            return or_(*(func.coalesce(_has(text, word), false()) for text in texts))
        case Not(condition=inner):
            return not_(where(inner))
        case All(conditions=inner):
            return and_(true(), *map(where, inner))
        case Any(conditions=inner):
            return or_(false(), *map(where, inner))


def order(field: Field) -> ColumnElement[Anything]:
    """What runs are sorted by; null where a run has no such thing."""
    if not field.group and field.name in ATTRIBUTES:
        return ATTRIBUTES[field.name].column
    if field.group == "params":
        own = select(RP.number).where(RP.run_id == R.id, RP.key == field.name)
        return own.scalar_subquery()
    if field.group == "tags":
        mine = select(T.value).where(T.noun == RUN_NOUN, T.owner_id == R.id, T.key == field.name)
        return mine.scalar_subquery()
    own = select(M.value).where(M.run_id == R.id, M.key == field.name)
    return own.scalar_subquery()


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
    return _existing(asked, own, lambda one: _number(one, M.value))


def _param(asked: Comparison) -> ColumnElement[bool]:
    own = select(RP.key).where(RP.run_id == R.id, RP.key == asked.field.name)

    def compared(one: Comparison) -> ColumnElement[bool]:
        if one.operator in {"<", "<=", ">", ">="}:
            return _number(one, RP.number)
        return _text(one, RP.text)

    return _existing(asked, own, compared)


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
    if attribute.kind == "moment":
        return _ordered(asked, column, _moment)
    if attribute.kind == "run":
        return _ordered(asked, column, _run_number)
    return _number(asked, column)


def _number(asked: Comparison, column: ColumnElement[Anything]) -> ColumnElement[bool]:
    return _ordered(asked, column, _as_float)


def _ordered(
    asked: Comparison, column: ColumnElement[Anything], read: Callable[[Field, Value], Anything]
) -> ColumnElement[bool]:
    """A comparison with values that have an order."""
    values = [read(asked.field, value) for value in asked.values]
    if asked.operator == "in":
        return column.in_(values)
    operator = "=" if asked.operator in {"has", "like"} else asked.operator
    return _ORDER[operator](column, values[0])


def _text(asked: Comparison, column: ColumnElement[Anything]) -> ColumnElement[bool]:
    texts = [as_text(value) for value in asked.values]
    if asked.operator == "has":
        return _has(column, texts[0])
    if asked.operator == "like":
        return column.like(texts[0])
    if asked.operator == "in":
        return func.lower(column).in_([text.lower() for text in texts])
    return _ORDER[asked.operator](func.lower(column), texts[0].lower())


def _has(column: ColumnElement[Anything], part: str) -> ColumnElement[bool]:
    return func.lower(column).contains(part.lower(), autoescape=True)


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
    try:
        found = datetime.fromisoformat(as_text(value))
    except ValueError:
        raise ValueError(
            f"{field} is a time such as '2026-01-31 12:00', and '{value}' is none"
        ) from None
    return literal(found if found.tzinfo else found.replace(tzinfo=UTC), R.started_at.type)
