"""What a model takes: inferred from its training rows, and held against every request."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from workbench.core.columns import Columns, are_moments, kind_of, missing, numbers, texts
from workbench.errors import RequestInvalid

OUTPUTS = ("label", "probabilities", "value")
"""Names of a graph's outputs, which no input may have."""

Values = Sequence[object] | NDArray[Any]
"""The values of one column in a request: a decoded list, or an array where the body was binary."""

_NUMBER_TYPES = frozenset({InputType.NUMBER, InputType.INTEGER})
_PLAIN_TYPES = frozenset({float, int, type(None)})
_ALLOWED = {
    InputType.NUMBER: "a number",
    InputType.INTEGER: "a whole number",
    InputType.BOOLEAN: "true or false",
    InputType.STRING: "a text",
}
_MOMENT = "a moment such as 2026-01-31T12:00:00Z or its seconds since 1970 UTC"


def infer(
    features: Columns,
    *,
    task: str,
    classes: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
) -> Signature:
    """The signature of a model that was trained on `features`.

    Args:
        features: The training rows' columns, in the order the model takes them.
        task: binary, multiclass or regression.
        classes: Class names in the order of the probabilities; empty for regression.
        key: Columns a caller may send along to name a row.

    Raises:
        ValueError: A column has a type no model takes.
    """
    graph_names = _graph_names(tuple(features))
    inputs = tuple(
        _input_column(name, graph_names[name], values) for name, values in features.items()
    )
    return Signature(task=task, inputs=inputs, classes=classes, key=key)


def arrays(signature: Signature, columns: Mapping[str, Values]) -> dict[str, NDArray[Any]]:
    """A request's columns, checked and typed for a model.

    Categories and numbers that training never saw are accepted: the model has an answer for them.
    A missing value is accepted where training had one.

    Args:
        signature: What the model takes; its key columns may be sent and are left out.
        columns: Decoded values by column name, all of one length; None or "" is missing.

    Returns:
        Per input float64 with NaN, or an object array of texts with ""; each of shape (n,).

    Raises:
        RequestInvalid: Names the row, the column, the value and what is allowed.
    """
    _check_names(signature, columns)
    _check_lengths(columns)
    plain = _plain_numbers(signature, columns)
    return {
        column.name: plain[column.name]
        if column.name in plain
        else _checked(column, columns[column.name])
        for column in signature.inputs
    }


def _input_column(name: str, graph_name: str, values: NDArray[Any]) -> InputColumn:
    is_moment = are_moments(values)
    kind = InputType.NUMBER if is_moment else kind_of(values)
    if kind is None:
        raise ValueError(f"Column '{name}' has the type {values.dtype}, which no model takes.")
    absent = missing(values)
    is_ranged = kind in {InputType.NUMBER, InputType.INTEGER}
    present = _finite(values) if is_ranged else np.empty(0)
    categories = set(texts(values).tolist()) - {""} if kind is InputType.STRING else ()
    return InputColumn(
        name=name,
        graph_name=graph_name,
        type=kind,
        nullable=bool(absent.any()),
        minimum=float(present.min()) if present.size else None,
        maximum=float(present.max()) if present.size else None,
        categories=tuple(sorted(map(str, categories))),
        is_moment=is_moment,
    )


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    found = numbers(values)
    return found[np.isfinite(found)]


def _graph_names(names: tuple[str, ...]) -> dict[str, str]:
    """ASCII identifiers, unique regardless of the other names a graph holds."""
    given: dict[str, str] = {}
    used = set(OUTPUTS)
    for name in names:
        stem = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "column"
        stem = f"c_{stem}" if stem[0].isdigit() else stem
        free, count = stem, 2
        while free in used:
            free, count = f"{stem}_{count}", count + 1
        used.add(free)
        given[name] = free
    return given


def _check_names(signature: Signature, columns: Mapping[str, Values]) -> None:
    lacking = [name for name in signature.names if name not in columns]
    if lacking:
        raise RequestInvalid(
            f"Column '{lacking[0]}' is missing"
            + (
                f", and {len(lacking) - 1} more: {', '.join(lacking[1:6])}." if lacking[1:] else "."
            ),
            f"The model takes: {', '.join(signature.names)}.",
        )
    if len(columns) == len(signature.inputs):
        return
    for name in columns:
        if name not in signature.names and name not in signature.key:
            near = difflib.get_close_matches(name, signature.names, n=1)
            raise RequestInvalid(
                f"The model takes no column '{name}'.",
                (f"Did you mean '{near[0]}'? " if near else "")
                + f"It takes: {', '.join(signature.names)}.",
            )


def _check_lengths(columns: Mapping[str, Values]) -> None:
    lengths = set(map(len, columns.values()))
    if len(lengths) > 1:
        named = ", ".join(f"'{name}' {len(values)}" for name, values in columns.items())
        raise RequestInvalid(f"The columns have different numbers of rows: {named}.")
    if lengths in ({0}, set()):
        raise RequestInvalid("The request has no rows.", "Send at least one.")


