"""A file of rows that a model has answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

OnBad = Literal["fail", "null"]
"""What becomes of a row that the model does not take: all stops there, or it gets no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringProgress:
    """How far a file is."""

    rows_done: int
    rows: int
    rows_before: int = 0
    """Of those done, the rows that an earlier process had answered."""
    seconds: float
    """Since this process began to answer."""

    @property
    def rows_per_s(self) -> float | None:
        """Rows a second in this process; None before there is one."""
        fresh = self.rows_done - self.rows_before
        return fresh / self.seconds if fresh and self.seconds else None

    @property
    def seconds_left(self) -> float | None:
        """What the rest will take at this rate."""
        rate = self.rows_per_s
        return (self.rows - self.rows_done) / rate if rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCategories:
    """Texts in a column that training never saw; the model has an answer for them."""

    column: str
    values: int
    """How many cells hold one."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadValues:
    """Values in a column that the model does not take."""

    column: str
    reason: str
    """`missing`, `infinite` or `of another type`."""
    values: int
    first_row: int
    """Counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringTally:
    """What was counted in some rows while they were answered."""

    rows: int
    unanswered_rows: int = 0
    """Rows without an answer, for a value the model does not take."""
    bad: tuple[BadValues, ...] = ()
    unknown: tuple[UnknownCategories, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A file of answers that was written."""

    model: str
    """The version that answered: `late@v7`."""
    source: Path
    target: Path
    rows: int
    unanswered_rows: int
    """Rows without an answer, for a value the model does not take."""
    bad: tuple[BadValues, ...]
    unknown: tuple[UnknownCategories, ...]
    columns: tuple[str, ...]
    """Those of the file, in their order."""
    rows_before: int
    """Rows that an earlier process had answered."""
    seconds: float
    notes: tuple[str, ...] = field(default=())
    """What somebody should know of the input: its encoding, signs of a cut file."""
