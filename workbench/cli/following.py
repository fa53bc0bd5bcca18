"""Jobs that a command enqueued: says so, or follows one to its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from workbench.cli import output
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Job
    from workbench.api import Workbench

_PAUSE_S = 0.2


def answer(workbench: Workbench, job: Job, *, wait: bool, as_json: bool) -> int:
    """Prints the job that was enqueued, once it has ended when `wait` says so.

    Returns:
        The exit code: 1 when the job was followed and did not finish.
    """
    if wait:
        job = follow(workbench, job)
    if as_json:
        output.print_json(job)
    else:
        click.echo(job.label)
    if wait:
        return _tell_end(job)
    hint = "" if _has_worker(workbench) else " No worker is running: start one with `workbench up`."
    output.say(f"{job.label} is queued: {job.kind} {job.subject}.{hint}")
    return 0


def follow(workbench: Workbench, job: Job) -> Job:
    """The job as it is once it has ended; tells on stderr how far it is until then."""
    if not _has_worker(workbench):
        output.say(
            "No worker is running, so nothing happens until `workbench up` or `worker` starts."
        )
    with output.progress() as tell:
        while job.state.is_live:
            tell(_words(job))
            time.sleep(_PAUSE_S)
            job = workbench.job(job.id)
    return job


def _tell_end(job: Job) -> int:
    from storage.records import JobState

    if job.state is JobState.FINISHED:
        came_of_it = ", ".join(f"{key} {value}" for key, value in (job.result or {}).items())
        output.say(f"{job.label} finished{f': {came_of_it}' if came_of_it else ''}.")
        return 0
    output.say(f"{job.label} {job.state.value}: {job.error or 'no reason was kept'}")
    output.say(f"`workbench jobs log {job.label}` shows what it printed.")
    return 1


def _words(job: Job) -> str:
    done = "" if job.progress is None else f" {words.percent(job.progress, 0)}"
    return f"{job.label} {job.state.value}{done} {job.message}".rstrip()


def _has_worker(workbench: Workbench) -> bool:
    return any(one.name == "worker" and one.is_running for one in workbench.services())
