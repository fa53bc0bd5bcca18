"""What changed, what happened, and what somebody should look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import DriftReport, Event
    from workbench.api import Workbench

_PAGE = 500


@click.group()
def drift() -> None:
    """Look at drift reports."""


@drift.command("history")
@click.argument("dataset", required=False)
@options.limit
@options.as_json
@click.pass_obj
def drift_history(session: Session, dataset: str | None, *, limit: int, as_json: bool) -> None:
    """List drift reports, newest first."""
    with session.open() as workbench:
        reports = workbench.drift_reports(dataset=dataset, limit=limit)
    output.print_records(
        reports,
        rows.DRIFT_REPORTS,
        rows.drift_report,
        as_json=as_json,
        when_none="No drift reports yet. One is made for each version once a model has a champion.",
    )


@drift.command("show")
@click.argument("version", metavar="[VERSION]", required=False)
@options.as_json
@click.pass_obj
def drift_show(session: Session, version: str | None, *, as_json: bool) -> None:
    """Show the newest drift report, or that of a version: column by column.

    VERSION is written flights@v3, or flights for the newest report of the dataset.
    """
    with session.open() as workbench:
        report = _report(workbench, version)
    if as_json:
        output.print_json(report)
        return
    output.print_facts(
        [
            ("Report", report.sentence),
            ("Version", words.versioned(report.dataset, report.version)),
            ("Window", words.days(report.window_start, report.window_end)),
            ("Against", report.reference),
            (
                "Rows",
                (
                    f"{words.count(report.comparison.rows)} against "
                    f"{words.count(report.comparison.reference_rows)}"
                ),
            ),
            ("Verdict", report.comparison.verdict.value),
        ]
    )
    columns = sorted(report.comparison.columns, key=lambda column: -column.impact)
    output.print_table(rows.DRIFT_COLUMNS, map(rows.column_drift, columns), title="Columns")


def _report(workbench: Workbench, version: str | None) -> DriftReport:
    """The newest report of what `version` names; None: of the project."""
    from storage.errors import NotFound

    dataset, at, _ = (version or "").partition("@")
    number = workbench.version(version or "").number if at else None
    offset = 0
    while reports := workbench.drift_reports(dataset=dataset or None, limit=_PAGE, offset=offset):
        for report in reports:
            if number is None or report.version == number:
                return report
        offset += _PAGE
    raise NotFound(
        f"There is no drift report{f' of {version}' if version else ''} yet.",
        "One is made for each version once a model has a champion: see `workbench drift history`.",
    )


@click.command()
@click.option(
    "--since",
    metavar="EVENT|DURATION",
    help="Only what happened after this event number, or in the last 2h or 7d.",
)
@options.limit
@options.as_json
@click.pass_obj
def events(session: Session, *, since: str | None, limit: int, as_json: bool) -> None:
    """Show what happened, newest first."""
    with session.open() as workbench:
        found = _events(workbench, since, limit=limit)
    output.print_records(
        found,
        rows.EVENTS,
        rows.event,
        as_json=as_json,
        when_none="Nothing happened since then." if since else "Nothing has happened yet.",
    )


def _events(workbench: Workbench, since: str | None, *, limit: int) -> tuple[Event, ...]:
    if since is None:
        return workbench.events(limit=limit)
    if since.isdecimal():
        return workbench.events(limit=limit, since=int(since))
    from workbench.config import units

    try:
        start = datetime.now(UTC) - units.duration(since)
    except ValueError as error:
        raise click.BadParameter(
            f"'{since}' is neither an event's number nor {units.DURATIONS}.", param_hint="--since"
        ) from error
    return tuple(one for one in workbench.events(limit=limit) if one.at >= start)


@click.group()
def alerts() -> None:
    """Look at alerts and acknowledge them."""


@alerts.command("list")
@click.option(
    "--state",
    type=click.Choice(["open", "acknowledged", "resolved", "all"]),
    default="open",
    show_default=True,
    help="Only alerts in this state.",
)
@options.limit
@options.as_json
@click.pass_obj
def list_alerts(session: Session, *, state: str, limit: int, as_json: bool) -> None:
    """List alerts, newest first."""
    from storage.records import AlertState

    with session.open() as workbench:
        found = workbench.alerts(state=None if state == "all" else AlertState(state), limit=limit)
    output.print_records(
        found,
        rows.ALERTS,
        rows.alert,
        as_json=as_json,
        when_none="No alerts." if state == "all" else f"No alert is {state}.",
    )


@alerts.command("ack")
@click.argument("alert", type=click.IntRange(1), metavar="ALERT")
@options.as_json
@click.pass_obj
def acknowledge(session: Session, alert: int, *, as_json: bool) -> None:
    """Acknowledge an alert: say that somebody looks after it."""
    with session.open() as workbench:
        acknowledged = workbench.acknowledge(alert)
    if as_json:
        output.print_json(acknowledged)
    else:
        click.echo(str(acknowledged.id))
    output.say(f"{acknowledged.title}: acknowledged.")
