"""The partitions that versions are made of, and the files they come from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, update

from storage import tables
from storage.holding import held_by
from storage.records import Dataset, NewPartition, Partition, Version

P = tables.partitions.c
S = tables.superseded.c

MOVED = ("blob", "first_row", "file_rows", "size_bytes")
"""What differs in a partition whose rows lie elsewhere."""
HASHES_PER_QUERY = 10_000  # SQLite takes 32 766 values in one statement


class Partitions:
    """A partition is some or all rows of one blob; it belongs to a range of versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_version(
        self, dataset_id: int, number: int, *, added_only: bool = False
    ) -> tuple[Partition, ...]:
        """The partitions of a version in the order they came, or only those it brought."""
        query = select(tables.partitions).where(P.dataset_id == dataset_id)
        if added_only:
            query = query.where(P.since_version == number, P.is_remainder == 0)
        else:
            query = query.where(held_by(dataset_id, number))
        return self._found(query)

    def of_dataset(self, dataset: Dataset) -> tuple[Partition, ...]:
        """The partitions that any version of a dataset has, in the order they came."""
        return self._found(select(tables.partitions).where(P.dataset_id == dataset.id))

    def superseded_by(self, version: Version) -> tuple[Partition, ...]:
        """The partitions that a version rewrote, as they were."""
        ids = select(S.partition_id).where(S.version_id == version.id)
        return self._found(select(tables.partitions).where(P.id.in_(ids)))

    def move(self, partitions: Sequence[Partition], moved: Sequence[NewPartition]) -> bool:
        """Lets partitions have their rows in other blobs; no version's rows change by that.

        Args:
            partitions: As they were read.
            moved: Each of them as it is to be.

        Returns:
            False when one of them is not as it was any more; then the caller must undo the rest.
        """
        change = (
            update(tables.partitions)
            .where(
                P.id == bindparam("its_id"),
                P.blob == bindparam("old_blob"),
                P.first_row == bindparam("old_first_row"),
            )
            .values({name: bindparam(f"new_{name}") for name in MOVED})
        )
        changes = [
            {"its_id": one.id, "old_blob": one.blob, "old_first_row": one.first_row}
            | {f"new_{name}": getattr(to, name) for name in MOVED}
            for one, to in zip(partitions, moved, strict=True)
        ]
        return self._connection.execute(change, changes).rowcount == len(changes)

    def fragments(self, dataset: Dataset, *, below_bytes: int) -> int:
        """How many blobs smaller than `below_bytes` the newest rows lie in."""
        small = (
            select(P.blob)
            .where(P.dataset_id == dataset.id, P.until_version.is_(None), P.rows > 0)
            .group_by(P.blob)
            .having(func.sum(P.size_bytes) < below_bytes)
        )
        query = select(func.count()).select_from(small.subquery())
        return int(self._connection.execute(query).scalar_one())

    def sources(self, dataset: Dataset, hashes: Collection[str]) -> frozenset[str]:
        """Which of these files, by the SHA-256 of their bytes, the newest rows come from."""
        wanted = list(hashes)
        found: set[str] = set()
        for start in range(0, len(wanted), HASHES_PER_QUERY):
            query = select(P.source_sha256).where(
                P.dataset_id == dataset.id,
                P.source_sha256.in_(wanted[start : start + HASHES_PER_QUERY]),
                P.until_version.is_(None),
            )
            found |= set(self._connection.execute(query).scalars())
        return frozenset(found)

    def _found(self, query: Select[Any]) -> tuple[Partition, ...]:
        rows = self._connection.execute(query.order_by(P.since_version, P.id)).mappings()
        return tuple(
            Partition(**{**row, "is_remainder": bool(row["is_remainder"])}) for row in rows
        )
