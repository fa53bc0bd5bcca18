"""Jobs: list, show, read their logs, cancel, retry."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Job
    from workbench.api import Workbench

_PAUSE_S = 0.2


@click.group()
def jobs() -> None:
    """Look at jobs; cancel and retry them. JOB is written j12 or 12."""


@jobs.command("list")
@click.option("--live", is_flag=True, help="Only queued and running ones, running first.")
@options.limit
@options.as_json
@click.pass_obj
def list_jobs(session: Session, *, live: bool, limit: int, as_json: bool) -> None:
    """List jobs, newest first."""
    with session.open() as workbench:
        found = workbench.jobs(live=live, limit=limit)
    output.print_records(
        found,
        rows.JOBS,
        rows.job,
        as_json=as_json,
        when_none="No job is queued or running." if live else "No jobs yet.",
    )


@jobs.command("show")
@click.argument("job", metavar="JOB")
@options.as_json
@click.pass_obj
def show(session: Session, job: str, *, as_json: bool) -> None:
    """Show a job: where it stands, what it was given and what came of it."""
    with session.open() as workbench:
        found = workbench.job(job)
    if as_json:
        output.print_json(found)
    else:
        _print_job(found)


def _print_job(job: Job) -> None:
    done = "" if job.progress is None else words.percent(job.progress, 0)
    process = "" if job.pid is None else f", process {job.pid}"
    output.print_facts(
        [
            ("Job", f"{job.label} {job.kind} {job.subject}"),
            ("State", job.state.value),
            ("Why", job.error or ""),
            ("Done", f"{done} {job.message}".strip()),
            ("Attempts", f"{job.attempts} of {job.max_attempts}"),
            ("Worker", f"{job.worker}{process}" if job.worker else ""),
            ("Made", words.moment(job.created_at)),
            ("Started", words.moment(job.started_at)),
            ("Took", words.took(job.started_at, job.ended_at)),
            ("Asked for by", "" if job.cause is None else f"j{job.cause}"),
            ("Arguments", json.dumps(job.arguments, ensure_ascii=False) if job.arguments else ""),
            ("Result", json.dumps(job.result, ensure_ascii=False) if job.result else ""),
        ]
    )


@jobs.command("log")
@click.argument("job", metavar="JOB")
@click.option("-f", "--follow", is_flag=True, help="Go on until the job has ended.")
@click.pass_obj
def log(session: Session, job: str, *, follow: bool) -> None:
    """Print what a job printed."""
    with session.open() as workbench:
        found = workbench.job(job)
        if follow:
            _follow_log(workbench, found.id)
        else:
            text, _ = workbench.job_log(found.id)
            click.echo(text, nl=False)


def _follow_log(workbench: Workbench, job: int) -> None:
    position, is_live = 0, True
    while is_live:
        # Asked before reading, so that what an ending job printed last is read too.
        is_live = workbench.job(job).state.is_live
        text, position = workbench.job_log(job, from_byte=position)
        click.echo(text, nl=False)
        if is_live:
            time.sleep(_PAUSE_S)


@jobs.command("cancel")
@click.argument("job", metavar="JOB")
@options.as_json
@click.pass_obj
def cancel(session: Session, job: str, *, as_json: bool) -> None:
    """Cancel a job that is queued or running."""
    with session.open() as workbench:
        cancelled = workbench.cancel_job(workbench.job(job).id)
    _tell(
        cancelled,
        "is being stopped" if cancelled.state.is_live else "is cancelled",
        as_json=as_json,
    )


@jobs.command("retry")
@click.argument("job", metavar="JOB")
@options.as_json
@click.pass_obj
def retry(session: Session, job: str, *, as_json: bool) -> None:
    """Queue a job again that failed, died or was cancelled."""
    with session.open() as workbench:
        queued = workbench.retry_job(workbench.job(job).id)
    _tell(queued, f"is queued: {queued.kind} {queued.subject}", as_json=as_json)


def _tell(job: Job, what: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json(job)
    else:
        click.echo(job.label)
    output.say(f"{job.label} {what}.")
