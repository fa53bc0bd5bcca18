"""The lists of the Models screen, made ready on the feed's thread: models, and the versions of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import CHAMPION, GateReview, ModelSummary, ModelVersion

if TYPE_CHECKING:
    from workbench.api import Workbench

REVIEWS = 500
"""Newest reviews of a model among which those of the listed versions are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsSeen:
    """The models, and where the aliases of each point."""

    models: tuple[ModelSummary, ...]
    aliases: Mapping[str, Mapping[str, int]]
    """Numbers by alias, by model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsSeen:
    """The versions of a model and what was said of them."""

    model: str
    versions: tuple[ModelVersion, ...]
    reviews: tuple[GateReview, ...]
    champion: int | None
    """Number of the champion; None when there is none."""
    metric: str
    """The metric they are compared by."""


def models_seen(workbench: Workbench) -> ModelsSeen:
    """All models, and where their aliases point."""
    found = workbench.models()
    names = [one.model.name for one in found]
    return ModelsSeen(models=found, aliases={name: workbench.model_aliases(name) for name in names})


def versions_seen(
    workbench: Workbench, model: str, versions: tuple[ModelVersion, ...]
) -> VersionsSeen:
    """Versions of a model with what the gate said of them."""
    summary = next((one for one in workbench.models() if one.model.name == model), None)
    reviews = workbench.reviews(model, limit=REVIEWS)
    experiment = workbench.config.experiments.get(summary.model.experiment) if summary else None
    metric = reviews[0].decision.metric if reviews else (experiment and experiment.metric)
    if metric is None and versions:
        metric = next(iter(versions[0].metrics), None)
    return VersionsSeen(
        model=model,
        versions=versions,
        reviews=reviews,
        champion=workbench.model_aliases(model).get(CHAMPION),
        metric=metric or "",
    )
