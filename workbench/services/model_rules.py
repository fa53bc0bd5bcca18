"""What workbench.toml says of a model, and which experiment a version of it belongs to."""

from __future__ import annotations

from storage.errors import NotFound
from storage.records import ModelVersion
from storage.store import Transaction
from workbench.config import ExperimentConfig, ModelConfig
from workbench.services.context import Context


def rules_of(context: Context, model: str) -> ModelConfig:
    """What workbench.toml says of a model.

    Raises:
        NotFound: It does not name it, so that nothing is automatic for it.
    """
    found = context.config.models.get(model)
    if found is None:
        raise NotFound(
            f"workbench.toml names no model '{model}', so nothing is automatic for it.",
            f"Write [models.{model}] with its experiment to have it watched, retrained and judged.",
        )
    return found


def experiment_of(context: Context, tx: Transaction, version: ModelVersion) -> ExperimentConfig:
    """The experiment whose target and metric a version is judged by: that of its run, else of its model.

    Raises:
        NotFound: workbench.toml names neither.
    """
    names: list[str] = []
    if version.run_id is not None:
        names.append(tx.runs.get(version.run_id).experiment)
    if version.model in context.config.models:
        names.append(context.config.models[version.model].experiment)
    for name in names:
        if name in context.config.experiments:
            return context.config.experiments[name]
    if not names:
        rules_of(context, version.model)
    raise NotFound.named("experiment", names[0], known=context.config.experiments)
