"""Files with models from elsewhere on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.cli import output
from workbench.cli.options import names
from workbench.core.labels import is_model_file

if TYPE_CHECKING:
    from storage.records import Job
    from workbench.api import Workbench

Command = TypeVar("Command", bound=Callable[..., Any])


def options(command: Command) -> Command:
    """The options that a file needs, and a run does not take."""
    for option in (
        click.option(
            "--trust",
            is_flag=True,
            help="Open a pickle, which runs whatever its author wrote into it.",
        ),
        click.option(
            "--columns",
            metavar="A,B",
            help="The columns a file's model takes, in its order; otherwise those it names.",
        ),
        click.option(
            "--target",
            metavar="COLUMN",
            help="The column a file's model predicts; otherwise that of the model's experiment.",
        ),
        click.option(
            "--dataset", metavar="VERSION", help="The rows that prove a file's model: flights@v3."
        ),
    ):
        command = option(command)
    return command


def is_file(typed: str) -> bool:
    """Whether what somebody typed names a file, and no run."""
    return is_model_file(typed) or Path(typed).is_file()


def refuse_options(*given: str | None, trust: bool) -> None:
    """Raises click.UsageError where a run was given what only a file takes."""
    if trust or any(given):
        raise click.UsageError(
            "--dataset, --target, --columns and --trust are for files; a run knows its own."
        )


def enqueue(
    workbench: Workbench,
    source: str,
    *,
    model: str,
    dataset: str | None,
    target: str | None,
    columns: str | None,
    trust: bool,
) -> Job:
    """Queues the registration of a file."""
    if dataset is None:
        raise click.UsageError("A file needs --dataset: the rows that its model is proved on.")
    if trust:
        output.say("A pickle runs whatever its author wrote into it; you said that you trust it.")
    return workbench.register_file(
        Path(source),
        model=model,
        dataset=dataset,
        target=target,
        columns=names(columns),
        trust=trust,
    )
