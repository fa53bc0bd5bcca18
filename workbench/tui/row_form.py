"""The lines of a form that takes one row of a model, made of its signature."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.records import InputColumn, InputType, Scalar, Signature
from storage.records.comparing import as_text
from workbench.core import words

YES, NO = "true", "false"
MOST_OPTIONS = 1000
"""Categories up to which they are listed; of more, one is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column to fill in."""

    name: str
    type: InputType | None
    """None: a key column, which names the row and is not fed to the model."""
    value: str
    """What stands there at first."""
    hint: str
    """What is allowed, in short."""
    options: tuple[str, ...] = ()
    """What can be chosen; empty: it is written."""
    nullable: bool = True

    @property
    def is_chosen(self) -> bool:
        """Whether it is chosen from a list rather than written."""
        return bool(self.options)


def fields(signature: Signature, example: Mapping[str, Scalar]) -> tuple[Field, ...]:
    """A line for each column, the key's first, filled with `example`; without one, with what the model has seen."""
    keys = [name for name in signature.key if name not in signature.names]
    return (
        *(_key_field(name, example) for name in keys),
        *(
            _field(column, example.get(column.name) if example else _seen(column))
            for column in signature.inputs
        ),
    )


def row(shown: Sequence[Field], filled: Mapping[str, str]) -> dict[str, Scalar]:
    """What is sent for what stands in the form.

    A number that cannot be read as one goes as it is written: the endpoint says what is wrong with it.
    Nothing is sent for an empty key column, and null for another empty one.
    """
    sent: dict[str, Scalar] = {}
    for one in shown:
        written = filled.get(one.name, "").strip()
        if written or one.type is not None:
            sent[one.name] = _value(one, written)
    return sent


def _key_field(name: str, example: Mapping[str, Scalar]) -> Field:
    return Field(
        name=name, type=None, value=_text(example.get(name)), hint="key: names the row in the log"
    )


def _field(column: InputColumn, value: Scalar | None) -> Field:
    options: tuple[str, ...] = ()
    if column.type is InputType.BOOLEAN:
        options = (YES, NO)
    elif column.type is InputType.STRING and len(column.categories) <= MOST_OPTIONS:
        options = column.categories
    return Field(
        name=column.name,
        type=column.type,
        value=_moment(value) if column.is_moment else _text(value),
        hint=_hint(column),
        options=options,
        nullable=column.nullable,
    )


def _seen(column: InputColumn) -> Scalar:
    """A value that lies within what the model was trained on."""
    if column.type is InputType.STRING:
        return next(iter(column.categories), None if column.nullable else "text")
    if column.type is InputType.BOOLEAN:
        return False
    low, high = column.minimum or 0.0, column.maximum or column.minimum or 1.0
    return (low + high) / 2 if column.type is InputType.NUMBER else int((low + high) // 2)


def _hint(column: InputColumn) -> str:
    if column.is_moment:
        said = "ISO 8601, or seconds since 1970"
        if column.minimum is not None and column.maximum is not None:
            first, last = (words.event_time(end)[:10] for end in (column.minimum, column.maximum))
            said = f"{first} to {last}"
    elif column.type is InputType.STRING:
        said = words.plural(len(column.categories), "value") if column.categories else "text"
    elif column.type is InputType.BOOLEAN:
        said = ""
    else:
        whole = "whole number" if column.type is InputType.INTEGER else "number"
        said = whole
        if column.minimum is not None and column.maximum is not None:
            ends = f"{_end(column.minimum)} to {_end(column.maximum)}"
            said = f"whole, {ends}" if column.type is InputType.INTEGER else ends
    may = "or nothing" if column.nullable else ""
    return " ".join(part for part in (said, may) if part)


def _end(value: float) -> str:
    return words.count(int(value)) if value.is_integer() else f"{value:.4g}"


def _value(one: Field, written: str) -> Scalar:
    if one.type is InputType.BOOLEAN and written in {YES, NO}:
        return written == YES
    if not written:
        return None
    if one.type in {InputType.NUMBER, InputType.INTEGER}:
        return _number(written)
    return written


def _number(written: str) -> Scalar:
    try:
        return int(written)
    except ValueError:
        pass
    try:
        found = float(written)
    except ValueError:
        return written
    # JSON has no word for what is not finite.
    return found if math.isfinite(found) else written


def _moment(value: Scalar | None) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
        except (ValueError, OverflowError, OSError):
            return _text(value)
    return _text(value)


def _text(value: Scalar | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return as_text(value)
