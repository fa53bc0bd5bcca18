"""Jobs on models, made without loading what they will need."""

from __future__ import annotations

from pathlib import Path

from storage.records import ModelVersion, NewJob, Run
from workbench.core.labels import MODEL
from workbench.errors import UsageError
from workbench.services.context import Context
from workbench.services.training_jobs import refuse_unfinished


def registration(context: Context, run: Run, *, model: str) -> NewJob:
    """The job that registers a finished run.

    Raises:
        UsageError: The run has not finished, or no model can be called so.
    """
    refuse_name(context, model)
    refuse_unfinished(run)
    return NewJob(
        kind="register",
        subject=f"{run.label} as {model}",
        arguments={"run": run.id, "model": model, "who": context.who},
        dedup_key=f"register {run.label} as {model}",
    )


def verification(context: Context, version: ModelVersion) -> NewJob:
    """The job that proves a version's export again."""
    return NewJob(
        kind="verify",
        subject=version.label,
        arguments={"model": version.model, "number": version.number, "who": context.who},
        dedup_key=f"verify {version.label}",
    )


def refuse_name(context: Context, model: str) -> None:
    """Raises UsageError where neither workbench.toml nor the rule for names knows such a model."""
    if model not in context.config.models and not MODEL.fullmatch(model):
        raise UsageError(
            f"A model cannot be called '{model}'.",
            "Use letters, digits, spaces, points, - and _, with a letter or a digit first.",
        )


def export(
    context: Context, version: ModelVersion, folder: Path, *, layout: str, force: bool
) -> NewJob:
    """The job that puts a version into a folder, given as an absolute path."""
    return NewJob(
        kind="export",
        subject=f"{version.label} to {folder}",
        arguments={
            "model": version.model,
            "number": version.number,
            "folder": str(folder),
            "layout": layout,
            "force": force,
            "who": context.who,
        },
        dedup_key=f"export {version.label} to {folder}",
    )
