"""The command line: the table of commands, and the one place where a command line becomes an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

import workbench
from workbench.cli.lazy import Entry, LazyGroup
from workbench.cli.session import Session

COMMANDS = {
    "Project": {
        "init": Entry("project:init", "Make a project in a folder."),
        "demo": Entry("project:demo", "Live through a year of flights in a few minutes."),
        "status": Entry("project:status", "Show the whole project on one page."),
        "up": Entry("services:up", "Start worker, watcher and endpoint, and keep them running."),
        "down": Entry("services:down", "Stop what `workbench up` started."),
    },
    "Data": {
        "data": Entry("data:data", "Look at datasets, their versions, profiles and checks."),
        "drift": Entry("monitoring:drift", "Look at drift reports."),
    },
    "Models": {
        "run": Entry("training:run", "Train an experiment and follow how it learns."),
        "runs": Entry("runs:runs", "Find, compare, reproduce, tag and remove runs."),
        "plan": Entry("plan:plan", "Show which runs would change if run now, and why."),
        "tune": Entry(
            "tune:tune", "Look for the best params of an experiment; without one, list the studies."
        ),
        "model": Entry(
            "models:model",
            "Look at models; register, compare, promote, roll back and prove versions.",
        ),
        "score": Entry("scoring:score", "Write a model's answers to all rows of a file."),
        "history": Entry("model_lists:history", "Show a model's life, window by window."),
    },
    "Operation": {
        "jobs": Entry("jobs:jobs", "Look at jobs; cancel and retry them."),
        "events": Entry("monitoring:events", "Show what happened, newest first."),
        "alerts": Entry("monitoring:alerts", "Look at alerts and acknowledge them."),
        "worker": Entry("services:worker", "Run jobs until stopped."),
        "watch": Entry("services:watch", "Read files that arrive in the watched folders."),
        "labels": Entry("labels:labels", "Add labels to a model's predictions, and look at them."),
        "serve": Entry("serve:serve", "Answer prediction requests over HTTP."),
    },
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out one command line.

    Args:
        arguments: The words after `workbench`; None: those of this process.

    Returns:
        The exit code: 0 fine, 1 failed, 2 usage, 4 not found, 130 interrupted.
    """
    session = Session()
    try:
        outcome = root.main(arguments, prog_name="workbench", standalone_mode=False, obj=session)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:  # noqa: BLE001 - the door: whatever went wrong is told here
        from workbench.cli import problems

        return problems.tell(error, with_traceback=session.debug)
    return outcome if isinstance(outcome, int) else 0


@click.group(
    cls=LazyGroup,
    sections=COMMANDS,
    package=__name__,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "--project",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The project's folder; otherwise this one or the nearest above it that is a project.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
@click.version_option(workbench.__version__, message="workbench %(version)s")
@click.pass_context
def root(context: click.Context, folder: Path | None, *, debug: bool) -> None:
    """The whole machine-learning loop on one machine, from the terminal.

    Without a command, the terminal interface opens.
    """
    session = context.find_object(Session)
    assert session is not None
    session.folder, session.debug = folder, debug
    if context.invoked_subcommand is None:
        from workbench.cli import project

        project.open_interface(session)
