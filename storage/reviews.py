"""Retraining cycles, and what the gate said of their challengers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from storage import tables
from storage.errors import Conflict, NotFound
from storage.records import (
    Cycle,
    CycleState,
    GateDecision,
    GateReview,
    Model,
    Version,
)

G = tables.gate_reviews.c
C = tables.cycles.c


class Reviews:
    """At most one cycle of a model is open."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def open_cycle(
        self, model: Model, *, trigger: str, version: Version, policy_time: datetime
    ) -> Cycle:
        """Opens a cycle.

        Raises:
            Conflict: One of the model is open already.
        """
        mine = (C.model_id == model.id, C.state == CycleState.OPEN.value)
        if self._connection.execute(select(C.id).where(*mine)).first() is not None:
            raise Conflict(
                f"A retraining cycle of {model.name} is open already.",
                "Wait until its challenger has been judged; see `workbench cycle`.",
            )
        added = self._connection.execute(
            insert(tables.cycles)
            .values(
                model_id=model.id,
                state=CycleState.OPEN.value,
                trigger=trigger,
                version_id=version.id,
                opened_at=self._now,
                policy_time=policy_time,
            )
            .returning(C.id)
        )
        return self.cycle(added.scalar_one())

    def close_cycle(self, cycle_id: int, *, state: CycleState, outcome: str) -> None:
        """Closes an open cycle; one that is closed stays as it is."""
        self._change(cycle_id, state=state.value, outcome=outcome, closed_at=self._now)

    def note_run(self, cycle_id: int, run_id: int) -> None:
        """Notes which run a cycle trained."""
        self._change(cycle_id, run_id=run_id)

    def note_challenger(self, cycle_id: int, number: int) -> None:
        """Notes which model version a cycle brought."""
        self._change(cycle_id, challenger=number)

    def cycle(self, cycle_id: int) -> Cycle:
        """The cycle with this id.

        Raises:
            NotFound: There is none.
        """
        found = self._cycles(self._select_cycles().where(C.id == cycle_id))
        if not found:
            newest = select(C.id).order_by(C.id.desc()).limit(12)
            known = self._connection.execute(newest).scalars()
            raise NotFound.named("cycle", cycle_id, known=known)
        return found[0]

    def cycles(self, model: Model, *, limit: int = 50) -> tuple[Cycle, ...]:
        """Cycles of a model, newest first."""
        query = self._select_cycles().where(C.model_id == model.id).order_by(C.id.desc())
        return self._cycles(query.limit(limit))

    def add(
        self,
        model: Model,
        decision: GateDecision,
        *,
        challenger: int,
        champion: int | None,
        version: Version,
        cycle_id: int | None,
    ) -> GateReview:
        """Keeps what the gate decided; counts how often this hold-out was looked at."""
        looks = self.looks(model, version) + 1
        added = self._connection.execute(
            insert(tables.gate_reviews)
            .values(
                model_id=model.id,
                challenger=challenger,
                champion=champion,
                version_id=version.id,
                verdict=decision.verdict.value,
                decision=asdict(decision),
                looks=looks,
                cycle_id=cycle_id,
                created_at=self._now,
            )
            .returning(G.id)
        )
        return self._reviews(self._select_reviews().where(G.id == added.scalar_one()))[0]

    def looks(self, model: Model, version: Version) -> int:
        """How often the rows added by `version` have judged a challenger of `model`."""
        query = select(func.count()).select_from(tables.gate_reviews)
        mine = query.where(G.model_id == model.id, G.version_id == version.id)
        return self._connection.execute(mine).scalar_one()

    def newest(self, model: Model, *, limit: int = 50) -> tuple[GateReview, ...]:
        """Gate reviews of a model, newest first."""
        query = self._select_reviews().where(G.model_id == model.id).order_by(G.id.desc())
        return self._reviews(query.limit(limit))

    def _change(self, cycle_id: int, **values: object) -> None:
        self._connection.execute(
            update(tables.cycles)
            .where(C.id == cycle_id, C.state == CycleState.OPEN.value)
            .values(**values)
        )

    def _select_cycles(self) -> Select[tuple[object, ...]]:
        columns = [column for column in C if column.name not in {"model_id", "version_id"}]
        return _named(select(*columns, *_names()), C.model_id, C.version_id)

    def _select_reviews(self) -> Select[tuple[object, ...]]:
        columns = [
            column for column in G if column.name not in {"model_id", "version_id", "verdict"}
        ]
        return _named(select(*columns, *_names()), G.model_id, G.version_id)

    def _cycles(self, query: Select[tuple[object, ...]]) -> tuple[Cycle, ...]:
        rows = self._connection.execute(query).mappings()
        return tuple(Cycle(**{**row, "state": CycleState(row["state"])}) for row in rows)

    def _reviews(self, query: Select[tuple[object, ...]]) -> tuple[GateReview, ...]:
        return tuple(_review(row) for row in self._connection.execute(query).mappings())


def _names() -> tuple[object, ...]:
    return (
        tables.models.c.name.label("model"),
        tables.datasets.c.name.label("dataset"),
        tables.versions.c.number.label("version"),
    )


def _named(
    query: Select[tuple[object, ...]], model_id: object, version_id: object
) -> Select[tuple[object, ...]]:
    models, versions, datasets = tables.models, tables.versions, tables.datasets
    return (
        query.join(models, models.c.id == model_id)
        .join(versions, versions.c.id == version_id)
        .join(datasets, datasets.c.id == versions.c.dataset_id)
    )


def _review(row: RowMapping) -> GateReview:
    return GateReview(**{**row, "decision": msgspec.convert(row["decision"], GateDecision)})
