"""How the files of a dataset are read, what they may change, and the lines that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

OnNew = Literal["accept", "block", "ignore"]
OnChange = Literal["accept", "block"]
DateOrder = Literal["dmy", "mdy", "ymd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRules:
    """How text files are written; what is None is found out from each file."""

    delimiter: str | None = None
    """One character."""
    quote: str | None = None
    """One character; empty: nothing is quoted."""
    header: bool | None = None
    """Whether the first line holds the names; None: it must, and a file whose first line looks like a
    row is refused."""
    encoding: str | None = None
    """A codec's name; None: UTF-8, UTF-16 with its mark, or CP949 where all bytes are."""
    decimal: Literal[".", ","] = "."
    nulls: tuple[str, ...] = ()
    """Texts that stand for no value, besides the empty one."""
    date_order: DateOrder | None = None
    """Order of day, month and year where the values of a file do not tell; None: such a file is
    refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """What a file of a dataset may change about its columns, and how much of it may be unreadable."""

    new: OnNew = "block"
    """A column the dataset does not have: taken in, refused, or left out."""
    missing: OnChange = "block"
    """A column of the dataset that the file does not have: filled with nulls, or refused."""
    widened: OnChange = "block"
    """Values that need a wider type of the same kind: the dataset's type becomes it, or refused."""
    max_bad_share: float = 0.0
    """Share of the lines, from 0 to 1, that may be set aside because they cannot be read."""
    csv: CsvRules = field(default_factory=CsvRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line of a file that could not be read as a row."""

    line: int
    """Counted from 1, the header too."""
    reason: str
    text: str
    """The line as it stands in the file, at most 1 000 characters of it."""
