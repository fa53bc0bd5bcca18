"""Studies: started, stopped, looked at. Their trials are jobs, so that no process has to live for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from storage.errors import Conflict
from storage.records import (
    JobState,
    NewEvent,
    NewRun,
    NewStudy,
    Scalar,
    Study,
    StudyState,
    Version,
    Window,
)
from workbench.config import ExperimentConfig, RecipeConfig, SearchConfig
from workbench.core import metrics, words
from workbench.engines import environment
from workbench.errors import UsageError
from workbench.services import labels, study_steps, truth
from workbench.services import rows as row_services
from workbench.services.context import Context
from workbench.services.training_jobs import experiment_of, recipe_of

JUDGED_ON = "a validation share of the training rows"


def start(  # noqa: PLR0913 - what somebody may ask of a study, each by its name
    context: Context,
    experiment: str,
    *,
    recipe: str | None = None,
    trials: int | None = None,
    timeout_s: float | None = None,
    parallel: int = 1,
    params: Mapping[str, Scalar] | None = None,
) -> Study:
    """Starts a study of an experiment: its first trials are queued.

    Args:
        context: The project.
        experiment: Its name in workbench.toml, which gives it a search.
        recipe: One of its recipes; None: the first.
        trials: Trials at most; None: as workbench.toml says.
        timeout_s: Time after the first trial's start from which no further one starts; None: as
            workbench.toml says.
        parallel: Trials at the same time, as far as the worker has slots.
        params: Params that all trials have besides the recipe's.

    Raises:
        NotFound: There is no such experiment or recipe.
        UsageError: It has no search, or no rows, or a param is both set and searched for.
    """
    config = experiment_of(context, experiment)
    search = _search_of(config)
    chosen = recipe_of(config, recipe)
    fixed = dict(params or {})
    _refuse_both(search, fixed)
    with context.store.read() as tx:
        version = labels.dataset_version(tx, config.dataset)
    metric = config.metric or _default_metric(context, config, version)
    limit_s = search.timeout.total_seconds() if search.timeout and not timeout_s else timeout_s
    source_hash = definition(context, config, chosen)
    run = NewRun(
        experiment=experiment,
        name=f"study of {chosen.name}",
        recipe=chosen.name,
        model=chosen.model,
        params={**chosen.params, **fixed},
        seed=config.seed,
        source_hash=source_hash,
        dataset=version.dataset,
        version=version.number,
        train=version.label,
        test=JUDGED_ON,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
    )
    with context.write() as tx:
        parent = tx.runs.start(run)
        study = tx.studies.start(
            NewStudy(
                experiment=experiment,
                recipe=chosen.name,
                run_id=parent.id,
                version=version.number,
                metric=metric,
                is_maximized=metrics.larger_is_better(metric),
                seed=config.seed,
                source_hash=source_hash,
                budget=search.trials if trials is None else trials,
                timeout_s=limit_s,
                parallel=parallel,
                sampler=search.sampler,
                pruner=search.pruner,
                space=search.space,
                params=fixed,
                created_by=context.who,
            )
        )
        tx.events.add(_started(study))
        return study_steps.advance(tx, study.id, cause=None)


def stop(context: Context, study_id: int) -> Study:
    """Ends a study now: its best so far stays, trials under way are cancelled.

    Raises:
        NotFound: There is no such study.
        Conflict: It has ended.
    """
    with context.write() as tx:
        study = tx.studies.get(study_id)
        if study.state is not StudyState.RUNNING:
            raise Conflict(
                f"{study.label} is {study.state.value} already.",
                f"Look with `workbench tune --show {study.label}`.",
            )
        reason = f"{context.who} stopped it after {words.plural(study.ended, 'trial')}."
        study_steps.end(tx, study, state=StudyState.STOPPED, reason=reason, cause=None)
        for job in tx.jobs.live():
            if job.kind == "trial" and job.arguments["study"] == study.id:
                cancelled = tx.jobs.cancel(job.id)
                if cancelled.state is JobState.CANCELLED:
                    study_steps.after_job_end(tx, cancelled)
        return tx.studies.get(study_id)


def definition(context: Context, experiment: ExperimentConfig, recipe: RecipeConfig) -> str:
    """SHA-256 of what all trials of a study must share for their values to be comparable."""
    shared = replace(experiment, recipes=(), search=None, slices=(), cv=0)
    source = environment.recipe_source_hash(recipe, context.project_dir)
    return hashlib.sha256(json.dumps([repr(shared), source]).encode()).hexdigest()


def _search_of(experiment: ExperimentConfig) -> SearchConfig:
    if experiment.search is None or not experiment.search.space:
        raise UsageError(
            f"Nothing says which params of {experiment.name} to look for.",
            f"Add [experiments.{experiment.name}.search.params] to workbench.toml, with lines such as "
            "learning_rate = { low = 0.01, high = 0.3, log = true }.",
        )
    return experiment.search


def _refuse_both(search: SearchConfig, fixed: Mapping[str, Scalar]) -> None:
    for param in search.space:
        if param.name in fixed:
            raise UsageError(
                f"{param.name} is looked for, so it cannot be set to {fixed[param.name]} as well.",
                f"Leave out --set {param.name}, or take it out of the search in workbench.toml.",
            )


def _default_metric(context: Context, experiment: ExperimentConfig, version: Version) -> str:
    """The metric of the experiment's task, which its target tells where workbench.toml does not."""
    if experiment.task is not None:
        return metrics.default_metric(experiment.task)
    with context.store.read() as tx:
        names = [column.name for column in row_services.columns_of(tx, version)]
        window = Window(dataset=version.dataset, version=version.number)
        selection = row_services.select(context, tx, window)
    if experiment.target not in names:
        raise UsageError(
            f"{version.dataset} has no column '{experiment.target}', the target of {experiment.name}.",
            f"Its columns are {', '.join(names)}.",
        )
    target = context.store.frames.fetch(selection, [experiment.target])[experiment.target]
    return metrics.default_metric(truth.task_in(experiment, target))


def _started(study: Study) -> NewEvent:
    return NewEvent(
        kind="study.started",
        subject=study.label,
        message=f"{study.label} looks for better params of {study.experiment} {study.recipe}: "
        f"{words.plural(study.budget, 'trial')} at most",
    )
