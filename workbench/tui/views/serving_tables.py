"""The tables of the Serve screen: models with their traffic, versions in their roles, processes and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from storage.records import ApiKey, ModelVersion, ServiceStatus
from storage.records.figures import FiguresRecord, ProcessFigures
from workbench.core import words
from workbench.tui import charts
from workbench.tui.theme import light
from workbench.tui.traffic import ModelTraffic, VersionTraffic
from workbench.tui.views.parts import dim
from workbench.tui.views.serving_words import milliseconds
from workbench.tui.widgets.columns import Column, Row

SPARK_CELLS = 15
"""Cells of the course of the requests, a minute each."""
ENDPOINTS = (
    Column(label="model", most=20),
    Column(label="champion"),
    Column(label="canary", drop=2),
    Column(label="shadow", drop=5),
    Column(label="state", width=9),
    Column(label="requests/s", align="right"),
    Column(label="15 min", width=SPARK_CELLS, drop=4),
    Column(label="p50", align="right", drop=3),
    Column(label="p99", align="right"),
    Column(label="errors", align="right", drop=1),
    Column(label="since", align="right", drop=6),
)
PROCESSES = (
    Column(label="", width=1),
    Column(label="process"),
    Column(label="is"),
    Column(label="does", drop=7),
    Column(label="address", drop=2),
    Column(label="for", align="right", drop=1),
    Column(label="pid", align="right"),
    Column(label="restarts", align="right", drop=3),
    Column(label="waiting", align="right", drop=6),
    Column(label="connections", align="right", drop=5),
    Column(label="memory", align="right", drop=4),
)
KEYS = (
    Column(label="", width=1),
    Column(label="name", most=30),
    Column(label="begins with", drop=4),
    Column(label="opens"),
    Column(label="made", align="right", drop=2),
    Column(label="by", drop=5, most=16),
    Column(label="last used", align="right", drop=1),
    Column(label="", stretches=True, drop=3),
)
MEANING = {
    "up": "starts the others and starts them again",
    "worker": "runs jobs",
    "watch": "reads files that arrive",
    "serve": "answers requests",
}
"""What each process of a project does."""
_OPENS = {
    "predict": "answers, labels",
    "admin": "all, with metrics and health",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the endpoint stands."""

    is_running: bool
    address: str = ""
    started_at: datetime | None = None


def version_columns(metric: str) -> tuple[Column, ...]:
    """The columns of the versions, named after the metric they are compared by."""
    return (
        Column(label="", width=1),
        Column(label="version"),
        Column(label="role", most=18),
        Column(label="of", drop=5, most=14),
        Column(label=metric or "metric", align="right", drop=1),
        Column(label="parity", drop=4),
        Column(label="requests", align="right", drop=2),
        Column(label="p99", align="right", drop=6),
        Column(label="made", align="right", drop=3),
    )


def endpoint_rows(
    found: Sequence[ModelTraffic],
    standing: Standing,
    since: Mapping[str, datetime],
    now: datetime,
) -> list[Row]:
    """A row a model: who takes part, how much is asked, how long it takes."""
    return [
        Row(
            key=one.model,
            cells=(
                one.model,
                _role(one.champion, style="$success") if one.champion else dim("no champion"),
                _roles([two for two in one.others if not two.place.is_shadow], "$series-2"),
                _roles([two for two in one.others if two.place.is_shadow], "$series-5"),
                state(one, standing),
                rate(one.rate if standing.is_running else None),
                course(one.rates, SPARK_CELLS),
                milliseconds(one.latency.get(0.5)),
                milliseconds(one.latency.get(0.99)),
                errors(one),
                dim(_for(since.get(one.model), now)),
            ),
        )
        for one in found
    ]


def state(one: ModelTraffic, standing: Standing) -> Content:
    """Whether a model is answered for."""
    if not standing.is_running:
        return Content.styled("○ off", "$muted")
    if one.champion is None:
        return Content.styled("○ nobody", "$muted")
    if one.load_failed is not None:
        return Content.styled(f"✕ v{one.load_failed}", "$error")
    if not one.champion.is_loaded:
        return Content.styled("◐ loading", "$primary")
    return Content.styled("● up", "$success")


def rate(value: float | None) -> str:
    """Requests per second, so that a column of them lines up."""
    if value is None:
        return words.NOTHING
    return words.fixed(value, 1) if 0 < value < 10 else words.count(round(value))


def course(rates: Sequence[float | None], cells: int) -> Content:
    """Requests per second over time, from nothing on."""
    top = max((one for one in rates if one is not None), default=0.0)
    return charts.sparkline(rates, cells, low=0.0, high=top or 1.0)


