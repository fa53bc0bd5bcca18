"""Rows as CSV: a line of names, then a line a row; what a text stands for, the signature says."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from storage.records import InputColumn, InputType, Signature
from workbench.http.forms.form import twice
from workbench.http.replies import Refused

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
"""Texts that stand for no value where a number or a truth value is expected."""

_TRUTHS = {
    "true": True, "True": True, "TRUE": True, "1": True, "1.0": True,
    "false": False, "False": False, "FALSE": False, "0": False, "0.0": False,
}  # fmt: skip


def columns(body: bytes, *, most_rows: int) -> dict[str, list[str]]:
    """The columns of a body, as texts.

    A first column without a name is left out: it is the numbering of rows that pandas writes.

    Raises:
        Refused: It is not CSV with a line of names and at least one row of as many values, or it
            has more rows than are answered at once.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            400, f"The body is not UTF-8: byte {error.start + 1} cannot be read."
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(islice((row for row in reader if row), most_rows + 2))
    except csv.Error as error:
        raise Refused(400, f"Line {reader.line_num} of the CSV cannot be read: {error}.") from None
    if len(rows) < 2:
        raise Refused(400, "The CSV has no rows. Send a line of column names, then one a row.")
    names, *values = rows
    if len(values) > most_rows:
        raise Refused(
            400,
            f"The request has more than {most_rows} rows; at most {most_rows} are allowed. "
            "Send them in several requests.",
        )
    for number, row in enumerate(values, start=1):
        if len(row) != len(names):
            raise Refused(
                400, f"Row {number} has {len(row)} values; the line of names has {len(names)}."
            )
    again = twice(names)
    if again is not None:
        raise Refused(400, f"The column '{again}' is given twice.")
    found = dict(zip(names, map(list, zip(*values, strict=True)), strict=True))
    if names[0] == "" and len(names) > 1:
        del found[""]
    return found


def typed(signature: Signature, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Texts as the values that the signature's columns take.

    A text that stands for no such value is left as it is, so that the signature refuses it by name.
    """
    inputs = {column.name: column for column in signature.inputs}
    return {
        name: _typed(inputs[name], values) if name in inputs else values
        for name, values in texts.items()
    }


def _typed(column: InputColumn, values: Sequence[str]) -> Sequence[Any]:
    if column.type is InputType.STRING:
        return values
    if column.type is InputType.BOOLEAN:
        return [None if value in MISSING else _TRUTHS.get(value, value) for value in values]
    return [None if value in MISSING else _number(value) for value in values]


def _number(value: str) -> float | str:
    try:
        # Python would read 1_000 as a number.
        return value if "_" in value else float(value)
    except ValueError:
        return value
