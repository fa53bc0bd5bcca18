"""What a model's versions do at the moment: the endpoint's counts turned into rates, percentiles and shares."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from storage.records.figures import (
    SCORE_BINS,
    STEP_US,
    STEPS,
    FiguresRecord,
    ShadowFigures,
    Step,
    VersionFigures,
)

EVERY_S = 0.9
"""How often the endpoint's counts are looked at: with each second look of the feed."""
SHARES = (0.5, 0.9, 0.99)
"""Percentiles that can be drawn."""
_SHORTEST_S = 2.0
"""Seconds of a step that is not over below which its rate says nothing."""
_KEPT = 4
"""Looks over which the rate of this moment is taken."""
ANSWERS, SHADOWS = "answer", "shadow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A version of a model that takes part in serving."""

    number: int
    alias: str
    weight: float | None
    """Its share of the requests; None for a shadow, which answers nobody."""

    @property
    def is_shadow(self) -> bool:
        """Whether it only sees copies."""
        return self.weight is None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTraffic:
    """What one version did in the last quarter of an hour."""

    place: Place
    is_loaded: bool = False
    requests: int = 0
    rows: int = 0
    client_errors: int = 0
    server_errors: int = 0
    rates: tuple[float | None, ...] = ()
    """Requests per second, step by step, oldest first; None where nobody can say."""
    percentiles: Mapping[float, tuple[float | None, ...]] = field(default_factory=dict)
    """Milliseconds by share, step by step."""
    latency: Mapping[float, float | None] = field(default_factory=dict)
    """Milliseconds by share, over all of it."""
    scores: tuple[int, ...] = ()
    """Rows by bin of the score; empty while nothing was answered."""
    score_range: tuple[float, float] = (0.0, 1.0)
    shadow: ShadowFigures = field(default_factory=ShadowFigures)
    """How it compares with the one that answered, since the endpoint's start."""

    @property
    def name(self) -> str:
        """`v7`."""
        return f"v{self.place.number}"

    @property
    def error_share(self) -> float | None:
        """Refused and failed requests among all; None while there were none at all."""
        return error_share(self.requests, self.client_errors + self.server_errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTraffic:
    """What a model did in the last quarter of an hour."""

    model: str
    versions: tuple[VersionTraffic, ...] = ()
    """The champion first, then who shares its requests, then who only sees copies."""
    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    """Those of requests for which no version was chosen among them."""
    rates: tuple[float | None, ...] = ()
    latency: Mapping[float, float | None] = field(default_factory=dict)
    rate: float | None = None
    """Requests per second at this moment; None: nobody can say."""
    load_failed: int | None = None
    """The version that takes part but could not be loaded; None: all could."""

    @property
    def champion(self) -> VersionTraffic | None:
        """Who answers what the others leave; None: nobody."""
        first = next(iter(self.versions), None)
        return first if first is not None and first.place.alias == "champion" else None

    @property
    def others(self) -> tuple[VersionTraffic, ...]:
        """Who takes part beside the champion."""
        return tuple(one for one in self.versions if one is not self.champion)

    @property
    def error_share(self) -> float | None:
        """Refused and failed requests among all; None while there were none at all."""
        return error_share(self.requests, self.client_errors + self.server_errors)


def error_share(answered: int, errors: int) -> float | None:
    """Errors among all requests; None while there were none at all."""
    return errors / (answered + errors) if answered + errors else None


def of_model(
    record: FiguresRecord, model: str, places: Sequence[Place], *, rate: float | None = None
) -> ModelTraffic:
    """What the versions of a model that take part did.

    Args:
        record: The endpoint's counts.
        model: Its name.
        places: Who takes part.
        rate: Requests per second at this moment; None: that of the newest step which is over.
    """
    mine = [one for one in record.versions if one.model == model]
    versions = [_version(record, mine, place) for place in places]
    answering = [one for one in mine if one.role == ANSWERS]
    steps = [_by_step(record, one.steps) for one in answering]
    merged = _merged([step.latency for by_step in steps for step in by_step.values()])
    found = [step for by_step in steps for step in by_step.values()]
    rates = _rates(record, steps)
    failed = next((one.place.number for one in versions if _has_failed(mine, one)), None)
    return ModelTraffic(
        model=model,
        versions=tuple(versions),
        requests=sum(step.requests for step in found),
        client_errors=sum(step.client_errors for step in found),
        server_errors=sum(step.server_errors for step in found),
        rates=rates,
        latency={share: _ms(merged, share) for share in SHARES},
        rate=_last(rates) if rate is None else rate,
        load_failed=failed,
    )


def of_models(
    record: FiguresRecord, models: Iterable[str], meter: RateMeter
) -> dict[str, ModelTraffic]:
    """What each model did, whichever versions took part."""
    rates = meter.look(record)
    return {model: of_model(record, model, (), rate=rates.get(model)) for model in models}


class RateMeter:
    """Requests per second at this moment, from one look at the counts to the next; for one thread."""

    def __init__(self) -> None:
        self._looks: deque[tuple[str, int, dict[str, int]]] = deque(maxlen=_KEPT)

    def look(self, record: FiguresRecord) -> dict[str, float]:
        """The rate of each model since some looks ago; models nobody can say anything of are left out."""
        totals: dict[str, int] = {}
        for one in record.versions:
            if one.role == ANSWERS:
                totals[one.model] = totals.get(one.model, 0) + one.requests
        if self._looks and self._looks[-1][0] != record.endpoint:
            self._looks.clear()
        if not self._looks or self._looks[-1][1] != record.at:
            self._looks.append((record.endpoint, record.at, totals))
        _, since, before = self._looks[0]
        seconds = (record.at - since) / 1e6
        if seconds <= 0 or not record.is_running:
            return {}
        return {
            model: max(0, total - before.get(model, 0)) / seconds for model, total in totals.items()
        }


def _version(record: FiguresRecord, mine: Sequence[VersionFigures], place: Place) -> VersionTraffic:
    role = SHADOWS if place.is_shadow else ANSWERS
    figures = next((one for one in mine if one.version == place.number and one.role == role), None)
    if figures is None:
        return VersionTraffic(place=place, is_loaded=_is_loaded(mine, place.number))
    steps = _by_step(record, figures.steps)
    latency = {at: step.latency for at, step in steps.items()}
    everything = _merged(latency.values())
    scores = _merged(step.scores for step in steps.values())
    return VersionTraffic(
        place=place,
        is_loaded=_is_loaded(mine, place.number),
        requests=sum(step.requests for step in steps.values()),
        rows=sum(step.rows for step in steps.values()),
        client_errors=sum(step.client_errors for step in steps.values()),
        server_errors=sum(step.server_errors for step in steps.values()),
        rates=_rates(record, [steps]),
        percentiles={
            share: tuple(_ms(latency.get(at, {}), share) for at in range(STEPS)) for share in SHARES
        },
        latency={share: _ms(everything, share) for share in SHARES},
        scores=tuple(scores.get(bin_, 0) for bin_ in range(SCORE_BINS)) if scores else (),
        score_range=(figures.score_low, figures.score_high),
        shadow=figures.shadow,
    )


def _is_loaded(mine: Sequence[VersionFigures], number: int) -> bool:
    return any(one.loads > 0 for one in mine if one.version == number)


def _has_failed(mine: Sequence[VersionFigures], version: VersionTraffic) -> bool:
    failures = sum(one.load_failures for one in mine if one.version == version.place.number)
    return failures > 0 and not version.is_loaded


def _by_step(record: FiguresRecord, steps: Iterable[Step]) -> dict[int, Step]:
    """The steps that are drawn by their place, 0 the oldest."""
    newest = record.at // STEP_US
    placed = ((STEPS - 1 - (newest - step.at // STEP_US), step) for step in steps)
    return {at: step for at, step in placed if 0 <= at < STEPS}


def _rates(record: FiguresRecord, parts: Sequence[Mapping[int, Step]]) -> tuple[float | None, ...]:
    """Requests per second by step; before the endpoint's start nobody can say."""
    started = min((one.started_at for one in record.processes), default=record.at)
    newest = record.at // STEP_US
    since_step_s = (record.at - newest * STEP_US) / 1e6
    found: list[float | None] = []
    for at in range(STEPS):
        end_us = (newest - (STEPS - 1 - at) + 1) * STEP_US
        seconds = since_step_s if at == STEPS - 1 else STEP_US / 1e6
        requests = sum(steps[at].requests for steps in parts if at in steps)
        is_known = (end_us > started or requests > 0) and seconds >= _SHORTEST_S
        found.append(requests / seconds if is_known else None)
    return tuple(found)


def _last(rates: Sequence[float | None]) -> float | None:
    """The rate of the newest step that is over."""
    return rates[-2] if len(rates) > 1 else None


def _merged(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in parts:
        for bucket, count in part.items():
            found[bucket] = found.get(bucket, 0) + count
    return found


def _ms(latency: Mapping[int, int], share: float) -> float | None:
    # Its table takes 10 ms to make, which the first paint does not wait for.
    from workbench.core.latencies import percentile  # noqa: PLC0415

    found = percentile(latency, share)
    return None if found is None else found / 1e3
