"""A request held against what a model takes: names, types, missing values, and what training never saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from workbench.core import doubts
from workbench.core.columns import are_moments, numbers
from workbench.core.doubts import Categories, Doubt, Ranges, Rules
from workbench.core.request_words import (
    INFINITE,
    missing_columns,
    missing_value,
    wrong_value,
)
from workbench.errors import RequestInvalid

Values = Sequence[object] | NDArray[Any]
"""The values of one column in a request: a decoded list, or an array where the body was binary."""

_PLAIN_NUMBERS = frozenset({float, int, NoneType})
_PLAIN_BOOLEANS = frozenset({bool, NoneType})
_PLAIN_TEXTS = frozenset({str, NoneType})
_DTYPES = {InputType.NUMBER: "fiu", InputType.INTEGER: "fiu", InputType.BOOLEAN: "b"}
"""Kinds of arrays whose values are a column's without a closer look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A request's columns, typed for a model, and what its training never saw among them."""

    arrays: dict[str, NDArray[Any]]
    """Per input float64 with NaN, or an object array of texts with ""; each of shape (n,)."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The doubts as they are told to who sent the rows; never more than a handful."""
        return doubts.bounded(self.doubts)


class Checks:
    """What one model takes, ready to be held against many requests."""

    def __init__(self, signature: Signature, rules: Rules | None = None) -> None:
        self.signature = signature
        self.rules = rules or Rules()
        """Those of a request: values that training never saw are accepted, columns it never saw are not."""
        self._names = frozenset(signature.names)
        self._block = tuple(one for one in signature.inputs if one.type is not InputType.STRING)
        kinds = [one.type for one in self._block]
        self._wholes = [at for at, kind in enumerate(kinds) if kind is InputType.INTEGER]
        self._booleans = [at for at, kind in enumerate(kinds) if kind is InputType.BOOLEAN]
        self._figures = [at for at, kind in enumerate(kinds) if kind is not InputType.BOOLEAN]
        self._required = np.array([not one.nullable for one in self._block], np.bool_)
        # What nobody looks at is not made: a column may have very many categories.
        is_ranged = self.rules.out_of_range != "accept"
        is_known = self.rules.unknown_category != "accept"
        self._ranges = Ranges(self._block) if is_ranged else None
        self._categories = Categories(signature) if is_known else None

    def of(self, columns: Mapping[str, Values]) -> Checked:
        """A request's columns, checked.

        Args:
            columns: Decoded values by column name, all of one length; None or "" is missing, which is
                accepted where training had missing values. The model's key columns may be among them.

        Raises:
            RequestInvalid: Names the row, the column, the value and what is allowed.
        """
        extra = self._check_names(columns)
        _check_lengths(columns)
        block = self._plain(columns)
        if block is None:
            block = np.array([_numbers(one, columns[one.name]) for one in self._block])
        numbers_of = dict(zip([one.name for one in self._block], block, strict=True))
        found = {
            one.name: _texts(one, columns[one.name])
            if one.type is InputType.STRING
            else numbers_of[one.name]
            for one in self.signature.inputs
        }
        return Checked(arrays=found, doubts=(*extra, *self._doubts(columns, block, found)))

    def _doubts(
        self,
        columns: Mapping[str, Values],
        block: NDArray[np.float64],
        found: Mapping[str, NDArray[Any]],
    ) -> Iterable[Doubt]:
        rules = self.rules
        if self._ranges is not None:
            for column, rows in self._ranges.beyond(block, columns):
                yield doubts.out_of_range(column, rows, found[column.name], rules.out_of_range)
        if self._categories is not None:
            for column, rows in self._categories.unknown(found):
                texts = found[column.name]
                yield doubts.unknown_category(column, rows, texts, rules.unknown_category)

    def _check_names(self, columns: Mapping[str, Values]) -> list[Doubt]:
        if columns.keys() == self._names:
            return []
        lacking = [name for name in self.signature.names if name not in columns]
        if lacking:
            raise missing_columns(self.signature, lacking, tuple(columns))
        key = self.signature.key
        extra = [name for name in columns if name not in self._names and name not in key]
        if not extra:
            return []
        return doubts.extra_columns(self.signature, extra, self.rules.extra_column)

    def _plain(self, columns: Mapping[str, Values]) -> NDArray[np.float64] | None:
        """All columns but texts by few conversions; None when one of their values needs a closer look."""
        rows = [columns[column.name] for column in self._block]
        is_sent_as_arrays = bool(rows) and all(isinstance(row, np.ndarray) for row in rows)
        block = _of_arrays(self._block, rows) if is_sent_as_arrays else self._of_lists(rows)
        if block is None or not _is_finite(block, self._required):
            return None
        return block

    def _of_lists(self, rows: list[Values]) -> NDArray[np.float64] | None:
        flags = [rows[at] for at in self._booleans]
        if flags and not _PLAIN_BOOLEANS.issuperset(map(type, chain.from_iterable(flags))):
            return None
        figures = [rows[at] for at in self._figures] if flags else rows
        if not _PLAIN_NUMBERS.issuperset(map(type, chain.from_iterable(figures))):
            return None
        try:
            block = np.array(rows, np.float64)
        except OverflowError:
            return None
        wholes = [rows[at] for at in self._wholes]
        if float in set(map(type, chain.from_iterable(wholes))):
            return block if _are_whole(block[self._wholes]).all() else None
        return block


