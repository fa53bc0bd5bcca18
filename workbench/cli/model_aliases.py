"""Aliases of a model: promoted, rolled back, shown and taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from workbench.cli import model_lists, options, output
from workbench.cli.session import Session

Command = TypeVar("Command", bound=Callable[..., Any])
NO_REASON = "no reason given"
CHAMPION = "champion"


def _why(command: Command) -> Command:
    return click.option(
        "--why",
        default=NO_REASON,
        metavar="TEXT",
        help="The reason, kept with the change for ever.",
    )(command)


@click.command()
@click.argument("version", metavar="VERSION")
@click.option("--alias", default=CHAMPION, show_default=True, metavar="NAME", help="Which alias.")
@_why
@click.option(
    "--expected",
    type=click.IntRange(0),
    metavar="N",
    help="Only when the alias still points at version N; 0: only when it points nowhere.",
)
@click.option(
    "--override",
    metavar="REASON",
    help="Serve a version whose proof failed; the reason is kept and shown for ever.",
)
@options.as_json
@click.pass_obj
def promote(
    session: Session,
    version: str,
    *,
    alias: str,
    why: str,
    expected: int | None,
    override: str | None,
    as_json: bool,
) -> None:
    """Point the champion, or another alias, at a version."""
    with session.open() as workbench:
        found = workbench.model_version(version)
        before = workbench.model_aliases(found.model).get(alias)
        promoted = workbench.promote(
            found.model,
            found.number,
            expected=before if expected is None else expected or None,
            why=why,
            alias=alias,
            override=override,
        )
    output.print_json(promoted) if as_json else click.echo(promoted.label)
    output.say(f"{promoted.label} is {alias}{f'; was v{before}' if before else ''}.")


@click.command()
@click.argument("model", metavar="MODEL")
@_why
@click.option(
    "--expected",
    type=click.IntRange(1),
    metavar="N",
    help="Only when version N is still champion.",
)
@options.as_json
@click.pass_obj
def rollback(
    session: Session, model: str, *, why: str, expected: int | None, as_json: bool
) -> None:
    """Make the previous champion champion again; once more goes one champion further back."""
    with session.open() as workbench:
        before = workbench.model_aliases(model).get(CHAMPION)
        restored = workbench.roll_back(model, why=why, expected=expected or before)
    output.print_json(restored) if as_json else click.echo(restored.label)
    output.say(f"{restored.label} is champion{f'; was v{before}' if before else ''}.")


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("name", metavar="[ALIAS]", required=False)
@click.option("--remove", "is_removed", is_flag=True, help="Take the alias away.")
@_why
@options.as_json
@click.pass_obj
def alias(
    session: Session,
    model: str,
    name: str | None,
    *,
    is_removed: bool,
    why: str,
    as_json: bool,
) -> None:
    """Show where a model's aliases point and how they moved; with --remove, take one away.

    `workbench model promote VERSION --alias NAME` points one at a version. Without a champion no version of
    the model is served.
    """
    with session.open() as workbench:
        numbers = workbench.model_aliases(model)
        if is_removed:
            if name is None:
                raise click.UsageError("Name the alias to take away.")
            workbench.withdraw(model, name, expected=numbers.get(name), why=why)
            output.say(f"{model} has no {name} any more; was v{numbers[name]}.")
            return
        moves = workbench.model_moves(model, name)
    shown = {key: number for key, number in numbers.items() if name in (None, key)}
    if as_json:
        output.print_json(shown)
        return
    for key, number in shown.items():
        click.echo(f"{model}@v{number} is {key}")
    if not shown:
        output.say(f"{model} has no {'alias' if name is None else name} now.")
    if moves:
        output.print_table(model_lists.MOVES, map(model_lists.move_row, moves), title="Moves")
