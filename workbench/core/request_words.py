"""What is said of rows that do not fit a model: which row, column and value it is, and what is allowed there."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from storage.records import InputColumn, InputType, Signature
from workbench.core import words
from workbench.errors import RequestInvalid

INFINITE = "infinite"

_SHOWN = 60
"""Characters of a value that are repeated to who sent it."""
_MOST_NAMES = 40
_MOST_COMPARED = 500
"""Names among which the nearest is looked for; comparing more would take milliseconds."""
_ALLOWED = {
    InputType.NUMBER: "a number",
    InputType.INTEGER: "a whole number",
    InputType.BOOLEAN: "true or false",
    InputType.STRING: "a text",
}
_MOMENT = "a moment such as 2026-01-31T12:00:00Z or its seconds since 1970 UTC"


def missing_columns(
    signature: Signature, lacking: Sequence[str], sent: Sequence[str]
) -> RequestInvalid:
    """What to say when `lacking`, at least one, are not among the columns that were sent."""
    more = f", and {len(lacking) - 1} more: {', '.join(lacking[1:6])}" if lacking[1:] else ""
    strange = [name for name in sent[:_MOST_COMPARED] if name not in signature.names]
    near = nearest(lacking[0], tuple(strange))
    return RequestInvalid(
        f"Column '{lacking[0]}' is missing{more}.",
        (f"Is it the one called '{near}'? " if near else "")
        + f"The model takes: {listed(signature.names)}.",
    )


def unknown_column(signature: Signature, name: str) -> RequestInvalid:
    """What to say of a column that the model does not take."""
    near = nearest(name, (*signature.names, *signature.key))
    return RequestInvalid(
        f"The model takes no column '{cut(name)}'.",
        (f"Did you mean '{near}'? " if near else "") + f"It takes: {listed(signature.names)}.",
    )


def missing_value(column: InputColumn, row: int) -> RequestInvalid:
    """What to say of a value that is missing where training had none missing; `row` counts from 0."""
    return RequestInvalid(
        f"Row {row + 1} has no value for column '{column.name}', which had none missing in training.",
        f"Send {allowed(column)}.",
    )


def wrong_value(column: InputColumn, row: int, value: object) -> RequestInvalid:
    """What to say of a value of another type, or of one that is `INFINITE`; `row` counts from 0."""
    found = INFINITE if value == INFINITE else shown(value)
    return RequestInvalid(
        f"Row {row + 1} of column '{column.name}' is {found}; {allowed(column)} is allowed there.",
        f"Send {allowed(column)}" + (" or null." if column.nullable else "."),
    )


def out_of_range(column: InputColumn, row: int, value: float) -> RequestInvalid:
    """What to say of a number beyond those of training; `row` counts from 0."""
    return RequestInvalid(
        f"Row {row + 1} of column '{column.name}' is {exact(column, value)}; "
        f"training saw {range_of(column)} there.",
        f"Send {'a moment' if column.is_moment else allowed(column)} of that range"
        + (" or null." if column.nullable else "."),
    )


def unknown_category(column: InputColumn, row: int, value: str) -> RequestInvalid:
    """What to say of a text that training never saw; `row` counts from 0."""
    near = nearest(value, column.categories)
    return RequestInvalid(
        f"Row {row + 1} of column '{column.name}' is {shown(value)}, which training never saw there.",
        (f"Did you mean '{near}'? " if near else "")
        + f"Known are: {listed([cut(one) for one in column.categories], most=20)}.",
    )


def allowed(column: InputColumn) -> str:
    """What kind of value a column takes."""
    return _MOMENT if column.is_moment else _ALLOWED[column.type]


def range_of(column: InputColumn) -> str:
    """What training saw in a column of numbers: `0 to 4983`; empty where it saw none."""
    if column.minimum is None or column.maximum is None:
        return ""
    return f"{exact(column, column.minimum)} to {exact(column, column.maximum)}"


def exact(column: InputColumn, value: float) -> str:
    """A number of a column with all of its digits; a moment by ISO 8601."""
    if column.is_moment:
        try:
            at = datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            pass
        else:
            return at.isoformat().replace("+00:00", "Z")
    is_whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return str(int(value)) if is_whole else repr(float(value))


def shown(value: object) -> str:
    """A value as it is repeated to who sent it: quoted if it is a text, and never long."""
    return cut(repr(value[: _SHOWN + 1])) if isinstance(value, str) else cut(str(value))


def cut(text: str) -> str:
    """`text`, or its beginning if it is long."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}…"


def listed(names: Sequence[str], *, most: int = _MOST_NAMES) -> str:
    """Names for a sentence, with a count of those beyond `most`."""
    if len(names) <= most:
        return ", ".join(names)
    return words.listed(names, most=most)


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The one of `known` that `name` most likely stands for; None: none is like it."""
    if len(name) > _SHOWN or len(known) > _MOST_COMPARED:
        return None
    return _nearest(name, known)


@lru_cache(maxsize=512)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    for other in known:
        if other.casefold() == name.strip().casefold():
            return other
    near = difflib.get_close_matches(name, known, n=1)
    return near[0] if near else None
