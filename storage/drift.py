"""Drift reports and realised performance, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, delete, insert, select

from storage import tables
from storage.records import (
    ColumnDrift,
    ColumnKind,
    Comparison,
    DriftReport,
    DriftVerdict,
    Evaluation,
    EvaluationRole,
    Model,
    ModelVersion,
    Version,
)

R = tables.drift_reports.c
C = tables.drift_columns.c
E = tables.evaluations.c


class Drift:
    """A report holds one row a column, so that a column's history is one query."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def keep(
        self,
        version: Version,
        comparison: Comparison,
        *,
        against: ModelVersion,
        reference: str,
        sentence: str,
        decision: str,
    ) -> int:
        """Keeps a comparison of the rows that `version` added with what `against` was trained on.

        An earlier report on the same version against the same model is replaced.

        Returns:
            The report's id.
        """
        self._connection.execute(
            delete(tables.drift_reports).where(
                R.version_id == version.id, R.model_id == against.model_id
            )
        )
        added = self._connection.execute(
            insert(tables.drift_reports)
            .values(
                version_id=version.id,
                model_id=against.model_id,
                model_version=against.number,
                reference=reference,
                verdict=comparison.verdict.value,
                rows=comparison.rows,
                reference_rows=comparison.reference_rows,
                sentence=sentence,
                decision=decision,
                window_start=version.first_time,
                window_end=version.last_time,
                created_at=self._now,
            )
            .returning(R.id)
        )
        report_id = int(added.scalar_one())
        rows = [{**asdict(column), "report_id": report_id} for column in comparison.columns]
        if rows:
            self._connection.execute(insert(tables.drift_columns), rows)
        return report_id

    def newest(
        self,
        *,
        dataset: str | None = None,
        model: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[DriftReport, ...]:
        """Reports with all their columns, newest first."""
        query = self._select().order_by(R.id.desc()).limit(limit).offset(offset)
        if dataset is not None:
            query = query.where(tables.datasets.c.name == dataset)
        if model is not None:
            query = query.where(tables.models.c.name == model)
        rows = self._connection.execute(query).mappings().all()
        columns = self._columns([row["id"] for row in rows])
        return tuple(_report(row, columns.get(row["id"], ())) for row in rows)

    def evaluate(
        self, model: Model, version: Version, evaluations: Sequence[dict[str, object]]
    ) -> None:
        """Keeps how versions of `model` did on the rows that `version` added.

        Args:
            model: The model.
            version: The labelled rows.
            evaluations: Each with model_version, role, metric, value, low, high, rows and source.
        """
        self._connection.execute(
            delete(tables.evaluations).where(E.model_id == model.id, E.version_id == version.id)
        )
        rows = [
            {
                **one,
                "model_id": model.id,
                "version_id": version.id,
                "window_start": version.first_time,
                "window_end": version.last_time,
                "created_at": self._now,
            }
            for one in evaluations
        ]
        if rows:
            self._connection.execute(insert(tables.evaluations), rows)

    def evaluations(self, model: Model) -> tuple[Evaluation, ...]:
        """How versions of a model did, oldest window first."""
        versions, datasets = tables.versions, tables.datasets
        columns = [column for column in E if column.name not in {"model_id", "version_id"}]
        query = (
            select(
                *columns,
                datasets.c.name.label("dataset"),
                versions.c.number.label("version"),
            )
            .join(versions, versions.c.id == E.version_id)
            .join(datasets, datasets.c.id == versions.c.dataset_id)
            .where(E.model_id == model.id)
            .order_by(E.version_id, E.role)
        )
        return tuple(
            Evaluation(**{**row, "model": model.name, "role": EvaluationRole(row["role"])})
            for row in self._connection.execute(query).mappings()
        )

    def _select(self) -> Select[tuple[object, ...]]:
        models, versions, datasets = tables.models, tables.versions, tables.datasets
        columns = [column for column in R if column.name not in {"model_id", "version_id"}]
        return (
            select(
                *columns,
                models.c.name.label("model"),
                datasets.c.name.label("dataset"),
                versions.c.number.label("version"),
            )
            .outerjoin(models, models.c.id == R.model_id)
            .join(versions, versions.c.id == R.version_id)
            .join(datasets, datasets.c.id == versions.c.dataset_id)
        )

    def _columns(self, report_ids: Sequence[int]) -> dict[int, tuple[ColumnDrift, ...]]:
        query = (
            select(tables.drift_columns)
            .where(C.report_id.in_(report_ids))
            .order_by(C.report_id, C.effect.desc(), C.name)
        )
        found: dict[int, tuple[ColumnDrift, ...]] = {}
        for row in self._connection.execute(query).mappings():
            values = dict(row)
            report_id = values.pop("report_id")
            values["kind"] = ColumnKind(values["kind"])
            values["verdict"] = DriftVerdict(values["verdict"])
            found[report_id] = (*found.get(report_id, ()), ColumnDrift(**values))
        return found


def _report(row: RowMapping, columns: tuple[ColumnDrift, ...]) -> DriftReport:
    values = dict(row)
    comparison = Comparison(
        verdict=DriftVerdict(values.pop("verdict")),
        rows=values.pop("rows"),
        reference_rows=values.pop("reference_rows"),
        columns=columns,
    )
    return DriftReport(**values, comparison=comparison)
