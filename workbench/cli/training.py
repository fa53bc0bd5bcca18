"""Training: puts a run on the queue, follows how it learns, and says what came of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from workbench.cli import following, options
from workbench.cli.session import Session

if TYPE_CHECKING:
    from storage.records import Job
    from workbench.api import Workbench


@click.command()
@click.argument("experiment")
@options.recipe
@options.settings("this run")
@click.option(
    "--data",
    metavar="VERSION",
    help="The dataset version, such as flights@v3; otherwise the newest accepted one.",
)
@click.option(
    "--wait/--no-wait",
    "--follow/--no-follow",
    "wait",
    default=None,
    help="Follow the run to its end; exit 1 when it fails. At a terminal that is so anyway.",
)
@options.as_json
@click.pass_obj
def run(
    session: Session,
    experiment: str,
    *,
    recipe: str | None,
    settings: tuple[str, ...],
    data: str | None,
    wait: bool | None,
    as_json: bool,
) -> int:
    """Train an experiment and follow how it learns.

    A job does it; its name is printed. Ctrl-c asks whether to leave it running or to cancel it.
    """
    params = options.params(settings)
    with session.open() as workbench:
        version = None if data is None else workbench.version_for(experiment, data)
        job = workbench.train(experiment, recipe=recipe, params=params or None, version=version)
        if wait is None:
            wait = _is_watched() and following.has_worker(workbench)
        if not wait:
            return following.answer(workbench, job, wait=False, as_json=as_json)
        job = following.follow(workbench, job)
        code = following.answer_ended(job, as_json=as_json)
        if not as_json:
            _tell_outcome(workbench, job)
        return code


def _is_watched() -> bool:
    return sys.stdout.isatty() and sys.stderr.isatty()


def _tell_outcome(workbench: Workbench, job: Job) -> None:
    """What came of a run, and whether it beats a guess."""
    from storage.records import JobState

    if job.state is not JobState.FINISHED or not job.result or "run" not in job.result:
        return
    from workbench.cli import run_summary

    run = workbench.get_run(job.result["run"])
    run_summary.tell(run, workbench.baseline_of(run.id), workbench.run_figures(run.id))
