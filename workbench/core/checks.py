"""Checks of a dataset version: whether they make sense, and from what was measured to results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage.records import CheckResult, Column, ColumnKind, Measure, Measured, OnFail, Probe

_OF_NUMBERS = frozenset([Measure.BELOW, Measure.ABOVE, Measure.MEAN, Measure.STD, Measure.QUANTILE])
_OF_TIMES = frozenset([Measure.NEWEST, Measure.BACKWARDS])
_OF_TWO = frozenset([Measure.NOT_LESS, Measure.GREATER, Measure.UNEQUAL])
_ONE_NUMBER = frozenset(
    [
        Measure.ROWS,
        Measure.DISTINCT,
        Measure.MEAN,
        Measure.STD,
        Measure.QUANTILE,
        Measure.NEWEST,
    ]
)
"""Measures that give one number for all rows, in place of how many rows offend."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A declared check with the one number it needs."""

    probe: Probe
    limit: str
    """What is allowed, in words."""
    on_fail: OnFail
    allowed: float = 0.0
    """Largest number, or with `is_share` a share of the rows, that still passes."""
    is_share: bool = False
    """Whether the number is compared as a share of the rows."""
    least: float | None = None
    """Smallest number that passes; None: any."""
    whole_version: bool = False
    """Measured on all rows of the version instead of the incoming ones."""
    unit_s: float = 1.0
    """For an age: the seconds of the unit it is told in."""

    @property
    def column(self) -> str | None:
        """The column it is about; None for the table or for several columns."""
        columns = self.probe.columns
        is_of_many = self.probe.measure is Measure.DUPLICATES and len(columns) > 1
        return columns[0] if columns and not is_of_many else None


def missing_columns(checks: Sequence[Check], names: Sequence[str]) -> tuple[str, ...]:
    """Columns that checks name and the dataset does not have."""
    asked = dict.fromkeys(name for check in checks for name in check.probe.columns)
    return tuple(name for name in asked if name not in names)


def misfits(checks: Sequence[Check], columns: Sequence[Column]) -> tuple[str, ...]:
    """What cannot be asked of columns of these types, each as the end of a sentence about the checks."""
    of = {column.name: column for column in columns}
    found: dict[str, None] = {}
    for check in checks:
        named = [of[name] for name in check.probe.columns if name in of]
        if named and (wrong := _misfit(check.probe.measure, named)):
            found[wrong] = None
    return tuple(found)


def is_comparable(one: Column, other: Column) -> bool:
    """Whether values of the two columns can be compared without changing any."""
    if one.kind in {ColumnKind.NUMERIC, ColumnKind.TIMESTAMP}:
        return one.kind is other.kind
    return one.type == other.type


def fitted(checks: Sequence[Check], columns: Sequence[Column]) -> tuple[Check, ...]:
    """The checks as the columns' types have it: numbers are sought as numbers, types are compared."""
    of = {column.name: column for column in columns}
    return tuple(_fitted(check, of) for check in checks)


def conditions(checks: Sequence[Check]) -> tuple[str, ...]:
    """The SQL that people wrote into checks, each piece once."""
    written = (sql for check in checks for sql in (check.probe.predicate, check.probe.where))
    return tuple(dict.fromkeys(sql for sql in written if sql))


def of_type(check: Check, columns: Sequence[Column], *, rows: int) -> Measured:
    """What a check of a column's type finds on `rows` rows: all of them offend, or none."""
    (name,) = check.probe.columns
    has_type = any(one.name == name and one.type in check.probe.values for one in columns)
    return Measured(rows=rows, value=0 if has_type else rows)


def aged(check: Check, measured: Measured, came_at: datetime) -> Measured:
    """A newest time as its age when the version came, in the check's unit; negative for the future."""
    if measured.value is None:
        return measured
    return replace(measured, value=(came_at.timestamp() - measured.value) / check.unit_s)


def judge(check: Check, measured: Measured, *, examples: Sequence[str] = ()) -> CheckResult:
    """The result of a check; with nothing to measure it on, it passes."""
    value = measured.value
    # A share of .29 of 100 rows comes out a little below 29.
    most = check.allowed * measured.rows + 1e-6 if check.is_share else check.allowed
    least = float("-inf") if check.least is None else check.least
    passed = value is None or least <= value <= most
    is_one_number = check.probe.measure in _ONE_NUMBER
    failed_rows = 0 if passed else measured.rows
    return CheckResult(
        check=check.probe.name,
        column=check.column,
        passed=passed,
        on_fail=check.on_fail,
        rows=measured.rows,
        rows_failed=failed_rows if is_one_number else int(value or 0),
        value=value if is_one_number else None,
        limit=check.limit,
        examples=tuple(examples),
    )


def is_blocked(results: Sequence[CheckResult]) -> bool:
    """Whether a failed check keeps its version from becoming current."""
    return any(not result.passed and result.on_fail is OnFail.BLOCK for result in results)


def summary(results: Sequence[CheckResult]) -> str:
    """One line: how many checks passed, and the first that did not."""
    failed = [result for result in results if not result.passed]
    if not failed:
        return f"{len(results)} of {len(results)} checks passed"
    first = failed[0].sentence
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{len(results) - len(failed)} of {len(results)} checks passed; {first}{more}"


def _misfit(measure: Measure, columns: Sequence[Column]) -> str | None:
    first = columns[0]
    if measure in _OF_NUMBERS and first.kind is not ColumnKind.NUMERIC:
        return f"compare {first.name} with numbers, but it holds {first.type}"
    if measure in _OF_TIMES and first.kind is not ColumnKind.TIMESTAMP:
        return f"take {first.name} for a time, but it holds {first.type}"
    if measure in _OF_TWO and not all(is_comparable(first, other) for other in columns[1:]):
        other = columns[1]
        return (
            f"compare {first.name} with {other.name}, but one holds {first.type}, "
            f"the other {other.type}"
        )
    return None


def _fitted(check: Check, of: Mapping[str, Column]) -> Check:
    probe = check.probe
    column = of.get(probe.columns[0]) if probe.columns else None
    if column is None:
        return check
    if probe.measure is Measure.TYPE and column.type not in probe.values:
        return replace(check, limit=f"{check.limit}, it holds {column.type}")
    is_listed = probe.measure in {Measure.OUTSIDE, Measure.INSIDE}
    if is_listed and column.kind is ColumnKind.NUMERIC:
        # A text that is no number is none of the column's values, so it need not be sought.
        numbers = tuple(one for one in probe.values if _NUMBER.fullmatch(one))
        return replace(check, probe=replace(probe, values=numbers, is_numeric=True))
    return check
