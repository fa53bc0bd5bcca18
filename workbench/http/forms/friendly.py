"""The friendly form: rows or columns by name in, one prediction a row out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.http.forms.form import (
    Asked,
    check_rows,
    decoded,
    first_value,
    labels,
    most_lists,
    probabilities,
)
from workbench.http.replies import Refused, Reply
from workbench.services.served import Answer, RequestColumns, Served


class _Request(msgspec.Struct, frozen=True, gc=False):
    rows: list[dict[str, Any]] | None = None
    columns: dict[str, list[Any]] | None = None
    row: dict[str, Any] | None = None


class _ClassPrediction(msgspec.Struct, frozen=True, gc=False):
    label: str
    probability: float
    """Of the label."""
    probabilities: dict[str, float]


class _ValuePrediction(msgspec.Struct, frozen=True, gc=False):
    value: float


class _Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    model: str
    version: int
    predictions: Sequence[_ClassPrediction] | Sequence[_ValuePrediction]
    warnings: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(_Request)
_encode = msgspec.json.Encoder().encode


class Friendly:
    """The friendly form of asking one served version."""

    def __init__(self, served: Served) -> None:
        self._name = served.version.model
        self._number = served.version.number
        self._signature = served.version.signature

    def read(self, asked: Asked) -> RequestColumns:
        """The rows that `asked` holds, by column.

        Raises:
            Refused: It has neither rows nor columns, or both.
        """
        most = most_lists(self._signature, asked.most_rows)
        request = decoded(_decoder, asked.body, most_lists=most)
        given = [request.rows, request.columns, request.row]
        if given.count(None) != 2:
            raise Refused(
                400,
                'Send one of {"rows": [{"column": value, …}, …]}, {"row": {"column": value, …}} '
                'and {"columns": {"column": [value, …], …}}.',
            )
        if request.rows is not None:
            check_rows(len(request.rows), asked.most_rows)
            return columns_of(request.rows)
        if request.row is not None:
            return columns_of([request.row])
        return request.columns or {}

    def first(self, request: RequestColumns, column: str) -> object:
        """The value of a column's first row; None: it has none."""
        return first_value(request.get(column))

    def columns(self, request: RequestColumns) -> RequestColumns:
        """The rows as they came."""
        return request

    def reply(self, request: RequestColumns, answer: Answer) -> Reply:
        """What answers `request`."""
        del request
        predictions = self._predictions(answer.scores)
        return Reply(
            200, _encode(_Response(self._name, self._number, predictions, answer.warnings))
        )

    def _predictions(
        self, scores: NDArray[np.float64]
    ) -> list[_ClassPrediction] | list[_ValuePrediction]:
        classes = self._signature.classes
        if not classes:
            return [_ValuePrediction(value) for value in scores.tolist()]
        spreads = [dict(zip(classes, row, strict=True)) for row in probabilities(scores)]
        return [
            _ClassPrediction(label, spread[label], spread)
            for label, spread in zip(labels(self._signature, scores), spreads, strict=True)
        ]


def columns_of(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows of equal columns, by column.

    Raises:
        Refused: There are none, or one has other columns than the first.
    """
    if not rows:
        raise Refused(400, "The request has no rows. Send at least one.")
    names = rows[0].keys()
    for number, row in enumerate(rows, start=1):
        if row.keys() != names:
            raise _uneven(number, row, rows[0])
    return {name: [row[name] for row in rows] for name in names}


def _uneven(number: int, row: dict[str, Any], first: dict[str, Any]) -> Refused:
    lacking = [name for name in first if name not in row]
    if lacking:
        return Refused(
            400, f"Row {number} has no column '{lacking[0]}', which row 1 has. Send null for none."
        )
    extra = next(name for name in row if name not in first)
    return Refused(400, f"Row {number} has the column '{extra}', which row 1 does not have.")
