"""The rows of a version that begins: what it adds, what it takes out, and what that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from storage import tables
from storage.holding import version_hash
from storage.records import (
    Dataset,
    NewPartition,
    Partition,
    Rewritten,
    Version,
    VersionState,
)

V = tables.versions.c

SOURCES_KEPT = 20
"""Files that a version names by itself; its partitions name all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a version does to the one it builds on."""

    who: str
    added: Sequence[NewPartition] = ()
    """The partitions it brings."""
    rewritten: Sequence[Rewritten] = ()
    """Partitions of which it keeps only some rows, or none."""
    replaces: bool = False
    """Its rows are only those of `added`."""
    undoes: Version | None = None
    """The version whose rows it takes away."""
    taken: Sequence[Partition] = ()
    """What the latest version has of the undone one."""
    revived: Sequence[NewPartition] = ()
    """What the undone one had rewritten, as it was."""
    schema_id: int | None = None
    """The columns it has; None while no file has been read."""

    @property
    def remainders(self) -> tuple[NewPartition, ...]:
        """Older rows that it has in new partitions."""
        return (*(one.kept for one in self.rewritten), *self.revived)

    @property
    def gone(self) -> tuple[Partition, ...]:
        """Partitions that it does not have any more."""
        return (*(one.partition for one in self.rewritten), *self.taken)


def insert_version(
    connection: Connection,
    dataset: Dataset,
    parent: Version | None,
    change: Change,
    *,
    now: datetime,
) -> int:
    """Writes a pending version with its partitions; gives its number."""
    query = select(func.coalesce(func.max(V.number), 0)).where(V.dataset_id == dataset.id)
    number = int(connection.execute(query).scalar_one()) + 1
    base = None if change.replaces else parent
    times = [at for one in change.added for at in (one.first_time, one.last_time) if at is not None]
    lost = sum(one.rows for one in change.gone) - sum(one.rows for one in change.remainders)
    size_lost = sum(one.size_bytes for one in change.gone)
    size_kept = sum(one.size_bytes for one in (*change.added, *change.remainders))
    rows_added = sum(one.rows for one in change.added)
    row = {
        "dataset_id": dataset.id,
        "number": number,
        "state": VersionState.PENDING.value,
        "parent": parent.number if parent else None,
        "hash": version_hash(base, tuple(_changes(change))),
        "rows": (base.rows if base else 0) + rows_added - lost,
        "rows_added": rows_added,
        "rows_replaced": lost if change.rewritten else 0,
        "replaces": change.replaces,
        "size_bytes": (base.size_bytes if base else 0) + size_kept - size_lost,
        "created_at": now,
        "created_by": change.who,
        "sources": [one.source for one in change.added[:SOURCES_KEPT]],
        "source_count": len(change.added),
        "first_time": min(times, default=None),
        "last_time": max(times, default=None),
        "undoes": change.undoes.number if change.undoes else None,
        "schema_id": change.schema_id,
    }
    version_id = connection.execute(insert(tables.versions).values(row)).inserted_primary_key
    assert version_id is not None
    brought = [
        {**asdict(one), "dataset_id": dataset.id, "since_version": number}
        for one in (*change.remainders, *change.added)
    ]
    if brought:
        connection.execute(insert(tables.partitions), brought)
    ends = [{"version_id": version_id[0], "partition_id": one.id} for one in _named_ends(change)]
    if ends:
        connection.execute(insert(tables.superseded), ends)
    return number


def _named_ends(change: Change) -> Iterator[Partition]:
    """The partitions that end with a version for a reason of their own.

    Those that an undone version began end with it anyway; an earlier undo may have brought back others.
    """
    yield from (one.partition for one in change.rewritten)
    if change.undoes is not None:
        yield from (one for one in change.taken if one.since_version != change.undoes.number)


def _changes(change: Change) -> Iterator[str]:
    """What the hash of a version is made of, besides its parent's."""
    if change.undoes is not None:
        yield f"without {change.undoes.hash}"
    for one in change.rewritten:
        yield f"without {_named(one.partition)}"
    for new in (*change.remainders, *change.added):
        if new.rows:
            yield _named(new)


def _named(one: Partition | NewPartition) -> str:
    is_whole = one.file_rows is None or one.file_rows == one.rows
    return one.blob if is_whole else f"{one.blob} {one.first_row}+{one.rows}"
