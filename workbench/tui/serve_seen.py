"""What the Serve screen shows, made ready on the feed's thread: who takes part, what the endpoint counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from storage.records import (
    CHAMPION,
    ApiKey,
    Evaluation,
    ModelRouting,
    ModelSummary,
    ModelVersion,
    ServiceStatus,
)
from storage.records.figures import FiguresRecord
from workbench.tui import traffic
from workbench.tui.traffic import ModelTraffic, Place, RateMeter
from workbench.tui.views.serving_tables import Standing

if TYPE_CHECKING:
    from workbench.api import Workbench

PAGES: dict[str, str] = {
    "traffic": "traffic",
    "quality": "realised performance",
    "processes": "processes",
    "keys": "API keys",
}
"""The pages of the screen, by name."""
VERSIONS = 50
"""Newest versions of a model that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsServed:
    """The models, and which of their versions take part in serving."""

    summaries: tuple[ModelSummary, ...]
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    """By model, the champion first."""
    since: Mapping[str, datetime] = field(default_factory=dict)
    """By model, when its champion became that."""
    versions: Mapping[str, tuple[ModelVersion, ...]] = field(default_factory=dict)
    """By model, newest first."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """By model, the metric its versions are compared by."""

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names."""
        return tuple(one.model.name for one in self.summaries)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSeen:
    """What the endpoint does at the moment."""

    standing: Standing
    services: tuple[ServiceStatus, ...]
    record: FiguresRecord
    models: tuple[ModelTraffic, ...]
    shifts: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """By model and version, how far its scores are from the champion's: PSI."""

    def of(self, model: str | None) -> ModelTraffic | None:
        """What a model does; None: nothing is known of it."""
        return next((one for one in self.models if one.model == model), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySeen:
    """How good a model's answers turned out to be."""

    model: str
    evaluations: tuple[Evaluation, ...]
    summary: ModelSummary | None
    address: str = ""
    """Empty: nothing answers."""


def models_served(workbench: Workbench) -> ModelsServed:
    """Who takes part in serving each model."""
    summaries = workbench.models()
    names = [one.model.name for one in summaries]
    return ModelsServed(
        summaries=summaries,
        places={name: places(workbench.routing(name)) for name in names},
        since={name: at for name in names if (at := _since(workbench, name)) is not None},
        versions={name: workbench.model_versions(name, limit=VERSIONS) for name in names},
        metrics={one.model.name: _metric(workbench, one) for one in summaries},
    )


def places(routing: ModelRouting) -> tuple[Place, ...]:
    """The versions of a model that take part: the champion, who shares its requests, who sees copies."""
    known, versions = routing.routing, routing.versions
    champion = [one for one in known.answers if one == CHAMPION]
    others = [one for one in known.answers if one != CHAMPION]
    answering = [
        Place(number=versions[alias].number, alias=alias, weight=known.share(alias))
        for alias in (*champion, *others)
        if alias in versions
    ]
    seeing = [
        Place(number=versions[alias].number, alias=alias, weight=None)
        for alias in known.shadows
        if alias in versions
    ]
    return (*answering, *seeing)


class TrafficReader:
    """Reads what the endpoint counts, and keeps what a rate is taken from; on the feed's thread only."""

    def __init__(self) -> None:
        self._meter = RateMeter()

    def read(self, workbench: Workbench, served: ModelsServed) -> TrafficSeen:
        """What the endpoint does at the moment."""
        services = workbench.services()
        record = workbench.figures()
        rates = self._meter.look(record)
        found = tuple(
            traffic.of_model(record, name, served.places[name], rate=rates.get(name))
            for name in served.names
        )
        return TrafficSeen(
            standing=standing(services),
            services=services,
            record=record,
            models=found,
            shifts={one.model: _shifts(one) for one in found if one.others},
        )


def standing(services: tuple[ServiceStatus, ...]) -> Standing:
    """How the endpoint stands."""
    serve = next((one for one in services if one.name == "serve" and one.is_running), None)
    if serve is None:
        return Standing(is_running=False)
    return Standing(is_running=True, address=serve.address or "", started_at=serve.started_at)


def quality_seen(workbench: Workbench, model: str) -> QualitySeen:
    """The realised performance of a model."""
    summary = next((one for one in workbench.models() if one.model.name == model), None)
    return QualitySeen(
        model=model,
        evaluations=workbench.evaluations(model),
        summary=summary,
        address=standing(workbench.services()).address,
    )


def keys_seen(workbench: Workbench) -> tuple[ApiKey, ...]:
    """The keys of the endpoint."""
    return workbench.api_keys()


def _since(workbench: Workbench, model: str) -> datetime | None:
    moves = workbench.model_moves(model, CHAMPION, limit=1)
    return moves[0].at if moves and moves[0].to_number is not None else None


def _metric(workbench: Workbench, summary: ModelSummary) -> str:
    experiment = workbench.config.experiments.get(summary.model.experiment)
    champion = summary.champion
    known = list(champion.metrics) if champion is not None else []
    if experiment is not None and experiment.metric:
        return experiment.metric
    return known[0] if known else ""


def _shifts(one: ModelTraffic) -> dict[int, float]:
    champion = one.champion
    if champion is None or not champion.scores:
        return {}
    import numpy as np  # noqa: PLC0415 - only where several versions take part

    from workbench.core.distances import psi  # noqa: PLC0415

    return {
        other.place.number: psi(np.array(champion.scores), np.array(other.scores))
        for other in one.others
        if other.scores
    }
