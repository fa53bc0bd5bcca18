"""The endpoint's figures: requests a second, percentiles, errors, how shadows compare."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from workbench.cli import drawing, options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import FiguresRecord, VersionSummary
    from workbench.api import Workbench

ANSWERS = (
    "version", "last 15 min", ">now/s", ">requests", ">rows", ">refused", ">failed", ">p50", ">p95",
    ">p99", ">rows/call", "last",
)  # fmt: skip
SHADOWS = (
    "shadow", "last 15 min", ">compared", ">agree", ">mean diff", ">largest", ">dropped", ">failed",
    ">p50", ">p99",
)  # fmt: skip
EVERY_S = 1.0
_CELLS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@click.command()
@click.argument("model", metavar="MODEL", required=False)
@click.option("--watch", is_flag=True, help="Look every second until ctrl-c.")
@options.as_json
@click.pass_obj
def figures(session: Session, model: str | None, *, watch: bool, as_json: bool) -> None:
    """Show what the endpoint answered: how often, how fast, how well.

    Totals are counted since the endpoint started, percentiles over its last 15 minutes. With --watch
    --json, a document a line.
    """
    with session.open() as workbench:
        if not watch:
            _show(workbench, model, as_json=as_json)
        else:
            _follow(lambda: _show(workbench, model, as_json=as_json, is_line=True))


def _show(workbench: Workbench, model: str | None, *, as_json: bool, is_line: bool = False) -> None:
    from workbench.core.figures_summary import summaries

    record = workbench.figures()
    found = summaries(record, model=model)
    if model is not None and not found:
        _check_known(workbench, model)
    if as_json:
        document = {
            "is_running": record.is_running,
            "at": _EPOCH + timedelta(microseconds=record.at),
            "versions": found,
            "rejected": record.rejected,
            "log_dropped_rows": record.log_dropped_rows,
            "processes": record.processes,
            "problems": record.problems,
        }
        _print_line(document) if is_line else output.print_json(document)
    else:
        _print(workbench, record, found)


def _print_line(document: object) -> None:
    import msgspec

    click.echo(msgspec.json.encode(document))


def _check_known(workbench: Workbench, model: str) -> None:
    """Raises NotFound when there is no model of this name; one that was not asked yet has no figures."""
    workbench.model_aliases(model)


def _print(workbench: Workbench, record: FiguresRecord, found: tuple[VersionSummary, ...]) -> None:
    output.print_facts(_facts(workbench, record))
    now = datetime.now(UTC)
    known = sorted(found, key=lambda one: (not one.model, one.model, one.version == 0))
    copied = {(one.model, one.version) for one in found if one.role == "shadow"}
    answers = [
        _answer(one, now)
        for one in known
        if one.role == "answer" and _has_news(one, is_shadow=(one.model, one.version) in copied)
    ]
    shadows = [_shadow(one, record) for one in found if one.role == "shadow"]
    if answers:
        output.print_table(ANSWERS, answers, title="Answers")
    if shadows:
        output.print_table(SHADOWS, shadows, title="Shadows")
    if not answers:
        output.say("Nothing has been asked yet." if record.endpoint else _never(record))


def _facts(workbench: Workbench, record: FiguresRecord) -> Iterable[tuple[str, str]]:
    if not record.endpoint:
        return
    if record.is_running:
        address = next((one.address for one in workbench.services() if one.name == "serve"), None)
        started = min((one.started_at for one in record.processes), default=record.at)
        span = words.duration((time.time_ns() // 1000 - started) / 1e6)
        yield "Endpoint", f"{address or 'starting'}, up {span}"
    else:
        yield "Endpoint", f"not running; these are its last figures, {_when(record.at)}"
    workers = record.processes
    if workers:
        memory = words.size(sum(one.memory_bytes for one in workers))
        yield "Workers", f"{len(workers)}, {memory}"
        yield "Connections", words.count(sum(one.connections for one in workers))
        yield "Waiting", words.count(sum(one.waiting for one in workers))
    rejected = sorted(record.rejected.items(), key=lambda one: -one[1])
    yield "Refused", ", ".join(f"{words.count(count)} {reason}" for reason, count in rejected)
    if record.log_dropped_rows:
        yield "Not logged", words.plural(record.log_dropped_rows, "row")
    for problem in record.problems:
        yield "Degraded", f"{problem.text} Since {_when(problem.since)}."


def _never(record: FiguresRecord) -> str:
    if record.is_running:
        return "The endpoint is starting."
    return "No endpoint has run yet. `workbench serve` or `workbench up` starts one."


def _has_news(one: VersionSummary, *, is_shadow: bool) -> bool:
    """Whether there is anything to say of a version's answers; one that has not been asked yet will be."""
    is_waiting = one.version > 0 and not is_shadow
    return bool(is_waiting or one.requests or one.client_errors or one.server_errors)


def _answer(one: VersionSummary, now: datetime) -> tuple[str, ...]:
    return (
        _name(one),
        drawing.sparkline(_joined(one.trend)),
        words.number(one.requests_per_s),
        words.count(one.requests),
        words.count(one.rows),
        words.count(one.client_errors),
        words.count(one.server_errors),
        latency(one.p50_us),
        latency(one.p95_us),
        latency(one.p99_us),
        words.number(one.rows_per_call),
        words.ago(_EPOCH + timedelta(microseconds=one.last_at), now) if one.last_at else "",
    )


def _shadow(one: VersionSummary, record: FiguresRecord) -> tuple[str, ...]:
    counted = next(
        each.shadow
        for each in record.versions
        if (each.model, each.version, each.role) == (one.model, one.version, one.role)
    )
    return (
        _name(one),
        drawing.sparkline(_joined(one.trend)),
        words.count(counted.requests),
        words.percent(one.agreeing, 2),
        words.number(one.mean_difference),
        words.number(one.largest_difference),
        words.count(counted.dropped),
        words.count(counted.failed),
        latency(one.p50_us),
        latency(one.p99_us),
    )


def _name(one: VersionSummary) -> str:
    if not one.model:
        return "(no model)"
    return words.versioned(one.model, one.version) if one.version else f"{one.model} (none chosen)"


def _joined(trend: tuple[int, ...]) -> list[float]:
    """The trend in as many cells as are drawn."""
    width = len(trend) // _CELLS
    return [float(sum(trend[at : at + width])) for at in range(0, len(trend), width)]


def latency(took_us: float | None) -> str:
    """A latency in the unit it is read in best: `312 us`, `1.25 ms`, `2.10 s`."""
    if took_us is None:
        return words.NOTHING
    for limit, unit in ((1e3, "us"), (1e6, "ms")):
        if took_us < limit * 0.9995:
            return f"{words.number(took_us / limit * 1e3)} {unit}"
    return f"{words.number(took_us / 1e6)} s"


def _when(at_us: int) -> str:
    return words.moment(_EPOCH + timedelta(microseconds=at_us))


def _follow(show: Callable[[], None]) -> None:
    """Shows anew every second; on a terminal in place of what stood there before."""
    try:
        while True:
            if sys.stdout.isatty():
                click.clear()
            show()
            time.sleep(EVERY_S)
    except KeyboardInterrupt:
        return
