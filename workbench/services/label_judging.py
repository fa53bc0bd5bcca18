"""What labels that were sent change: windows they belong to are looked at again, and the champion is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage import frames
from storage.predictions import Asked, Predictions
from storage.records import (
    EvaluationRole,
    ModelVersion,
    NewAlert,
    NewEvent,
    Severity,
    Version,
    VersionState,
    Window,
)
from storage.store import Transaction
from workbench.config import ExperimentConfig
from workbench.core import metrics, policy, words
from workbench.services import key_types, model_rules, performance
from workbench.services import rows as row_services
from workbench.services.context import Context
from workbench.services.performance import Measured

MOST_VERSIONS = 12
"""Of the newest versions of a dataset, whose windows may be looked at again."""
LEAST_LABELLED = 100
"""Labelled answers below which a champion is not judged by them alone."""
SOURCE = "labels"
WHILE_JUDGED = timedelta(minutes=10)
"""Labels that came so shortly before a judgement may have come too late for it."""

_LONG_AGO = datetime(1971, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A window that was looked at, and when its champion was judged last."""

    version: Version
    judged_at: datetime


def judge(context: Context, *, model: str) -> None:
    """Acts on the labels that were sent of a model.

    Labels of rows that a dataset's version brought are judged with that version's other rows: it is looked
    at again, as when it came. Beyond that the champion is judged by all labelled answers of its own; while
    no window of its dataset has been, that stands as its realised performance.
    """
    with context.store.read() as tx:
        champion = tx.models.at(model)
        is_ruled = champion is not None and model in context.config.models
        experiment = (
            model_rules.experiment_of(context, tx, champion) if champion and is_ruled else None
        )
        seen = _seen(tx, champion, experiment) if champion and experiment else ()
    if champion is None or not champion.signature.key:
        with context.conclude({"labelled": 0}):
            return
    again = [one.version for one in seen if _has_newer(context, champion, one)]
    found = _judged(context, champion, experiment)
    with context.conclude({"windows": len(again), "labelled": found[1].rows if found else 0}) as tx:
        cause = context.job.id if context.job else None
        for version in again:
            accepted = policy.Accepted(
                dataset=version.dataset, version=version.number, models=(model,)
            )
            tx.jobs.enqueue_all(policy.after(accepted, cause=cause))
        if found is not None:
            _tell(context, tx, champion, *found)
            if not again:
                _keep(tx, champion, experiment, *found)


def _seen(tx: Transaction, champion: ModelVersion, experiment: ExperimentConfig) -> Sequence[_Seen]:
    """The newest windows that the model was watched on."""
    dataset = tx.datasets.get(experiment.dataset)
    reports = tx.drift.newest(dataset=dataset.name, model=champion.model, limit=MOST_VERSIONS)
    watched = {report.version: report.created_at for report in reports}
    evaluations = tx.drift.evaluations(tx.models.get(champion.model))
    judged = {
        one.version: one.created_at
        for one in evaluations
        if one.role is EvaluationRole.CHAMPION and one.source != SOURCE
    }
    return [
        _Seen(version=version, judged_at=judged.get(version.number, _LONG_AGO))
        for version in tx.datasets.newest(dataset, limit=MOST_VERSIONS)
        if version.number in watched and version.state is VersionState.CURRENT
    ]


def _has_newer(context: Context, champion: ModelVersion, seen: _Seen) -> bool:
    """Whether rows of a window were labelled after it was judged."""
    labels = performance.sent(context, champion)
    window = Window(dataset=seen.version.dataset, version=seen.version.number, added_only=True)
    with context.store.read() as tx:
        selection = row_services.select(context, tx, window)
    if labels is None or not selection.paths:
        return False
    types = frames.columns(context.store.frames, selection)
    if not set(labels.key).issubset(types):
        return False
    return labels.newer(selection, types=types, since=seen.judged_at - WHILE_JUDGED) > 0


def _judged(
    context: Context, champion: ModelVersion, experiment: ExperimentConfig | None
) -> tuple[str, Measured] | None:
    """The champion's metric on all of its answers whose labels were sent; None: there are too few."""
    labels = performance.sent(context, champion)
    assert labels is not None
    log = Predictions(context.store.frames, context.store.layout.predictions)
    found = log.sent_scores(
        labels.latest,
        key=labels.key,
        types=key_types.of(context, champion),
        model=champion.model,
        asked=Asked(version=champion.number),
    )
    if len(found["score"]) < LEAST_LABELLED:
        return None
    target = found["target"]
    if champion.signature.task == "regression":
        target = target.astype(float)
    return performance.judged(experiment, champion, target, found["score"], source=SOURCE)


def _keep(
    tx: Transaction,
    champion: ModelVersion,
    experiment: ExperimentConfig | None,
    metric: str,
    found: Measured,
) -> None:
    """Keeps it as realised performance, unless rows of the newest version tell it already."""
    if experiment is None:
        return
    latest = tx.datasets.latest(tx.datasets.get(experiment.dataset))
    model = tx.models.get(champion.model)
    if latest is None or any(
        one.version == latest.number and one.source != SOURCE for one in tx.drift.evaluations(model)
    ):
        return
    evaluation = {
        "model_version": champion.number,
        "role": EvaluationRole.CHAMPION.value,
        "metric": metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "rows": found.rows,
        "source": SOURCE,
    }
    tx.drift.evaluate(model, latest, [evaluation])


def _tell(
    context: Context, tx: Transaction, champion: ModelVersion, metric: str, found: Measured
) -> None:
    registered = champion.metrics.get(metric)
    bounds = words.interval(found.low, found.high, 3)
    was = "" if registered is None else f", {words.fixed(registered, 3)} at registration"
    sentence = (
        f"{champion.label}: {metric} {words.fixed(found.value, 3)} ({bounds}{was}) on "
        f"{words.plural(found.rows, 'labelled answer')}"
    )
    tx.events.add(NewEvent(kind="labels.judged", subject=champion.label, message=sentence))
    rules = context.config.models.get(champion.model)
    key = f"labels {champion.model}"
    worst = found.high if metrics.larger_is_better(metric) else found.low
    drop = 0.0
    if registered is not None:
        drop = registered - worst if metrics.larger_is_better(metric) else worst - registered
    if rules is not None and drop > rules.retrain.max_drop:
        title = f"{champion.label} does worse than at registration"
        tx.events.raise_alert(
            NewAlert(key=key, severity=Severity.WARNING, title=title, text=f"{sentence}.")
        )
    else:
        tx.events.resolve(key)
