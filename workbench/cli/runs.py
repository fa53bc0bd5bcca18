"""Runs: find, show, compare, reproduce, tag, note, remove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.comparing import compare
from workbench.cli.reproducing import reproduce
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records import Run, Scalar
    from storage.records.filters import Field
    from workbench.api import Workbench


@click.group()
def runs() -> None:
    """Find, compare, reproduce, tag and remove runs.

    RUN is written r12 or 12.
    """


runs.add_command(compare)
runs.add_command(reproduce)


@runs.command("list")
@click.option(
    "--where",
    default="",
    metavar="CONDITION",
    help="Such as \"metrics.roc_auc > 0.7 and params.C = 1 and data = 'flights@v3'\".",
)
@click.option("--sort", metavar="NAME", help="Sort by it; -NAME has the largest first.")
@click.option("--columns", metavar="NAMES", help="What is shown, such as run,params.C,roc_auc.")
@click.option("--experiment", metavar="NAME", help="Only runs of this experiment.")
@options.limit
@options.as_json
@click.pass_obj
def list_runs(
    session: Session,
    *,
    where: str,
    sort: str | None,
    columns: str | None,
    experiment: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List runs, newest first.

    A condition asks for metrics, params and tags by name, and for run, name, experiment, recipe, model, state,
    data, dataset, version, seed, by, note, error, parent, started, ended and took. A name that stands once may
    stand alone: roc_auc > 0.7.
    """
    with session.open() as workbench:
        chosen = None if columns is None else workbench.run_columns(columns)
        found = workbench.find_runs(where, sort=sort, experiment=experiment, limit=limit)
        if found and chosen is not None:
            _print_columns(workbench, found, chosen, as_json=as_json)
            return
    none = "No runs yet. `workbench run EXPERIMENT` makes one."
    output.print_records(
        found,
        rows.RUNS,
        rows.run,
        as_json=as_json,
        when_none="No run meets the condition." if where or experiment else none,
    )


@runs.command("show")
@click.argument("run", metavar="RUN")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it as a page that needs nothing else.",
)
@options.as_json
@click.pass_obj
def show(session: Session, run: str, *, html: Path | None, as_json: bool) -> None:
    """Show a run: what made it, what came of it, and what was made of it."""
    with session.open() as workbench:
        from workbench.cli import run_page

        if html is not None:
            run_page.write(workbench, run, html)
        if as_json:
            output.print_json(run_page.document(workbench.run_card(run)))
        elif html is None:
            run_page.tell(workbench, workbench.run_card(run))


@runs.command("rm")
@click.argument("wanted", metavar="RUN...", nargs=-1, required=True)
@options.as_json
@click.pass_obj
def remove(session: Session, wanted: tuple[str, ...], *, as_json: bool) -> int:
    """Remove runs and their children; exit 1 when one is kept because something needs it.

    `workbench data gc` frees the space of their files.
    """
    with session.open() as workbench:
        removals = workbench.remove_runs(*wanted)
    kept = [one for one in removals if one.kept_because is not None]
    if as_json:
        output.print_json(removals)
    for one in removals:
        if one.kept_because is not None:
            output.say(f"r{one.run} is kept: {one.kept_because}.")
        elif not as_json:
            click.echo(f"r{one.run}")
    if len(kept) < len(removals):
        output.say(f"{words.plural(len(removals) - len(kept), 'run')} removed.")
    return 1 if kept else 0


@runs.command("tag")
@click.argument("run", metavar="RUN")
@click.argument("tags", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--remove", "removed", multiple=True, metavar="NAME", help="Take this tag away.")
@options.as_json
@click.pass_obj
def tag(
    session: Session, run: str, tags: tuple[str, ...], *, removed: tuple[str, ...], as_json: bool
) -> None:
    """Set tags of a run, and show all it has."""
    wanted: dict[str, str | None] = dict(options.pair(one) for one in tags)
    wanted |= dict.fromkeys(removed)
    with session.open() as workbench:
        found = workbench.tag_run(run, wanted) if wanted else workbench.get_run(run)
    if as_json:
        output.print_json(found.tags)
    elif found.tags:
        output.print_facts(sorted(found.tags.items()))
    else:
        output.say(f"{found.label} has no tags.")


@runs.command("note")
@click.argument("run", metavar="RUN")
@click.argument("text", required=False)
@click.pass_obj
def note(session: Session, run: str, *, text: str | None) -> None:
    """Write a note to a run in place of the one before; without TEXT, show it. An empty one takes it away."""
    with session.open() as workbench:
        found = workbench.get_run(run) if text is None else workbench.note_run(run, text)
    if found.note:
        click.echo(output.printable(found.note))
    else:
        output.say(f"{found.label} has no note.")


def _print_columns(
    workbench: Workbench, found: tuple[Run, ...], columns: tuple[Field, ...], *, as_json: bool
) -> None:
    names = [str(column) for column in columns]
    each = [workbench.run_fields(run) for run in found]
    if as_json:
        output.print_json([{name: _plain(fields.get(name)) for name in names} for fields in each])
        return
    headings = [_heading(name, [fields.get(name) for fields in each]) for name in names]
    output.print_table(headings, [[_cell(n, fields.get(n)) for n in names] for fields in each])


def _plain(value: Scalar | datetime) -> Scalar | datetime:
    """A value for JSON: a label is a text."""
    return str(value) if isinstance(value, str) else value


def _heading(name: str, values: list[Scalar | datetime]) -> str:
    is_numeric = all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        for value in values
    )
    return f"{output.RIGHT if is_numeric else ''}{name}"


def _cell(name: str, value: Scalar | datetime) -> str:
    from datetime import datetime

    if value is None:
        return words.NOTHING
    if isinstance(value, datetime):
        return words.moment(value)
    if name == "took" and isinstance(value, float):
        return words.duration(value)
    is_metric = name.startswith("metrics.") and isinstance(value, float)
    return words.metric(float(value)) if is_metric else str(value)
