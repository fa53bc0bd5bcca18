"""Models, their versions, and the aliases that say which one is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from storage import tables
from storage.errors import Conflict, NotFound
from storage.models import aliases, proofs, routes
from storage.models.rows import read_versions, select_versions
from storage.records import (
    CHAMPION,
    AliasMove,
    Model,
    ModelRouting,
    ModelVerification,
    ModelVersion,
    NewModelVersion,
    Parity,
    Routing,
)

M = tables.models.c
V = tables.model_versions.c
A = tables.aliases.c


class Models:
    """Versions are immutable but for their notes and tags; aliases move by compare-and-set, and every move is kept."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def register(self, new: NewModelVersion) -> ModelVersion:
        """A new version of the model, which is made when it is missing.

        The same run, or the same file on the same rows, registered again gives the version it has.
        """
        model = self.ensure(new.model, experiment=new.experiment)
        version_id, train = self._rows_of(new)
        same = (
            V.run_id == new.run_id
            if new.run_id is not None
            else V.run_id.is_(None)
            & (V.source == new.source)
            & V.version_id.is_not_distinct_from(version_id)
        )
        known = self._versions(select_versions().where(V.model_id == model.id, same))
        if known:
            return known[0]
        row = asdict(new)
        for name in ("model", "experiment", "dataset", "version"):
            del row[name]
        row |= {"version_id": version_id, "train": train, "number": model.next_number}
        self._connection.execute(
            insert(tables.model_versions).values(**row, model_id=model.id, created_at=self._now)
        )
        self._connection.execute(
            update(tables.models).where(M.id == model.id).values(next_number=model.next_number + 1)
        )
        return self.version(new.model, model.next_number)

    def ensure(self, name: str, *, experiment: str) -> Model:
        """The model called `name`, made when it is missing."""
        if self._find(name) is None:
            row = {"name": name, "experiment": experiment, "created_at": self._now}
            self._connection.execute(insert(tables.models).values(row))
        return self.get(name)

    def get(self, name: str) -> Model:
        """The model called `name`.

        Raises:
            NotFound: There is none.
        """
        found = self._find(name)
        if found is None:
            known = self._connection.execute(select(M.name).order_by(M.name)).scalars()
            raise NotFound.named("model", name, known=known)
        return found

    def all(self) -> tuple[Model, ...]:
        """All models by name."""
        query = select(tables.models).order_by(M.name)
        return tuple(Model(**row) for row in self._connection.execute(query).mappings())

    def version(self, model: str, number: int) -> ModelVersion:
        """The version with this number.

        Raises:
            NotFound: The model or the version does not exist.
        """
        found = self._versions(
            select_versions().where(V.model_id == self.get(model).id, V.number == number)
        )
        if not found:
            known = [one.label for one in self.newest(model, limit=12)]
            raise NotFound.named("model version", f"{model}@v{number}", known=known)
        return found[0]

    def newest(self, model: str, *, limit: int = 50, offset: int = 0) -> tuple[ModelVersion, ...]:
        """Versions of a model, newest first."""
        query = select_versions().where(V.model_id == self.get(model).id)
        return self._versions(query.order_by(V.number.desc()).limit(limit).offset(offset))

    def count(self, model: str) -> int:
        """How many versions the model has."""
        query = select(func.count()).select_from(tables.model_versions)
        return self._connection.execute(query.where(V.model_id == self.get(model).id)).scalar_one()

    def at(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        """The version that an alias points to; None when it points nowhere."""
        query = (
            select_versions()
            .join(tables.aliases, A.model_version_id == V.id)
            .where(A.model_id == self.get(model).id, A.alias == alias)
        )
        found = self._versions(query)
        return found[0] if found else None

    def first(self, model: str) -> ModelVersion:
        """The oldest version that is left.

        Raises:
            NotFound: The model does not exist, or has no version.
        """
        query = select_versions().where(V.model_id == self.get(model).id)
        found = self._versions(query.order_by(V.number).limit(1))
        if not found:
            raise NotFound(
                f"{model} has no version.",
                f"Make one with `workbench model register RUN --as {model}`.",
            )
        return found[0]

    def of_run(self, run_id: int) -> tuple[ModelVersion, ...]:
        """The versions that were made of a run, of whichever models."""
        query = select_versions().where(V.run_id == run_id)
        return self._versions(query.order_by(M.name, V.number))

    def of_rows(self, version_id: int) -> tuple[ModelVersion, ...]:
        """The versions whose newest rows are those of a dataset version, of whichever models."""
        query = select_versions().where(V.version_id == version_id)
        return self._versions(query.order_by(M.name, V.number))

    def champions(self) -> tuple[ModelVersion, ...]:
        """The champion of every model that has one, by the model's name."""
        query = (
            select_versions()
            .join(tables.aliases, A.model_version_id == V.id)
            .where(A.alias == CHAMPION)
            .order_by(M.name)
        )
        return self._versions(query)

    def routings(self) -> tuple[ModelRouting, ...]:
        """Who answers for each model, by the model's name."""
        return routes.read(self._connection)

    def routing(self, model: str) -> ModelRouting:
        """Who answers for a model.

        Raises:
            NotFound: There is no such model.
        """
        (found,) = routes.read(self._connection, self.get(model).name)
        return found

    def route(self, model: str, routing: Routing, *, expected: Routing | None = None) -> None:
        """Sets who answers for a model, if that is still what the caller saw; None: whatever it is.

        Raises:
            NotFound: There is no such model.
            Conflict: It was changed by somebody else; nothing was changed now.
        """
        routes.replace(self._connection, self.get(model).id, model, routing, expected=expected)

    def routing_fingerprint(self) -> routes.Fingerprint:
        """Equal while nobody else shall answer."""
        return routes.fingerprint(self._connection)

    def aliases(self, model: str) -> dict[str, int]:
        """The number that each alias of a model points to, by the alias' name."""
        return aliases.numbers(self._connection, self.get(model).id)

    def move_alias(  # noqa: PLR0913 - what a move is, each by its name
        self,
        model: str,
        alias: str,
        *,
        to: int,
        expected: int | None,
        who: str,
        why: str,
        override: str | None = None,
    ) -> None:
        """Points an alias at another version, if it is still where the caller believes it is.

        Args:
            model: Whose alias.
            alias: Its name.
            to: Number of the version it shall point to.
            expected: Number of the version it points to now; None: it does not exist yet.
            who: Who moves it.
            why: Why, in one sentence.
            override: Why in spite of a failed proof; None: the proof passed.

        Raises:
            NotFound: The model or the version does not exist.
            AliasMoved: It is somewhere else; nothing was changed.
        """
        target = self.version(model, to)
        aliases.take(self._connection, target.model_id, model, alias, expected=expected)
        aliases.point(self._connection, target.model_id, alias, target.id, at=self._now)
        move = AliasMove(
            alias=alias,
            from_number=expected,
            to_number=to,
            who=who,
            why=why,
            at=self._now,
            override=override,
        )
        aliases.note(self._connection, target.model_id, move)

    def drop_alias(
        self, model: str, alias: str, *, expected: int | None, who: str, why: str
    ) -> None:
        """Takes an alias away, if it is still where the caller believes it is.

        Raises:
            NotFound: There is no such model.
            AliasMoved: It is somewhere else; nothing was changed.
        """
        model_id = self.get(model).id
        aliases.take(self._connection, model_id, model, alias, expected=expected)
        move = AliasMove(
            alias=alias, from_number=expected, to_number=None, who=who, why=why, at=self._now
        )
        aliases.note(self._connection, model_id, move)

    def moves(
        self, model: str, alias: str | None = CHAMPION, *, limit: int = 50
    ) -> tuple[AliasMove, ...]:
        """How an alias moved, newest first; None: how all of them did."""
        return aliases.moves(self._connection, self.get(model).id, alias, limit=limit)

    def annotate(
        self,
        version: ModelVersion,
        *,
        note: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> ModelVersion:
        """A version with another note and some tags changed; a tag of None is taken away."""
        found = self.version(version.model, version.number)
        changed = {**found.tags, **(tags or {})}
        values = {
            "note": found.note if note is None else note,
            "tags": {key: value for key, value in sorted(changed.items()) if value is not None},
        }
        self._connection.execute(
            update(tables.model_versions).where(V.id == found.id).values(values)
        )
        return self.version(version.model, version.number)

    def remove(self, version: ModelVersion) -> None:
        """Takes a version away; its number is never given again.

        Raises:
            Conflict: An alias points at it; nothing was changed.
        """
        found = self.version(version.model, version.number)
        if found.aliases:
            raise Conflict(
                f"{found.label} is {' and '.join(found.aliases)}, so it is kept.",
                "Point the alias at another version first, or take it away: "
                f"`workbench model alias {found.model} {found.aliases[0]} --remove`.",
            )
        self._connection.execute(delete(tables.model_versions).where(V.id == found.id))

    def add_verification(
        self, version: ModelVersion, parity: Parity, *, who: str
    ) -> ModelVerification:
        """Keeps a proof that was repeated."""
        return proofs.add(self._connection, version, parity, who=who, at=self._now)

    def verifications(
        self, version: ModelVersion, *, limit: int = 50
    ) -> tuple[ModelVerification, ...]:
        """The proofs of a version that were repeated, newest first."""
        return proofs.newest(self._connection, version, limit=limit)

    def _rows_of(self, new: NewModelVersion) -> tuple[int | None, str]:
        """The id of the newest dataset version it knows, and what it was trained on in words."""
        if new.run_id is not None:
            runs = tables.runs.c
            query = select(runs.version_id, runs.train).where(runs.id == new.run_id)
            found = self._connection.execute(query).one()
            return found.version_id, found.train
        versions, datasets = tables.versions, tables.datasets
        query = (
            select(versions.c.id)
            .join(datasets, datasets.c.id == versions.c.dataset_id)
            .where(datasets.c.name == new.dataset, versions.c.number == new.version)
        )
        return self._connection.execute(query).scalar_one_or_none(), new.train

    def _find(self, name: str) -> Model | None:
        query = select(tables.models).where(M.name == name)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Model(**row)

    def _versions(self, query: Select[Any]) -> tuple[ModelVersion, ...]:
        return read_versions(self._connection, query)
