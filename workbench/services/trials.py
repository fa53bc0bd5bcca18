"""A trial of a study: params proposed, trained on part of the training rows, judged on the rest."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from storage.records import (
    Metric,
    MetricPoint,
    NewRun,
    RunState,
    Scalar,
    Study,
    StudyState,
    Trial,
    TrialState,
)
from workbench.config import RecipeConfig
from workbench.core import metrics, pruning, search, words
from workbench.engines import environment, sampler, training
from workbench.engines.training import Fitted, Progress
from workbench.errors import TrainingFailed
from workbench.services import material, study_steps, truth, tuning
from workbench.services.context import Context
from workbench.services.material import Material, Plan
from workbench.services.training_jobs import experiment_of, recipe_of

FLUSH_S = 0.5


class _Pruned(Exception):
    """Ends a fit that is behind the others."""

    def __init__(self, step: int, value: float, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step
        self.value = value
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A trial that has its params and its run."""

    study: Study
    trial: Trial
    run_id: int
    plan: Plan
    curves: dict[int, dict[int, float]]
    """What the trials had, step by step, that had finished when this one began."""


def run(context: Context, *, study: int, number: int) -> None:
    """Does a trial, unless it has been done: trains with what Optuna proposes, and keeps what came of it.

    Args:
        context: The project.
        study: Id of the study.
        number: The trial's.

    Raises:
        NotFound: There is no such study or trial.
        TrainingFailed: The recipe, the params or the rows cannot be trained on.
    """
    begun = _begin(context, study, number)
    if begun is None:
        return
    watch = _Watch(context, begun)
    try:
        context.progress(0.02, "reading rows")
        found = material.read(context, begun.plan, is_trial=True)
        fitted = training.fit(
            begun.plan.recipe,
            task=found.task,
            train=found.train,
            test=found.test,
            seed=begun.study.seed,
            metric=begun.study.metric,
            project_dir=context.project_dir,
            report=watch.report,
            looks_closer=False,
        )
    except _Pruned as pruned:
        watch.flush()
        _keep_pruned(context, begun, pruned)
        return
    watch.flush()
    _keep(context, begun, found, fitted)


def measure_importances(context: Context, *, study: int) -> None:
    """Measures how much each param mattered to the trials of a study.

    Args:
        context: The project.
        study: Id of the study.
    """
    with context.store.read() as tx:
        found = tx.studies.get(study)
        trials = tx.studies.trials(study)
    shares = sampler.importances(
        found.space, trials, is_maximized=found.is_maximized, seed=found.seed
    )
    with context.conclude({"params": len(shares)}) as tx:
        tx.studies.keep_importances(study, shares)


def _begin(context: Context, study_id: int, number: int) -> _Begun | None:
    """Gives the trial its params and a run; None when there is nothing left to do."""
    with context.store.read() as tx:
        study = tx.studies.get(study_id)
        trial = tx.studies.trial(study_id, number)
        others = [one for one in tx.studies.trials(study_id) if one.number != number]
        curves = (
            tx.studies.curves(study_id, study.metric, every=pruning.EVERY)
            if study.pruner == "median"
            else {}
        )
    if not trial.state.is_live:
        return None
    if study.state is not StudyState.RUNNING:
        with context.conclude() as tx:
            study_steps.end_trial(tx, trial, state=TrialState.CANCELLED, cause=_job_id(context))
        return None
    experiment = experiment_of(context, study.experiment)
    recipe = recipe_of(experiment, study.recipe)
    _refuse_change(context, study)
    params = trial.params or _proposed(study, others, number, recipe)
    chosen = replace(recipe, params={**recipe.params, **study.params, **params})
    whole = material.Span(version=None, start=None, end=None)
    with context.store.read() as tx:
        plan = material.plan_of(context, tx, experiment, chosen, version=study.version, train=whole)
    new = _new_run(context, study, plan, number)
    with context.write() as tx:
        run_id = tx.runs.start(new).id
        tx.studies.begin(trial, params=params, run_id=run_id, job_id=_job_id(context))
        trial = tx.studies.trial(study_id, number)
    return _Begun(study=study, trial=trial, run_id=run_id, plan=plan, curves=curves)


def _proposed(
    study: Study, others: list[Trial], number: int, recipe: RecipeConfig
) -> dict[str, Scalar]:
    return sampler.propose(
        study.space,
        others,
        number=number,
        seed=study.seed,
        sampler=study.sampler,
        is_maximized=study.is_maximized,
        beginning=search.beginning(study.space, recipe.params),
    )


def _refuse_change(context: Context, study: Study) -> None:
    """Raises TrainingFailed where trials of before and after a change would be compared."""
    experiment = experiment_of(context, study.experiment)
    recipe = recipe_of(experiment, study.recipe)
    if tuning.definition(context, experiment, recipe) != study.source_hash:
        raise TrainingFailed(
            f"{study.experiment} or its recipe has changed since {study.label} began, so that its "
            "trials could not be compared.",
            f"Start another study with `workbench tune {study.experiment}`.",
        )


