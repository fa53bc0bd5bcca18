"""Experiments and their runs: params, metrics step by step, artifacts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from storage import tables
from storage.errors import Conflict, NotFound
from storage.records import Artifact, CurvePoint, Metric, MetricPoint, NewRun, Run, RunState, Scalar
from storage.records.filters import Condition, Field
from storage.runs import families, finding, lives
from storage.runs.params import param_rows
from storage.runs.points import Point, curve_of, keep_latest, keep_points
from storage.runs.reading import all_runs, runs_of
from storage.runs.tags import drop_tags, set_tags
from storage.runs.writing import insert_rows

R = tables.runs.c
X = tables.experiments.c
M = tables.metrics.c
F = tables.artifacts.c
RP = tables.run_params.c
MV = tables.model_versions.c

BESIDE = {"experiment", "dataset", "version", "tags"}
"""What a new run says that is no column of its own."""
PARAM = ("run_id", "key", "text", "number")
_ADD = insert(tables.runs).returning(R.id)
_EXPERIMENT = select(X.id).where(X.name == bindparam("called"))


class Runs:
    """Latest values stand beside the history, so that a list of runs never reads it."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def start(self, new: NewRun) -> Run:
        """A new running run; its experiment is made when it is missing.

        Raises:
            NotFound: There is no such version of its dataset.
        """
        given = {one.name: getattr(new, one.name) for one in fields(new)}
        uid = uuid.uuid4().hex
        row = {
            **{key: value for key, value in given.items() if key not in BESIDE},
            "uid": uid,
            "state": RunState.RUNNING.value,
            "started_at": self._now,
            "heartbeat_at": self._now,
            "experiment_id": self._experiment_id(new.experiment),
            "version_id": self._version_id(new.dataset, new.version),
        }
        run_id = int(self._connection.execute(_ADD, row).scalar_one())
        insert_rows(self._connection, tables.run_params, PARAM, _params(run_id, new.params))
        set_tags(self._connection, run_id, new.tags)
        return Run(
            **given,
            id=run_id,
            uid=uid,
            state=RunState.RUNNING,
            metrics={},
            started_at=self._now,
            ended_at=None,
            heartbeat_at=self._now,
            error=None,
        )

    def log(self, run_id: int, points: Sequence[MetricPoint]) -> None:
        """Appends metric values and keeps the last one of each metric beside its run."""
        self.extend(run_id, [(one.key, one.step, one.at, one.value) for one in points])

    def extend(self, run_id: int, points: Sequence[Point]) -> None:
        """As `log`, without a record a point: for what is logged all the time."""
        if points:
            keep_points(self._connection, run_id, points)
            self.heartbeat(run_id)

    def set_metrics(self, run_id: int, metrics: Sequence[Metric]) -> None:
        """Keeps these as the latest values of their metrics."""
        keep_latest(self._connection, run_id, metrics)

    def heartbeat(self, run_id: int) -> None:
        """Notes that the run is alive; one that was taken for lost goes on."""
        lives.beat(self._connection, run_id, self._now)

    def end_lost(self, *, before: datetime) -> tuple[int, ...]:
        """Ends running runs of no job that have not been heard of since `before`; gives their ids."""
        return lives.end_lost(self._connection, before=before)

    def has_lost(self, *, before: datetime) -> bool:
        """Whether `end_lost` would end a run."""
        return lives.has_lost(self._connection, before=before)

    def reopen(self, run_id: int) -> Run:
        """A run that has ended, running again.

        Raises:
            NotFound: There is none.
        """
        lives.reopen(self._connection, run_id, self._now)
        return self.get(run_id)

    def add_params(self, run_id: int, params: Mapping[str, Scalar]) -> None:
        """Changes these params of a run and leaves its others."""
        query = select(R.params).where(R.id == run_id)
        together = {**self._connection.execute(query).scalar_one(), **params}
        self._set_params(run_id, together)

    def set_tags(self, run_id: int, tags: Mapping[str, str | None]) -> None:
        """Changes these tags of a run and leaves its others; None takes one away."""
        set_tags(self._connection, run_id, tags)

    def set_note(self, run_id: int, note: str) -> None:
        """Replaces the note of a run."""
        self._connection.execute(update(tables.runs).where(R.id == run_id).values(note=note))

    def add_note(self, run_id: int, note: str) -> None:
        """Writes a note below what is noted of a run already."""
        query = select(R.note).where(R.id == run_id)
        before = self._connection.execute(query).scalar_one_or_none()
        self.set_note(run_id, f"{before}\n{note}" if before else note)

    def remove(self, run_id: int) -> None:
        """Takes a run away with its children; the files only they had are freed by the next `free`.

        Raises:
            Conflict: It or a child is running, or a model version was made from it.
            NotFound: There is none.
        """
        label = self.get(run_id).label
        family = self._family(run_id)
        running = select(R.id).where(R.id.in_(family), R.state == RunState.RUNNING.value)
        if self._connection.execute(running).first() is not None:
            raise Conflict(
                f"{label} or a child of it is running.", "Wait for its end, or cancel it."
            )
        if self._connection.execute(select(exists().where(MV.run_id.in_(family)))).scalar_one():
            raise Conflict(
                f"{label} was made into a model version.", "Its model cannot do without it."
            )
        self._connection.execute(delete(tables.runs).where(R.id.in_(family)))
        drop_tags(self._connection)

    def keep_artifacts(self, run_id: int, artifacts: Sequence[Artifact]) -> None:
        """Names files of the run; the same path again replaces the earlier one."""
        if not artifacts:
            return
        paths = [artifact.path for artifact in artifacts]
        self._connection.execute(
            delete(tables.artifacts).where(F.run_id == run_id, F.path.in_(paths))
        )
        rows = [{**asdict(artifact), "run_id": run_id} for artifact in artifacts]
        self._connection.execute(insert(tables.artifacts), rows)

    def artifacts(self, run_id: int) -> tuple[Artifact, ...]:
        """The run's files by path."""
        query = select(F.path, F.blob, F.size_bytes).where(F.run_id == run_id).order_by(F.path)
        return tuple(Artifact(**row) for row in self._connection.execute(query).mappings())

    def end(
        self,
        run_id: int,
        *,
        state: RunState,
        params: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        """Ends a running run; one that has ended stays as it is.

        Args:
            run_id: Which run.
            state: What it ends as.
            params: The params as used, defaults filled in; None leaves those it started with.
            error: Why it failed, in one sentence.
        """
        if (
            lives.end(self._connection, run_id, self._now, state=state, error=error)
            and params is not None
        ):
            self._set_params(run_id, params)

    def close_of_job(self, job_id: int, *, state: RunState, error: str) -> None:
        """Ends the runs that a job left running when it ended without them."""
        lives.end_of_job(self._connection, job_id, self._now, state=state, error=error)

    def get(self, run_id: int) -> Run:
        """The run with this id.

        Raises:
            NotFound: There is none.
        """
        found = runs_of(self._connection, all_runs().where(R.id == run_id))
        if not found:
            known = self._connection.execute(select(R.id).order_by(R.id.desc()).limit(12))
            raise NotFound.named("run", f"r{run_id}", known=[f"r{one}" for one in known.scalars()])
        return found[0]

    def newest(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Run, ...]:
        """Runs with their latest metrics, newest first."""
        query = all_runs().order_by(R.id.desc()).limit(limit).offset(offset)
        if experiment is not None:
            query = query.where(R.experiment_id == self._known_experiment(experiment))
        return runs_of(self._connection, query)

    def find(
        self,
        condition: Condition,
        *,
        order: Field | None = None,
        descending: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[Run, ...]:
        """Runs that meet a condition, with their latest metrics.

        Args:
            condition: What they meet.
            order: What they are sorted by, those without it last; None: newest first.
            descending: Whether the largest come first.
            limit: Runs at most.
            offset: Runs that are left out before the first one.

        Raises:
            ValueError: A comparison makes no sense.
        """
        query = all_runs().where(finding.where(condition))
        if order is not None:
            by = finding.order(order)
            query = query.order_by(
                *((one.desc() if descending else one.asc()).nulls_last() for one in by)
            )
        return runs_of(self._connection, query.order_by(R.id.desc()).limit(limit).offset(offset))

    def keys(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names of all metrics and of all params there are."""
        metrics = self._connection.execute(select(M.key).distinct()).scalars()
        params = self._connection.execute(select(RP.key).distinct()).scalars()
        return frozenset(metrics), frozenset(params)

    def count(self, *, experiment: str | None = None) -> int:
        """How many runs there are."""
        query = select(func.count()).select_from(tables.runs)
        if experiment is not None:
            query = query.where(R.experiment_id == self._known_experiment(experiment))
        return int(self._connection.execute(query).scalar_one())

    def count_of(self, condition: Condition) -> int:
        """How many runs meet a condition.

        Raises:
            ValueError: A comparison makes no sense.
        """
        return families.count_of(self._connection, condition)

    def child_counts(self, run_ids: Sequence[int]) -> dict[int, int]:
        """How many children each of these runs has; those without any are left out."""
        return families.child_counts(self._connection, run_ids)

    def curve(self, run_id: int, key: str, *, points: int) -> tuple[CurvePoint, ...]:
        """A metric by step: each of its values, or about `points` stretches of steps if there are more."""
        return curve_of(self._connection, run_id, key, points=points)

    def _set_params(self, run_id: int, params: Mapping[str, Scalar]) -> None:
        self._connection.execute(update(tables.runs).where(R.id == run_id).values(params=params))
        self._connection.execute(delete(tables.run_params).where(RP.run_id == run_id))
        insert_rows(self._connection, tables.run_params, PARAM, _params(run_id, params))

    def _experiment_id(self, name: str) -> int:
        found = self._known_experiment(name)
        if found is not None:
            return found
        row = {"name": name, "created_at": self._now}
        added = self._connection.execute(insert(tables.experiments).values(row).returning(X.id))
        return int(added.scalar_one())

    def _known_experiment(self, name: str) -> int | None:
        return self._connection.execute(_EXPERIMENT, {"called": name}).scalar_one_or_none()

    def _version_id(self, dataset: str | None, number: int | None) -> int | None:
        if dataset is None or number is None:
            return None
        versions, datasets = tables.versions, tables.datasets
        query = (
            select(versions.c.id)
            .join(datasets, datasets.c.id == versions.c.dataset_id)
            .where(datasets.c.name == dataset, versions.c.number == number)
        )
        found = self._connection.execute(query).scalar_one_or_none()
        if found is None:
            known = select(versions.c.number).join(datasets, datasets.c.id == versions.c.dataset_id)
            numbers = self._connection.execute(
                known.where(datasets.c.name == dataset).order_by(versions.c.number.desc())
            ).scalars()
            names = [f"{dataset}@v{one}" for one in numbers]
            raise NotFound.named("version", f"{dataset}@v{number}", known=names)
        return int(found)

    def _family(self, run_id: int) -> list[int]:
        """A run, its children, theirs, and so on."""
        family = select(R.id).where(R.id == run_id).cte("family", recursive=True)
        children = select(R.id).join(family, R.parent_id == family.c.id)
        return list(self._connection.execute(select(family.union_all(children).c.id)).scalars())


def _params(run_id: int, params: Mapping[str, Scalar]) -> list[tuple[Any, ...]]:
    return [tuple(row[key] for key in PARAM) for row in param_rows(run_id, params)]
