"""Models, their versions, and the aliases that say which one is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from storage import tables
from storage.errors import AliasMoved, NotFound
from storage.records import CHAMPION, Model, ModelVersion, NewModelVersion, Parity, Signature

M = tables.models.c
V = tables.model_versions.c
A = tables.aliases.c
MV = tables.alias_moves.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """One move of an alias."""

    alias: str
    from_number: int | None
    to_number: int | None
    who: str
    why: str
    at: datetime


class Models:
    """Versions are immutable; aliases move by compare-and-set, and every move is kept."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def register(self, new: NewModelVersion) -> ModelVersion:
        """A new version of the model, which is made when it is missing.

        The same run registered again gives the version it has already.
        """
        model = self.ensure(new.model, experiment=new.experiment)
        known = self._versions(self._select().where(V.model_id == model.id, V.run_id == new.run_id))
        if known:
            return known[0]
        top = select(func.coalesce(func.max(V.number), 0)).where(V.model_id == model.id)
        number = self._connection.execute(top).scalar_one() + 1
        row = asdict(new)
        del row["model"], row["experiment"]
        self._connection.execute(
            insert(tables.model_versions).values(
                **row, model_id=model.id, number=number, created_at=self._now
            )
        )
        return self.version(new.model, number)

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
            self._select().where(V.model_id == self.get(model).id, V.number == number)
        )
        if not found:
            known = [one.label for one in self.newest(model, limit=12)]
            raise NotFound.named("model version", f"{model}@v{number}", known=known)
        return found[0]

    def newest(self, model: str, *, limit: int = 50, offset: int = 0) -> tuple[ModelVersion, ...]:
        """Versions of a model, newest first."""
        query = self._select().where(V.model_id == self.get(model).id)
        return self._versions(query.order_by(V.number.desc()).limit(limit).offset(offset))

    def count(self, model: str) -> int:
        """How many versions the model has."""
        query = select(func.count()).select_from(tables.model_versions)
        return self._connection.execute(query.where(V.model_id == self.get(model).id)).scalar_one()

    def at(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        """The version that an alias points to; None when it points nowhere."""
        query = (
            self._select()
            .join(tables.aliases, A.model_version_id == V.id)
            .where(A.model_id == self.get(model).id, A.alias == alias)
        )
        found = self._versions(query)
        return found[0] if found else None

    def champions(self) -> tuple[ModelVersion, ...]:
        """The champion of every model that has one, by the model's name."""
        query = (
            self._select()
            .join(tables.aliases, A.model_version_id == V.id)
            .where(A.alias == CHAMPION)
            .order_by(M.name)
        )
        return self._versions(query)

    def move_alias(
        self, model: str, alias: str, *, to: int, expected: int | None, who: str, why: str
    ) -> None:
        """Points an alias at another version, if it is still where the caller believes it is.

        Args:
            model: Whose alias.
            alias: Its name.
            to: Number of the version it shall point to.
            expected: Number of the version it points to now; None: it does not exist yet.
            who: Who moves it.
            why: Why, in one sentence.

        Raises:
            NotFound: The model or the version does not exist.
            AliasMoved: It is somewhere else; nothing was changed.
        """
        target = self.version(model, to)
        found = self.at(model, alias)
        number = found.number if found else None
        if number != expected:
            raise AliasMoved.seen(model, alias, expected=expected, found=number)
        self._connection.execute(
            delete(tables.aliases).where(A.model_id == target.model_id, A.alias == alias)
        )
        self._connection.execute(
            insert(tables.aliases).values(
                model_id=target.model_id,
                alias=alias,
                model_version_id=target.id,
                moved_at=self._now,
            )
        )
        self._connection.execute(
            insert(tables.alias_moves).values(
                model_id=target.model_id,
                alias=alias,
                from_number=number,
                to_number=to,
                who=who,
                why=why,
                at=self._now,
            )
        )

    def moves(self, model: str, alias: str = CHAMPION, *, limit: int = 50) -> tuple[AliasMove, ...]:
        """How an alias moved, newest first."""
        query = (
            select(MV.alias, MV.from_number, MV.to_number, MV.who, MV.why, MV.at)
            .where(MV.model_id == self.get(model).id, MV.alias == alias)
            .order_by(MV.id.desc())
            .limit(limit)
        )
        return tuple(AliasMove(**row) for row in self._connection.execute(query).mappings())

    def _find(self, name: str) -> Model | None:
        query = select(tables.models).where(M.name == name)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Model(**row)

    def _select(self) -> Select[tuple[object, ...]]:
        runs, versions, datasets = tables.runs, tables.versions, tables.datasets
        return (
            select(
                *V,
                M.name.label("model"),
                runs.c.train,
                datasets.c.name.label("dataset"),
                versions.c.number.label("version"),
            )
            .join(tables.models, M.id == V.model_id)
            .join(runs, runs.c.id == V.run_id)
            .outerjoin(versions, versions.c.id == runs.c.version_id)
            .outerjoin(datasets, datasets.c.id == versions.c.dataset_id)
        )

    def _versions(self, query: Select[tuple[object, ...]]) -> tuple[ModelVersion, ...]:
        rows = self._connection.execute(query).mappings().all()
        aliases = self._aliases([row["id"] for row in rows])
        return tuple(_version(row, aliases.get(row["id"], ())) for row in rows)

    def _aliases(self, version_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
        query = (
            select(A.model_version_id, A.alias)
            .where(A.model_version_id.in_(version_ids))
            .order_by(A.model_version_id, A.alias)
        )
        found: dict[int, tuple[str, ...]] = {}
        for version_id, alias in self._connection.execute(query):
            found[version_id] = (*found.get(version_id, ()), alias)
        return found


def _version(row: RowMapping, aliases: tuple[str, ...]) -> ModelVersion:
    values = {
        "signature": msgspec.convert(row["signature"], Signature),
        "parity": msgspec.convert(row["parity"], Parity),
        "aliases": aliases,
    }
    return ModelVersion(**{**row, **values})
