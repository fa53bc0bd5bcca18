"""Labels: what rows that were asked about turned out to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import KeptLabel

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def labels() -> None:
    """Add labels to a model's predictions, and look at them."""


@labels.command()
@click.argument("model", metavar="MODEL")
@click.argument("file", metavar="FILE", type=FILE)
@options.as_json
@click.pass_obj
def add(session: Session, model: str, file: Path, *, as_json: bool) -> None:
    """Add the labels in a file: CSV, TSV, JSON lines or Parquet.

    It has the model's key columns, a column `label`, and perhaps `at`, since when the label is known.
    Labels may come late, twice and corrected: of one row the latest counts.
    """
    with session.open() as workbench:
        kept = workbench.labels(model).add_file(file)
    output.print_json({"model": model, "kept": kept}) if as_json else click.echo(kept)
    output.say(f"{words.plural(kept, 'label')} of {model} kept.")


@labels.command("list")
@click.argument("model", metavar="MODEL")
@options.limit
@options.as_json
@click.pass_obj
def list_labels(session: Session, model: str, *, limit: int, as_json: bool) -> None:
    """List the latest labels of a model, newest first."""
    with session.open() as workbench:
        found = workbench.labels(model)
        facts, newest = found.facts(), found.newest(limit=limit)
    if as_json:
        output.print_json({"facts": facts, "labels": newest})
        return
    if not newest:
        output.say(
            f"{model} has no labels yet. Add some: `workbench labels add {model} FILE`, or POST /labels/{model}."
        )
        return
    output.print_table((*found.key, "label", "known since", "came"), map(_row, newest))
    output.say(
        f"{words.plural(facts.rows, 'row')} with a label, {words.count(facts.answered)} of them answered "
        f"by the endpoint; {words.plural(facts.sent, 'label')} sent in all."
    )


def _row(one: KeptLabel) -> tuple[str, ...]:
    return (*one.key.values(), one.label, words.moment(one.at), words.moment(one.received_at))
