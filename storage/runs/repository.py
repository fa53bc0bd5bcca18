"""Experiments and their runs: params, metrics step by step, artifacts."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from storage import tables
from storage.errors import NotFound
from storage.records import Artifact, Metric, MetricPoint, NewRun, Run, RunState, Scalar
from storage.records.filters import Condition, Field
from storage.runs import finding
from storage.runs.params import param_rows

R = tables.runs.c
X = tables.experiments.c
M = tables.metrics.c
PT = tables.metric_points.c
F = tables.artifacts.c
RP = tables.run_params.c

SPECIALS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


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
        row = asdict(new)
        dataset, number = row.pop("dataset"), row.pop("version")
        row["experiment_id"] = self._experiment_id(row.pop("experiment"))
        added = self._connection.execute(
            insert(tables.runs)
            .values(
                **row,
                uid=uuid.uuid4().hex,
                version_id=self._version_id(dataset, number),
                state=RunState.RUNNING.value,
                started_at=self._now,
                heartbeat_at=self._now,
            )
            .returning(R.id)
        )
        run_id = int(added.scalar_one())
        self._keep_params(run_id, new.params)
        return self.get(run_id)

    def log(self, run_id: int, points: Sequence[MetricPoint]) -> None:
        """Appends metric values and keeps the last one of each metric beside its run."""
        if not points:
            return
        rows = [
            {
                "run_id": run_id,
                "key": point.key,
                "step": point.step,
                "at": point.at,
                **_stored(point.value),
            }
            for point in points
        ]
        self._connection.execute(insert(tables.metric_points), rows)
        last = {point.key: point for point in points}
        self.set_metrics(
            run_id,
            [Metric(key=key, value=one.value, step=one.step) for key, one in last.items()],
        )
        self.heartbeat(run_id)

    def set_metrics(self, run_id: int, metrics: Sequence[Metric]) -> None:
        """Keeps these as the latest values of their metrics."""
        if not metrics:
            return
        keys = [metric.key for metric in metrics]
        self._connection.execute(delete(tables.metrics).where(M.run_id == run_id, M.key.in_(keys)))
        rows = [
            {
                "run_id": run_id,
                "key": metric.key,
                "step": metric.step,
                "low": metric.low,
                "high": metric.high,
                **_stored(metric.value),
            }
            for metric in metrics
        ]
        self._connection.execute(insert(tables.metrics), rows)

    def heartbeat(self, run_id: int) -> None:
        """Notes that the run is alive."""
        self._connection.execute(
            update(tables.runs).where(R.id == run_id).values(heartbeat_at=self._now)
        )

    def keep_artifacts(self, run_id: int, artifacts: Sequence[Artifact]) -> None:
        """Names files of the run; the same path again replaces the earlier one."""
        paths = [artifact.path for artifact in artifacts]
        self._connection.execute(
            delete(tables.artifacts).where(F.run_id == run_id, F.path.in_(paths))
        )
        rows = [{**asdict(artifact), "run_id": run_id} for artifact in artifacts]
        if rows:
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
        changes: dict[str, Any] = {"state": state.value, "ended_at": self._now, "error": error}
        if params is not None:
            changes["params"] = params
        change = (
            update(tables.runs)
            .where(R.id == run_id, R.state == RunState.RUNNING.value)
            .values(**changes)
        )
        if self._connection.execute(change).rowcount and params is not None:
            self._keep_params(run_id, params)

    def close_of_job(self, job_id: int, *, state: RunState, error: str) -> None:
        """Ends the runs that a job left running when it ended without them."""
        self._connection.execute(
            update(tables.runs)
            .where(R.job_id == job_id, R.state == RunState.RUNNING.value)
            .values(state=state.value, ended_at=self._now, error=error)
        )

    def get(self, run_id: int) -> Run:
        """The run with this id.

        Raises:
            NotFound: There is none.
        """
        found = self._runs(self._select().where(R.id == run_id))
        if not found:
            known = self._connection.execute(select(R.id).order_by(R.id.desc()).limit(12))
            raise NotFound.named("run", f"r{run_id}", known=[f"r{one}" for one in known.scalars()])
        return found[0]

    def newest(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Run, ...]:
        """Runs with their latest metrics, newest first."""
        query = self._select().order_by(R.id.desc()).limit(limit).offset(offset)
        if experiment is not None:
            query = query.where(R.experiment_id == self._known_experiment(experiment))
        return self._runs(query)

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
        query = self._select().where(finding.where(condition))
        if order is not None:
            by = finding.order(order)
            query = query.order_by((by.desc() if descending else by.asc()).nulls_last())
        return self._runs(query.order_by(R.id.desc()).limit(limit).offset(offset))

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

    def history(self, run_id: int, key: str, *, points: int) -> tuple[MetricPoint, ...]:
        """At most about `points` values of a metric in the order of its steps, evenly spread."""
        mine = (PT.run_id == run_id, PT.key == key)
        total = self._connection.execute(
            select(func.count()).select_from(tables.metric_points).where(*mine)
        ).scalar_one()
        order = func.row_number().over(order_by=(PT.step, PT.id))
        ordered = select(PT.step, PT.at, PT.value, PT.special, order.label("place")).where(*mine)
        numbered = ordered.subquery()
        every = max(1, -(-total // points))
        kept = (numbered.c.place % every == 0) | (numbered.c.place == total)
        query = select(numbered).where(kept).order_by(numbered.c.place)
        return tuple(
            MetricPoint(key=key, value=_value(row), step=row["step"], at=row["at"])
            for row in self._connection.execute(query).mappings()
        )

    def _keep_params(self, run_id: int, params: Mapping[str, Scalar]) -> None:
        self._connection.execute(delete(tables.run_params).where(RP.run_id == run_id))
        rows = list(param_rows(run_id, params))
        if rows:
            self._connection.execute(insert(tables.run_params), rows)

    def _experiment_id(self, name: str) -> int:
        found = self._connection.execute(select(X.id).where(X.name == name)).scalar_one_or_none()
        if found is not None:
            return int(found)
        row = {"name": name, "created_at": self._now}
        added = self._connection.execute(insert(tables.experiments).values(row).returning(X.id))
        return int(added.scalar_one())

    def _known_experiment(self, name: str) -> int | None:
        return self._connection.execute(select(X.id).where(X.name == name)).scalar_one_or_none()

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

    def _select(self) -> Select[tuple[object, ...]]:
        versions, datasets = tables.versions, tables.datasets
        columns = [column for column in R if column.name not in {"experiment_id", "version_id"}]
        return (
            select(
                *columns,
                X.name.label("experiment"),
                datasets.c.name.label("dataset"),
                versions.c.number.label("version"),
            )
            .join(tables.experiments, X.id == R.experiment_id)
            .outerjoin(versions, versions.c.id == R.version_id)
            .outerjoin(datasets, datasets.c.id == versions.c.dataset_id)
        )

    def _runs(self, query: Select[tuple[object, ...]]) -> tuple[Run, ...]:
        rows = self._connection.execute(query).mappings().all()
        metrics = self._metrics([row["id"] for row in rows])
        return tuple(
            Run(
                **{
                    **row,
                    "state": RunState(row["state"]),
                    "metrics": metrics.get(row["id"], {}),
                }
            )
            for row in rows
        )

    def _metrics(self, run_ids: Sequence[int]) -> dict[int, dict[str, Metric]]:
        found: dict[int, dict[str, Metric]] = {}
        query = select(tables.metrics).where(M.run_id.in_(run_ids)).order_by(M.run_id, M.key)
        for row in self._connection.execute(query).mappings():
            metric = Metric(
                key=row["key"],
                value=_value(row),
                step=row["step"],
                low=row["low"],
                high=row["high"],
            )
            found.setdefault(row["run_id"], {})[metric.key] = metric
        return found


def _stored(value: float) -> dict[str, float | str | None]:
    # SQLite would store NaN as NULL, so what is not finite is kept as a word beside the number.
    if math.isfinite(value):
        return {"value": value, "special": ""}
    return {"value": None, "special": str(float(value))}


def _value(row: RowMapping) -> float:
    return SPECIALS[row["special"]] if row["special"] else row["value"]
