"""Rows that a lane has read, as a session takes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputType
from workbench.services.served import Served


class RowScores:
    """Asks one version for the scores of rows."""

    __slots__ = ("_is_number", "_is_text", "_session", "_width")

    def __init__(self, served: Served) -> None:
        inputs = served.version.signature.inputs
        self._session = served.session
        self._is_text = [column.type is InputType.STRING for column in inputs]
        self._is_number = [not is_text for is_text in self._is_text]
        self._width = len(inputs)

    def of(self, rows: list[Sequence[Any]]) -> NDArray[np.float64]:
        """The scores of rows, the same that each of them has alone.

        Args:
            rows: Per row all inputs in their order, None where one is missing; what follows is left out.
        """
        count = len(rows)
        if count % 2:
            # A session asks rows in pairs: to name one twice costs less here than there.
            rows.append(rows[-1])
        if not any(self._is_text) and len(rows[0]) == self._width:
            return self._session.row_scores(np.array(rows, np.float64), ())[:count]
        columns = list(zip(*rows, strict=True))[: self._width]
        numbers = np.array(list(compress(columns, self._is_number)), np.float64)
        matrix = np.ascontiguousarray(numbers.reshape(-1, len(rows)).T)
        texts = [_texts(column) for column in compress(columns, self._is_text)]
        return self._session.row_scores(matrix, texts)[:count]


def _texts(column: Sequence[str | None]) -> NDArray[np.object_]:
    """Shape (n, 1), with an empty text where one is missing."""
    found = np.empty((len(column), 1), object)
    found[:, 0] = [text or "" for text in column]
    return found
