"""What a store could be rid of, what of it is damaged, and how two versions differ."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.records.datasets import Column, Version
from storage.records.drift import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeable:
    """What nothing in a store needs any more."""

    blobs: int
    blob_bytes: int
    staged: int
    """Files and folders that were being written when their process died."""
    staged_bytes: int
    is_freed: bool = False
    """Whether it is gone, or only could be."""

    @property
    def size_bytes(self) -> int:
        """All of it together."""
        return self.blob_bytes + self.staged_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedBlob:
    """A blob that is gone, or whose bytes are not those its name promises."""

    blob: str
    is_missing: bool
    needed_by: tuple[str, ...]
    """Dataset versions, runs and model versions: `flights@v3`, `r12`, `late@v2`."""
    sources: tuple[str, ...] = ()
    """Files that its rows came from, which could be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What reading all blobs again found."""

    blobs: int
    size_bytes: int
    damaged: tuple[DamagedBlob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChanges:
    """How the rows of one selection differ from those of another."""

    added: int
    removed: int
    changed: int
    """Rows with the same key and another value."""
    added_rows: tuple[str, ...] = ()
    """Up to 20 of them as JSON: `{"old": …, "new": …}`, one of which is null."""
    removed_rows: tuple[str, ...] = ()
    changed_rows: tuple[str, ...] = ()
    changed_by_column: dict[str, int] = field(default_factory=dict)
    """Changed rows per column that differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """How a dataset version differs from another one."""

    before: Version
    after: Version
    added_columns: tuple[Column, ...]
    removed_columns: tuple[Column, ...]
    retyped_columns: tuple[tuple[Column, Column], ...]
    key: tuple[str, ...]
    """Columns that told the rows apart."""
    rows: RowChanges
    distribution: Comparison
    """How far each column that both have moved from `before` to `after`, over all rows."""