def _plain_numbers(
    signature: Signature, columns: Mapping[str, Values]
) -> dict[str, NDArray[np.float64]]:
    """All number columns by one conversion; empty when one of their values needs a closer look."""
    number_columns = [column for column in signature.inputs if column.type in _NUMBER_TYPES]
    rows = [columns[column.name] for column in number_columns]
    if not rows or not set(map(type, chain.from_iterable(rows))) <= _PLAIN_TYPES:
        return {}
    try:
        block = np.array(rows, np.float64)
    except OverflowError:
        return {}
    # The sum is finite only when every value is.
    if not np.isfinite(block.sum()) and not _may_be_missing(block, number_columns):
        return {}
    if not _are_whole(block, rows, number_columns):
        return {}
    return {column.name: row for column, row in zip(number_columns, block, strict=True)}


def _may_be_missing(block: NDArray[np.float64], columns: list[InputColumn]) -> bool:
    """Whether nothing in `block` is infinite, and only nullable columns lack values."""
    required = np.array([not column.nullable for column in columns])
    return not np.isinf(block).any() and not np.isnan(block[required]).any()


def _are_whole(block: NDArray[np.float64], rows: list[Values], columns: list[InputColumn]) -> bool:
    wholes = [at for at, column in enumerate(columns) if column.type is InputType.INTEGER]
    if float not in set(map(type, chain.from_iterable([rows[at] for at in wholes]))):
        return True
    found = block[wholes]
    return bool(((found == np.rint(found)) | np.isnan(found)).all())


def _checked(column: InputColumn, values: Values) -> NDArray[Any]:
    if isinstance(values, np.ndarray):
        if column.type is InputType.NUMBER and values.dtype.kind in "iuf":
            return _checked_array(column, values)
        if column.is_moment and are_moments(values):
            return _checked_array(column, numbers(values))
        values = values.tolist()
    if column.type is InputType.STRING:
        found: NDArray[Any] = np.empty(len(values), object)
        found[:] = [_text(column, row, value) for row, value in enumerate(values)]
        return found
    number = _moment if column.is_moment else _number
    return np.array([number(column, row, value) for row, value in enumerate(values)], np.float64)


def _checked_array(column: InputColumn, values: NDArray[Any]) -> NDArray[np.float64]:
    found = numbers(values)
    infinite = np.isinf(found)
    if infinite.any():
        raise wrong_value(column, int(infinite.argmax()), "infinite")
    absent = np.isnan(found)
    if absent.any():
        _refuse_missing(column, int(absent.argmax()))
    return found


def _text(column: InputColumn, row: int, value: object) -> str:
    if type(value) is str and value:
        return value
    if value is None or value == "":
        _refuse_missing(column, row)
        return ""
    raise wrong_value(column, row, value)


def _number(column: InputColumn, row: int, value: object) -> float:
    if value is None or value != value:  # noqa: PLR0124 - NaN, the one value that differs from itself
        _refuse_missing(column, row)
        return np.nan
    is_bool = isinstance(value, bool)
    if is_bool != (column.type is InputType.BOOLEAN) or not isinstance(value, int | float):
        raise wrong_value(column, row, value)
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    if np.isinf(number):
        raise wrong_value(column, row, "infinite")
    if column.type is InputType.INTEGER and not number.is_integer():
        raise wrong_value(column, row, value)
    return number


def _moment(column: InputColumn, row: int, value: object) -> float:
    """Seconds since 1970 UTC; a text without an offset is UTC."""
    if isinstance(value, str) and value:
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise wrong_value(column, row, value) from None
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return zoned.timestamp()
    return _number(column, row, None if value == "" else value)


def _allowed(column: InputColumn) -> str:
    return _MOMENT if column.is_moment else _ALLOWED[column.type]


def _refuse_missing(column: InputColumn, row: int) -> None:
    if not column.nullable:
        raise missing_value(column, row)


def missing_value(column: InputColumn, row: int) -> RequestInvalid:
    """What to say of a value that is missing where training had none missing; `row` counts from 0."""
    return RequestInvalid(
        f"Row {row + 1} has no value for column '{column.name}', which had none missing in training.",
        f"Send {_allowed(column)}.",
    )


def wrong_value(column: InputColumn, row: int, value: object) -> RequestInvalid:
    """What to say of a value of another type, or of one that is `infinite`; `row` counts from 0."""
    shown = repr(value) if isinstance(value, str) and value != "infinite" else str(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
    return RequestInvalid(
        f"Row {row + 1} of column '{column.name}' is {shown}; {_allowed(column)} is allowed there.",
        f"Send {_allowed(column)}" + (" or null." if column.nullable else "."),
    )
