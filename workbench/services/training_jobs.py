"""Jobs that train and register, made without loading what they will need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.errors import NotFound
from storage.records import NewJob, Run, RunState, Scalar
from workbench.config import ExperimentConfig, RecipeConfig
from workbench.errors import UsageError
from workbench.services import labels
from workbench.services.context import Context


def job_for(
    context: Context,
    experiment: str,
    *,
    recipe: str | None = None,
    params: Mapping[str, Scalar] | None = None,
    version: int | None = None,
) -> NewJob:
    """The job that trains a recipe, after seeing that it can be meant.

    Raises:
        NotFound: There is no such experiment or recipe.
    """
    config = experiment_of(context, experiment)
    chosen = recipe_of(config, recipe)
    arguments: dict[str, Any] = {"experiment": experiment, "recipe": chosen.name}
    if params:
        arguments["params"] = dict(params)
    if version is not None:
        arguments["version"] = version
    return NewJob(kind="train", subject=f"{experiment} {chosen.name}", arguments=arguments)


def version_for(context: Context, experiment: str, data: str) -> int:
    """The number of the version that `data` names, of the dataset that an experiment learns from.

    Raises:
        NotFound: There is no such experiment, dataset or version.
        UsageError: The label names another dataset.
    """
    dataset = experiment_of(context, experiment).dataset
    if data.partition("@")[0] != dataset:
        raise UsageError(
            f"{experiment} learns from {dataset}, and '{data}' is another dataset.",
            f"Write {dataset}@v3, or {dataset} for its latest version.",
        )
    with context.store.read() as tx:
        return labels.dataset_version(tx, data).number


def experiment_of(context: Context, name: str) -> ExperimentConfig:
    """What workbench.toml says of an experiment.

    Raises:
        NotFound: It says nothing of it.
    """
    found = context.config.experiments.get(name)
    if found is None:
        raise NotFound.named("experiment", name, known=context.config.experiments)
    return found


def recipe_of(experiment: ExperimentConfig, name: str | None) -> RecipeConfig:
    """The recipe called `name`; the first one when no name is given.

    Raises:
        NotFound: The experiment has no such recipe.
    """
    if name is None:
        return experiment.recipes[0]
    for recipe in experiment.recipes:
        if recipe.name == name:
            return recipe
    raise NotFound.named("recipe", name, known=[recipe.name for recipe in experiment.recipes])


def refuse_unfinished(run: Run) -> None:
    """Raises UsageError unless the run has finished, and so has a model to register."""
    if run.state is not RunState.FINISHED:
        raise UsageError(
            f"{run.label} is {run.state.value}; only a finished run can be registered.",
            "See `workbench runs list`.",
        )
