"""Looks at the rows a new version added: drift, realised performance, and whether to retrain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.predictions import Predictions
from storage.records import (
    Comparison,
    Cycle,
    CycleState,
    DriftReport,
    DriftVerdict,
    Evaluation,
    EvaluationRole,
    ModelVersion,
    NewAlert,
    NewEvent,
    Run,
    Severity,
    Version,
    Window,
)
from storage.store import Transaction
from workbench.config import ExperimentConfig, ModelConfig, Task
from workbench.core import drift, drift_words, intervals, metrics, policy, words
from workbench.services import promotion, training
from workbench.services import rows as row_services
from workbench.services.context import Context

LEAST_LOGGED = 500
"""Logged predictions with labels below which the champion is scored afterwards instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """All that is known before the new rows are looked at."""

    model: ModelConfig
    experiment: ExperimentConfig
    champion: ModelVersion
    frozen: ModelVersion
    """The first version of the model, kept as a yardstick."""
    run: Run
    """The champion's."""
    version: Version
    window: Window
    reports: tuple[DriftReport, ...]
    """Of the present champion, oldest first, without this version's."""
    evaluations: tuple[Evaluation, ...]
    cycles: tuple[Cycle, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """How one model version did on the new rows."""

    version: ModelVersion
    role: EvaluationRole
    value: float
    low: float
    high: float
    rows: int
    source: str


def watch(context: Context, *, dataset: str, version: int, model: str) -> None:
    """Compares the rows that a version added with what the champion was trained on, and acts.

    Args:
        context: The project.
        dataset: The dataset.
        version: An accepted version.
        model: A model that feeds on the dataset.
    """
    with context.store.read() as tx:
        scene = _scene(context, tx, dataset, version, model)
    if scene is None:
        return
    context.progress(0.1, f"comparing {scene.version.rows_added} rows")
    comparison = _compare(context, scene)
    context.progress(0.4, "measuring realised performance")
    task, metric, measured = _measure(context, scene)
    decision = policy.decide(
        [*_past(scene, metric), _window(scene, comparison, metric, measured, context.store.now())],
        [policy.PastCycle(time=one.policy_time, state=one.state) for one in scene.cycles],
        scene.model.retrain,
        training_rows=int(scene.champion.metrics.get("training_rows", 0)),
    )
    sentence = _sentence(scene, comparison, metric, measured, decision)
    with context.conclude({"fires": decision.fires, "task": task}) as tx:
        _keep(tx, scene, comparison, metric, measured, sentence)
        if decision.fires:
            _fire(context, tx, scene, decision)


def _scene(
    context: Context, tx: Transaction, dataset: str, number: int, model: str
) -> _Scene | None:
    """What is known; None when the model has no champion any more."""
    champion = tx.models.at(model)
    if champion is None:
        return None
    version = tx.datasets.version(tx.datasets.get(dataset), number)
    run = tx.runs.get(champion.run_id)
    reports = tx.drift.newest(dataset=dataset, model=model, limit=60)
    mine = tuple(
        report
        for report in reversed(reports)
        if report.model_version == champion.number and report.version != number
    )
    return _Scene(
        model=context.config.models[model],
        experiment=context.config.experiments[run.experiment],
        champion=champion,
        frozen=tx.models.version(model, 1),
        run=run,
        version=version,
        window=Window(dataset=dataset, version=number, added_only=True),
        reports=mine,
        evaluations=tx.drift.evaluations(tx.models.get(model)),
        cycles=tuple(reversed(tx.reviews.cycles(tx.models.get(model)))),
    )


def _compare(context: Context, scene: _Scene) -> Comparison:
    reference = row_services.read_profile(context, scene.champion.profile_blob)
    with context.store.read() as tx:
        selection = row_services.select(context, tx, scene.window)
        schema = row_services.dataset_schema(tx.datasets.get(scene.window.dataset))
    known = {column.name for column in reference.columns}
    columns = [column for column in schema if column.name in known]
    current = row_services.profile_of(context, selection, columns, like=reference)
    return drift.compare(reference, current, importances=scene.champion.importances)


def _measure(context: Context, scene: _Scene) -> tuple[Task, str, tuple[_Measured, ...]]:
    """The task, the metric and how champion and frozen version did; nothing without labels."""
    experiment = scene.experiment
    inputs = dict.fromkeys([*scene.champion.signature.names, *scene.frozen.signature.names])
    with context.store.read() as tx:
        selection = row_services.select(context, tx, scene.window)
    fetched = context.store.frames.fetch(selection, [*inputs, experiment.target])
    known = ~np.ma.getmaskarray(fetched[experiment.target])
    rows = {name: values[known] for name, values in fetched.items()}
    target = rows[experiment.target]
    task = training.task_in(experiment, target)
    metric = experiment.metric or metrics.default_metric(task)
    if not len(target):
        return task, metric, ()
    found = []
    logged = _logged(context, scene, selection.sql())
    if len(logged["score"]) >= max(LEAST_LOGGED, len(target) // 2):
        champion = (logged["target"], logged["score"], "predictions")
    else:
        champion = (target, promotion.scores(context, scene.champion, rows), "scored")
    frozen = (target, promotion.scores(context, scene.frozen, rows), "scored")
    for version, role, (truth, answers, source) in (
        (scene.champion, EvaluationRole.CHAMPION, champion),
        (scene.frozen, EvaluationRole.FROZEN, frozen),
    ):
        known = training.is_known(task, truth, version.signature.classes)
        codes = training.truth_of(task, truth[known], version.signature.classes)
        scores = answers[known]
        value = metrics.metric(metric, task, codes, scores)
        if not np.isfinite(value):
            continue  # one class only: these rows say nothing
        low, high = intervals.interval(metric, task, codes, scores, seed=experiment.seed)
        found.append(
            _Measured(
                version=version,
                role=role,
                value=value,
                low=low,
                high=high,
                rows=len(codes),
                source=source,
            )
        )
    return task, metric, tuple(found)


def _logged(context: Context, scene: _Scene, relation_sql: str) -> dict[str, NDArray[Any]]:
    """What the endpoint answered for these rows, joined by key; empty where rows have no key."""
    key = scene.champion.signature.key
    if not key:
        return {"target": np.empty(0), "score": np.empty(0)}
    log = Predictions(context.store.frames, context.store.layout.predictions)
    return log.labelled_scores(
        relation_sql, key=key, target=scene.experiment.target, model=scene.model.name
    )


def _past(scene: _Scene, metric: str) -> list[policy.Window]:
    """The windows that the present champion has seen before this one."""
    evaluated = {
        one.version: one
        for one in scene.evaluations
        if one.role is EvaluationRole.CHAMPION and one.model_version == scene.champion.number
    }
    labelled: dict[int, int] = {}
    for one in scene.evaluations:
        labelled[one.version] = max(one.rows, labelled.get(one.version, 0))
    windows = []
    for report in scene.reports:
        found = evaluated.get(report.version)
        value = found.value if found and found.metric == metric else None
        windows.append(
            policy.Window(
                time=report.window_end or report.created_at,
                rows=labelled.get(report.version, 0),
                drifted=tuple(column.name for column in report.comparison.drifted),
                drift_ratio=drift_ratio(report.comparison),
                metric=metric,
                value=value,
                drop=_drop(scene.champion, metric, value),
            )
        )
    return windows


def _window(
    scene: _Scene,
    comparison: Comparison,
    metric: str,
    measured: Sequence[_Measured],
    now: datetime,
) -> policy.Window:
    value = _value(measured, EvaluationRole.CHAMPION)
    return policy.Window(
        time=scene.version.last_time or now,
        rows=max((one.rows for one in measured), default=0),
        drifted=tuple(column.name for column in comparison.drifted),
        drift_ratio=drift_ratio(comparison),
        metric=metric,
        value=value,
        drop=_drop(scene.champion, metric, value),
    )


def drift_ratio(comparison: Comparison) -> float:
    """Largest effect as a share of its limit among columns whose shift is significant."""
    moved = [
        column.effect / column.limit
        for column in comparison.columns
        if column.verdict in {DriftVerdict.DRIFT, DriftVerdict.WARN} and column.limit > 0
    ]
    return max(moved, default=0.0)


def _drop(champion: ModelVersion, metric: str, value: float | None) -> float | None:
    registered = champion.metrics.get(metric)
    if value is None or registered is None:
        return None
    return registered - value if metrics.larger_is_better(metric) else value - registered


def _value(measured: Sequence[_Measured], role: EvaluationRole) -> float | None:
    return next((one.value for one in measured if one.role is role), None)


def _sentence(
    scene: _Scene,
    comparison: Comparison,
    metric: str,
    measured: Sequence[_Measured],
    decision: policy.Decision,
) -> str:
    reference = f"training rows of {scene.champion.label}"
    parts = [drift_words.sentence(comparison, reference=reference)]
    for one in measured:
        if one.role is EvaluationRole.CHAMPION:
            registered = scene.champion.metrics.get(metric)
            was = "" if registered is None else f", {words.fixed(registered, 3)} at registration"
            bounds = words.interval(one.low, one.high, 3)
            parts.append(f"{metric} {words.fixed(one.value, 3)} ({bounds}{was})")
    parts.append(f"retraining: {decision.reason}" if decision.fires else decision.reason)
    return "; ".join(parts)


def _keep(
    tx: Transaction,
    scene: _Scene,
    comparison: Comparison,
    metric: str,
    measured: Sequence[_Measured],
    sentence: str,
) -> None:
    reference = f"training rows of {scene.champion.label}"
    tx.drift.keep(
        scene.version, comparison, against=scene.champion, reference=reference, sentence=sentence
    )
    rows: list[dict[str, object]] = [
        {
            "model_version": one.version.number,
            "role": one.role.value,
            "metric": metric,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "rows": one.rows,
            "source": one.source,
        }
        for one in measured
    ]
    tx.drift.evaluate(tx.models.get(scene.model.name), scene.version, rows)
    has_drifted = comparison.verdict is DriftVerdict.DRIFT
    tx.events.add(
        NewEvent(
            kind="drift.report",
            subject=scene.version.label,
            message=f"{scene.version.label}: {sentence}",
            severity=Severity.WARNING if has_drifted else Severity.INFO,
        )
    )
    key = f"drift {scene.model.name}"
    if has_drifted:
        names = words.listed([column.name for column in comparison.drifted], most=4)
        title = f"{scene.version.label}: {names} drifted"
        alert = NewAlert(key=key, severity=Severity.WARNING, title=title, text=sentence)
        tx.events.raise_alert(alert)
    else:
        tx.events.resolve(key)


def _fire(context: Context, tx: Transaction, scene: _Scene, decision: policy.Decision) -> None:
    model = tx.models.get(scene.model.name)
    if any(one.state is CycleState.OPEN for one in tx.reviews.cycles(model, limit=1)):
        return  # opened by another window while this one was looked at
    cycle = tx.reviews.open_cycle(
        model,
        trigger=decision.reason,
        version=scene.version,
        policy_time=scene.version.last_time or context.store.now(),
    )
    if scene.version.parent is None:
        outcome = (
            f"{scene.version.label} is the first version: there are no earlier rows to train on"
        )
        tx.reviews.close_cycle(cycle.id, state=CycleState.FAILED, outcome=outcome)
        return
    end = scene.version.first_time
    span = scene.model.retrain.window
    fired = policy.Fired(
        cycle=cycle.id,
        model=model.name,
        experiment=scene.experiment.name,
        recipe=scene.run.recipe,
        dataset=scene.version.dataset,
        version=scene.version.number,
        train_version=scene.version.parent,
        train_start=end - span if end is not None and span is not None else None,
        train_end=end,
    )
    tx.events.add(
        NewEvent(
            kind="cycle.opened",
            subject=model.name,
            message=f"retraining {model.name}: {decision.reason}",
        )
    )
    tx.jobs.enqueue_all(policy.after(fired, cause=context.job.id if context.job else None))
