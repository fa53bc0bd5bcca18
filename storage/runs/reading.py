"""Rows of runs as records, with what stands beside them: metrics and tags, each by one query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, select

from storage import tables
from storage.records import Metric, Run, RunState
from storage.runs.points import value_of
from storage.runs.tags import tags_of

R = tables.runs.c
X = tables.experiments.c
M = tables.metrics.c


def all_runs() -> Select[tuple[object, ...]]:
    """Runs beside their experiment, version and dataset; `runs_of` makes records of them."""
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


def runs_of(connection: Connection, query: Select[tuple[object, ...]]) -> tuple[Run, ...]:
    """The runs that a query made from `all_runs` finds, in its order."""
    rows = connection.execute(query).mappings().all()
    ids = [row["id"] for row in rows]
    metrics, tags = _metrics(connection, ids), tags_of(connection, ids)
    return tuple(
        Run(
            **{
                **row,
                "state": RunState(row["state"]),
                "metrics": metrics.get(row["id"], {}),
                "tags": tags.get(row["id"], {}),
            }
        )
        for row in rows
    )


def _metrics(connection: Connection, run_ids: Sequence[int]) -> dict[int, dict[str, Metric]]:
    found: dict[int, dict[str, Metric]] = {}
    query = select(tables.metrics).where(M.run_id.in_(run_ids)).order_by(M.run_id, M.key)
    for row in connection.execute(query).mappings():
        metric = Metric(
            key=row["key"],
            value=value_of(row["value"], row["special"]),
            step=row["step"],
            low=row["low"],
            high=row["high"],
        )
        found.setdefault(row["run_id"], {})[metric.key] = metric
    return found
