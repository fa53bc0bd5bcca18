"""What a file would bring to a dataset before it does, and what some of its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.records.datasets import Column, Version
from storage.records.reading import BadLine


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """What reading a file gives, of which nothing is kept."""

    path: Path
    size_bytes: int
    columns: tuple[Column, ...] = ()
    """As the dataset would have them; none when the file would be refused."""
    new: tuple[str, ...] = ()
    """Columns that the dataset does not have yet."""
    rows: tuple[tuple[str, ...], ...] = ()
    """The first rows as text, nulls empty."""
    row_count: int | None = None
    """How many rows there are; None when only the beginning was read."""
    bad_lines: int = 0
    """How many lines would be set aside, of those that were read."""
    bad: tuple[BadLine, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None
    """Why it would be refused; None when it would be read."""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """How many rows of a version lie in a period, and when."""

    version: Version
    rows: int
    start: datetime | None
    """Where the period begins; None: with the version."""
    end: datetime | None
    """Before which time it ends; None: with the version."""
    first_time: datetime | None
    """Earliest event time in it; None without rows."""
    last_time: datetime | None
