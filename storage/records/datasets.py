"""Datasets, their versions, the files that brought them, and their profiles."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class ColumnKind(StrEnum):
    """How a column is profiled, checked and compared."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"


class VersionState(StrEnum):
    """Where a dataset version stands between its ingest and its use."""

    PENDING = "pending"
    CURRENT = "current"
    QUARANTINED = "quarantined"
    REMOVED = "removed"
    """Nothing is left of it but its number, and why."""


class ArrivalState(StrEnum):
    """What became of one file that arrived."""

    INGESTED = "ingested"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    RETRIED = "retried"
    """It was in quarantine, and was put back to be read again."""
    DROPPED = "dropped"
    """It was in quarantine, and nobody wants its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a dataset: its name, its DuckDB type and what kind of values it holds."""

    name: str
    type: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The columns of a dataset in their order; pinned by the first file."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in their order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column called `name`, or None when there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named table that grows by versions."""

    id: int
    name: str
    schema: Schema | None
    """None until the first file has been read."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """An immutable Parquet file that belongs to a range of versions."""

    id: int
    dataset_id: int
    blob: str
    """SHA-256 of the Parquet file, its name in the blob store."""
    rows: int
    size_bytes: int
    since_version: int
    until_version: int | None
    """The first version that no longer has it; None while the latest one does."""
    source: str
    source_sha256: str
    first_time: datetime | None
    last_time: datetime | None
    first_row: int = 0
    """Where its rows begin in the blob, which may hold those of other partitions too."""
    file_rows: int | None = None
    """How many rows the whole blob has; None: they are all of this partition."""
    is_remainder: bool = False
    """Whether its rows are older than `since_version`: what is left of partitions that it rewrote."""

    def as_new(self, **changes: Any) -> NewPartition:
        """The same rows, to be added once more; `changes` as in `NewPartition`."""
        known = {one.name: getattr(self, one.name) for one in fields(NewPartition)}
        return NewPartition(**{**known, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPartition:
    """Rows of a kept Parquet file about to become a partition; the fields are those of `Partition`."""

    blob: str
    rows: int
    size_bytes: int
    source: str
    source_sha256: str
    first_time: datetime | None
    last_time: datetime | None
    first_row: int = 0
    file_rows: int | None = None
    is_remainder: bool = False

    def as_new(self, **changes: Any) -> NewPartition:
        """The same rows with some of its fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A partition that a version takes out, and what it keeps of it."""

    partition: Partition
    kept: NewPartition
    """The rows that are left; with none of them it still says which file was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One immutable state of a dataset."""

    id: int
    dataset_id: int
    dataset: str
    number: int
    state: VersionState
    parent: int | None
    """Number of the last accepted version this one builds on; None for the first."""
    hash: str
    rows: int
    rows_added: int
    size_bytes: int
    created_at: datetime
    created_by: str
    sources: tuple[str, ...]
    """The first files that brought its rows; `source_count` says how many there were."""
    first_time: datetime | None
    """Earliest event time among the rows added; None without a time column."""
    last_time: datetime | None
    reason: str | None
    """Why it was quarantined, removed, or made current out of quarantine; None otherwise."""
    replaces: bool = False
    """Whether its rows are only those it added, in place of its parent's."""
    undoes: int | None = None
    """Number of the version whose rows it takes away again; None for one that brought rows."""
    rows_replaced: int = 0
    """Rows of its parent that it does not have, since rows with their keys have come."""
    source_count: int = 0

    @property
    def label(self) -> str:
        """How people name it: `flights@v3`."""
        return f"{self.dataset}@v{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file that arrived for a dataset and what became of it."""

    id: int
    dataset: str
    path: str
    sha256: str
    size_bytes: int
    modified_ns: int
    """The file's modification time when it was read, nanoseconds since 1970."""
    state: ArrivalState
    version: int | None
    rows: int | None
    reason: str | None
    """Why it is a duplicate or in quarantine; None for an ingested file."""
    arrived_at: datetime
    moved_to: str | None
    """Where the source was put after the commit, empty when it was left, deleted or gone; None while
    that is still to be done."""
    notes: tuple[str, ...] = ()
    """What somebody should know of how it was read; of a file in quarantine, what would mend it."""
    bad_lines: int = 0
    """How many of its lines were set aside because they could not be read."""
    rejects_blob: str | None = None
    """Where these lines are kept, as JSON lines; None when there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """Counts of one column over fixed bins or values, enough to compare it without its rows."""

    name: str
    kind: ColumnKind
    rows: int
    nulls: int
    nans: int = 0
    distinct: int | None = None
    """Distinct values; None where it was not counted."""
    distinct_is_exact: bool = True
    """Whether `distinct` was counted; else it is an estimate, within some 1 % for many values."""
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    std: float | None = None
    edges: tuple[float, ...] = ()
    """Ascending upper edges; bin i holds edges[i-1] < x <= edges[i], the last bin what exceeds them."""
    counts: tuple[int, ...] = ()
    """Rows per bin, len(edges) + 1 of them, nulls and NaN left out."""
    values: tuple[str, ...] = ()
    """The most frequent values of a categorical or boolean column, most frequent first."""
    value_counts: tuple[int, ...] = ()
    other: int = 0
    """Rows whose value is none of `values`, nulls left out."""
    grid: tuple[float, float] | None = None
    """The arithmetic at whose cells the bins end: a number's cell is its distance from the first times the
    second, and what `bends` and `jumps` add to that, rounded half to even."""
    bends: tuple[tuple[float, float], ...] = ()
    """Where the cells of `grid` change their width, and what the distance from there is multiplied with."""
    jumps: tuple[float, ...] = ()
    """Numbers that have a cell of `grid` to themselves: 2 are added above and taken away below."""
    type: str = ""
    """As DuckDB names it; empty where it is not known."""
    quantiles: tuple[tuple[float, float], ...] = ()
    """Shares of the rows that have a number, ascending, and the number that such a share does not exceed."""
    block_effect: float | None = None
    """Largest effect between neighbouring time blocks of these rows; None without a time column."""
    block_null_effect: float | None = None
    """Largest difference of the missing share between those blocks; None without a time column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The profile of a set of rows, column by column."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    first_time: datetime | None = None
    last_time: datetime | None = None

    def column(self, name: str) -> ColumnProfile | None:
        """The profile of the column called `name`, or None when there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which rows of a dataset version are meant: all, a span of event time, or those it added."""

    dataset: str
    version: int
    start: datetime | None = None
    """Earliest event time, inclusive; None: from the beginning."""
    end: datetime | None = None
    """Event time before which rows lie, exclusive; None: to the end."""
    added_only: bool = False
    """Only the rows that this version added to its parent."""

    @property
    def label(self) -> str:
        """How reports name it: `flights@v4, rows added` or `flights@v4, 2013-01-01 to 2013-04-01`."""
        name = f"{self.dataset}@v{self.version}"
        if self.added_only:
            return f"{name}, rows added"
        if self.start is None and self.end is None:
            return name
        start = self.start.date().isoformat() if self.start else "the beginning"
        end = self.end.date().isoformat() if self.end else "the end"
        return f"{name}, {start} to {end}"
