"""Trains a recipe on a window of a dataset and keeps all that is needed to judge and serve it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from storage.records import (
    Artifact,
    Metric,
    MetricPoint,
    NewEvent,
    NewRun,
    Run,
    RunState,
    Scalar,
)
from workbench.config import SplitConfig
from workbench.core import intervals, metrics, policy, words
from workbench.engines import environment, native, training
from workbench.engines.training import Fitted, Progress
from workbench.errors import TrainingFailed
from workbench.services import material, truth
from workbench.services import rows as row_services
from workbench.services.context import Context
from workbench.services.material import Material, Plan
from workbench.services.training_jobs import experiment_of, recipe_of

FLUSH_S = 0.5

MODEL_ARTIFACT = "model.bin"
SIGNATURE_ARTIFACT = "signature.json"
PROFILE_ARTIFACT = "training-profile.json"
HASHES_ARTIFACT = "training-rows.u64"
SCORES_ARTIFACT = "test-scores.f64"
IMPORTANCES_ARTIFACT = "importances.json"


def train(  # noqa: PLR0913 - the arguments of a job, each by its name
    context: Context,
    *,
    experiment: str,
    recipe: str,
    params: Mapping[str, Scalar] | None = None,
    version: int | None = None,
    train_version: int | None = None,
    train_start: str | None = None,
    train_end: str | None = None,
    model: str | None = None,
    cycle: int | None = None,
) -> None:
    """Trains a recipe as a run, streaming its metrics.

    Args:
        context: The project.
        experiment: The experiment.
        recipe: One of its recipes.
        params: Params that replace or add to the recipe's.
        version: Dataset version; None: the latest.
        train_version: An earlier dataset version to train on; the rows that `version` added are the
            test rows then. None: the experiment's split divides the rows of `version`.
        train_start: Earliest event time to train on, ISO 8601; None: all.
        train_end: Event time before which training rows lie, ISO 8601; None: all.
        model: The model whose challenger this is; None outside a retraining cycle.
        cycle: Its retraining cycle.

    Raises:
        TrainingFailed: The recipe, target or rows cannot be trained on.
    """
    config = experiment_of(context, experiment)
    chosen = recipe_of(config, recipe)
    chosen = replace(chosen, params={**chosen.params, **(params or {})})
    with context.store.read() as tx:
        plan = material.plan_of(
            context,
            tx,
            config,
            chosen,
            version=version,
            train=material.Span(
                version=train_version, start=_moment(train_start), end=_moment(train_end)
            ),
        )
    run = _start(context, plan, cycle)
    try:
        _fit_and_keep(context, plan, run, model=model, cycle=cycle)
    except TrainingFailed as error:
        with context.write() as tx:
            tx.runs.end(run.id, state=RunState.FAILED, error=error.problem)
        raise


def _start(context: Context, plan: Plan, cycle: int | None) -> Run:
    source = environment.recipe_source_hash(plan.recipe, context.project_dir)
    run = NewRun(
        experiment=plan.experiment.name,
        name=plan.recipe.name,
        recipe=plan.recipe.name,
        model=plan.recipe.model,
        params=plan.recipe.params,
        seed=plan.experiment.seed,
        source_hash=source,
        dataset=plan.version.dataset,
        version=plan.version.number,
        train=plan.train.label,
        test=_split_words(plan.experiment.split) if plan.test is None else plan.test.label,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
        job_id=context.job.id if context.job else None,
        cycle_id=cycle,
    )
    with context.write() as tx:
        started = tx.runs.start(run)
        if cycle is not None:
            tx.reviews.note_run(cycle, started.id)
        return started


def _split_words(split: SplitConfig) -> str:
    """`the last 31 d`, `a random 20.0 %`, `20.0 % of the groups of store`."""
    if isinstance(split.test, float):
        share = words.percent(split.test)
        return {
            "time": f"the last {share}",
            "random": f"a random {share}",
            "group": f"{share} by groups of {split.group}",
        }[split.by]
    return f"the last {split.test.total_seconds() / 86_400:g} days"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _fit_and_keep(
    context: Context, plan: Plan, run: Run, *, model: str | None, cycle: int | None
) -> None:
    context.progress(0.02, "reading rows")
    found = material.read(context, plan)
    metric = plan.experiment.metric or metrics.default_metric(found.task)
    stream = _Stream(context, run, primary=metric)
    fitted = training.fit(
        plan.recipe,
        task=found.task,
        train=found.train,
        test=found.test,
        seed=plan.experiment.seed,
        metric=metric,
        project_dir=context.project_dir,
        report=stream.report,
    )
    stream.flush()
    context.progress(0.9, "measuring")
    measured = _measure(plan, found, fitted)
    artifacts = _artifacts(context, plan, found, fitted)
    with context.conclude({"run": run.id}) as tx:
        tx.runs.set_metrics(run.id, measured)
        tx.runs.keep_artifacts(run.id, artifacts)
        tx.runs.end(run.id, state=RunState.FINISHED, params=fitted.params)
        tx.events.add(_finished(plan, run, measured, metric))
        if model is not None and cycle is not None:
            outcome = policy.Trained(
                cycle=cycle, model=model, run=run.id, holdout=plan.version.number
            )
            cause = context.job.id if context.job else None
            tx.jobs.enqueue_all(policy.after(outcome, cause=cause))


def _measure(plan: Plan, found: Material, fitted: Fitted) -> list[Metric]:
    classes = fitted.signature.classes
    known = truth.is_known(found.task, found.test.target, classes)
    codes = truth.truth_of(found.task, found.test.target[known], classes)
    scores = fitted.test_scores[known]
    values = metrics.compute(found.task, codes, scores, classes=classes)
    primary = plan.experiment.metric or metrics.default_metric(found.task)
    low, high = intervals.interval(primary, found.task, codes, scores, seed=plan.experiment.seed)
    counts = {
        "training_rows": float(len(found.train.target)),
        "test_rows": float(len(found.test.target)),
    }
    return [
        Metric(
            key=key,
            value=value,
            step=0,
            low=low if key == primary else None,
            high=high if key == primary else None,
        )
        for key, value in (values | counts).items()
    ]


def _artifacts(context: Context, plan: Plan, found: Material, fitted: Fitted) -> Sequence[Artifact]:
    names = set(plan.features)
    with context.store.read() as tx:
        schema = row_services.columns_of(tx, plan.version)
    columns = [column for column in schema if column.name in names]
    profile = row_services.reference_profile(context, found.selection, columns)
    contents = {
        MODEL_ARTIFACT: native.dump(fitted.model),
        SIGNATURE_ARTIFACT: msgspec.json.encode(replace(fitted.signature, key=plan.key)),
        PROFILE_ARTIFACT: msgspec.json.encode(profile),
        HASHES_ARTIFACT: training.row_hashes(found.hashed).astype("<u8").tobytes(),
        SCORES_ARTIFACT: fitted.test_scores.astype("<f8").tobytes(),
        IMPORTANCES_ARTIFACT: msgspec.json.encode(fitted.importances),
    }
    blobs = context.store.blobs
    return [
        Artifact(path=path, blob=blobs.put(content), size_bytes=len(content))
        for path, content in contents.items()
    ]


def _finished(plan: Plan, run: Run, measured: Sequence[Metric], primary: str) -> NewEvent:
    value = next((metric.value for metric in measured if metric.key == primary), float("nan"))
    return NewEvent(
        kind="run.finished",
        subject=run.label,
        message=f"{run.label} {plan.experiment.name} {plan.recipe.name} finished: "
        f"{primary} {words.metric(value)}",
    )


class _Stream:
    """Writes a run's metrics and a job's progress at most twice a second."""

    def __init__(self, context: Context, run: Run, *, primary: str) -> None:
        self._context = context
        self._run = run
        self._primary = primary
        self._points: list[MetricPoint] = []
        self._last: Progress | None = None
        self._flushed_at = time.monotonic()

    def report(self, progress: Progress) -> None:
        """Takes what the engine says of a step."""
        now = self._context.store.now()
        self._points += [
            MetricPoint(key=key, value=value, step=progress.step, at=now)
            for key, value in progress.metrics.items()
        ]
        self._last = progress
        if time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Writes what has come since the last time."""
        if self._points:
            with self._context.write() as tx:
                tx.runs.log(self._run.id, self._points)
            self._points = []
        if self._last is not None:
            self._context.progress(self._fraction(self._last), self._words(self._last))
        self._flushed_at = time.monotonic()

    def _fraction(self, progress: Progress) -> float | None:
        return None if not progress.steps else 0.05 + 0.85 * progress.step / progress.steps

    def _words(self, progress: Progress) -> str:
        value = progress.metrics.get(self._primary)
        steps = "" if not progress.steps else f" of {progress.steps}"
        shown = "" if value is None else f", {self._primary} {words.metric(value)}"
        return progress.message or f"step {progress.step}{steps}{shown}"
