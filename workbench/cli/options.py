"""The options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from storage.records import Scalar

Command = TypeVar("Command", bound=Callable[..., Any])


def as_json(command: Command) -> Command:
    """`--json`: one JSON document on stdout instead of text for people."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def limit(command: Command) -> Command:
    """`--limit N`: how many rows a list has at most."""
    return click.option(
        "--limit",
        type=click.IntRange(1, 10_000),
        default=20,
        show_default=True,
        metavar="N",
        help="Rows at most.",
    )(command)


def wait(command: Command) -> Command:
    """`--wait`: follow the job to its end."""
    return click.option(
        "--wait", is_flag=True, help="Follow the job to its end; exit 1 when it fails."
    )(command)


def why(command: Command) -> Command:
    """`--why TEXT`: the reason, kept with the change."""
    return click.option(
        "--why", required=True, metavar="TEXT", help="The reason, kept with the change."
    )(command)


def recipe(command: Command) -> Command:
    """`--recipe NAME`: one of an experiment's."""
    return click.option(
        "--recipe", metavar="NAME", help="One of its recipes; otherwise the first."
    )(command)


def settings(of: str) -> Callable[[Command], Command]:
    """`--set K=V`, once or several times: a param of what `of` says; read by `params`."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="K=V",
        help=f"A parameter for {of}; may be given again.",
    )


def params(settings: Iterable[str]) -> dict[str, Scalar]:
    """The params that `--set` gives; a value that reads as a number, true, false or none is one."""
    from workbench.core import typed

    found = (pair(one, hint="--set") for one in settings)
    return {name: typed.scalar(value) for name, value in found}


def pair(text: str, *, hint: str = "NAME=VALUE") -> tuple[str, str]:
    """The name and value of `NAME=VALUE`.

    Raises:
        click.BadParameter: It has another form; `hint` says where it stands.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"'{text}' has no form NAME=VALUE.", param_hint=hint)
    return name.strip(), value.strip()


def names(listed: str | None) -> list[str] | None:
    """The names in `a,b,c`, written as a line of CSV so that one may hold a comma; None: none were given."""
    if listed is None:
        return None
    import csv

    return [one.strip() for line in csv.reader([listed]) for one in line if one.strip()]
