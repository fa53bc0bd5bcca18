"""MLflow's form of asking: `/invocations` takes what its scoring server takes, and answers as it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from workbench.http.bodies import media_type_of
from workbench.http.forms import csv_rows
from workbench.http.forms.form import (
    Asked,
    check_rows,
    decoded,
    first_value,
    labels,
    most_lists,
    probabilities,
    twice,
)
from workbench.http.replies import Refused, Reply
from workbench.services.served import Answer, RequestColumns, Served

CSV = "text/csv"
METHODS = ("predict", "predict_proba")
SPARSEST = 10
"""One value in so many may be all that the rows have, each in columns of its own, ..."""
MOST_MISSING = 100_000
"""... and so many may lack beyond that."""


class _Split(msgspec.Struct, frozen=True, gc=False):
    data: list[list[Any]]
    columns: list[str | int] | None = None


class _Request(msgspec.Struct, frozen=True, gc=False):
    dataframe_split: _Split | None = None
    dataframe_records: list[dict[str, Any]] | None = None
    instances: list[Any] | None = None
    inputs: list[Any] | dict[str, Any] | None = None
    params: dict[str, Any] | None = None


class Invocation(msgspec.Struct, frozen=True, gc=False):
    """What is asked, whichever version of the model is to answer."""

    columns: RequestColumns
    """By name; of rows without names, by their places from "0" on."""
    is_named: bool
    is_text: bool = False
    """Whether every value is a text, as it stood in CSV."""
    method: str = "predict"


class _Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    predictions: Sequence[Any]
    warnings: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(_Request)
_encode = msgspec.json.Encoder().encode


class Invocations:
    """MLflow's form of asking one served version."""

    def __init__(self, served: Served) -> None:
        self._signature = served.version.signature
        self._whole = _whole_numbers(self._signature.classes)

    def read(self, asked: Asked) -> Invocation:
        """The rows that `asked` holds, and what is to be done with them.

        Raises:
            Refused: It holds none.
        """
        if media_type_of(asked.headers.get(b"content-type", b""))[0] == CSV:
            texts = csv_rows.columns(asked.body, most_rows=asked.most_rows)
            return Invocation(texts, is_named=True, is_text=True)
        most = most_lists(self._signature, asked.most_rows)
        request = decoded(_decoder, asked.body, most_lists=most)
        rows = request.dataframe_records or request.instances or request.inputs
        check_rows(len(rows or ()) if type(rows) is list else 0, asked.most_rows)
        columns, is_named = _columns(request)
        method = (request.params or {}).get("predict_method", "predict")
        if method not in METHODS:
            shown = str(method)[:40]
            raise Refused(
                400, f"The predict_method is '{shown}'; allowed are {' and '.join(METHODS)}."
            )
        if method == "predict_proba" and not self._signature.classes:
            raise Refused(
                400, "The model gives values and no probabilities; its predict_method is predict."
            )
        return Invocation(columns, is_named, method=method)

    def first(self, request: Invocation, column: str) -> object:
        """The value of a column's first row; None: it has none."""
        names = self._signature.names
        if not request.is_named:
            column = str(names.index(column)) if column in names else ""
        return first_value(request.columns.get(column))

    def columns(self, request: Invocation) -> RequestColumns:
        """The rows of `request`, by column.

        Raises:
            Refused: They have no names, and more or fewer values than the model takes.
        """
        if request.is_text:
            return csv_rows.typed(self._signature, request.columns)
        if request.is_named:
            return request.columns
        names = self._signature.names
        if len(request.columns) != len(names):
            raise Refused(
                400,
                f"The rows have {len(request.columns)} values; the model takes {len(names)}: "
                f"{', '.join(names)}.",
            )
        return dict(zip(names, request.columns.values(), strict=True))

    def reply(self, request: Invocation, answer: Answer) -> Reply:
        """What answers `request`."""
        return Reply(200, _encode(_Response(self._predictions(request, answer), answer.warnings)))

    def _predictions(self, request: Invocation, answer: Answer) -> list[Any]:
        if request.method == "predict_proba":
            return probabilities(answer.scores)
        if not self._signature.classes:
            return list(answer.scores.tolist())
        found = labels(self._signature, answer.scores)
        return [self._whole[label] for label in found] if self._whole else found


def _whole_numbers(classes: Sequence[str]) -> dict[str, int]:
    """Classes that are all whole numbers, as callers of a model know them; else nothing."""
    if all(name.isascii() and name.removeprefix("-").isdigit() for name in classes):
        numbers = {name: int(name) for name in classes}
        if all(str(number) == name for name, number in numbers.items()):
            return numbers
    return {}


def _columns(request: _Request) -> tuple[RequestColumns, bool]:
    """Columns, and whether they have names."""
    given = {
        "dataframe_split": request.dataframe_split,
        "dataframe_records": request.dataframe_records,
        "instances": request.instances,
        "inputs": request.inputs,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        found = f"it has {' and '.join(named)}" if named else "it has none"
        raise Refused(400, f"The body must have exactly one of {', '.join(given)}; {found}.")
    if request.dataframe_split is not None:
        return _split(request.dataframe_split)
    if request.dataframe_records is not None:
        return _records(request.dataframe_records), True
    if isinstance(request.inputs, dict):
        return {name: _tensor(name, value) for name, value in request.inputs.items()}, True
    return _rows(request.instances if request.inputs is None else request.inputs)


def _split(split: _Split) -> tuple[RequestColumns, bool]:
    names = split.columns
    is_named = names is not None and not all(type(name) is int for name in names)
    columns = _side_by_side(split.data, width=None if names is None else len(names))
    if names is None or not is_named:
        return columns, False
    given = dict(zip(map(str, names), columns.values(), strict=True))
    if len(given) < len(names):
        raise Refused(400, f"The column '{twice(map(str, names))}' is given twice.")
    return given, True


def _rows(rows: list[Any] | None) -> tuple[RequestColumns, bool]:
    """Rows as objects, as lists of values, or as one value each."""
    kinds = {type(row) for row in rows or ()}
    if kinds == {dict}:
        return _records(rows or []), True
    if kinds == {list}:
        return _side_by_side(rows or []), False
    if dict in kinds or list in kinds:
        raise Refused(
            400,
            "The rows are of different kinds; each must be an object, or each a list of values.",
        )
    if not rows:
        raise Refused(400, "The request has no rows. Send at least one.")
    return {"0": rows}, False


def _records(records: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of rows by name; what a row does not have is missing there."""
    if not records:
        raise Refused(400, "The request has no rows. Send at least one.")
    names = dict.fromkeys(name for record in records for name in record)
    values = sum(map(len, records))
    if len(names) * len(records) > MOST_MISSING + SPARSEST * values:
        raise Refused(
            400,
            f"The rows have {len(names)} different columns, but {values / len(records):.0f} each. "
            "Send rows of the same columns.",
        )
    return {name: [record.get(name) for record in records] for name in names}


def _side_by_side(rows: Sequence[list[Any]], *, width: int | None = None) -> dict[str, list[Any]]:
    if not rows:
        raise Refused(400, "The request has no rows. Send at least one.")
    width = len(rows[0]) if width is None else width
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise Refused(400, f"Row {number} has {len(row)} values; {width} are expected.")
    return {str(at): [row[at] for row in rows] for at in range(width)}


def _tensor(name: str, value: Any) -> list[Any]:
    """A column of shape [n] or [n, 1]."""
    if type(value) is not list:
        raise Refused(400, f"Column '{name}' of inputs is no list; send its values as one.")
    if value and all(type(row) is list and len(row) == 1 for row in value):
        return [row[0] for row in value]
    return value
