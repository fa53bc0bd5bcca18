"""Datasets: their versions, profiles and checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import checks, options, output, quarantine, queries, rows, versions
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Schema, Version

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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


@data.command("add")
@click.argument("dataset")
@click.argument("files", nargs=-1, required=True, type=FILE)
@options.as_json
@click.pass_obj
def add(session: Session, dataset: str, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Read files into a new version of a dataset; its checks are queued.

    The files stay where they are. Files whose rows the dataset has already are told and left out.
    """
    with session.open() as workbench:
        version = workbench.add(dataset, *files)
    if as_json:
        output.print_json(version)
    elif version is not None:
        click.echo(version.label)
    if version is None:
        output.say(f"{dataset} has these rows already; there is no new version.")
    else:
        added = words.plural(version.rows_added, "row")
        output.say(f"{version.label} is {version.state.value}: {added} added.")


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
    """Show one version: where its rows come from, and its columns."""
    with session.open() as workbench:
        found = workbench.version(version)
        datasets = [one.dataset for one in workbench.datasets()]
    if as_json:
        output.print_json(found)
        return
    schema = next((one.schema for one in datasets if one.name == found.dataset), None)
    _print_version(found, schema)


def _print_version(version: Version, schema: Schema | None) -> None:
    output.print_facts(
        [
            ("Version", version.label),
            ("State", version.state.value),
            ("Why", version.reason or ""),
            ("Rows", f"{words.count(version.rows)}, {words.count(version.rows_added)} added"),
            ("Size", words.size(version.size_bytes)),
            ("Window", words.days(version.first_time, version.last_time)),
            ("Builds on", words.versioned(version.dataset, version.parent)),
            ("Sources", "\n".join(version.sources)),
            ("Made", f"{words.moment(version.created_at)} by {version.created_by}"),
            ("Hash", version.hash),
        ]
    )
    if schema is not None:
        columns = [(column.name, column.type, column.kind.value) for column in schema.columns]
        output.print_table(("column", "type", "kind"), columns, title="Columns")


@data.command("profile")
@click.argument("version")
@options.as_json
@click.pass_obj
def profile(session: Session, version: str, *, as_json: bool) -> None:
    """Show the profile of the rows a version added."""
    from storage.errors import NotFound

    with session.open() as workbench:
        found = workbench.version(version)
        profile = workbench.profile(found)
    if profile is None:
        raise NotFound(
            f"{found.label} has no profile yet.",
            "Its check job makes one: see `workbench jobs list`.",
        )
    if as_json:
        output.print_json(profile)
        return
    output.say(f"{found.label}, {words.plural(profile.rows, 'row')} added")
    output.print_table(rows.PROFILE, map(rows.column_profile, profile.columns))


for command in (
    checks.check,
    queries.sql,
    queries.sample,
    queries.export,
    versions.diff,
    versions.undo,
    quarantine.quarantine,
    versions.remove,
    versions.gc,
    versions.verify,
):
    data.add_command(command)