def _new_run(context: Context, study: Study, plan: Plan, number: int) -> NewRun:
    return NewRun(
        experiment=study.experiment,
        name=f"{study.label} trial {number}",
        recipe=study.recipe,
        model=plan.recipe.model,
        params=plan.recipe.params,
        seed=study.seed,
        source_hash=environment.recipe_source_hash(plan.recipe, context.project_dir),
        dataset=plan.version.dataset,
        version=plan.version.number,
        train=plan.train.label,
        test=tuning.JUDGED_ON,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
        job_id=_job_id(context),
        parent_id=study.run_id,
    )


def _keep(context: Context, begun: _Begun, found: Material, fitted: Fitted) -> None:
    measured = _measured(found, fitted)
    value = measured.get(begun.study.metric, math.nan)
    if not math.isfinite(value):
        raise TrainingFailed(
            f"Its {begun.study.metric} is not defined on the validation rows.",
            "Give the experiment more rows, or another metric.",
        )
    with context.conclude({"run": begun.run_id, begun.study.metric: value}) as tx:
        tx.runs.set_metrics(
            begun.run_id, [Metric(key=key, value=one, step=0) for key, one in measured.items()]
        )
        tx.runs.end(begun.run_id, state=RunState.FINISHED, params=fitted.params)
        study_steps.end_trial(
            tx, begun.trial, state=TrialState.FINISHED, value=value, cause=_job_id(context)
        )


def _keep_pruned(context: Context, begun: _Begun, pruned: _Pruned) -> None:
    with context.conclude({"run": begun.run_id, "pruned at step": pruned.step}) as tx:
        tx.runs.end(begun.run_id, state=RunState.KILLED, error=pruned.sentence)
        study_steps.end_trial(
            tx,
            begun.trial,
            state=TrialState.PRUNED,
            value=pruned.value,
            step=pruned.step,
            cause=_job_id(context),
        )


def _measured(found: Material, fitted: Fitted) -> dict[str, float]:
    classes = fitted.signature.classes
    known = truth.is_known(found.task, found.test.target, classes)
    codes = truth.truth_of(found.task, found.test.target[known], classes)
    values = metrics.compute(found.task, codes, fitted.test_scores[known], classes=classes)
    rows = {
        "training_rows": float(len(found.train.target)),
        "validation_rows": float(len(found.test.target)),
    }
    return {**values, **rows}


def _job_id(context: Context) -> int | None:
    return context.job.id if context.job else None


class _Watch:
    """Writes what a fit tells at most twice a second, and ends one that is behind the others."""

    def __init__(self, context: Context, begun: _Begun) -> None:
        self._context = context
        self._begun = begun
        self._points: list[MetricPoint] = []
        self._curve: dict[int, float] = {}
        self._last: Progress | None = None
        self._flushed_at = time.monotonic()

    def report(self, progress: Progress) -> None:
        """Takes what the engine says of a step.

        Raises:
            _Pruned: The trial shall end here.
        """
        now = self._context.store.now()
        self._points += [
            MetricPoint(key=key, value=value, step=progress.step, at=now)
            for key, value in progress.metrics.items()
        ]
        self._last = progress
        if time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()
        self._look(progress)

    def flush(self) -> None:
        """Writes what has come since the last time."""
        if self._points:
            with self._context.write() as tx:
                tx.runs.log(self._begun.run_id, self._points)
            self._points = []
        if self._last is not None and self._last.steps:
            done = self._last.step / self._last.steps
            self._context.progress(0.05 + 0.9 * done, self._words(self._last))
        self._flushed_at = time.monotonic()

    def _look(self, progress: Progress) -> None:
        study = self._begun.study
        value = progress.metrics.get(study.metric)
        if value is None or not pruning.is_looked_at(progress.step, progress.steps):
            return
        self._curve[progress.step] = value
        curves = self._begun.curves
        if not pruning.is_behind(
            progress.step, self._curve, curves, is_maximized=study.is_maximized
        ):
            return
        limit = words.metric(pruning.limit_at(progress.step, curves))
        best = max(self._curve.values()) if study.is_maximized else min(self._curve.values())
        raise _Pruned(
            progress.step,
            value,
            f"Pruned at step {progress.step}: {study.metric} {words.metric(best)} is behind the "
            f"median {limit} of {words.plural(len(curves), 'trial')}.",
        )

    def _words(self, progress: Progress) -> str:
        value = progress.metrics.get(self._begun.study.metric)
        shown = "" if value is None else f", {self._begun.study.metric} {words.metric(value)}"
        return f"step {progress.step} of {progress.steps}{shown}"
