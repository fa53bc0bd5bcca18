"""Datasets: their versions, profiles and checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workbench.cli import (
    checks,
    files,
    lineage,
    options,
    output,
    profiles,
    quarantine,
    queries,
    rows,
    versions,
)
from workbench.cli.session import Session
from workbench.core import labels, words

if TYPE_CHECKING:
    from storage.records import Column
    from workbench.api import Workbench


@click.group()
def data() -> None:
    """Look at datasets, their versions, profiles and checks.

    VERSION is written flights@v3, or flights for the latest one.
    """


@data.command("list")
@options.as_json
@click.pass_obj
def list_datasets(session: Session, *, as_json: bool) -> None:
    """List the datasets with their latest versions."""
    with session.open() as workbench:
        summaries = workbench.datasets()
    output.print_records(
        summaries,
        rows.DATASETS,
        rows.dataset,
        as_json=as_json,
        when_none="No datasets yet. Name one in workbench.toml, with the files that bring its rows.",
    )


@data.command("log")
@click.argument("dataset")
@options.limit
@options.as_json
@click.pass_obj
def log(session: Session, dataset: str, *, limit: int, as_json: bool) -> None:
    """List the versions of a dataset, newest first."""
    with session.open() as workbench:
        newest = workbench.versions(dataset, limit=limit)
    output.print_records(
        newest,
        rows.VERSIONS,
        rows.version,
        as_json=as_json,
        when_none=f"{dataset} has no versions yet. The first file that arrives makes one.",
    )


@data.command("show")
@click.argument("version")
@options.as_json
@click.pass_obj
def show(session: Session, version: str, *, as_json: bool) -> None:
    """Show one version: where its rows come from, and its columns.

    flights@2013-04, a year, month or day of event time, shows those rows of the latest version.
    """
    with session.open() as workbench:
        if labels.is_period(version):
            _show_period(workbench, version, as_json=as_json)
        else:
            _show_version(workbench, version, as_json=as_json)


def _show_version(workbench: Workbench, label: str, *, as_json: bool) -> None:
    version = workbench.version(label)
    if as_json:
        output.print_json(version)
        return
    replaced = f", {words.count(version.rows_replaced)} replaced" if version.rows_replaced else ""
    rows = f"{words.count(version.rows)}, {words.count(version.rows_added)} added{replaced}"
    output.print_facts(
        [
            ("Version", version.label),
            ("State", version.state.value),
            ("Why", version.reason or ""),
            ("Rows", rows),
            ("Size", words.size(version.size_bytes)),
            ("Window", words.days(version.first_time, version.last_time)),
            ("Builds on", words.versioned(version.dataset, version.parent)),
            ("Sources", words.listed(version.sources, total=version.source_count)),
            ("Notes", "\n".join(files.notes(workbench.arrivals_of(version)))),
            ("Made", f"{words.moment(version.created_at)} by {version.created_by}"),
            ("Hash", version.hash),
        ]
    )
    _print_columns(workbench.columns_of(version))


def _show_period(workbench: Workbench, label: str, *, as_json: bool) -> None:
    found = workbench.dataset(label)
    facts = found.facts()
    if as_json:
        output.print_json(facts)
        return
    output.print_facts(
        [
            ("Rows", f"{words.count(facts.rows)} of {facts.version.label}"),
            ("Period", words.days(facts.start, facts.end)),
            ("Earliest", words.moment(facts.first_time) if facts.first_time else ""),
            ("Latest", words.moment(facts.last_time) if facts.last_time else ""),
        ]
    )
    _print_columns(found.schema.columns)


def _print_columns(columns: Sequence[Column]) -> None:
    cells = [(column.name, column.type, column.kind.value) for column in columns]
    output.print_table(("column", "type", "kind"), cells, title="Columns")


for command in (
    files.add,
    files.rejects,
    checks.check,
    queries.sql,
    queries.sample,
    queries.export,
    versions.diff,
    lineage.data,
    versions.undo,
    profiles.profile,
    quarantine.quarantine,
    versions.remove,
    versions.gc,
    versions.verify,
):
    data.add_command(command)
