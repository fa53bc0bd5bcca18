"""Jobs that a command enqueued: says so, or follows one to its end."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from workbench.cli import output
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Job
    from workbench.api import Workbench

_PAUSE_S = 0.2
_TELLING = 0.1
"""Progress from which the time that is left can be told."""


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
    hint = "" if has_worker(workbench) else " No worker is running: start one with `workbench up`."
    output.say(f"{job.label} is queued: {job.kind} {job.subject}.{hint}")
    return 0


def answer_ended(job: Job, *, as_json: bool) -> int:
    """Prints a job that was followed to its end; the exit code is 1 when it did not finish."""
    if as_json:
        output.print_json(job)
    else:
        click.echo(job.label)
    return _tell_end(job)


def follow(workbench: Workbench, job: Job) -> Job:
    """The job as it is once it has ended; tells on stderr how far it is until then.

    Ctrl-c at a terminal asks whether to leave the job running or to cancel it.

    Raises:
        KeyboardInterrupt: The job is left running.
    """
    if not has_worker(workbench):
        output.say(
            "No worker is running, so nothing happens until `workbench up` or `worker` starts."
        )
    while job.state.is_live:
        try:
            job = _followed(workbench, job)
        except KeyboardInterrupt:
            if not _is_asked_to_cancel(job):
                raise
            job = workbench.cancel_job(job.id)
    return job


def _followed(workbench: Workbench, job: Job) -> Job:
    with output.progress() as tell:
        while job.state.is_live:
            tell(_words(job))
            time.sleep(_PAUSE_S)
            job = workbench.job(job.id)
    return job


def _is_asked_to_cancel(job: Job) -> bool:
    """What somebody at a terminal answers; nobody there: the job is left running."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.say("")
    answered = click.prompt(
        f"{job.label} is running. Leave it running, or cancel it?",
        type=click.Choice(["leave", "cancel"]),
        default="leave",
        err=True,
    )
    if answered == "leave":
        output.say(f"{job.label} goes on; `workbench jobs list` shows how far it is.")
    return bool(answered == "cancel")


def _tell_end(job: Job) -> int:
    from storage.records import JobState

    if job.state is JobState.FINISHED:
        came_of_it = ", ".join(f"{key} {value}" for key, value in (job.result or {}).items())
        output.say(f"{job.label} finished{f': {came_of_it}' if came_of_it else ''}.")
        return 0
    reason = job.error or ("" if job.state is JobState.CANCELLED else "no reason was kept")
    output.say(f"{job.label} {job.state.value}{f': {reason}' if reason else '.'}")
    output.say(f"`workbench jobs log {job.label}` shows what it printed.")
    return 1


def _words(job: Job) -> str:
    done = "" if job.progress is None else f" {words.percent(job.progress, 0)}"
    left = seconds_left(job, datetime.now(UTC))
    rest = "" if left is None else f", about {words.duration(left)} left"
    return f"{job.label} {job.state.value}{done} {job.message}".rstrip() + rest


def seconds_left(job: Job, now: datetime) -> float | None:
    """How long a job will still take if it goes on as it did; None while nobody can tell."""
    from storage.records import JobState

    is_telling = job.state is JobState.RUNNING and job.started_at is not None
    if not is_telling or job.progress is None or not _TELLING < job.progress < 1.0:
        return None
    assert job.started_at is not None
    return (now - job.started_at).total_seconds() * (1.0 - job.progress) / job.progress


def has_worker(workbench: Workbench) -> bool:
    """Whether a worker of the project is running."""
    return any(one.name == "worker" and one.is_running for one in workbench.services())
