"""Looks at the rows a new version added: drift, realised performance, and whether to retrain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
    Severity,
    Version,
    Window,
)
from storage.store import Transaction
from workbench.config import ExperimentConfig, ModelConfig
from workbench.core import drift, drift_words, metrics, policy, words
from workbench.services import model_rules, performance
from workbench.services import rows as row_services
from workbench.services.context import Context
from workbench.services.performance import Performance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """All that is known before the new rows are looked at."""

    model: ModelConfig
    experiment: ExperimentConfig
    champion: ModelVersion
    frozen: ModelVersion
    """The oldest version of the model that is left, kept as a yardstick."""
    recipe: str
    """The one that made the champion, which a retraining follows."""
    version: Version
    window: Window
    reports: tuple[DriftReport, ...]
    """Of the present champion, oldest first, without this version's."""
    evaluations: tuple[Evaluation, ...]
    cycles: tuple[Cycle, ...]
    """Oldest first."""


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
    context.progress(0.1, f"comparing {words.plural(scene.version.rows_added, 'row')}")
    comparison = _compare(context, scene)
    context.progress(0.4, "measuring realised performance")
    found = performance.measure(
        context, scene.experiment, scene.window, champion=scene.champion, frozen=scene.frozen
    )
    decision = policy.decide(
        [*_past(scene, found.metric), _window(scene, comparison, found, context.store.now())],
        [policy.PastCycle(time=one.policy_time, state=one.state) for one in scene.cycles],
        scene.model.retrain,
        training_rows=int(scene.champion.metrics.get("training_rows", 0)),
    )
    with context.conclude({"fires": decision.fires}) as tx:
        _keep(tx, scene, comparison, found, decision)
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
    experiment = model_rules.experiment_of(context, tx, champion)
    reports = tx.drift.newest(dataset=dataset, model=model, limit=60)
    mine = tuple(
        report
        for report in reversed(reports)
        if report.model_version == champion.number and report.version != number
    )
    return _Scene(
        model=model_rules.rules_of(context, model),
        experiment=experiment,
        champion=champion,
        frozen=tx.models.first(model),
        recipe=_recipe(tx, champion, experiment),
        version=version,
        window=Window(dataset=dataset, version=number, added_only=True),
        reports=mine,
        evaluations=tx.drift.evaluations(tx.models.get(model)),
        cycles=tuple(reversed(tx.reviews.cycles(tx.models.get(model)))),
    )


def _recipe(tx: Transaction, champion: ModelVersion, experiment: ExperimentConfig) -> str:
    """The recipe that made the champion; the experiment's first one where none did."""
    if champion.run_id is None:
        return experiment.recipes[0].name
    return tx.runs.get(champion.run_id).recipe


def _compare(context: Context, scene: _Scene) -> Comparison:
    reference = row_services.read_profile(context, scene.champion.profile_blob)
    with context.store.read() as tx:
        selection = row_services.select(context, tx, scene.window)
        schema = row_services.columns_of(tx, scene.version)
    known = {column.name for column in reference.columns}
    columns = [column for column in schema if column.name in known]
    current = row_services.profile_of(context, selection, columns, like=reference)
    return drift.compare(reference, current, importances=scene.champion.importances)


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
    found: Performance,
    now: datetime,
) -> policy.Window:
    value = found.value(EvaluationRole.CHAMPION)
    return policy.Window(
        time=scene.version.last_time or now,
        rows=found.rows,
        drifted=tuple(column.name for column in comparison.drifted),
        drift_ratio=drift_ratio(comparison),
        metric=found.metric,
        value=value,
        drop=_drop(scene.champion, found.metric, value),
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


def _sentence(
    scene: _Scene, comparison: Comparison, found: Performance, decision: policy.Decision
) -> str:
    """Which of inputs and realised performance speaks, and what is made of it."""
    reference = f"training rows of {scene.champion.label}"
    parts = [drift_words.sentence(comparison, reference=reference)]
    for one in found.measured:
        if one.role is EvaluationRole.CHAMPION:
            registered = scene.champion.metrics.get(found.metric)
            was = "" if registered is None else f", {words.fixed(registered, 3)} at registration"
            bounds = words.interval(one.low, one.high, 3)
            parts.append(f"{found.metric} {words.fixed(one.value, 3)} ({bounds}{was})")
    return "; ".join([*parts, _decided(decision)])


def _decided(decision: policy.Decision) -> str:
    return f"retraining: {decision.reason}" if decision.fires else decision.reason


def _keep(
    tx: Transaction,
    scene: _Scene,
    comparison: Comparison,
    found: Performance,
    decision: policy.Decision,
) -> None:
    sentence = _sentence(scene, comparison, found, decision)
    tx.drift.keep(
        scene.version,
        comparison,
        against=scene.champion,
        reference=f"training rows of {scene.champion.label}",
        sentence=sentence,
        decision=_decided(decision),
    )
    tx.drift.evaluate(tx.models.get(scene.model.name), scene.version, _evaluations(found))
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


def _evaluations(found: Performance) -> list[dict[str, object]]:
    return [
        {
            "model_version": one.version.number,
            "role": one.role.value,
            "metric": found.metric,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "rows": one.rows,
            "source": one.source,
        }
        for one in found.measured
    ]


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
        recipe=scene.recipe,
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
