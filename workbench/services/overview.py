"""The whole project at one moment, and the life of a model window by window."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from storage.layout import Layout, tree_size
from storage.records import AlertState as State
from storage.records import (
    Cycle,
    Dataset,
    DatasetSummary,
    DriftReport,
    Evaluation,
    EvaluationRole,
    GateReview,
    HistoryWindow,
    Machine,
    Model,
    ModelHistory,
    ModelSummary,
    Overview,
    ServiceStatus,
    Version,
    VersionState,
)
from storage.store import Transaction
from workbench.core import metrics
from workbench.engines import instance
from workbench.services import watching
from workbench.services.context import Context

SERVICES = ("up", "worker", "watch", "serve")
TREND = 30
"""Newest versions, reports and evaluations that a summary holds."""
PAGE = 1_000


def overview(context: Context) -> Overview:
    """Everything the first screen shows."""
    processes = services(context)
    machine = _machine(context.store.layout)
    folders = watching.status(context)
    with context.store.read() as tx:
        return Overview(
            project=context.config.project,
            services=processes,
            datasets=_datasets(context, tx),
            models=_models(tx),
            jobs=tx.jobs.live(),
            alerts=tx.events.alerts(state=State.OPEN),
            events=tx.events.newest(limit=TREND),
            machine=machine,
            inbox=folders,
        )


def services(context: Context) -> tuple[ServiceStatus, ...]:
    """The project's processes: whether they live, where the endpoint listens."""
    locks = context.store.layout.locks
    facts = {name: instance.look(locks / f"{name}.lock") for name in SERVICES}
    supervisor = facts["up"]
    restarts = supervisor.more.get("restarts", {}) if supervisor else {}
    found = []
    for name, fact in facts.items():
        if fact is None:
            found.append(ServiceStatus(name=name, is_running=False))
            continue
        found.append(
            ServiceStatus(
                name=name,
                is_running=True,
                pid=fact.pid,
                address=fact.address,
                started_at=fact.started_at,
                restarts=int(restarts.get(name, 0)),
            )
        )
    return tuple(found)


def datasets(context: Context) -> tuple[DatasetSummary, ...]:
    """All datasets: those with rows, and those that workbench.toml names."""
    with context.store.read() as tx:
        return _datasets(context, tx)


def models(context: Context) -> tuple[ModelSummary, ...]:
    """All models that have a version."""
    with context.store.read() as tx:
        return _models(tx)


def history(context: Context, name: str) -> ModelHistory:
    """The life of a model: every window its champions saw, and what was decided.

    Raises:
        NotFound: There is no such model.
    """
    with context.store.read() as tx:
        model = tx.models.get(name)
        versions = tx.models.newest(name, limit=PAGE)
        reports = tx.drift.newest(model=name, limit=PAGE)
        evaluations = tx.drift.evaluations(model)
        cycles = tx.reviews.cycles(model, limit=PAGE)
        reviews = tx.reviews.newest(model, limit=PAGE)
        seen = _versions_of(tx, reports)
    metric = evaluations[-1].metric if evaluations else _metric(context, model)
    windows = [
        _window(version, reports, evaluations, cycles, reviews)
        for version in sorted(seen, key=lambda version: version.number)
    ]
    return ModelHistory(
        model=model, metric=metric, windows=tuple(windows), versions=tuple(reversed(versions))
    )


def _versions_of(tx: Transaction, reports: Sequence[DriftReport]) -> list[Version]:
    numbers = {(report.dataset, report.version) for report in reports}
    found: list[Version] = []
    for name in sorted({dataset for dataset, _ in numbers}):
        known = tx.datasets.newest(tx.datasets.get(name), limit=PAGE)
        found += [version for version in known if (name, version.number) in numbers]
    return found


def _window(
    version: Version,
    reports: Sequence[DriftReport],
    evaluations: Sequence[Evaluation],
    cycles: Sequence[Cycle],
    reviews: Sequence[GateReview],
) -> HistoryWindow:
    report = next((one for one in reports if one.version == version.number), None)
    mine = {one.role: one for one in evaluations if one.version == version.number}
    cycle = next((one for one in cycles if one.version == version.number), None)
    review = next((one for one in reviews if cycle and one.cycle_id == cycle.id), None)
    serving = report.model_version if report else None
    if review is not None and cycle is not None and cycle.state.value == "promoted":
        serving = review.challenger
    return HistoryWindow(
        version=version,
        report=report,
        champion=mine.get(EvaluationRole.CHAMPION),
        frozen=mine.get(EvaluationRole.FROZEN),
        cycle=cycle,
        review=review,
        serving=serving,
    )


def _metric(context: Context, model: Model) -> str:
    experiment = context.config.experiments.get(model.experiment)
    if experiment is None:
        return ""
    return experiment.metric or (metrics.default_metric(experiment.task) if experiment.task else "")


def _datasets(context: Context, tx: Transaction) -> tuple[DatasetSummary, ...]:
    known = {dataset.name: dataset for dataset in tx.datasets.all()}
    found = [_dataset(tx, dataset) for dataset in known.values()]
    found += [
        DatasetSummary(
            dataset=Dataset(id=0, name=name, schema=None, created_at=tx.now),
            latest=None,
            pending=None,
            versions=0,
            rows_added=(),
        )
        for name in context.config.datasets
        if name not in known
    ]
    return tuple(sorted(found, key=lambda summary: summary.dataset.name))


def _dataset(tx: Transaction, dataset: Dataset) -> DatasetSummary:
    newest = tx.datasets.newest(dataset, limit=TREND, state=VersionState.CURRENT)
    return DatasetSummary(
        dataset=dataset,
        latest=newest[0] if newest else None,
        pending=tx.datasets.pending(dataset),
        versions=tx.datasets.count(dataset),
        rows_added=tuple(version.rows_added for version in reversed(newest)),
    )


def _models(tx: Transaction) -> tuple[ModelSummary, ...]:
    return tuple(_model(tx, model) for model in tx.models.all())


def _model(tx: Transaction, model: Model) -> ModelSummary:
    evaluations = tx.drift.evaluations(model)
    by_role = {
        role: tuple(one for one in evaluations if one.role is role)[-TREND:]
        for role in EvaluationRole
    }
    return ModelSummary(
        model=model,
        champion=tx.models.at(model.name),
        versions=tx.models.count(model.name),
        champion_evaluations=by_role[EvaluationRole.CHAMPION],
        frozen_evaluations=by_role[EvaluationRole.FROZEN],
        drift_reports=tuple(reversed(tx.drift.newest(model=model.name, limit=TREND))),
    )


def _machine(layout: Layout) -> Machine:
    catalog = sum(
        path.stat().st_size for path in layout.root.glob("catalog.sqlite*") if path.is_file()
    )
    return Machine(
        catalog_bytes=catalog,
        blob_bytes=tree_size(layout.blobs),
        predictions_bytes=tree_size(layout.predictions),
        disk_free_bytes=shutil.disk_usage(layout.root).free,
    )
