"""What a check found in a dataset version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.records.datasets import Version


class OnFail(StrEnum):
    """What a failed check does to its version."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of one check on one version."""

    check: str
    """Its name: `distance min 0`."""
    column: str | None
    """None for a check of the whole table."""
    passed: bool
    on_fail: OnFail
    rows: int
    rows_failed: int
    value: float | None
    """What was measured where the check is about one number; None otherwise."""
    limit: str
    """What is allowed, in words: `at least 0`."""
    examples: tuple[str, ...] = ()
    """Up to 20 offending rows as JSON, read only on failure."""

    @property
    def sentence(self) -> str:
        """One line for reports: what failed and on how many rows."""
        measured = "" if self.value is None else f", measured {self.value:.6g}"
        rows = f"{self.rows_failed:,} of {self.rows:,} rows".replace(",", " ")
        return f"{self.check}: {rows}{measured}, allowed is {self.limit}"


class Measure(StrEnum):
    """What is counted of a column's values, or of the rows as a whole."""

    ROWS = "rows"
    NULLS = "nulls"
    BELOW = "below"
    ABOVE = "above"
    OUTSIDE = "outside"
    DISTINCT = "distinct"
    DUPLICATES = "duplicates"
    INSIDE = "inside"
    UNLIKE = "unlike"
    """Text in which a pattern is not found."""
    LENGTH = "length"
    """Text that is too short or too long."""
    NOT_LESS = "not less"
    """Not less than another column."""
    GREATER = "greater"
    """Greater than another column."""
    UNEQUAL = "unequal"
    """Not equal to another column."""
    UNTRUE = "untrue"
    """Rows of which a predicate is false."""
    BACKWARDS = "backwards"
    """Times before the one above them in their file."""
    MEAN = "mean"
    STD = "std"
    QUANTILE = "quantile"
    NEWEST = "newest"
    """The latest time, in seconds since 1970."""
    ORPHANS = "orphans"
    """Values that a column of another dataset does not have."""
    TYPE = "type"
    """What type a column has: known from the schema, without its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One number to measure on rows; all probes of a version are one query."""

    name: str
    measure: Measure
    columns: tuple[str, ...] = ()
    """One; several for `DUPLICATES`, two where columns are compared, none for `ROWS` and `UNTRUE`."""
    bound: float | None = None
    """For `BELOW` and `ABOVE`; for `QUANTILE`, which one."""
    values: tuple[str, ...] = ()
    """For `OUTSIDE` and `INSIDE`: the values that are meant, as text; for `TYPE`, the types."""
    is_numeric: bool = False
    """Whether `values` are numbers, and compared as such."""
    pattern: str = ""
    """For `UNLIKE`: a regular expression of RE2."""
    shortest: int | None = None
    """For `LENGTH`: the fewest characters that are right; None: any."""
    longest: int | None = None
    """For `LENGTH`: the most characters that are right; None: any."""
    predicate: str = ""
    """For `UNTRUE`: a SQL expression that is true of a row that is right."""
    references: tuple[str, str] | None = None
    """For `ORPHANS`: a dataset, and the column of it that has the values."""
    where: str = ""
    """A SQL condition of the rows that are meant; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a probe found."""

    rows: int
    """Rows it is about: those with a value that meet its condition."""
    value: float | None
    """Rows that offend, or the number it measures; None: there is nothing to measure it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckHistory:
    """One check over versions of a dataset."""

    check: str
    results: tuple[CheckResult | None, ...]
    """One a version, without examples, oldest version first; None where it did not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTimeline:
    """What the checks of a dataset found, version by version."""

    dataset: str
    versions: tuple[Version, ...]
    """Those with results, oldest first."""
    checks: tuple[CheckHistory, ...]
    """Those of the newest version first, in the order they were declared."""