def errors(one: ModelTraffic | VersionTraffic) -> Content:
    """The share of requests that were refused or failed; those that failed here are told apart."""
    share = words.percent(one.error_share, 2)
    if one.server_errors:
        return Content.styled(f"✕ {share}", "$error")
    return Content.styled(f"▲ {share}", "$warning") if one.client_errors else Content(share)


def version_rows(
    found: Sequence[ModelVersion],
    traffic: ModelTraffic | None,
    colours: Mapping[int, str],
    metric: str,
    now: datetime,
) -> list[Row]:
    """The versions of a model, those that take part with what they do."""
    taking_part: dict[int, VersionTraffic] = {}
    for one in reversed(traffic.versions if traffic is not None else ()):
        taking_part[one.place.number] = one
    return [
        _version_row(version, taking_part.get(version.number), colours, metric, now)
        for version in found
    ]


def process_rows(
    found: Sequence[ServiceStatus], record: FiguresRecord | None, now: datetime
) -> list[Row]:
    """The processes of the project; those that share the endpoint's port beneath it."""
    rows: list[Row] = []
    for one in found:
        mine = record.processes if record and one.name == "serve" and one.is_running else ()
        rows.append(_process_row(one, mine[0] if len(mine) == 1 else None, now))
        if len(mine) > 1:
            rows += [_worker_row(worker, now) for worker in mine]
    return rows


def key_rows(found: Sequence[ApiKey], now: datetime) -> list[Row]:
    """The keys of the endpoint, active ones first."""
    return [
        Row(
            key=one.name if one.is_active else one.id,
            cells=(
                light(is_on=one.is_active),
                one.name if one.is_active else dim(one.name),
                dim(f"{one.prefix}…"),
                _OPENS.get(one.scope.value, one.scope.value) if one.is_active else dim("nothing"),
                dim(words.ago(one.created_at, now)),
                dim(one.created_by),
                dim(words.ago(one.last_used_at, now) if one.last_used_at else "never"),
                dim(f"revoked {words.ago(one.revoked_at, now)}" if one.revoked_at else ""),
            ),
        )
        for one in found
    ]


def _role(one: VersionTraffic, *, style: str) -> Content:
    share = "" if one.place.weight is None else f" {words.percent(one.place.weight, 0)}"
    return Content.assemble((one.name, style), share)


def _roles(found: Sequence[VersionTraffic], style: str) -> Content:
    if not found:
        return dim(words.NOTHING)
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return Content.assemble(_role(found[0], style=style), dim(more))


def _version_row(
    version: ModelVersion,
    takes_part: VersionTraffic | None,
    colours: Mapping[int, str],
    metric: str,
    now: datetime,
) -> Row:
    sign = Content("")
    role: Content | str = dim(", ".join(version.aliases))
    requests, p99 = "", ""
    if takes_part is not None:
        sign = Content.styled("━", colours.get(version.number, "$muted"))
        place = takes_part.place
        told = "shadow" if place.weight is None else words.percent(place.weight, 0)
        role = place.alias if place.alias == told else f"{place.alias} {told}"
        requests = words.count(takes_part.requests or takes_part.shadow.requests)
        p99 = milliseconds(takes_part.latency.get(0.99))
    passed = version.parity.passed
    return Row(
        key=version.number,
        cells=(
            sign,
            f"v{version.number}",
            role,
            dim(version.origin),
            words.metric(version.metrics.get(metric)),
            Content.styled("✓" if passed else "✕ failed", "$success" if passed else "$error"),
            requests,
            p99,
            dim(words.ago(version.created_at, now)),
        ),
    )


def _process_row(one: ServiceStatus, figures: ProcessFigures | None, now: datetime) -> Row:
    return Row(
        key=one.name,
        cells=(
            light(is_on=one.is_running),
            one.name,
            "running" if one.is_running else dim("off"),
            dim(MEANING.get(one.name, "")),
            one.address or "",
            _for(one.started_at, now),
            str(one.pid) if one.pid is not None and one.is_running else "",
            words.count(one.restarts),
            *_load(figures),
        ),
    )


def _worker_row(one: ProcessFigures, now: datetime) -> Row:
    return Row(
        key=f"serve {one.slot}",
        is_part=True,
        cells=(
            "",
            dim(f"  serve {one.slot}"),
            "running",
            dim("shares the port"),
            "",
            words.duration(now.timestamp() - one.started_at / 1e6),
            str(one.pid),
            "",
            *_load(one),
        ),
    )


def _load(figures: ProcessFigures | None) -> tuple[str, str, str]:
    if figures is None:
        return "", "", ""
    return (
        words.count(figures.waiting),
        words.count(figures.connections),
        words.size(figures.memory_bytes) if figures.memory_bytes else "",
    )


def _for(since: datetime | None, now: datetime) -> str:
    return words.duration((now - since).total_seconds()) if since is not None else ""
