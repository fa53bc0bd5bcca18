"""Values a model has an answer to, though its training never saw their like: beyond the range, of no known category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from workbench.config import Leniency
from workbench.core import request_words, words
from workbench.core.words import plural
from workbench.errors import RequestInvalid

MOST = 20
"""Doubts that are told of one request, one a column at most."""

Kind = Literal["unknown_category", "out_of_range", "extra_column"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What becomes of rows that a model could answer, but was not made for."""

    unknown_category: Leniency = "accept"
    out_of_range: Leniency = "accept"
    extra_column: Leniency = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Values of one column that training never saw, or a column that the model does not take."""

    kind: Kind
    column: str
    values: int
    """How many."""
    text: str
    """For who sent them: the first one with its row, what is allowed, and how many more there are."""


class Ranges:
    """The ranges of a model's number columns, in the order of the rows of a block of numbers."""

    def __init__(self, columns: Sequence[InputColumn]) -> None:
        self._columns = tuple(columns)
        low = [-np.inf if one.minimum is None else one.minimum for one in columns]
        high = [np.inf if one.maximum is None else one.maximum for one in columns]
        self._low = np.array(low, np.float64).reshape(-1, 1)
        self._high = np.array(high, np.float64).reshape(-1, 1)

    def beyond(
        self, block: NDArray[np.float64], sent: Mapping[str, Any]
    ) -> list[tuple[InputColumn, NDArray[np.bool_]]]:
        """Columns with numbers that training never reached, and the rows that have them.

        Args:
            block: Numbers with NaN for missing ones, shape (columns, n).
            sent: The columns as they came. An array of shorter floats is held against a bound of its own
                precision: the largest value of training, sent as float32, may have become larger.
        """
        outside = (block < self._low) | (block > self._high)
        if not outside.any():
            return []
        found = []
        for at in np.flatnonzero(outside.any(axis=1)).tolist():
            column = self._columns[at]
            rows = outside[at] & _still_beyond(column, sent[column.name])
            if rows.any():
                found.append((column, rows))
        return found


class Categories:
    """The categories of a model's text columns."""

    def __init__(self, signature: Signature) -> None:
        self._known = [
            (column, frozenset((*column.categories, "")))
            for column in signature.inputs
            if column.type is InputType.STRING and column.categories
        ]

    def unknown(
        self, arrays: Mapping[str, NDArray[Any]]
    ) -> list[tuple[InputColumn, NDArray[np.bool_]]]:
        """Columns with texts that training never saw, and the rows that have them."""
        found = []
        for column, known in self._known:
            texts = arrays[column.name].tolist()
            strange = set(texts) - known
            if strange:
                rows = np.fromiter((text in strange for text in texts), np.bool_, len(texts))
                found.append((column, rows))
        return found


def out_of_range(
    column: InputColumn, rows: NDArray[np.bool_], numbers: NDArray[np.float64], rule: Leniency
) -> Doubt:
    """What `rows`, at least one, of a column of numbers raise.

    Raises:
        RequestInvalid: The rule rejects them.
    """
    row = int(rows.argmax())
    refusal = request_words.out_of_range(column, row, float(numbers[row]))
    return _doubt("out_of_range", column, rows, refusal, rule)


def unknown_category(
    column: InputColumn, rows: NDArray[np.bool_], texts: NDArray[Any], rule: Leniency
) -> Doubt:
    """What `rows`, at least one, of a column of texts raise.

    Raises:
        RequestInvalid: The rule rejects them.
    """
    row = int(rows.argmax())
    refusal = request_words.unknown_category(column, row, texts[row])
    return _doubt("unknown_category", column, rows, refusal, rule)


def extra_columns(signature: Signature, names: Sequence[str], rule: Leniency) -> list[Doubt]:
    """What `names`, at least one, raise that the model does not take; nothing where the rule accepts them.

    Raises:
        RequestInvalid: The rule rejects them.
    """
    if rule == "accept":
        return []
    if rule == "reject":
        raise request_words.unknown_column(signature, names[0])
    near = request_words.nearest(names[0], (*signature.names, *signature.key))
    quoted = words.listed([f"'{request_words.cut(name)}'" for name in names[:6]], total=len(names))
    is_one = len(names) == 1
    text = (
        f"The model takes no column{'' if is_one else 's'} {quoted}; "
        f"{'it was' if is_one else 'they were'} left out."
    )
    text += f" Did you mean '{near}'?" if near else ""
    column = request_words.cut(names[0])
    return [Doubt(kind="extra_column", column=column, values=len(names), text=text)]


def bounded(doubts: Sequence[Doubt]) -> tuple[str, ...]:
    """The texts of the first `MOST` doubts, and of how many more columns there are some."""
    texts = tuple(doubt.text for doubt in doubts[:MOST])
    left = len(doubts) - len(texts)
    return (*texts, f"There are doubts about {plural(left, 'more column')}.") if left else texts


def _doubt(
    kind: Kind,
    column: InputColumn,
    rows: NDArray[np.bool_],
    refusal: RequestInvalid,
    rule: Leniency,
) -> Doubt:
    if rule == "reject":
        raise refusal
    values = int(rows.sum())
    more = f" {plural(values - 1, 'more row')} of this column likewise." if values > 1 else ""
    # A doubt asks for nothing: the row has its answer.
    hint = refusal.remedy if kind == "unknown_category" else ""
    text = f"{refusal.problem} {hint}".rstrip() + more
    return Doubt(kind=kind, column=column.name, values=values, text=text)


def _still_beyond(column: InputColumn, sent: Any) -> NDArray[np.bool_] | bool:
    if not (isinstance(sent, np.ndarray) and sent.dtype.kind == "f" and sent.dtype.itemsize < 8):
        return True
    if column.minimum is None or column.maximum is None:
        return True
    with np.errstate(over="ignore"):
        low, high = sent.dtype.type(column.minimum), sent.dtype.type(column.maximum)
    return np.asarray((sent < low) | (sent > high), np.bool_)
