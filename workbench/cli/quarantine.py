"""The quarantine: what was set aside, why, and what is to become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Arrival, CheckResult, Version

WAITING = ("name", "what", "dataset", ">rows", "came from", "since", "why")


@click.group()
def quarantine() -> None:
    """Look at what is in quarantine: accept it, try it again, or drop it.

    NAME is written flights@v5 for a version that its checks blocked, a12 for a file that could not
    be read.
    """


@quarantine.command("list")
@click.argument("dataset", required=False)
@options.as_json
@click.pass_obj
def list_quarantine(session: Session, dataset: str | None, *, as_json: bool) -> None:
    """List what is in quarantine, with the reasons."""
    with session.open() as workbench:
        found = workbench.quarantine(dataset)
    if as_json:
        output.print_json(found)
    elif found.versions or found.files:
        cells = [*map(_version_row, found.versions), *map(_file_row, found.files)]
        output.print_table(WAITING, cells)
    else:
        output.say("Nothing is in quarantine.")


@quarantine.command("show")
@click.argument("name")
@options.as_json
@click.pass_obj
def show(session: Session, name: str, *, as_json: bool) -> None:
    """Show why something is in quarantine: check results, and up to 20 offending rows of each."""
    with session.open() as workbench:
        if "@" not in name:
            file = workbench.quarantined_file(name)
            _show_file(file, as_json=as_json)
            return
        version, results = workbench.quarantined_version(name)
    if as_json:
        output.print_json({"version": version, "checks": results})
        return
    output.say(f"{version.label} is {version.state.value}: {version.reason}")
    output.print_table(rows.CHECKS, map(rows.check_result, results))
    for result in results:
        _print_examples(result)


@quarantine.command("accept")
@click.argument("version")
@options.why
@options.as_json
@click.pass_obj
def accept(session: Session, version: str, *, why: str, as_json: bool) -> None:
    """Make the rows of a quarantined version current all the same, as a new version."""
    with session.open() as workbench:
        made = workbench.accept(version, why=why)
    if as_json:
        output.print_json(made)
        return
    click.echo(made.label)
    added = words.plural(made.rows_added, "row")
    output.say(f"{made.label} is {made.state.value}: {added} of {version} accepted.")


@quarantine.command("retry")
@click.argument("name")
@click.pass_obj
def retry(session: Session, name: str) -> None:
    """Check a version again with today's workbench.toml, or put a file back to be read."""
    with session.open() as workbench:
        made = workbench.check_again(name) if "@" in name else workbench.read_again(name)
    if made is None:
        output.say(f"{name} is out of quarantine; `workbench watch` reads what lies in its folder.")
        return
    click.echo(made.label)
    output.say(f"{made.label} is {made.state.value}; its checks are queued.")


@quarantine.command("drop")
@click.argument("name")
@click.pass_obj
def drop(session: Session, name: str) -> None:
    """Forget something in quarantine. A file stays where it lies."""
    with session.open() as workbench:
        workbench.drop(name)
    output.say(f"{name} is dropped.")


def _show_file(file: Arrival, *, as_json: bool) -> None:
    if as_json:
        output.print_json(file)
        return
    output.print_facts(
        [
            ("File", f"a{file.id}"),
            ("Dataset", file.dataset),
            ("Came as", file.path),
            ("Lies in", file.moved_to or file.path),
            ("Size", words.size(file.size_bytes)),
            ("Came", words.moment(file.arrived_at)),
            ("Why", file.reason or ""),
            ("What to do", " ".join(file.notes)),
        ]
    )


def _print_examples(result: CheckResult) -> None:
    if result.examples:
        lines = ((text,) for text in result.examples)
        output.print_table(("row",), lines, title=f"{result.check}: offending rows")


def _version_row(version: Version) -> tuple[str, ...]:
    came_from = words.listed(version.sources, most=2, total=version.source_count)
    since = words.moment(version.created_at)
    rows_added = words.count(version.rows_added)
    reason = version.reason or ""
    return (version.label, "version", version.dataset, rows_added, came_from, since, reason)


def _file_row(file: Arrival) -> tuple[str, ...]:
    since = words.moment(file.arrived_at)
    where = file.moved_to or file.path
    return (f"a{file.id}", "file", file.dataset, words.NOTHING, where, since, file.reason or "")
