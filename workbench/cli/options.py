"""The options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

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
