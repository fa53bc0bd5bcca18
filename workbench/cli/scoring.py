"""Scores a file: a model's answers to all of its rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import OnBad, Scored, ScoringProgress

FILE = click.Path(dir_okay=False, path_type=Path)
PAUSE_S = 1.0
"""Between two words on how far it is."""


@click.command()
@click.argument("version", metavar="MODEL")
@click.argument("source", metavar="INPUT", type=FILE)
@click.argument("out", metavar="OUTPUT", type=FILE)
@click.option(
    "--columns",
    metavar="A,B",
    help="Columns of the input that are kept, '*' for all; otherwise the key columns it has.",
)
@click.option(
    "--on-bad",
    type=click.Choice(["fail", "null"]),
    default="fail",
    show_default=True,
    help="What a row with a value the model does not take brings: an end, or no answer for it.",
)
@click.option("--force", is_flag=True, help="Replace an output that is there.")
@options.as_json
@click.pass_obj
def score(
    session: Session,
    version: str,
    source: Path,
    out: Path,
    *,
    columns: str | None,
    on_bad: OnBad,
    force: bool,
    as_json: bool,
) -> None:
    """Write a model's answers to all rows of a file.

    MODEL is late@v3, late@champion or late. INPUT is Parquet, CSV, TSV or JSON lines, OUTPUT .parquet, .csv,
    .tsv or .jsonl; text may be packed: .csv.gz. A run that was stopped goes on when the same command is given
    again.
    """
    with session.open() as workbench, output.progress() as tell:
        try:
            scored = workbench.score(
                version,
                source,
                out,
                columns=options.names(columns),
                on_bad=on_bad,
                replace=force,
                tell=_telling(tell),
                say=output.say,
            )
        except KeyboardInterrupt:
            output.say("Stopped. The same command goes on from here.")
            raise
    if as_json:
        output.print_json(scored)
    else:
        click.echo(out)
    _tell_end(scored)


def _telling(tell: output.Tell) -> Callable[[ScoringProgress], None]:
    told_at = time.monotonic()

    def show(progress: ScoringProgress) -> None:
        nonlocal told_at
        if time.monotonic() - told_at < PAUSE_S:
            return
        told_at = time.monotonic()
        rate, left = progress.rows_per_s, progress.seconds_left
        tell(
            f"{words.count(progress.rows_done)} of {words.plural(progress.rows, 'row')} "
            f"({progress.rows_done / progress.rows:.0%})"
            + (f", {words.count(round(rate))} rows/s" if rate else "")
            + (f", {words.duration(left)} left" if left else "")
        )

    return show


def _tell_end(scored: Scored) -> None:
    for note in scored.notes:
        output.say(f"{scored.source.name}: {note}.")
    for one in scored.unknown:
        output.say(
            f"{words.plural(one.values, 'value')} of {one.column} never seen in training, "
            f"such as {words.listed([repr(name) for name in one.examples])}."
        )
    for bad in scored.bad:
        output.say(
            f"{words.plural(bad.values, 'value')} of {bad.column} {bad.reason}, "
            f"the first in row {words.count(bad.first_row)}."
        )
    fresh = scored.rows - scored.rows_before
    rate = f" ({words.count(round(fresh / scored.seconds))} rows/s)" if scored.seconds > 1 else ""
    lacking = (
        f", {words.count(scored.unanswered_rows)} of them without an answer"
        if scored.unanswered_rows
        else ""
    )
    before = (
        f"; {words.count(scored.rows_before)} were answered before" if scored.rows_before else ""
    )
    output.say(
        f"{scored.model} answered {words.plural(scored.rows, 'row')}{lacking} in "
        f"{words.duration(scored.seconds)}{rate}{before}."
    )
