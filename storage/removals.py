"""Taking versions and datasets away: who needs one, and what nothing has any more then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    literal,
    or_,
    select,
    union_all,
    update,
)

from storage import tables
from storage.errors import Conflict
from storage.holding import holds
from storage.records import Dataset, Version, VersionState

V = tables.versions.c
P = tables.partitions.c
S = tables.schemas.c
R = tables.runs.c
M = tables.models.c
MV = tables.model_versions.c
DR = tables.drift_reports.c
E = tables.evaluations.c
G = tables.gate_reviews.c
C = tables.cycles.c

NOUNS = ("run", "model", "drift", "evaluation", "review", "cycle")


class Removals:
    """A removed version keeps its number and a reason, so that no other one ever takes its name."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def users_of(self, version: Version) -> tuple[str, ...]:
        """What names a version: `r12`, `late@v2`, `drift report 4`, `review 3 of late`."""
        return tuple(self._users(V.id == version.id))

    def users_of_dataset(self, dataset: Dataset) -> tuple[str, ...]:
        """What names any version of a dataset."""
        return tuple(self._users(V.dataset_id == dataset.id))

    def later_versions(self, version: Version) -> tuple[str, ...]:
        """Later versions that have rows which this one added, or are checked or set aside as built on it."""
        has_rows = exists(
            select(P.id).where(
                P.dataset_id == version.dataset_id, P.since_version == version.number, holds()
            )
        )
        is_aside = V.state.in_([VersionState.PENDING.value, VersionState.QUARANTINED.value])
        is_built = and_(V.parent == version.number, V.replaces == 0, is_aside)
        query = (
            select(V.number)
            .where(
                V.dataset_id == version.dataset_id,
                V.number > version.number,
                or_(has_rows, is_built),
            )
            .order_by(V.number)
        )
        numbers = self._connection.execute(query).scalars()
        return tuple(f"{version.dataset}@v{number}" for number in numbers)

    def remove(self, version: Version, *, reason: str) -> None:
        """Takes a version away, with the partitions that no other version has.

        Args:
            version: One that nothing needs and whose checks have ended.
            reason: Who removed it, and why.

        Raises:
            Conflict: It is removed already, or its checks are under way.
        """
        settled = [VersionState.CURRENT.value, VersionState.QUARANTINED.value]
        change = (
            update(tables.versions)
            .where(V.id == version.id, V.state.in_(settled))
            .values(state=VersionState.REMOVED.value, reason=reason, profile_blob=None)
        )
        if not self._connection.execute(change).rowcount:
            raise Conflict(
                f"{version.label} is being checked or was removed meanwhile; nothing was changed.",
                f"Look with `workbench data log {version.dataset}`.",
            )
        self._revive(version)
        is_held = exists(select(V.id).where(holds()).correlate(tables.partitions))
        self._connection.execute(
            delete(tables.partitions).where(P.dataset_id == version.dataset_id, ~is_held)
        )

    def remove_dataset(self, dataset: Dataset) -> None:
        """Takes a dataset away with all its versions and the files that arrived for it."""
        self._connection.execute(delete(tables.datasets).where(tables.datasets.c.id == dataset.id))

    def _revive(self, removed: Version) -> None:
        """When the latest version is gone, the one before it is the base of the next again."""
        if removed.state is not VersionState.CURRENT:
            return
        accepted = select(V.number).where(
            V.dataset_id == removed.dataset_id, V.state == VersionState.CURRENT.value
        )
        query = accepted.order_by(V.number.desc()).limit(1)
        latest = self._connection.execute(query).scalar_one_or_none()
        if latest is None or latest > removed.number:
            return
        has_it = exists(
            select(V.id).where(V.number == latest, holds()).correlate(tables.partitions)
        )
        self._connection.execute(
            update(tables.partitions)
            .where(P.dataset_id == removed.dataset_id, P.until_version.is_not(None), has_it)
            .values(until_version=None)
        )
        columns = select(S.columns).join(tables.versions, V.schema_id == S.id)
        of_latest = columns.where(V.dataset_id == removed.dataset_id, V.number == latest)
        kept = self._connection.execute(of_latest).scalar_one_or_none()
        if kept is not None:
            pinned = update(tables.datasets).where(tables.datasets.c.id == removed.dataset_id)
            self._connection.execute(pinned.values(schema=kept))

    def _users(self, which: ColumnElement[bool]) -> Iterator[str]:
        found = self._connection.execute(_naming(which)).all()
        for noun, number, name in found:
            match noun:
                case "run":
                    yield f"r{number}"
                case "model":
                    yield f"{name}@v{number}"
                case "drift":
                    yield f"drift report {number}"
                case _:
                    yield f"{noun} {number} of {name}"


def _naming(which: ColumnElement[bool]) -> Select[Any]:
    """Noun, number and model's name of everything that names such a version."""
    runs = _rows("run", R.id, literal("")).join(tables.versions, R.version_id == V.id)
    models = (
        _rows("model", MV.number, M.name)
        .join(tables.models, M.id == MV.model_id)
        .join(tables.versions, MV.version_id == V.id)
    )
    reports = _rows("drift", DR.id, literal("")).join(tables.versions, DR.version_id == V.id)
    of_models = [
        _rows(noun, columns.id, M.name)
        .join(tables.models, M.id == columns.model_id)
        .join(tables.versions, columns.version_id == V.id)
        for noun, columns in (("evaluation", E), ("review", G), ("cycle", C))
    ]
    each = [query.where(which) for query in (runs, models, reports, *of_models)]
    found = union_all(*each).subquery()
    return select(found.c.noun, found.c.number, found.c.name).order_by(
        found.c.place, found.c.number
    )


def _rows(noun: str, number: ColumnElement[Any], name: ColumnElement[Any]) -> Select[Any]:
    columns = (
        literal(NOUNS.index(noun)).label("place"),
        literal(noun).label("noun"),
        number.label("number"),
        name.label("name"),
    )
    return select(*columns)
