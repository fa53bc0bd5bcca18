"""Labels that callers send: which rows they name, what each says, and since when that is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.records import Scalar, Signature
from workbench.core import classes
from workbench.core.request_words import cut, listed, nearest, shown
from workbench.errors import RequestInvalid, UsageError

LABEL = "label"
AT = "at"
AHEAD = timedelta(days=1)
"""How far the clock of who sends labels may be ahead; a label of the far future would win for ever."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY_TYPES = frozenset({str, int, bool})


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLabels:
    """Labels of one model, as they are kept."""

    key: Mapping[str, Sequence[Scalar]]
    labels: Sequence[str]
    """Names of classes, or numbers as texts."""
    times: Sequence[int]
    """When each came to be known, in microseconds since 1970."""


def of_rows(
    model: str, signature: Signature, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> SentLabels:
    """The labels that rows hold.

    Args:
        model: The model's name.
        signature: What it takes and gives.
        rows: Each with the key columns, `label`, and perhaps `at`: since when it is known.
        now: The time of those that say none.

    Raises:
        RequestInvalid: Names the row, the column and what is allowed.
        UsageError: The model has no key columns.
    """
    allowed = fields(model, signature)
    known = frozenset(allowed)
    for place, row in enumerate(rows):
        if not known.issuperset(row):
            raise _unknown(next(name for name in row if name not in known), allowed, place)
    return of_columns(
        model, signature, {name: [row.get(name) for row in rows] for name in allowed}, now=now
    )


def of_columns(
    model: str,
    signature: Signature,
    columns: Mapping[str, Sequence[Any]],
    *,
    now: datetime,
    first_row: int = 0,
) -> SentLabels:
    """The labels that columns hold; the rest is as for `of_rows` and `of_texts`."""
    *key, label, at = fields(model, signature)
    for name in (*key, label):
        if name not in columns:
            raise RequestInvalid(
                f"Column '{name}' is missing.",
                f"Labels of {model} have: {listed((*key, label))}, and {at} where the time is known.",
            )
    if not len(columns[label]):
        raise RequestInvalid("There are no labels.", "Send at least one row.")
    rows = len(columns[label])
    return SentLabels(
        key={name: _checked_key(name, columns[name], first_row) for name in key},
        labels=_checked_labels(signature, columns[label], first_row),
        times=_checked_times(at, columns.get(at, [None] * rows), now, first_row),
    )


def of_texts(
    model: str,
    signature: Signature,
    columns: Mapping[str, Sequence[str | None]],
    *,
    now: datetime,
    first_row: int = 0,
) -> SentLabels:
    """The labels that columns of a file hold, all written as texts.

    Args:
        model: The model's name.
        signature: What it takes and gives.
        columns: The key columns, `label`, and perhaps `at`.
        now: The time of those that say none.
        first_row: Place in the file of their first row.
    """
    label = fields(model, signature)[-2]
    values: Mapping[str, Sequence[Any]] = columns
    if label in columns:
        read = _number_in if signature.task == "regression" else _class_in(signature.classes)
        values = {**columns, label: [None if one is None else read(one) for one in columns[label]]}
    return of_columns(model, signature, values, now=now, first_row=first_row)


def fields(model: str, signature: Signature) -> tuple[str, ...]:
    """What a row of labels may have: the key columns, and last the label and its time.

    Raises:
        UsageError: The model has no key columns.
    """
    key = signature.key
    if not key:
        raise UsageError(
            f"{model} has no key columns, so nothing tells which prediction a label belongs to.",
            'Name them in workbench.toml: [datasets.NAME] key = ["id"], then register a version anew.',
        )
    return (*key, *(f"_{name}" if name in key else name for name in (LABEL, AT)))


def _checked_key(name: str, values: Sequence[Any], first_row: int) -> Sequence[Scalar]:
    if _KEY_TYPES.issuperset(map(type, values)):
        return values
    for row, value in enumerate(values, first_row):
        if value is None:
            raise RequestInvalid(
                f"Row {row + 1} has no value for the key column '{name}'.",
                "A label is joined by all of its key columns.",
            )
        is_number = type(value) is float and math.isfinite(value)
        if type(value) not in _KEY_TYPES and not is_number:
            raise RequestInvalid(
                f"Row {row + 1} of the key column '{name}' is {shown(value)}.",
                "Send a text, a number, true or false.",
            )
    return values


def _checked_labels(signature: Signature, values: Sequence[Any], first_row: int) -> list[str]:
    if signature.task == "regression":
        return [_number(row, value) for row, value in enumerate(values, first_row)]
    known = frozenset(signature.classes)
    names = [None if value is None else classes.name_of(value) for value in values]
    if not known.issuperset(names):
        row = next(place for place, name in enumerate(names) if name not in known)
        raise RequestInvalid(
            f"The label of row {first_row + row + 1} is {_said(values[row])}, which is no class of the model.",
            f"Send one of: {listed(signature.classes)}.",
        )
    return [name for name in names if name is not None]


def _number(row: int, value: Any) -> str:
    if type(value) in {int, float} and math.isfinite(value):
        return repr(float(value))
    raise RequestInvalid(
        f"The label of row {row + 1} is {_said(value)}; a number is allowed there.",
        "Send a number.",
    )


def _checked_times(name: str, values: Sequence[Any], now: datetime, first_row: int) -> list[int]:
    now_us = _microseconds(now)
    latest_us = now_us + AHEAD // timedelta(microseconds=1)
    times = []
    for row, value in enumerate(values, first_row):
        at_us = now_us if value is None else _moment(name, row, value)
        if at_us > latest_us:
            raise RequestInvalid(
                f"Row {row + 1} of column '{name}' lies in the future: {shown(str(value))}.",
                "Send since when the label is known.",
            )
        times.append(at_us)
    return times


def _moment(name: str, row: int, value: Any) -> int:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return _microseconds(at)
    except (TypeError, ValueError, OverflowError):
        raise RequestInvalid(
            f"Row {row + 1} of column '{name}' is {shown(value)}, which is no moment.",
            "Send one such as 2026-01-31T12:00:00Z, or leave it out: then it is now.",
        ) from None


def _microseconds(at: datetime) -> int:
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1)


def _unknown(name: object, allowed: Sequence[str], row: int) -> RequestInvalid:
    near = nearest(str(name), tuple(allowed))
    return RequestInvalid(
        f"Row {row + 1} has a column '{cut(str(name))}', which labels do not have.",
        (f"Did you mean '{near}'? " if near else "") + f"They have: {listed(allowed)}.",
    )


def _said(value: object) -> str:
    return "missing" if value is None else shown(value)


def _class_in(known: Sequence[str]) -> Callable[[str], str]:
    """What reads the name of a class in a file, where 1 may be written 1.0, and true True."""
    folded = {name.casefold(): name for name in known if name in {"true", "false"}}

    def read(text: str) -> str:
        if text in known:
            return text
        try:
            name = classes.name_of(float(text))
        except (ValueError, OverflowError):
            name = text
        return name if name in known else folded.get(text.casefold(), text)

    return read


def _number_in(text: str) -> float | str:
    """The number that a text is; the text itself where it is none."""
    try:
        return float(text)
    except ValueError:
        return text
