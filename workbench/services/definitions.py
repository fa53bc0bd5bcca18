"""What defines a run, kept with it, so that the same run can be made again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from storage.errors import NotFound
from storage.records import Artifact, Run
from storage.store import Transaction
from workbench.config import ExperimentConfig, RecipeConfig
from workbench.errors import UsageError
from workbench.services import material
from workbench.services.context import Context
from workbench.services.material import Plan, Span
from workbench.services.training_jobs import experiment_of, recipe_of

ARTIFACT = "definition.json"
RECIPES_FILE = "recipes.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """All that a run was told: enough to make it again where its rows and packages are still there."""

    experiment: ExperimentConfig
    """As workbench.toml said then, with this recipe alone."""
    version: int
    """Of the dataset."""
    train_version: int | None = None
    """The version that was trained on, where the rows that `version` added were the test."""
    train_start: datetime | None = None
    train_end: datetime | None = None
    features: tuple[str, ...] = ()
    """The columns that the model was given; empty: not kept."""
    source: str | None = None
    """The text of recipes.py; None: the recipe does not use it, or it was not kept."""
    is_kept: bool = True
    """Whether the run kept this; otherwise it is made up from its job and today's workbench.toml."""

    @property
    def recipe(self) -> RecipeConfig:
        """The recipe with the params it was asked for."""
        return self.experiment.recipes[0]


def defined(context: Context, plan: Plan) -> Definition:
    """What defines the run that a plan makes."""
    experiment = replace(plan.experiment, recipes=(plan.recipe,), search=None)
    return Definition(
        experiment=experiment,
        version=plan.version.number,
        train_version=None if plan.test is None else plan.train.version,
        train_start=plan.train.start,
        train_end=plan.train.end,
        features=plan.features,
        source=source_of(plan.recipe, context.project_dir),
    )


def encoded(context: Context, plan: Plan) -> bytes:
    """The definition of the run that a plan makes, as its artifact keeps it."""
    return msgspec.json.encode(defined(context, plan))


def of_run(context: Context, tx: Transaction, run: Run) -> Definition:
    """What defined a run: as it kept it, else as its job and today's workbench.toml say.

    Raises:
        UsageError: It was not trained here, or nothing says on which rows.
        NotFound: It kept nothing, and workbench.toml no longer has its experiment or recipe.
        BlobDamaged: What it kept is damaged.
    """
    kept = artifact(tx.runs.artifacts(run.id), ARTIFACT)
    if kept is not None:
        return msgspec.json.decode(context.store.blobs.read(kept.blob), type=Definition)
    return _made_up(context, tx, run)


def plan_of(context: Context, tx: Transaction, definition: Definition) -> Plan:
    """The plan that makes a defined run.

    Raises:
        NotFound: Its rows were removed.
        TrainingFailed: Its columns are no longer there.
    """
    span = Span(
        version=definition.train_version, start=definition.train_start, end=definition.train_end
    )
    plan = material.plan_of(
        context,
        tx,
        definition.experiment,
        definition.recipe,
        version=definition.version,
        train=span,
    )
    return replace(plan, features=definition.features) if definition.features else plan


def artifact(artifacts: tuple[Artifact, ...], path: str) -> Artifact | None:
    """The artifact with this path; None: there is none."""
    return next((one for one in artifacts if one.path == path), None)


def _made_up(context: Context, tx: Transaction, run: Run) -> Definition:
    """For a run that kept no definition."""
    if run.version is None or run.job_id is None:
        raise UsageError(
            f"{run.label} was logged by a program of its own, so nothing here can make it again.",
            "Runs that `workbench run` trained can be.",
        )
    try:
        arguments = tx.jobs.get(run.job_id).arguments
    except NotFound:
        arguments = {}
    if "experiment" not in arguments:
        raise UsageError(f"{run.label} kept no definition, and its job j{run.job_id} is gone.")
    experiment = experiment_of(context, run.experiment)
    recipe = recipe_of(experiment, run.recipe)
    params = {**recipe.params, **(arguments.get("params") or {})}
    start, end = arguments.get("train_start"), arguments.get("train_end")
    return Definition(
        experiment=replace(
            experiment, recipes=(replace(recipe, params=params),), search=None, seed=run.seed
        ),
        version=run.version,
        train_version=arguments.get("train_version"),
        train_start=datetime.fromisoformat(start) if start else None,
        train_end=datetime.fromisoformat(end) if end else None,
        is_kept=False,
    )


def source_of(recipe: RecipeConfig, project: Path) -> str | None:
    """The text of recipes.py; None for a recipe that does not use it."""
    path = project / RECIPES_FILE
    return path.read_text(encoding="utf-8") if ":" in recipe.model and path.is_file() else None
