"""Trains a recipe on a window of a dataset and keeps all that is needed to judge and serve it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from storage.records import (
    Artifact,
    Metric,
    NewEvent,
    NewRun,
    Run,
    RunState,
    Scalar,
    Severity,
)
from workbench.core import metrics, policy, words
from workbench.core.leakage import Leak
from workbench.core.run_figures import FoldScores, RunFigures
from workbench.engines import environment, native, training
from workbench.engines.training import Fitted
from workbench.errors import TrainingFailed
from workbench.services import (
    baseline_runs,
    baselines,
    cross_validation,
    definitions,
    keepsakes,
    looks_at_rows,
    material,
    run_figures,
)
from workbench.services.baselines import Baseline
from workbench.services.context import Context
from workbench.services.figures_of_runs import FIGURES_ARTIFACT
from workbench.services.looks_at_rows import Looks
from workbench.services.material import Material, Plan
from workbench.services.run_figures import Judged
from workbench.services.run_stream import RunStream
from workbench.services.training_jobs import experiment_of, recipe_of

MODEL_ARTIFACT = "model.bin"
SIGNATURE_ARTIFACT = "signature.json"
PROFILE_ARTIFACT = "training-profile.json"
HASHES_ARTIFACT = "training-rows.u64"
SCORES_ARTIFACT = "test-scores.f64"
IMPORTANCES_ARTIFACT = "importances.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """All that came of a training, before any of it is written."""

    metric: str
    """The one that judges the experiment."""
    params: dict[str, Scalar]
    """As used."""
    metrics: tuple[Metric, ...]
    figures: RunFigures
    artifacts: tuple[Artifact, ...]
    baseline: Baseline | None
    """None: there is one already, or nothing can be guessed."""


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
        test=material.split_words(plan.experiment.split) if plan.test is None else plan.test.label,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
        job_id=context.job.id if context.job else None,
        cycle_id=cycle,
    )
    changes = environment.uncommitted(context.project_dir)
    artifacts = keepsakes.difference(context.store.blobs, changes)
    with context.write() as tx:
        started = tx.runs.start(run)
        tx.runs.keep_artifacts(started.id, artifacts)
        if cycle is not None:
            tx.reviews.note_run(cycle, started.id)
        return started


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _fit_and_keep(
    context: Context, plan: Plan, run: Run, *, model: str | None, cycle: int | None
) -> None:
    outcome = _outcome(context, plan, run)
    with context.conclude({"run": run.id}) as tx:
        tx.runs.set_metrics(run.id, outcome.metrics)
        tx.runs.keep_artifacts(run.id, outcome.artifacts)
        tx.runs.end(run.id, state=RunState.FINISHED, params=outcome.params)
        if outcome.baseline is not None:
            baselines.keep(context, tx, plan, run, outcome.baseline)
        if outcome.figures.leaks:
            tx.events.add(_suspected(run, outcome.figures.leaks))
        tx.events.add(_finished(plan, run, outcome))
        if model is not None and cycle is not None:
            trained = policy.Trained(
                cycle=cycle, model=model, run=run.id, holdout=plan.version.number
            )
            cause = context.job.id if context.job else None
            tx.jobs.enqueue_all(policy.after(trained, cause=cause))


def _outcome(context: Context, plan: Plan, run: Run) -> _Outcome:
    context.progress(0.02, "reading rows")
    found = material.read(context, plan)
    metric = plan.experiment.metric or metrics.default_metric(found.task)
    with context.store.read() as tx:
        has_baseline = baseline_runs.of_run(tx, run) is not None
    # What only looks at the rows goes on while the model learns: each has a core of its own.
    with ThreadPoolExecutor(2, thread_name_prefix="looks") as beside:
        looks = beside.submit(
            looks_at_rows.look, context, plan, found, metric=metric, has_baseline=has_baseline
        )
        fitted, folds = _fitted(context, plan, run, found, metric)
        asked = beside.submit(training.insight, fitted, seed=plan.experiment.seed)
        context.progress(0.92, "measuring")
        judged = run_figures.judged(found, fitted)
        measured = _measured(plan, found, judged, folds[:1])
        seen = looks.result()
        leaks = (*seen.leaks, *fitted.leaks)
        figures = run_figures.drawn(plan, found, judged, metric=metric, leaks=leaks, folds=folds)
        artifacts = _artifacts(context, plan, fitted, seen)
        insight = asked.result()
    figures = replace(
        figures,
        importances=insight.importances,
        permutation=insight.permutation,
        notes=fitted.messages,
    )
    return _Outcome(
        metric=metric,
        params=fitted.params,
        metrics=measured,
        figures=figures,
        artifacts=(*artifacts, *_drawn_artifacts(context, figures)),
        baseline=seen.baseline,
    )


def _fitted(
    context: Context, plan: Plan, run: Run, found: Material, metric: str
) -> tuple[Fitted, tuple[FoldScores, ...]]:
    """The model, and what its recipe reaches in each fold of the training rows."""
    stream = RunStream(context, run, primary=metric, parts=1 + plan.experiment.cv)
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
    folds = cross_validation.fold_scores(
        context, plan, found, metric=metric, tell=stream.report_fold
    )
    stream.flush()
    return fitted, folds


def _measured(
    plan: Plan, found: Material, judged: Judged, primary_folds: Sequence[FoldScores]
) -> tuple[Metric, ...]:
    reached = run_figures.estimates(plan, found.task, judged)
    counts = {
        "training_rows": float(len(found.train.target)),
        "test_rows": float(len(found.test.target)),
    }
    for one in primary_folds:
        counts |= {f"cv_{one.metric}": one.mean, f"cv_{one.metric}_sd": one.deviation}
    return (
        *(baselines.run_metric(key, one) for key, one in reached.items()),
        *(Metric(key=key, value=value, step=0) for key, value in counts.items()),
    )


def _artifacts(context: Context, plan: Plan, fitted: Fitted, looks: Looks) -> list[Artifact]:
    """What a model is registered and made again with."""
    contents = {
        MODEL_ARTIFACT: native.dump(fitted.model),
        SIGNATURE_ARTIFACT: msgspec.json.encode(replace(fitted.signature, key=plan.key)),
        PROFILE_ARTIFACT: msgspec.json.encode(looks.profile),
        HASHES_ARTIFACT: looks.hashed.astype("<u8").tobytes(),
        SCORES_ARTIFACT: fitted.test_scores.astype("<f8").tobytes(),
        definitions.ARTIFACT: definitions.encoded(context, plan),
    }
    return [
        keepsakes.kept(context.store.blobs, path, content) for path, content in contents.items()
    ]


def _drawn_artifacts(context: Context, figures: RunFigures) -> list[Artifact]:
    contents = {
        IMPORTANCES_ARTIFACT: msgspec.json.encode(figures.importances),
        FIGURES_ARTIFACT: msgspec.json.encode(figures),
    }
    return [
        keepsakes.kept(context.store.blobs, path, content) for path, content in contents.items()
    ]


def _suspected(run: Run, leaks: Sequence[Leak]) -> NewEvent:
    more = "" if len(leaks) == 1 else f" And {words.plural(len(leaks) - 1, 'more sign')} of a leak."
    return NewEvent(
        kind="run.leak",
        subject=run.label,
        message=f"{run.label} {run.experiment} may be too good: {leaks[0].sentence}{more}",
        severity=Severity.WARNING,
    )


def _finished(plan: Plan, run: Run, outcome: _Outcome) -> NewEvent:
    value = next(one.value for one in outcome.metrics if one.key == outcome.metric)
    return NewEvent(
        kind="run.finished",
        subject=run.label,
        message=f"{run.label} {plan.experiment.name} {plan.recipe.name} finished: "
        f"{outcome.metric} {words.metric(value)}",
    )
