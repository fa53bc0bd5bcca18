"""Datasets, their versions and the partitions that versions are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    insert,
    select,
    update,
)

from storage import tables
from storage.errors import Conflict, NotFound
from storage.holding import held_by, version_hash
from storage.records import (
    Dataset,
    NewPartition,
    Partition,
    Schema,
    Version,
    VersionState,
)

D = tables.datasets.c
V = tables.versions.c
P = tables.partitions.c


class Datasets:
    """Versions are numbered per dataset; at most one is pending, and its parent is the last accepted one."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def ensure(self, name: str) -> Dataset:
        """The dataset called `name`, made when it is missing."""
        found = self._dataset(D.name == name)
        if found is None:
            row = {"name": name, "schema": None, "created_at": self._now}
            self._connection.execute(insert(tables.datasets).values(row))
            return self.get(name)
        return found

    def get(self, name: str) -> Dataset:
        """The dataset called `name`.

        Raises:
            NotFound: There is none.
        """
        found = self._dataset(D.name == name)
        if found is None:
            known = self._connection.execute(select(D.name).order_by(D.name)).scalars()
            raise NotFound.named("dataset", name, known=known)
        return found

    def all(self) -> tuple[Dataset, ...]:
        """All datasets by name."""
        query = select(tables.datasets).order_by(D.name)
        return tuple(_dataset(row) for row in self._connection.execute(query).mappings())

    def pin(self, dataset: Dataset, schema: Schema) -> None:
        """Keeps the columns that all files of the dataset must have from now on."""
        change = update(tables.datasets).where(D.id == dataset.id)
        self._connection.execute(change.values(schema=asdict(schema)))

    def begin_version(
        self, dataset: Dataset, added: Sequence[NewPartition], *, replace: bool, who: str
    ) -> Version:
        """A pending version that adds partitions to the last accepted one, or replaces it.

        Args:
            dataset: Whose version it is.
            added: The partitions it brings, at least one.
            replace: Its rows are only those of `added`.
            who: Who brought them.

        Raises:
            Conflict: Another version of the dataset is still being checked.
        """
        return self._begin(dataset, added, replace=replace, who=who)

    def begin_undo(self, undone: Version, taken: Sequence[Partition], *, who: str) -> Version:
        """A pending version without `taken`: what `undone` added and the last accepted version has.

        Raises:
            Conflict: Another version of the dataset is still being checked.
        """
        dataset = self.get(undone.dataset)
        return self._begin(dataset, (), taken=taken, undoes=undone.number, who=who)

    def accept(
        self, version: Version, *, replace: bool, profile_blob: str, reason: str | None = None
    ) -> None:
        """Makes a pending version current; partitions that it replaces or undoes end with it.

        Args:
            version: The version.
            replace: As it was begun.
            profile_blob: The profile of the rows it added.
            reason: Why, where somebody decided it; None: its checks let it pass.

        Raises:
            Conflict: It is not pending any more, or was begun in the other mode.
        """
        if replace is not version.replaces:
            raise Conflict(
                f"{version.label} was begun in {_mode(version.replaces)} mode, and cannot be accepted "
                f"in {_mode(replace)} mode.",
                f'Set mode = "{_mode(version.replaces)}" until its checks have ended.',
            )
        self._settle(version, state=VersionState.CURRENT, profile_blob=profile_blob, reason=reason)
        ended = P.since_version == version.undoes
        if replace:
            ended = P.since_version < version.number
        if replace or version.undoes is not None:
            self._connection.execute(
                update(tables.partitions)
                .where(P.dataset_id == version.dataset_id, ended, P.until_version.is_(None))
                .values(until_version=version.number)
            )

    def quarantine(self, version: Version, *, reason: str, profile_blob: str | None) -> None:
        """Sets a pending version aside; its rows are in no later version."""
        self._settle(
            version, state=VersionState.QUARANTINED, reason=reason, profile_blob=profile_blob
        )
        self._connection.execute(
            update(tables.partitions)
            .where(P.dataset_id == version.dataset_id, P.since_version == version.number)
            .values(until_version=version.number + 1)
        )

    def version(self, dataset: Dataset, number: int) -> Version:
        """The version with this number.

        Raises:
            NotFound: There is none.
        """
        found = self._versions(self._select().where(V.dataset_id == dataset.id, V.number == number))
        if not found:
            known = self._connection.execute(
                select(V.number).where(V.dataset_id == dataset.id).order_by(V.number.desc())
            ).scalars()
            names = [f"{dataset.name}@v{one}" for one in known]
            raise NotFound.named("version", f"{dataset.name}@v{number}", known=names)
        return found[0]

    def latest(self, dataset: Dataset) -> Version | None:
        """The newest accepted version; None before the first."""
        return self._in_state(dataset, VersionState.CURRENT)

    def pending(self, dataset: Dataset) -> Version | None:
        """The version whose checks are under way; None when there is none."""
        return self._in_state(dataset, VersionState.PENDING)

    def newest(
        self,
        dataset: Dataset,
        *,
        limit: int = 50,
        offset: int = 0,
        state: VersionState | None = None,
    ) -> tuple[Version, ...]:
        """Versions, newest first; in any state unless one is named."""
        query = self._select().where(V.dataset_id == dataset.id)
        if state is not None:
            query = query.where(V.state == state.value)
        return self._versions(query.order_by(V.number.desc()).limit(limit).offset(offset))

    def count(self, dataset: Dataset) -> int:
        """How many versions the dataset has."""
        query = select(func.count()).select_from(tables.versions)
        return self._connection.execute(query.where(V.dataset_id == dataset.id)).scalar_one()

    def by_id(self, version_ids: Collection[int]) -> dict[int, Version]:
        """Versions by id."""
        found = self._versions(self._select().where(V.id.in_(version_ids)))
        return {version.id: version for version in found}

    def profile_blob(self, version: Version) -> str | None:
        """The blob with the profile of the rows a version added; None before its checks."""
        query = select(V.profile_blob).where(V.id == version.id)
        blob: str | None = self._connection.execute(query).scalar_one()
        return blob

    def partitions(
        self, dataset_id: int, number: int, *, added_only: bool = False
    ) -> tuple[Partition, ...]:
        """The partitions of a version in the order they came, or only those it added."""
        query = select(tables.partitions).where(P.dataset_id == dataset_id)
        wanted = P.since_version == number if added_only else held_by(dataset_id, number)
        query = query.where(wanted)
        rows = self._connection.execute(query.order_by(P.since_version, P.id)).mappings()
        return tuple(Partition(**row) for row in rows)

    def has_source(self, dataset: Dataset, sha256: str) -> bool:
        """Whether the newest rows already hold a file with these bytes."""
        query = select(P.id).where(
            P.dataset_id == dataset.id, P.source_sha256 == sha256, P.until_version.is_(None)
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def _dataset(self, condition: ColumnElement[bool]) -> Dataset | None:
        query = select(tables.datasets).where(condition)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _dataset(row)

    def _settle(self, version: Version, *, state: VersionState, **changes: object) -> None:
        change = (
            update(tables.versions)
            .where(V.id == version.id, V.state == VersionState.PENDING.value)
            .values(state=state.value, **changes)
        )
        if not self._connection.execute(change).rowcount:
            raise Conflict(f"{version.label} is not pending any more; nothing was changed.")

    def _begin(
        self,
        dataset: Dataset,
        added: Sequence[NewPartition],
        *,
        who: str,
        replace: bool = False,
        taken: Sequence[Partition] = (),
        undoes: int | None = None,
    ) -> Version:
        if self.pending(dataset) is not None:
            raise Conflict(
                f"A version of {dataset.name} is still being checked.",
                "Wait until its checks have ended; see `workbench jobs list`.",
            )
        parent = self.latest(dataset)
        query = select(func.coalesce(func.max(V.number), 0)).where(V.dataset_id == dataset.id)
        number = int(self._connection.execute(query).scalar_one()) + 1
        base = None if replace else parent
        base_rows, base_bytes = (base.rows, base.size_bytes) if base else (0, 0)
        times = [at for one in added for at in (one.first_time, one.last_time) if at is not None]
        rows_added = sum(one.rows for one in added)
        gone = ["without", *(one.blob for one in taken)] if taken else []
        self._connection.execute(
            insert(tables.versions).values(
                dataset_id=dataset.id,
                number=number,
                state=VersionState.PENDING.value,
                parent=parent.number if parent else None,
                hash=version_hash(base, [*gone, *(one.blob for one in added)]),
                rows=base_rows + rows_added - sum(one.rows for one in taken),
                rows_added=rows_added,
                replaces=replace,
                size_bytes=base_bytes
                + sum(one.size_bytes for one in added)
                - sum(one.size_bytes for one in taken),
                created_at=self._now,
                created_by=who,
                sources=[one.source for one in added],
                first_time=min(times, default=None),
                last_time=max(times, default=None),
                undoes=undoes,
            )
        )
        rows = [{**asdict(one), "dataset_id": dataset.id, "since_version": number} for one in added]
        if rows:
            self._connection.execute(insert(tables.partitions), rows)
        return self.version(dataset, number)

    def _in_state(self, dataset: Dataset, state: VersionState) -> Version | None:
        found = self.newest(dataset, limit=1, state=state)
        return found[0] if found else None

    def _select(self) -> Select[tuple[object, ...]]:
        columns = [column for column in V if column.name != "profile_blob"]
        named = select(*columns, D.name.label("dataset"))
        return named.join(tables.datasets, D.id == V.dataset_id)

    def _versions(self, query: Select[tuple[object, ...]]) -> tuple[Version, ...]:
        return tuple(_version(row) for row in self._connection.execute(query).mappings())


def _dataset(row: RowMapping) -> Dataset:
    schema = None if row["schema"] is None else msgspec.convert(row["schema"], Schema)
    return Dataset(**{**row, "schema": schema})


def _version(row: RowMapping) -> Version:
    words = {"state": VersionState(row["state"]), "sources": tuple(row["sources"])}
    return Version(**{**row, **words})


def _mode(replaces: bool) -> str:  # noqa: FBT001
    return "replace" if replaces else "append"
