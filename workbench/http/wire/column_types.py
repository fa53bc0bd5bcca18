"""Columns of a signature as types of msgspec, which holds values against them while it reads them."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta

from storage.records import InputColumn, InputType, Signature
from workbench.config import ServeConfig
from workbench.http.forms.datatypes import COLUMNS, KEYS, WHOLE_NUMBERS

EXACT = 2**53
"""Largest whole number that is read here: every smaller one is a float as it is."""

_KEY = Annotated[int, Meta(ge=-EXACT, le=EXACT)] | float | str | bool | None
_KEY_WHOLE = Annotated[int, Meta(ge=-EXACT, le=EXACT)] | None


class ColumnTypes:
    """The types of one signature's columns: what they take, the long way takes without a word.

    The other direction does not hold: a moment as a text, a huge number or one that training never saw
    (where that is to be refused or told) may be right, but is not taken here.
    """

    def __init__(self, signature: Signature, serve: ServeConfig) -> None:
        self._columns = {column.name: column for column in signature.inputs}
        self._keys = frozenset(signature.key)
        self._serve = serve
        self.names = signature.names
        """The inputs, in their order."""
        self.key_only = tuple(name for name in signature.key if name not in self._columns)
        """Columns that name a row and are no inputs."""
        self.texts = tuple(column.type is InputType.STRING for column in signature.inputs)
        """Whether each input is a text."""

    def in_json(self, name: str) -> Any:
        """The type of a column's value where JSON alone says what it is; None: there is none."""
        column = self._columns.get(name)
        if column is None:
            return _KEY
        if column.type in {InputType.NUMBER, InputType.INTEGER}:
            whole, number = self._numbers(column)
            is_seen_as_sent = column.type is InputType.INTEGER or name in self._keys
            return _nullable(column, whole | number if is_seen_as_sent else number)
        return _nullable(column, bool if column.type is InputType.BOOLEAN else self._text(column))

    def in_tensor(self, name: str, datatype: str) -> Any:
        """The type of a column's value in a tensor of that datatype; None: it may not have it."""
        column = self._columns.get(name)
        if column is None:
            is_allowed = name in self.key_only and datatype in KEYS
            wanted = _KEY_WHOLE if datatype in WHOLE_NUMBERS else _KEY
            return wanted if is_allowed else None
        if datatype not in COLUMNS[column.type]:
            return None
        if datatype in WHOLE_NUMBERS:
            return _nullable(column, self._numbers(column)[0])
        return self.in_json(name)

    def is_like(self, other: ColumnTypes) -> bool:
        """Whether both take the same."""
        return self._all() == other._all()

    def _all(self) -> tuple[Any, ...]:
        types = tuple((name, self.in_json(name)) for name in self.names)
        return types, self.key_only, self._keys

    def _numbers(self, column: InputColumn) -> tuple[Any, Any]:
        """The types of its whole numbers, and of all."""
        low, high = -math.inf, math.inf
        if self._serve.out_of_range != "accept":
            low = low if column.minimum is None else column.minimum
            high = high if column.maximum is None else column.maximum
        whole = Meta(ge=math.ceil(max(low, -EXACT)), le=math.floor(min(high, EXACT)))
        bounds = Meta(
            ge=None if low == -math.inf else low,
            le=None if high == math.inf else high,
            multiple_of=1 if column.type is InputType.INTEGER else None,
        )
        is_free = bounds == Meta()
        return Annotated[int, whole], float if is_free else Annotated[float, bounds]

    def _text(self, column: InputColumn) -> Any:
        if self._serve.unknown_category == "accept" or not column.categories:
            return str if column.nullable else Annotated[str, Meta(min_length=1)]
        return Literal[(*column.categories, *(("",) if column.nullable else ()))]


def _nullable(column: InputColumn, wanted: Any) -> Any:
    return wanted | None if column.nullable else wanted
