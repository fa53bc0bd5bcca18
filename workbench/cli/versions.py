"""Versions of datasets: compared, undone and removed; the bytes behind them verified and freed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.core import words
from workbench.errors import UsageError

if TYPE_CHECKING:
    from storage.records import RowChanges, VersionDiff

DAMAGED = ("blob", "what", "needed by", "came from")
SHOWN_ROWS = 3


@click.command("gc")
@click.option("--yes", is_flag=True, help="Free it; otherwise it is only told.")
@options.as_json
@click.pass_obj
def gc(session: Session, *, yes: bool, as_json: bool) -> None:
    """Tell what nothing needs any more, and free it with --yes.

    What is younger than a day stays: another process may be about to need it.
    """
    with session.open() as workbench:
        found = workbench.free() if yes else workbench.freeable()
    if as_json:
        output.print_json(found)
        return
    blobs = f"{words.plural(found.blobs, 'blob')} of {words.size(found.blob_bytes)}"
    staged = f"{words.plural(found.staged, 'staged file')} of {words.size(found.staged_bytes)}"
    click.echo(f"{blobs}, {staged}")
    if not found.blobs and not found.staged:
        output.say("There is nothing to free.")
    elif found.is_freed:
        output.say(f"{words.size(found.size_bytes)} freed.")
    else:
        output.say(
            f"{words.size(found.size_bytes)} could be freed: `workbench data gc --yes` frees it."
        )


@click.command("verify")
@click.argument("dataset", required=False)
@options.as_json
@click.pass_obj
def verify(session: Session, dataset: str | None, *, as_json: bool) -> int:
    """Read the bytes of a dataset again, or of all that is kept; exit 1 when some are damaged."""
    with session.open() as workbench:
        found = workbench.verify(dataset)
    if as_json:
        output.print_json(found)
    elif found.damaged:
        cells = (
            (
                one.blob[:12],
                "missing" if one.is_missing else "damaged",
                words.listed(one.needed_by, most=8),
                words.listed(one.sources, most=3),
            )
            for one in found.damaged
        )
        output.print_table(DAMAGED, cells)
        output.say(
            f"{words.plural(len(found.damaged), 'blob')} of {found.blobs} damaged or missing. "
            "Restore them from a backup, or add the files again that they came from."
        )
    else:
        size = words.size(found.size_bytes)
        output.say(f"{words.plural(found.blobs, 'blob')} of {size} read: all are whole.")
    return 1 if found.damaged else 0


@click.command("rm")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Needed to remove a whole dataset.")
@click.pass_obj
def remove(session: Session, name: str, *, yes: bool) -> None:
    """Remove a version that nothing needs (flights@v3), or with --yes a whole dataset.

    What a run, a model, a drift report or a later version needs is kept, and it is told which.
    The bytes are freed by `workbench data gc`.
    """
    with session.open() as workbench:
        if "@" in name:
            click.echo(workbench.remove_version(name).label)
            output.say(f"{name} is removed. `workbench data gc` frees its bytes in a day.")
            return
        if not yes:
            versions = workbench.versions(name, limit=1)
            raise UsageError(
                f"{name} is a whole dataset"
                f"{f', with versions up to v{versions[0].number}' if versions else ''}.",
                f"Name a version ({name}@v3), or remove all of it: "
                f"`workbench data rm {name} --yes`.",
            )
        click.echo(workbench.remove_dataset(name).name)
    output.say(f"{name} is removed. `workbench data gc` frees its bytes in a day.")


@click.command("undo")
@click.argument("version")
@options.as_json
@click.pass_obj
def undo(session: Session, version: str, *, as_json: bool) -> None:
    """Make a new version without the rows that VERSION added; its checks are queued.

    VERSION is written flights@v3, or flights for the latest one. Once the checks have ended, the file
    that brought the rows may be added again.
    """
    with session.open() as workbench:
        made = workbench.undo(version)
    if as_json:
        output.print_json(made)
        return
    click.echo(made.label)
    output.say(f"{made.label} is {made.state.value}: {words.plural(made.rows, 'row')} remain.")


@click.command("diff")
@click.argument("before")
@click.argument("after")
@options.as_json
@click.pass_obj
def diff(session: Session, before: str, after: str, *, as_json: bool) -> None:
    """Show how version AFTER differs from BEFORE: columns, rows by key, distributions."""
    with session.open() as workbench:
        found = workbench.diff(before, after)
    if as_json:
        output.print_json(found)
        return
    output.print_facts(_facts(found))
    for title, examples in (
        ("Rows added", found.rows.added_rows),
        ("Rows removed", found.rows.removed_rows),
        ("Rows changed", found.rows.changed_rows),
    ):
        if examples:
            lines = ((text,) for text in _examples(examples))
            output.print_table(("row",), lines, title=title)
    moved = found.distribution.columns
    if moved:
        output.print_table(rows.DRIFT_COLUMNS, map(rows.column_drift, moved), title="Columns")


def _facts(found: VersionDiff) -> Iterator[tuple[str, str]]:
    yield "Before", f"{found.before.label}, {words.plural(found.before.rows, 'row')}"
    yield "After", f"{found.after.label}, {words.plural(found.after.rows, 'row')}"
    yield "Columns added", ", ".join(f"{one.name} {one.type}" for one in found.added_columns)
    yield "Columns removed", ", ".join(f"{one.name} {one.type}" for one in found.removed_columns)
    retyped = (f"{old.name} {old.type} to {new.type}" for old, new in found.retyped_columns)
    yield "Columns retyped", ", ".join(retyped)
    yield "Key", ", ".join(found.key)
    yield "Rows", _row_counts(found.rows)
    by_column = found.rows.changed_by_column.items()
    yield "Changed in", ", ".join(f"{name} {words.count(count)}" for name, count in by_column)


def _row_counts(changes: RowChanges) -> str:
    counts = (changes.added, changes.removed, changes.changed)
    added, removed, changed = map(words.count, counts)
    return f"{added} added, {removed} removed, {changed} changed"


def _examples(examples: tuple[str, ...]) -> Iterator[str]:
    """The first rows, each on a line; of a changed one only what differs."""
    for text in examples[:SHOWN_ROWS]:
        pair = json.loads(text)
        old, new = pair["old"], pair["new"]
        if old is None or new is None:
            shown = new or old
        else:
            keys = {name: value for name, value in new.items() if old.get(name) == value}
            changed = {name: f"{old.get(name)} to {new[name]}" for name in new if name not in keys}
            shown = {**dict(list(keys.items())[:2]), **changed}
        yield json.dumps(shown, ensure_ascii=False)
