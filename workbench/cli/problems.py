"""How a problem is told: what is wrong and what to do, on stderr, and an exit code."""

from __future__ import annotations

import traceback

import click

from storage.errors import Problem

FAILED = 1


def tell(error: Exception, *, with_traceback: bool) -> int:
    """Tells `error` on stderr.

    Args:
        error: What a command raised.
        with_traceback: Whether to show where it was raised.

    Returns:
        The exit code that belongs to it.
    """
    if with_traceback and not isinstance(error, click.ClickException):
        traceback.print_exception(error)
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, Problem):
        click.secho(error.problem, fg="red", err=True)
        if error.remedy:
            click.echo(error.remedy, err=True)
        return error.exit_code
    _tell_fault(error, with_traceback=with_traceback)
    return FAILED


def _tell_fault(error: Exception, *, with_traceback: bool) -> None:
    """One line for what nobody foresaw."""
    first_line = (str(error).strip() or "no message").splitlines()[0]
    hint = "" if with_traceback else " `workbench --debug …` shows where it happened."
    click.secho(
        f"A fault in Workbench: {type(error).__name__}: {first_line}.{hint}", fg="red", err=True
    )
