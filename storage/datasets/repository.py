"""Datasets, their versions and the partitions that versions are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
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
from storage.datasets import schemas
from storage.datasets.beginning import Change, insert_version
from storage.errors import Conflict, NotFound
from storage.records import (
    Dataset,
    NewPartition,
    Partition,
    Rewritten,
    Schema,
    Version,
    VersionState,
)

D = tables.datasets.c
V = tables.versions.c
P = tables.partitions.c
S = tables.superseded.c


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
        self,
        dataset: Dataset,
        added: Sequence[NewPartition],
        *,
        replace: bool,
        who: str,
        schema: Schema | None = None,
        rewritten: Sequence[Rewritten] = (),
    ) -> Version:
        """A pending version that adds partitions to the last accepted one, or replaces it.

        Args:
            dataset: Whose version it is.
            added: The partitions it brings, at least one.
            replace: Its rows are only those of `added`.
            who: Who brought them.
            schema: The dataset's columns with these rows; None: as they are.
            rewritten: Partitions of which it keeps only the rows that `added` does not replace.

        Raises:
            Conflict: Another version of the dataset is still being checked.
        """
        change = Change(who=who, added=added, replaces=replace, rewritten=rewritten)
        return self._begin(dataset, change, schema=schema)

    def begin_undo(
        self,
        undone: Version,
        taken: Sequence[Partition],
        *,
        who: str,
        revived: Sequence[NewPartition] = (),
        schema: Schema | None = None,
    ) -> Version:
        """A pending version without `taken`: what `undone` added and the last accepted version has.

        Args:
            undone: The version whose rows go.
            taken: Its partitions in the last accepted version.
            who: Who undoes it.
            revived: What `undone` had rewritten, as it was before.
            schema: The columns that are left; None: as they are.

        Raises:
            Conflict: Another version of the dataset is still being checked.
        """
        change = Change(who=who, undoes=undone, taken=taken, revived=revived)
        return self._begin(self.get(undone.dataset), change, schema=schema)

    def accept(
        self, version: Version, *, replace: bool, profile_blob: str, reason: str | None = None
    ) -> None:
        """Makes a pending version current; partitions that it replaces, rewrites or undoes end with it.

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
        if replace:
            self._end(version, P.since_version < version.number)
        if version.undoes is not None:
            self._end(version, P.since_version == version.undoes)
        rewritten = select(S.partition_id).where(S.version_id == version.id)
        self._end(version, P.id.in_(rewritten))
        schema = schemas.of_version(self._connection, version)
        if schema is not None:
            self.pin(self.get(version.dataset), schema)

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

    def schema_of(self, version: Version) -> Schema | None:
        """The columns of a version; None when no file of its dataset was ever read."""
        return schemas.of_version(self._connection, version) or self.get(version.dataset).schema

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

    def _begin(self, dataset: Dataset, change: Change, *, schema: Schema | None) -> Version:
        if self.pending(dataset) is not None:
            raise Conflict(
                f"A version of {dataset.name} is still being checked.",
                "Wait until its checks have ended; see `workbench jobs list`.",
            )
        parent = self.latest(dataset)
        columns = schema or dataset.schema
        if schema is not None and parent is None:
            # A wrong first file must not bind the others, but its own checks need its columns.
            self.pin(dataset, schema)
        if columns is not None:
            change = replace(change, schema_id=schemas.id_of(self._connection, dataset, columns))
        number = insert_version(self._connection, dataset, parent, change, now=self._now)
        return self.version(dataset, number)

    def _end(self, version: Version, which: ColumnElement[bool]) -> None:
        """Lets partitions of the version's dataset end with it."""
        self._connection.execute(
            update(tables.partitions)
            .where(P.dataset_id == version.dataset_id, which, P.until_version.is_(None))
            .values(until_version=version.number)
        )

    def _in_state(self, dataset: Dataset, state: VersionState) -> Version | None:
        found = self.newest(dataset, limit=1, state=state)
        return found[0] if found else None

    def _select(self) -> Select[tuple[object, ...]]:
        columns = [column for column in V if column.name not in {"profile_blob", "schema_id"}]
        named = select(*columns, D.name.label("dataset"))
        return named.join(tables.datasets, D.id == V.dataset_id)

    def _versions(self, query: Select[tuple[object, ...]]) -> tuple[Version, ...]:
        return tuple(_version(row) for row in self._connection.execute(query).mappings())


def _dataset(row: RowMapping) -> Dataset:
    schema = None if row["schema"] is None else msgspec.convert(row["schema"], Schema)
    return Dataset(**{**row, "schema": schema})


def _version(row: RowMapping) -> Version:
    sources = tuple(row["sources"])
    known = {
        "state": VersionState(row["state"]),
        "sources": sources,
        "source_count": max(row["source_count"], len(sources)),
    }
    return Version(**{**row, **known})


def _mode(replaces: bool) -> str:  # noqa: FBT001
    return "replace" if replaces else "append"
