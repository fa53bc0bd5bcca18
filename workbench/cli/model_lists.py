"""Lists of models, their versions, the moves of their aliases, and what the gate said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import AliasMove

MOVES = ("when", "alias", "from", "to", "by", "why")


@click.command("list")
@options.as_json
@click.pass_obj
def list_models(session: Session, *, as_json: bool) -> None:
    """List the models with their champions."""
    with session.open() as workbench:
        summaries = workbench.models()
    output.print_records(
        summaries,
        rows.MODELS,
        rows.model,
        as_json=as_json,
        when_none="No models yet. `workbench model register RUN --as NAME` makes one.",
    )


@click.command()
@click.argument("model", metavar="MODEL")
@click.option("--moves", "only_moves", is_flag=True, help="Only how its aliases moved.")
@click.option("--alias", metavar="NAME", help="Only the moves of this alias.")
@options.limit
@options.as_json
@click.pass_obj
def log(
    session: Session,
    model: str,
    *,
    only_moves: bool,
    alias: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the versions of a model and how its aliases moved, newest first.

    With --json, the versions; with --moves --json, the moves.
    """
    only_moves = only_moves or alias is not None
    with session.open() as workbench:
        versions = () if only_moves else workbench.model_versions(model, limit=limit)
        moves = workbench.model_moves(model, alias, limit=limit)
    if as_json:
        output.print_json(moves if only_moves else versions)
        return
    if versions:
        output.print_table(rows.MODEL_VERSIONS, map(rows.model_version, versions))
    elif not only_moves:
        output.say(
            f"{model} has no versions. `workbench model register RUN --as {model}` makes one."
        )
    if moves:
        output.print_table(MOVES, map(move_row, moves), title="" if only_moves else "Aliases")
    elif only_moves:
        output.say(f"No alias of {model} has moved yet.")


def move_row(move: AliasMove) -> tuple[str, ...]:
    """A row under MOVES."""
    spite = f"; in spite of its failed proof: {move.override}" if move.override else ""
    return (
        words.moment(move.at),
        move.alias,
        _number(move.from_number),
        _number(move.to_number),
        move.who,
        move.why + spite,
    )


@click.command()
@click.argument("model", metavar="MODEL")
@options.limit
@options.as_json
@click.pass_obj
def reviews(session: Session, model: str, *, limit: int, as_json: bool) -> None:
    """List what the gate said of challengers, newest first."""
    with session.open() as workbench:
        found = workbench.reviews(model, limit=limit)
    output.print_records(
        found,
        rows.REVIEWS,
        rows.review,
        as_json=as_json,
        when_none=f"No challenger of {model} has been to the gate yet.",
    )


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it as a page that needs nothing else.",
)
@options.as_json
@click.pass_obj
def history(session: Session, model: str, *, html: Path | None, as_json: bool) -> None:
    """Show a model's life, window by window."""
    with session.open() as workbench:
        life, project = workbench.history(model), workbench.config.project
    if html is not None:
        from workbench.report import history as report

        page = report.html(life, made_at=datetime.now(UTC), project=project)
        output.write_page(html, page)
    if as_json:
        output.print_json(life)
    elif html is None:
        output.print_table(rows.HISTORY, map(rows.history_window, life.windows))


def _number(number: int | None) -> str:
    return words.NOTHING if number is None else f"v{number}"
