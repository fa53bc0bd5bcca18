"""Whether a condition holds for one record: the same answers as its SQL gives."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from storage.records import Scalar
from storage.records.comparing import as_moment, as_number, as_text, folded
from storage.records.filters import All, Any, Anywhere, Comparison, Condition, Field, Not, Value

Fields = Mapping[str, Scalar | datetime]
"""What can be asked of one record, by name: `state`, `metrics.roc_auc`, `params.C`, `tags.team`."""
SHORT = ("metrics", "params")
"""The groups whose names may stand alone."""


class Label(str):
    """A letter and a number that name a record, `r12`; it is compared by its number."""

    __slots__ = ()

    @property
    def number(self) -> float:
        """The number in it."""
        return float(self[1:])


def holds(condition: Condition, fields: Fields) -> bool:
    """Whether a condition holds for one record; what a record does not have, nothing holds for.

    A bare word is looked for in all texts that stand in no group.
    """
    match condition:
        case Anywhere(word=word):
            return any(folded(word) in folded(text) for text in _texts(fields))
        case Not(condition=inner):
            return not holds(inner, fields)
        case All(conditions=inner):
            return all(holds(one, fields) for one in inner)
        case Any(conditions=inner):
            return any(holds(one, fields) for one in inner)
        case Comparison(field=field):
            return _compared(condition, _found(field, fields))


def _texts(fields: Fields) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, str) and name.partition(".")[0] not in {*SHORT, "tags"}:
            yield value


def _found(field: Field, fields: Fields) -> list[Scalar | datetime]:
    """A record's values under a name, missing ones left out: a metric and a param may share a short one."""
    names = [str(field)]
    if not field.group and field.name not in fields:
        names = [f"{group}.{field.name}" for group in SHORT]
    values = [fields.get(name) for name in names]
    return [value for value in values if value is not None]


def _compared(asked: Comparison, values: list[Scalar | datetime]) -> bool:
    if asked.operator == "is null":
        return not values
    test = _TESTS[asked.operator]
    return any(test(value, wanted) for value in values for wanted in asked.values)


def _number(value: Scalar | datetime) -> float | None:
    if isinstance(value, Label):
        return value.number
    return None if isinstance(value, datetime) else as_number(value)


def _text(value: Scalar | datetime) -> str:
    return folded(value.isoformat() if isinstance(value, datetime) else as_text(value))


def _is_equal(value: Scalar | datetime, wanted: Value) -> bool:
    if isinstance(value, datetime):
        return value == as_moment(wanted)
    number = _number(value)
    is_same = number is not None and number == _number(wanted)
    return is_same or _text(value) == _text(wanted)


def _has(value: Scalar | datetime, wanted: Value) -> bool:
    """A part of a text; a number has itself."""
    if isinstance(value, datetime) or as_number(value) is not None:
        return _is_equal(value, wanted)
    return _text(wanted) in _text(value)


def _is_like(value: Scalar | datetime, wanted: Value) -> bool:
    if isinstance(value, datetime) or as_number(value) is not None:
        return False
    return re.fullmatch(_pattern(_text(wanted)), _text(value), re.DOTALL) is not None


def _pattern(like: str) -> str:
    """A LIKE pattern as a regular expression."""
    return "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in like)


def _ordered(
    is_so: Callable[[float, float], bool],
) -> Callable[[Scalar | datetime, Value], bool]:
    """A comparison of numbers or moments; a text is neither more nor less than anything."""

    def compare(value: Scalar | datetime, wanted: Value) -> bool:
        if isinstance(value, datetime):
            moment = as_moment(wanted)
            return moment is not None and is_so(value.timestamp(), moment.timestamp())
        if isinstance(value, Label) and isinstance(wanted, str) and wanted[1:].isdecimal():
            wanted = float(wanted[1:])
        number, bound = _number(value), as_number(wanted)
        return number is not None and bound is not None and is_so(number, bound)

    return compare


_TESTS: dict[str, Callable[[Scalar | datetime, Value], bool]] = {
    "=": _is_equal,
    "in": _is_equal,
    "!=": lambda value, wanted: not _is_equal(value, wanted),
    "has": _has,
    "like": _is_like,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}
