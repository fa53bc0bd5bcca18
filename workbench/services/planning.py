"""What would be run now and why: each recipe of workbench.toml beside its latest finished run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.errors import Problem
from storage.records import Dataset, Run, Scalar, Version
from storage.records.filters import All, Comparison, Condition, Field
from storage.records.planning import Change, PlannedRun
from storage.store import Transaction
from workbench.config import ExperimentConfig, RecipeConfig
from workbench.core import planning, words
from workbench.engines import environment
from workbench.services import definitions
from workbench.services.context import Context
from workbench.services.definitions import Definition
from workbench.services.training_jobs import experiment_of

MOST_STUDIES = 1_000
"""Studies of an experiment that are looked at."""


def plan(context: Context, experiment: str | None = None) -> tuple[PlannedRun, ...]:
    """Every recipe of every experiment, or of one; nothing is run.

    Raises:
        NotFound: workbench.toml has no such experiment.
    """
    experiments = context.config.experiments
    chosen = experiments.values() if experiment is None else [experiment_of(context, experiment)]
    around = environment.capture()
    with context.store.read() as tx:
        return tuple(
            _planned(context, tx, one, recipe, around) for one in chosen for recipe in one.recipes
        )


def _planned(
    context: Context,
    tx: Transaction,
    experiment: ExperimentConfig,
    recipe: RecipeConfig,
    around: Mapping[str, Scalar],
) -> PlannedRun:
    latest = _latest(tx, experiment.dataset)
    run = _last_run(tx, experiment, recipe)
    changes: tuple[Change, ...] = ()
    if run is not None:
        changes = tuple(_changes(context, tx, run, experiment, recipe, latest))
        changes += tuple(planning.changed_environment(run.environment, around))
    return PlannedRun(
        experiment=experiment.name,
        recipe=recipe.name,
        data=latest.label if latest else None,
        last_run=run.id if run else None,
        changes=changes,
    )


def _changes(
    context: Context,
    tx: Transaction,
    run: Run,
    experiment: ExperimentConfig,
    recipe: RecipeConfig,
    latest: Version | None,
) -> Iterator[Change]:
    definition = _kept(context, tx, run)
    yield from _changed_data(run, latest)
    if definition is not None:
        yield from planning.changed_settings(definition.experiment, experiment)
        yield from planning.changed_recipe(definition.recipe, recipe)
        source = definitions.source_of(recipe, context.project_dir)
        if definition.source is not None and source != definition.source:
            yield Change(area="code", sentence=f"{definitions.RECIPES_FILE} has changed")
    elif environment.recipe_source_hash(recipe, context.project_dir) != run.source_hash:
        yield from _changed_recipe_of(run, recipe)
    if run.seed != experiment.seed:
        yield Change(area="seed", sentence=f"{run.seed} -> {experiment.seed}")


def _changed_data(run: Run, latest: Version | None) -> Iterator[Change]:
    before = words.versioned(run.dataset, run.version)
    after = latest.label if latest else words.NOTHING
    # A challenger of a retraining cycle learned from a window, a run of somebody from the whole version.
    trained_on = run.train if run.train not in {"", before} else before
    if trained_on != after:
        yield Change(area="data", sentence=f"{trained_on} -> {after}")


def _changed_recipe_of(run: Run, recipe: RecipeConfig) -> Iterator[Change]:
    """For a run that kept no definition: its source hash alone tells that something is another."""
    if run.model != recipe.model:
        yield Change(area="code", sentence=f"model {run.model} -> {recipe.model}")
    elif ":" in recipe.model:
        yield Change(area="code", sentence=f"{definitions.RECIPES_FILE} or the params have changed")
    else:
        yield Change(area="params", sentence="the params have changed")


def _kept(context: Context, tx: Transaction, run: Run) -> Definition | None:
    """What the run kept of its definition; None when it kept none or that is damaged."""
    try:
        found = definitions.of_run(context, tx, run)
    except Problem:
        return None
    return found if found.is_kept else None


def _latest(tx: Transaction, dataset: str) -> Version | None:
    known: dict[str, Dataset] = {one.name: one for one in tx.datasets.all()}
    return tx.datasets.latest(known[dataset]) if dataset in known else None


def _last_run(tx: Transaction, experiment: ExperimentConfig, recipe: RecipeConfig) -> Run | None:
    """The latest run of a recipe; the run of a study stands for many and is none."""
    studies = {
        one.run_id for one in tx.studies.newest(experiment=experiment.name, limit=MOST_STUDIES)
    }
    found = tx.runs.find(_finished(experiment, recipe), limit=len(studies) + 1)
    return next((one for one in found if one.id not in studies), None)


def _finished(experiment: ExperimentConfig, recipe: RecipeConfig) -> Condition:
    """Finished runs of a recipe that are no part of another run."""
    wanted = {"experiment": experiment.name, "recipe": recipe.name, "state": "finished"}
    alone = Comparison(field=Field(name="parent"), operator="is null")
    own = [
        Comparison(field=Field(name=name), operator="=", values=(value,))
        for name, value in wanted.items()
    ]
    return All(conditions=(*own, alone))
