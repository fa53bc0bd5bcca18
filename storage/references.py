"""Which blobs the catalog names, and who needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Select, select, union

from storage import tables
from storage.holding import holds
from storage.records import Dataset, JobState

D = tables.datasets.c
V = tables.versions.c
P = tables.partitions.c
R = tables.runs.c
F = tables.artifacts.c
M = tables.models.c
MV = tables.model_versions.c
J = tables.jobs.c

BLOBS_PER_QUERY = 10_000  # SQLite takes 32 766 values in one statement


class References:
    """A column or an argument that names a blob is called `blob`, or ends in `_blob`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def named(self) -> frozenset[str]:
        """All blobs that anything names, jobs that may still run among them."""
        each = [select(column).where(column.is_not(None)) for column in _columns()]
        found = set(self._connection.execute(union(*each)).scalars())
        is_open = J.state.not_in([JobState.FINISHED.value, JobState.CANCELLED.value])
        for arguments in self._connection.execute(select(J.arguments).where(is_open)).scalars():
            found |= {value for name, value in arguments.items() if _names_blob(name)}
        return frozenset(found)

    def of_dataset(self, dataset: Dataset) -> frozenset[str]:
        """The blobs with the rows and the profiles of a dataset's versions."""
        query = union(
            select(P.blob).where(P.dataset_id == dataset.id),
            select(V.profile_blob).where(V.dataset_id == dataset.id, V.profile_blob.is_not(None)),
        )
        return frozenset(self._connection.execute(query).scalars())

    def users(self, blobs: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Who needs each of these blobs: dataset versions, then runs, then model versions."""
        found: dict[str, dict[str, None]] = {blob: {} for blob in blobs}
        for some in _batches(blobs):
            for blob, label in self._users(some):
                found[blob][label] = None
        return {blob: tuple(labels) for blob, labels in found.items()}

    def sources(self, blobs: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The files that the rows in these blobs came from."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(blobs, ())
        for some in _batches(blobs):
            query = select(P.blob, P.source).where(P.blob.in_(some)).distinct()
            for blob, source in self._connection.execute(query.order_by(P.source)):
                found[blob] = (*found[blob], source)
        return found

    def _users(self, blobs: Collection[str]) -> Iterator[tuple[str, str]]:
        for blob, name, number in self._connection.execute(_versions_with(blobs)):
            yield blob, f"{name}@v{number}"
        for blob, run_id in self._connection.execute(_runs_on(blobs)):
            yield blob, f"r{run_id}"
        for blob, name, number in self._connection.execute(_model_versions_with(blobs)):
            yield blob, f"{name}@v{number}"


def _batches(blobs: Collection[str]) -> Iterator[list[str]]:
    rest = iter(blobs)
    while some := list(islice(rest, BLOBS_PER_QUERY)):
        yield some


def _columns() -> list[Column[Any]]:
    return [
        column
        for table in tables.metadata.sorted_tables
        for column in table.c
        if _names_blob(column.name)
    ]


def _names_blob(name: str) -> bool:
    return name == "blob" or name.endswith("_blob")


def _versions_with(blobs: Collection[str]) -> Select[Any]:
    rows = (
        select(P.blob, D.name, V.number)
        .select_from(tables.partitions)
        .join(tables.versions, holds())
        .join(tables.datasets, D.id == V.dataset_id)
        .where(P.blob.in_(blobs))
    )
    profiles = (
        select(V.profile_blob, D.name, V.number)
        .join(tables.datasets, D.id == V.dataset_id)
        .where(V.profile_blob.in_(blobs))
    )
    both = union(rows, profiles).subquery()
    return select(*both.c).order_by(both.c.name, both.c.number)


def _runs_on(blobs: Collection[str]) -> Select[Any]:
    """Runs with such an artifact, and those on a version with such rows."""
    artifacts = select(F.blob, F.run_id).where(F.blob.in_(blobs))
    rows = (
        select(P.blob, R.id.label("run_id"))
        .select_from(tables.partitions)
        .join(tables.versions, holds())
        .join(tables.runs, R.version_id == V.id)
        .where(P.blob.in_(blobs))
    )
    both = union(artifacts, rows).subquery()
    return select(*both.c).order_by(both.c.run_id)


def _model_versions_with(blobs: Collection[str]) -> Select[Any]:
    own = [
        select(column, M.name, MV.number)
        .join(tables.models, M.id == MV.model_id)
        .where(column.in_(blobs))
        for column in _columns()
        if column.table is tables.model_versions
    ]
    both = union(*own).subquery()
    return select(*both.c).order_by(both.c.name, both.c.number)