def arrays(signature: Signature, columns: Mapping[str, Values]) -> dict[str, NDArray[Any]]:
    """What `Checks.of` gives of one request alone, by the rules as they are when nobody sets any.

    Categories and numbers that training never saw are accepted: the model has an answer for them.
    """
    return Checks(signature).of(columns).arrays


def _check_lengths(columns: Mapping[str, Values]) -> None:
    lengths = set(map(len, columns.values()))
    if len(lengths) > 1:
        named = ", ".join(
            f"'{name[:60]}' {len(values)}" for name, values in [*columns.items()][:20]
        )
        raise RequestInvalid(f"The columns have different numbers of rows: {named}.")
    if lengths in ({0}, set()):
        raise RequestInvalid("The request has no rows.", "Send at least one.")


def _of_arrays(columns: Sequence[InputColumn], rows: Sequence[Any]) -> NDArray[np.float64] | None:
    block = np.empty((len(rows), len(rows[0])), np.float64)
    for at, (column, values) in enumerate(zip(columns, rows, strict=True)):
        if not _is_plain(column, values):
            return None
        block[at] = values
        may_be_broken = column.type is InputType.INTEGER and values.dtype.kind == "f"
        if may_be_broken and not _are_whole(block[at]).all():
            return None
    return block


def _is_plain(column: InputColumn, values: NDArray[Any]) -> bool:
    return values.dtype.kind in _DTYPES[column.type] and not isinstance(values, np.ma.MaskedArray)


def _is_finite(block: NDArray[np.float64], required: NDArray[np.bool_]) -> bool:
    """Whether nothing in `block` is infinite, and only rows that are not `required` lack values."""
    # A sum is finite only when every value is.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(block.sum()):
            return True
    return not np.isinf(block).any() and not np.isnan(block[required]).any()


def _are_whole(found: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of `found` are whole, or missing."""
    return np.asarray((found == np.rint(found)) | np.isnan(found), np.bool_)


def _numbers(column: InputColumn, values: Values) -> NDArray[np.float64]:
    """One column of numbers, by as few looks at single values as it allows."""
    if isinstance(values, np.ndarray):
        if _is_plain(column, values) or (column.is_moment and are_moments(values)):
            return _checked(column, numbers(values))
        values = values.tolist()
    is_boolean = column.type is InputType.BOOLEAN
    if (_PLAIN_BOOLEANS if is_boolean else _PLAIN_NUMBERS).issuperset(map(type, values)):
        try:
            return _checked(column, np.array(values, np.float64))
        except OverflowError:
            pass
    number = _moment if column.is_moment else _number
    return np.array([number(column, row, value) for row, value in enumerate(values)], np.float64)


def _checked(column: InputColumn, found: NDArray[np.float64]) -> NDArray[np.float64]:
    infinite = np.isinf(found)
    if infinite.any():
        raise wrong_value(column, int(infinite.argmax()), INFINITE)
    absent = np.isnan(found)
    if absent.any():
        _refuse_missing(column, int(absent.argmax()))
    if column.type is InputType.INTEGER:
        whole = _are_whole(found)
        if not whole.all():
            row = int(whole.argmin())
            raise wrong_value(column, row, float(found[row]))
    return found


def _texts(column: InputColumn, values: Values) -> NDArray[Any]:
    given = values.tolist() if isinstance(values, np.ndarray) else values
    kinds = set(map(type, given))
    if not kinds <= _PLAIN_TEXTS:
        given = [_text(column, row, value) for row, value in enumerate(given)]
    elif NoneType in kinds:
        given = [value or "" for value in given]
    if not column.nullable and "" in given:
        raise missing_value(column, given.index(""))
    found: NDArray[Any] = np.empty(len(given), object)
    found[:] = given
    return found


def _text(column: InputColumn, row: int, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
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
        raise wrong_value(column, row, INFINITE)
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


def _refuse_missing(column: InputColumn, row: int) -> None:
    if not column.nullable:
        raise missing_value(column, row)
