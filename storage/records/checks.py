"""What a check found in a dataset version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One number to measure on rows; all probes of a version are one query."""

    name: str
    measure: Measure
    columns: tuple[str, ...] = ()
    """One; several for `DUPLICATES`, none for `ROWS`."""
    bound: float | None = None
    """For `BELOW` and `ABOVE`."""
    values: tuple[str, ...] = ()
    """For `OUTSIDE`: the values that are allowed, as text."""
