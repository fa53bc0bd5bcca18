"""The files that arrived for datasets, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from storage import tables
from storage.errors import Conflict, NotFound
from storage.records import Arrival, ArrivalState, Dataset, Version, VersionState

A = tables.arrivals.c
D = tables.datasets.c
V = tables.versions.c

PATHS_PER_QUERY = 500  # a statement and its values are freed late: small ones keep memory flat


class Arrivals:
    """One row a file that was dealt with; the same file again is a row of its own."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def record(self, dataset: Dataset, arrived: Sequence[dict[str, object]]) -> None:
        """Notes what became of files.

        Args:
            dataset: The dataset they arrived for.
            arrived: Each with path, sha256, size_bytes, modified_ns, state and, where known,
                version, rows, reason, notes, bad_lines and rejects_blob.
        """
        blank = {
            "version": None,
            "rows": None,
            "reason": None,
            "moved_to": None,
            "notes": None,
            "bad_lines": 0,
            "rejects_blob": None,
        }
        rows = [
            {**blank, **one, "dataset_id": dataset.id, "arrived_at": self._now} for one in arrived
        ]
        if rows:
            self._connection.execute(insert(tables.arrivals), rows)

    def unmoved(self, *, after: int = 0, limit: int | None = None) -> tuple[Arrival, ...]:
        """Files that were dealt with but may still lie in their folder, oldest first.

        Those of a version that is still being checked are not among them.

        Args:
            after: Only files with a greater id.
            limit: How many at most; None: all of them.
        """
        is_checked = (
            select(V.id)
            .where(
                V.dataset_id == A.dataset_id,
                V.number == A.version,
                V.state == VersionState.PENDING.value,
            )
            .exists()
        )
        query = self._select().where(A.moved_to.is_(None), A.id > after, ~is_checked)
        return self._found(query.order_by(A.id).limit(limit))

    def known(self, paths: Collection[str], *, is_left: bool = True) -> set[tuple[str, int, int]]:
        """Path, size and modification time of files at these paths that were dealt with.

        What was moved away is not among them: a file that lies there now was delivered once more.

        Args:
            paths: Where files lie.
            is_left: Whether files that were dealt with are left where they are.
        """
        lies: ColumnElement[bool] = A.moved_to.is_(None)
        if is_left:
            lies |= A.moved_to == ""
        lies &= A.state != ArrivalState.RETRIED.value
        wanted = list(paths)
        found: set[tuple[str, int, int]] = set()
        for start in range(0, len(wanted), PATHS_PER_QUERY):
            some = wanted[start : start + PATHS_PER_QUERY]
            query = select(A.path, A.size_bytes, A.modified_ns).where(A.path.in_(some), lies)
            found |= {(path, size, at) for path, size, at in self._connection.execute(query)}
        return found

    def moved(self, places: Mapping[int, str]) -> None:
        """Notes where files were put after they were dealt with, by arrival; empty: nowhere."""
        change = update(tables.arrivals).where(A.id == bindparam("arrival"))
        rows = [{"arrival": number, "place": place} for number, place in places.items()]
        if rows:
            self._connection.execute(change.values(moved_to=bindparam("place")), rows)

    def put_at(self, places: Collection[str]) -> set[str]:
        """Those of these places at which a file was put that was dealt with."""
        query = select(A.moved_to).where(A.moved_to.in_(list(places)))
        return {place for (place,) in self._connection.execute(query) if place is not None}

    def counts(self, *, after: int = 0) -> dict[str, dict[ArrivalState, int]]:
        """How many files are in which state, by dataset.

        Args:
            after: Only of files with a greater id.
        """
        query = (
            select(D.name, A.state, func.count())
            .join(tables.datasets, D.id == A.dataset_id)
            .where(A.id > after)
            .group_by(D.name, A.state)
        )
        found: dict[str, dict[ArrivalState, int]] = {}
        for name, state, files in self._connection.execute(query):
            found.setdefault(name, {})[ArrivalState(state)] = files
        return found

    def last_id(self) -> int:
        """The id of the newest file; 0 before the first one."""
        return self._connection.execute(select(func.max(A.id))).scalar() or 0

    def newest(
        self, *, dataset: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Arrival, ...]:
        """Files that arrived, newest first."""
        query = self._select().order_by(A.id.desc()).limit(limit).offset(offset)
        if dataset is not None:
            # As one value, so that the index on dataset and id gives the order.
            wanted = select(D.id).where(D.name == dataset)
            query = query.where(A.dataset_id == wanted.scalar_subquery())
        return self._found(query)

    def quarantine(self, version: Version, reason: str) -> None:
        """Notes that the files of a version are in quarantine."""
        self._connection.execute(
            update(tables.arrivals)
            .where(A.dataset_id == version.dataset_id, A.version == version.number)
            .values(state=ArrivalState.QUARANTINED.value, reason=reason)
        )

    def get(self, arrival_id: int) -> Arrival:
        """The file with this id.

        Raises:
            NotFound: There is none.
        """
        found = self._found(self._select().where(A.id == arrival_id))
        if not found:
            known = [f"a{one.id}" for one in self.unread()]
            raise NotFound.named("file in quarantine", f"a{arrival_id}", known=known)
        return found[0]

    def of_version(self, version: Version) -> tuple[Arrival, ...]:
        """The files that brought the rows of a version, in the order they came."""
        query = self._select().where(
            A.dataset_id == version.dataset_id, A.version == version.number
        )
        return self._found(query.order_by(A.id))

    def unread(self, *, dataset: str | None = None) -> tuple[Arrival, ...]:
        """Files in quarantine because they could not be read, newest first."""
        query = self._select().where(A.state == ArrivalState.QUARANTINED.value, A.version.is_(None))
        if dataset is not None:
            query = query.where(D.name == dataset)
        return self._found(query.order_by(A.id.desc()))

    def settle(self, arrival: Arrival, *, state: ArrivalState, reason: str) -> None:
        """Notes what became of a file in quarantine.

        Raises:
            Conflict: It is not in quarantine any more.
        """
        change = (
            update(tables.arrivals)
            .where(A.id == arrival.id, A.state == ArrivalState.QUARANTINED.value)
            .values(state=state.value, reason=reason, moved_to=func.coalesce(A.moved_to, ""))
        )
        if not self._connection.execute(change).rowcount:
            raise Conflict(f"a{arrival.id} is not in quarantine any more; nothing was changed.")

    def settle_of(
        self, version: Version, *, state: ArrivalState, reason: str | None, into: int | None
    ) -> None:
        """Notes what became of the files of a quarantined version.

        Args:
            version: The version.
            state: What they are now.
            reason: Why; None when they are ingested.
            into: Number of the version that has their rows now; None: none.
        """
        self._connection.execute(
            update(tables.arrivals)
            .where(A.dataset_id == version.dataset_id, A.version == version.number)
            .values(state=state.value, reason=reason, version=into)
        )

    def _select(self) -> Select[tuple[object, ...]]:
        columns = [column for column in A if column.name != "dataset_id"]
        named = select(*columns, D.name.label("dataset"))
        return named.join(tables.datasets, D.id == A.dataset_id)

    def _found(self, query: Select[tuple[object, ...]]) -> tuple[Arrival, ...]:
        rows = self._connection.execute(query).mappings()
        return tuple(
            Arrival(
                **{
                    **row,
                    "state": ArrivalState(row["state"]),
                    "notes": tuple(row["notes"] or ()),
                }
            )
            for row in rows
        )
