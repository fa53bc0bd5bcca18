"""What the Serve screen says of the endpoint as a whole: how it stands, what it allows, how to ask it, its keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from textual.content import Content

from storage.records import ApiKey, ModelSummary
from storage.records.figures import FiguresRecord
from workbench.config import Config, ServeConfig
from workbench.core import words
from workbench.tui.theme import light
from workbench.tui.views.parts import Lines, beside, dim, facts, heading, wrapped_facts
from workbench.tui.views.serving_tables import Standing
from workbench.tui.widgets.cells import wrapped

_INPUTS = 3
"""Input columns written out in the example request."""
_ROOMY = 96


def standing_line(standing: Standing, record: FiguresRecord, now: datetime) -> Content:
    """Where the endpoint answers, since when, and whether all is well."""
    if not standing.is_running:
        return Content.assemble(light(is_on=False), " off, E starts it")
    if not standing.address:
        return Content.assemble(("◐", "$primary"), " starting")
    parts: list[Content | str] = [light(is_on=True), f" {standing.address}"]
    if standing.started_at is not None:
        parts.append(f"  {words.duration((now - standing.started_at).total_seconds())}")
    if record.problems:
        parts.append(
            Content.styled(f"  ▲ {words.plural(len(record.problems), 'problem')}", "$warning")
        )
    return Content.assemble(*parts)


def no_model(config: Config) -> tuple[str, ...]:
    """What stands in place of models while there are none: the next step."""
    experiment = next(iter(config.experiments), "EXPERIMENT")
    return (
        f"No model yet. 3, then n trains {experiment};",
        "4, then n makes a version of a finished run, and P promotes it.",
    )


def endpoint_lines(
    standing: Standing,
    record: FiguresRecord,
    config: ServeConfig,
    summary: ModelSummary | None,
    now: datetime,
    width: int,
) -> Lines:
    """How the endpoint stands, what it allows, what is not as it should be, and how to ask it."""
    lines = _problems(record, now, width)
    left = [heading("Now"), *_now(standing, record, now)]
    right = [heading("Allowed"), *_limits(config)]
    if width >= _ROOMY:
        lines += beside(left, right, at=width // 2)
    else:
        lines += [*left, Content(""), *right]
    return [*lines, Content(""), *_how_to_ask(standing, summary, width)]


def key_lines(keys: Sequence[ApiKey], address: str, width: int) -> Lines:
    """Who is let in, and how a caller sends a key."""
    active = [one for one in keys if one.is_active]
    if active:
        said = "Only callers with a key are answered, but for /v2/health/live and /v2/health/ready."
    else:
        said = (
            "Whoever reaches the endpoint is answered. The first key closes it to all others; "
            "without one it listens on this machine alone."
        )
    pairs = [
        ("send it as", "authorization: Bearer wb_…"),
        ("predict", "opens answers, metadata and labels"),
        ("admin", "opens metrics, health and figures too"),
        ("from a shell", f"curl -H 'authorization: Bearer wb_…' {address or 'http://…'}/v2"),
    ]
    return [*wrapped(dim(said), width), *wrapped_facts(pairs, width)]


def _problems(record: FiguresRecord, now: datetime, width: int) -> Lines:
    lines: Lines = []
    for one in record.problems:
        since = words.ago(datetime.fromtimestamp(one.since / 1e6, UTC), now)
        first, *rest = wrapped(Content.assemble(one.text, dim(f"  {since}")), max(10, width - 2))
        lines += [Content.assemble(("▲ ", "$warning"), first)]
        lines += [Content.assemble("  ", line) for line in rest]
    return [*lines, Content("")] if lines else []


def _now(standing: Standing, record: FiguresRecord, now: datetime) -> Lines:
    is_running = standing.is_running
    up = words.duration((now - standing.started_at).total_seconds()) if standing.started_at else ""
    reasons = sorted(record.rejected.items(), key=lambda pair: -pair[1])
    refused = ", ".join(f"{words.count(n)} {why.replace('_', ' ')}" for why, n in reasons)
    logs = all(one.is_logging for one in record.processes)
    log: Content | str = "kept" if logs else Content.styled("▲ not kept", "$warning")
    if record.log_dropped_rows:
        log = Content.assemble(log, dim(f", {words.count(record.log_dropped_rows)} rows left out"))
    return facts(
        [
            ("endpoint", standing.address or ("starting" if is_running else "off: E starts it")),
            ("up for", up or words.NOTHING),
            ("processes", words.count(len(record.processes))),
            ("waiting", words.count(sum(one.waiting for one in record.processes))),
            ("connections", words.count(sum(one.connections for one in record.processes))),
            ("refused", refused or "nobody"),
            ("predictions", log if is_running else words.NOTHING),
        ]
    )


def _limits(config: ServeConfig) -> Lines:
    return facts(
        [
            ("rows a request", words.count(config.max_rows)),
            ("body", words.size(config.max_body_bytes)),
            ("time", words.duration(config.timeout.total_seconds())),
            ("waiting", words.count(config.max_waiting)),
            ("connections", words.count(config.max_connections)),
            ("unknown value", f"{config.unknown_category}, out of range: {config.out_of_range}"),
            ("logged", f"{words.percent(config.log.sample, 0)} of the requests"),
        ]
    )


def _how_to_ask(standing: Standing, summary: ModelSummary | None, width: int) -> Lines:
    if summary is None or summary.champion is None:
        return []
    model, champion = summary.model.name, summary.champion
    address = standing.address or "http://127.0.0.1:PORT"
    names = champion.signature.names[:_INPUTS]
    more = ", …" if len(champion.signature.inputs) > _INPUTS else ""
    pairs: list[tuple[str, Content | str]] = [
        ("rows by name", f"POST {address}/predict/{model}"),
        ("protocol v2", f"POST {address}/v2/models/{model}/infer"),
        ("columns", f"{', '.join(names)}{more}"),
        ("for people", f"{address}/  and  {address}/schema"),
        ("for machines", f"{address}/metrics  and  {address}/health"),
    ]
    return [heading(f"How to ask {model}"), *wrapped_facts(pairs, width)]
