"""Scoring a file: which columns it must have and gets, which of its values a model does not take, and the sums."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import (
    BadValues,
    InputColumn,
    InputType,
    ScoringTally,
    Signature,
    UnknownCategories,
)
from workbench.core import request_words
from workbench.errors import RequestInvalid, UsageError

MISSING, INFINITE, OTHER_TYPE = "missing", "infinite", "of another type"
EXAMPLES = 3
"""Unknown categories that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Values of one column that the model does not take, all for one reason."""

    column: InputColumn
    reason: str
    rows: NDArray[np.bool_]
    """Shape (n,)."""

    @property
    def first(self) -> int:
        """The first row with such a value, from 0."""
        return int(self.rows.argmax())


def answer_columns(signature: Signature) -> tuple[str, ...]:
    """What the columns of the answers are called."""
    if not signature.classes:
        return ("prediction",)
    if signature.task == "binary":
        return ("prediction", "probability")
    found: dict[str, str] = {}
    for name in signature.classes:
        column, count = f"probability_{name}", 2
        while column.casefold() in found:  # files know no difference between A and a
            column, count = f"probability_{name}_{count}", count + 1
        found[column.casefold()] = column
    return ("prediction", *found.values())


def check_inputs(signature: Signature, names: Sequence[str]) -> None:
    """Raises RequestInvalid when a file with these columns lacks an input; further ones are fine."""
    lacking = [name for name in signature.names if name not in names]
    if lacking:
        raise request_words.missing_columns(signature, lacking, names)


def kept_columns(
    signature: Signature, names: Sequence[str], asked: Sequence[str] | None
) -> tuple[str, ...]:
    """The columns of a file that go into the file of answers.

    Args:
        signature: The model's.
        names: The file's columns.
        asked: Those that are wanted, `*` for all; None: the key columns that the file has.

    Raises:
        UsageError: One is asked for that the file does not have, twice, or that an answer is called.
    """
    if asked is None:
        wanted = [name for name in signature.key if name in names]
    else:
        wanted = list(names) if [*asked] == ["*"] else [*asked]
    for name in wanted:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            raise UsageError(
                f"The input has no column '{name}' to keep.",
                (f"Did you mean '{near[0]}'? " if near else "") + f"It has: {', '.join(names)}.",
            )
    taken: dict[str, str] = {}
    for name in (*wanted, *answer_columns(signature)):
        if name.casefold() in taken:
            other = taken[name.casefold()]
            raise UsageError(
                f"Two columns of the output would be called '{other}' and '{name}'.",
                "Keep others: --columns id,name; or rename the column in the input.",
            )
        taken[name.casefold()] = name
    return tuple(wanted)


def faults(
    signature: Signature,
    columns: Mapping[str, NDArray[Any]],
    misfits: Mapping[str, NDArray[np.bool_]],
) -> list[Fault]:
    """Which values the model does not take, by the rules of requests.

    Args:
        signature: The model's.
        columns: Per input float64 with NaN, or an object array of texts with "".
        misfits: Which values are of another type; they are missing in `columns`.
    """
    found = []
    for column in signature.inputs:
        values, wrong = columns[column.name], misfits.get(column.name)
        if wrong is not None:
            found.append(Fault(column=column, reason=OTHER_TYPE, rows=wrong))
        if not column.nullable:
            absent = _absent(values)
            absent = absent if wrong is None else absent & ~wrong
            if absent.any():
                found.append(Fault(column=column, reason=MISSING, rows=absent))
        # A sum is finite only when every value is, and quicker than a look at each.
        if values.dtype.kind == "f" and not _is_finite_sum(values) and np.isinf(values).any():
            found.append(Fault(column=column, reason=INFINITE, rows=np.isinf(values)))
    return found


def refusal(fault: Fault, *, row: int, shown: str | None) -> RequestInvalid:
    """What to say of a value that the model does not take.

    Args:
        fault: Why.
        row: Its place in the file, from 0.
        shown: The value as text.
    """
    if fault.reason == MISSING:
        return request_words.missing_value(fault.column, row)
    return request_words.wrong_value(
        fault.column, row, request_words.INFINITE if fault.reason == INFINITE else shown
    )


def unknown_categories(
    signature: Signature, columns: Mapping[str, NDArray[Any]]
) -> tuple[UnknownCategories, ...]:
    """Texts that training never saw, per column that has some."""
    found = []
    for column in signature.inputs:
        if column.type is not InputType.STRING:
            continue
        known = {*column.categories, ""}
        counts = Counter(columns[column.name].tolist())
        fresh = {name: counts[name] for name in counts if name not in known}
        if fresh:
            examples = tuple(fresh)[:EXAMPLES]
            found.append(
                UnknownCategories(column=column.name, values=sum(fresh.values()), examples=examples)
            )
    return tuple(found)


def tally(
    rows: int,
    found: Sequence[Fault],
    absent: NDArray[np.bool_],
    unknown: tuple[UnknownCategories, ...],
    *,
    first_row: int,
) -> ScoringTally:
    """What is to be told of a chunk of rows; `first_row` is its place in the file, from 0."""
    bad = tuple(
        BadValues(
            column=one.column.name,
            reason=one.reason,
            values=int(one.rows.sum()),
            first_row=first_row + one.first + 1,
        )
        for one in found
    )
    return ScoringTally(rows=rows, unanswered_rows=int(absent.sum()), bad=bad, unknown=unknown)


def total(tallies: Iterable[ScoringTally]) -> ScoringTally:
    """The sum of what was counted in chunks, which come in their order."""
    rows = unanswered = 0
    bad: dict[tuple[str, str], BadValues] = {}
    unknown: dict[str, UnknownCategories] = {}
    for one in tallies:
        rows, unanswered = rows + one.rows, unanswered + one.unanswered_rows
        for more in one.bad:
            before = bad.get((more.column, more.reason))
            bad[more.column, more.reason] = BadValues(
                column=more.column,
                reason=more.reason,
                values=more.values + (before.values if before else 0),
                first_row=before.first_row if before else more.first_row,
            )
        for fresh in one.unknown:
            earlier = unknown.get(fresh.column)
            names = (*(earlier.examples if earlier else ()), *fresh.examples)
            unknown[fresh.column] = UnknownCategories(
                column=fresh.column,
                values=fresh.values + (earlier.values if earlier else 0),
                examples=tuple(dict.fromkeys(names))[:EXAMPLES],
            )
    return ScoringTally(
        rows=rows,
        unanswered_rows=unanswered,
        bad=tuple(bad.values()),
        unknown=tuple(unknown.values()),
    )


def _is_finite_sum(values: NDArray[np.float64]) -> bool:
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(values.sum()))


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    absent = np.isnan(values) if values.dtype.kind == "f" else values == ""
    return np.asarray(absent, np.bool_)
