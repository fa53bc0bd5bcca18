"""What the first screen says: what is served, how well, what runs, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.content import Content

from storage.records import (
    Alert,
    Evaluation,
    Event,
    Job,
    JobState,
    Machine,
    ModelSummary,
    ServiceStatus,
)
from workbench.core import words
from workbench.tui import charts
from workbench.tui.format import fit
from workbench.tui.theme import glyph, light
from workbench.tui.traffic import ModelTraffic
from workbench.tui.views.parts import (
    Lines,
    against,
    beside,
    dim,
    evaluation_series,
    facts,
    heading,
    left,
    window_name,
    worst_ratio,
)
from workbench.tui.views.serving_tables import course, errors, rate
from workbench.tui.views.serving_words import milliseconds
from workbench.tui.widgets.columns import Row

_RATE_CELLS = 6
_LEAST_CHART = 6
"""Lines below which a chart says nothing."""


def serving(
    models: Sequence[ModelSummary],
    services: Sequence[ServiceStatus],
    traffic: Mapping[str, ModelTraffic],
) -> Lines:
    """Each model with its champion, where it answers, what is asked of it, and how well it does."""
    endpoint = next((one for one in services if one.name == "serve" and one.is_running), None)
    lines: Lines = []
    for summary in models:
        now = traffic.get(summary.model.name) if endpoint is not None else None
        lines += [*([Content("")] if lines else []), *_served(summary, endpoint, now)]
    return lines


def machine(services: Sequence[ServiceStatus], disk: Machine, now: datetime) -> Lines:
    """What runs, since when, and what the project takes on disk."""
    lines: Lines = []
    for one in services:
        since = (
            f"{words.duration((now - one.started_at).total_seconds())}" if one.started_at else ""
        )
        again = f"  {one.restarts} again" if one.restarts else ""
        state = since if one.is_running else "off"
        lines.append(
            Content.assemble(light(is_on=one.is_running), f" {one.name:<7}", dim(state + again))
        )
    pairs = [
        ("catalog", words.size(disk.catalog_bytes)),
        ("blobs", words.size(disk.blob_bytes)),
        ("predictions", words.size(disk.predictions_bytes)),
        ("disk free", words.size(disk.disk_free_bytes)),
    ]
    return [*lines, *facts(pairs)]


def health(models: Sequence[ModelSummary], width: int, height: int) -> Lines:
    """A line a model with its trends, and a chart of the first one where there is room."""
    is_roomy = width >= 100
    lines = [_trend(summary, is_roomy=is_roomy) for summary in models]
    charted = next((one for one in models if len(one.champion_evaluations) > 1), None)
    room = height - len(lines) - 1
    if charted is None or room < _LEAST_CHART:
        return lines
    half = width // 2
    left = _quality_chart(charted, half - 2 if is_roomy else width, room)
    if not is_roomy or len(charted.drift_reports) < 2:
        return [*lines, Content(""), *left]
    return [*lines, Content(""), *beside(left, _drift_chart(charted, width - half, room), at=half)]


def alert_rows(alerts: Sequence[Alert], now: datetime) -> list[Row]:
    """Open alerts, newest first."""
    return [
        Row(
            key=alert.id,
            cells=(
                glyph(alert.severity),
                alert.title,
                dim(_since(alert, now)),
            ),
        )
        for alert in alerts
    ]


def event_rows(events: Sequence[Event], now: datetime) -> list[Row]:
    """Events, newest first."""
    return [
        Row(
            key=event.id,
            cells=(
                dim(words.clock(event.at, now)),
                glyph(event.severity),
                dim(event.kind),
                event.subject,
                event.message,
            ),
        )
        for event in events
    ]


def job_rows(jobs: Sequence[Job], now: datetime) -> list[Row]:
    """Live jobs with how far they are."""
    return [
        Row(
            key=job.id,
            cells=(
                glyph(job.state),
                job.label,
                job.kind,
                job.subject,
                *_how_far(job),
                left(job, now),
                dim(job.message or job.state.value),
            ),
        )
        for job in jobs
    ]


def _since(alert: Alert, now: datetime) -> str:
    times = f"{alert.count}x  " if alert.count > 1 else ""
    return times + words.ago(alert.last_at, now).removesuffix(" ago")


def _how_far(job: Job) -> tuple[Content | str, Content | str]:
    if job.state is not JobState.RUNNING:
        return "", ""
    share = words.percent(job.progress, 0) if job.progress is not None else ""
    return charts.progress(job.progress, 20), share


def _served(
    summary: ModelSummary, endpoint: ServiceStatus | None, traffic: ModelTraffic | None
) -> Lines:
    champion = summary.champion
    if champion is None:
        made = words.plural(summary.versions, "version")
        return [
            Content.assemble(heading(summary.model.name), dim(f"  {made}, no champion yet")),
            dim("  promote one: 4, then P"),
        ]
    where = endpoint.address if endpoint and endpoint.address else "no endpoint is running"
    lines = [
        Content.assemble(heading(champion.label), ("  champion", "$success")),
        Content.assemble("  ", light(is_on=endpoint is not None), f" {where}"),
    ]
    if traffic is not None and traffic.requests + traffic.client_errors + traffic.server_errors:
        lines.append(_asked(traffic))
    if summary.champion_evaluations:
        lines += _quality(summary, summary.champion_evaluations[-1])
    if summary.drift_reports:
        report = summary.drift_reports[-1]
        moved = ", ".join(column.name for column in report.comparison.drifted[:3])
        verdict = glyph(report.comparison.verdict)
        said = f" {report.comparison.verdict.value} in v{report.version}"
        lines.append(Content.assemble("  ", verdict, said, dim(f"  {moved}") if moved else ""))
    return lines


def _asked(traffic: ModelTraffic) -> Content:
    """How much is asked of a model at this moment, and how long it takes."""
    refused = traffic.client_errors + traffic.server_errors
    return Content.assemble(
        "  ",
        heading(rate(traffic.rate)),
        dim("/s "),
        course(traffic.rates, _RATE_CELLS),
        dim(" p99 "),
        milliseconds(traffic.latency.get(0.99)),
        Content.assemble("  ", errors(traffic)) if refused else "",
    )


def _quality(summary: ModelSummary, latest: Evaluation) -> Lines:
    frozen = _same_window(summary.frozen_evaluations, latest)
    beside_frozen: list[Content | str] = []
    if frozen is not None:
        beside_frozen = [" ", against(latest, frozen), dim(" vs frozen")]
    value = heading(words.fixed(latest.value))
    first = Content.assemble(f"  {latest.metric} ", value, *beside_frozen)
    window = window_name(latest.window_start, latest.window_end, latest.version)
    bounds = words.interval(latest.low, latest.high, 3)
    rows = words.plural(latest.rows, "row")
    return [first, dim(f"  95 % {bounds}, {window}, {rows}")]


def _trend(summary: ModelSummary, *, is_roomy: bool) -> Content:
    champion, frozen = summary.champion_evaluations, summary.frozen_evaluations
    cells = 24 if is_roomy else 10
    name = fit(summary.model.name, 12 if is_roomy else 8)
    if not champion:
        return Content.assemble(heading(name), dim(" not evaluated yet: no labelled rows came"))
    latest = champion[-1]
    yardstick = _same_window(frozen, latest)
    ends = [one.value for one in (*champion, *frozen)]
    low, high = min(ends), max(ends)
    trend = charts.sparkline([one.value for one in champion], cells, low=low, high=high)
    parts: list[Content | str] = [
        heading(name),
        f" {latest.metric} ",
        heading(words.fixed(latest.value)),
        " ",
        trend,
    ]
    if yardstick is not None:
        parts += [" ", against(latest, yardstick)]
        if is_roomy:
            values = [one.value for one in frozen]
            drawn = charts.sparkline(values, cells, low=low, high=high, style="$series-2")
            parts += [dim("  frozen "), words.fixed(yardstick.value), " ", drawn]
    return Content.assemble(*parts, *_drift_trend(summary, cells))


def _drift_trend(summary: ModelSummary, cells: int) -> list[Content | str]:
    if not summary.drift_reports:
        return []
    ratios = [worst_ratio(report) for report in summary.drift_reports]
    latest = summary.drift_reports[-1].comparison.verdict
    drawn = charts.sparkline(ratios, cells, low=0.0, style="$warning")
    return [dim("  drift "), glyph(latest), f" {words.number(ratios[-1], digits=2)}x ", drawn]


def _quality_chart(summary: ModelSummary, width: int, height: int) -> Lines:
    champion, frozen = summary.champion_evaluations, summary.frozen_evaluations
    lines = [
        evaluation_series("champion", champion, "$series-1"),
        evaluation_series("frozen", frozen, "$series-2"),
    ]
    names = [window_name(e.window_start, e.window_end, e.version) for e in champion]
    title = Content.assemble(
        dim(f"{summary.model.name} {champion[-1].metric} by window   "), charts.legend(lines)
    )
    # The champion is drawn last, over the yardstick.
    drawn = charts.line_chart(lines[::-1], width, height - 1, x_labels=names)
    return [title, *drawn]


def _drift_chart(summary: ModelSummary, width: int, height: int) -> Lines:
    reports = summary.drift_reports
    ratios = [worst_ratio(report) for report in reports]
    series = charts.Series(name="effect", xs=range(len(ratios)), ys=ratios, style="$warning")
    names = [window_name(r.window_start, r.window_end, r.version) for r in reports]
    title = dim("largest drift effect by window, limit = 1 (dotted)")
    return [title, *charts.line_chart([series], width, height - 1, x_labels=names, limit=1.0)]


def _same_window(found: Sequence[Evaluation], as_in: Evaluation) -> Evaluation | None:
    return next((one for one in found if one.version == as_in.version), None)
