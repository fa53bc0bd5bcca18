"""Files: read into a dataset, looked at before, and the lines of them that were set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words
from workbench.errors import UsageError

if TYPE_CHECKING:
    from storage.records import Arrival, BadLine, FilePreview, Version

LINES = (">line", "reason", "text")
SHOWN_LINES = 10
MOST_FILES = 10_000
"""Files whose fate is told."""


@click.command("add")
@click.argument("dataset")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--preview", is_flag=True, help="Only show what the file would bring; keep nothing.")
@options.as_json
@click.pass_obj
def add(
    session: Session, dataset: str, paths: tuple[str, ...], *, preview: bool, as_json: bool
) -> int:
    """Read files into a new version of a dataset; its checks are queued.

    PATH is a file, a folder (all files of rows in it and below) or a pattern such as 'data/*.csv'.
    All of them make one version. The files stay where they are. Files whose rows the dataset has
    already are told and left out.
    """
    with session.open() as workbench:
        if preview:
            if len(paths) > 1:
                raise UsageError("A preview is of one file.", "Name one.")
            found = workbench.preview(dataset, paths[0])
            if as_json:
                output.print_json(found)
            else:
                _print_preview(found)
            return 1 if found.problem else 0
        last = max((one.id for one in workbench.arrivals(dataset=dataset, limit=1)), default=0)
        version = workbench.add(dataset, *paths)
        newest = workbench.arrivals(dataset=dataset, limit=MOST_FILES)
        came = [one for one in reversed(newest) if one.id > last]
    if as_json:
        output.print_json(version)
    elif version is not None:
        click.echo(version.label)
    for line in _outcome(dataset, version, came):
        output.say(line)
    is_refused = any(one.state.value == "quarantined" for one in came)
    return 1 if version is None and is_refused else 0


def _outcome(dataset: str, version: Version | None, came: Sequence[Arrival]) -> Iterator[str]:
    """What became of the files, a line each."""
    if version is None:
        yield f"{dataset} has no new version."
    else:
        added = words.plural(version.rows_added, "row")
        files = f" by {words.count(version.source_count)} files" if version.source_count > 1 else ""
        replaced = words.count(version.rows_replaced)
        instead = f", in place of {replaced}" if version.rows_replaced else ""
        yield f"{version.label} is {version.state.value}: {added} added{files}{instead}."
    counts = Counter(one.state.value for one in came)
    if counts["duplicate"]:
        files = words.plural(counts["duplicate"], "file")
        yield f"{files} left out: the same bytes are in {dataset} already."
    for one in came:
        if one.state.value == "quarantined":
            yield f"{Path(one.path).name} is in quarantine as a{one.id}: {one.reason}"
    yield from notes(came)


@click.command("rejects")
@click.argument("name")
@options.limit
@options.as_json
@click.pass_obj
def rejects(session: Session, name: str, *, limit: int, as_json: bool) -> None:
    """Show the lines of files that were set aside because they could not be read as rows.

    NAME is a version (flights@v3) or a file (a12).
    """
    with session.open() as workbench:
        if "@" in name:
            files = workbench.arrivals_of(workbench.version(name))
            found = {
                one.id: workbench.bad_lines(one.id, limit=limit) for one in files if one.bad_lines
            }
            names = {one.id: one.path for one in files}
        else:
            lines = workbench.bad_lines(name, limit=limit)
            found = {int(name.removeprefix("a")): lines} if lines else {}
            names = {}
    if as_json:
        output.print_json([{"file": f"a{number}", "lines": of} for number, of in found.items()])
        return
    for number, of in found.items():
        output.print_table(
            LINES, map(_line, of), title=f"a{number} {names.get(number, '')}".strip()
        )
    if not found:
        output.say(f"No line of {name} was set aside.")


def notes(files: Sequence[Arrival]) -> list[str]:
    """What somebody should know of how files were read, a line each."""
    told = []
    for one in files:
        name = Path(one.path).name
        told += [f"{name}: {note}" for note in one.notes]
        if one.bad_lines:
            bad = words.plural(one.bad_lines, "line")
            told.append(f"{name}: {bad} set aside; see `workbench data rejects a{one.id}`")
    return told


def _print_preview(found: FilePreview) -> None:
    if found.problem is not None:
        output.say(f"It would go into quarantine: {found.problem}")
        output.say(found.remedy)
        return
    count = "its first rows" if found.row_count is None else words.plural(found.row_count, "row")
    new = set(found.new)
    columns = [
        (one.name, one.type, one.kind.value, "new" if one.name in new else "")
        for one in found.columns
    ]
    output.print_table(("column", "type", "kind", ""), columns, title=f"{found.path.name}: {count}")
    names = [one.name for one in found.columns]
    output.print_table(names, found.rows, title="First rows")
    if found.bad_lines:
        shown = map(_line, found.bad[:SHOWN_LINES])
        bad = words.plural(found.bad_lines, "line")
        output.print_table(LINES, shown, title=f"{bad} would be set aside")
    for note in found.notes:
        output.say(note)


def _line(one: BadLine) -> tuple[str, ...]:
    return (words.count(one.line), one.reason, one.text.replace("\n", "\\n"))
