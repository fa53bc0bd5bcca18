"""What a row of the queue holds in each state, and which rows belong to a claim."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, literal_column

from storage import tables
from storage.errors import Conflict, LeaseLost
from storage.records import Job, JobState, NewJob

J = tables.jobs.c

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0

# Literals, not bound values: only then may SQLite use the partial index over these states.
LIVE = J.state.in_([literal_column("'queued'"), literal_column("'running'")])


def retry_delay(attempts: int) -> timedelta:
    """How long a job rests after its `attempts`-th attempt went wrong: 1, 2, 4 … 300 seconds."""
    doublings = min(max(attempts, 1) - 1, 16)
    return timedelta(seconds=min(FIRST_DELAY_S * 2**doublings, LONGEST_DELAY_S))


def job_of(row: RowMapping) -> Job:
    """The record of a row."""
    return Job(**{**row, "state": JobState(row["state"])})


def added(new: NewJob, now: datetime) -> dict[str, Any]:
    """The row of a job that is enqueued."""
    values = asdict(new)
    run_at = now + timedelta(seconds=values.pop("delay_s"))
    start = {"attempts": 0, "token": 0, "message": "", "cancel_requested": False}
    return {**values, **start, "created_at": now, "run_at": run_at, "state": JobState.QUEUED.value}


def waiting(run_at: datetime) -> dict[str, Any]:
    """What changes when a job goes back into the queue, not to be claimed before `run_at`."""
    idle = {"pid": None, "worker": None, "lease_until": None, "progress": None, "message": ""}
    return {**idle, "state": JobState.QUEUED.value, "run_at": run_at}


def ended(state: JobState, now: datetime, *, error: str | None = None) -> dict[str, Any]:
    """What changes when a job is over."""
    over = {"ended_at": now, "pid": None, "lease_until": None}
    return {**over, "state": state.value, "error": error}


def after_failure(
    job: Job, error: str, now: datetime, *, retry: bool, last: JobState
) -> dict[str, Any]:
    """What changes when an attempt went wrong.

    Args:
        job: The job as it is now; one that somebody wants cancelled is not tried again.
        error: What went wrong.
        now: When.
        retry: Whether another attempt could go better.
        last: The state of a job that has no further attempt.
    """
    if job.cancel_requested:
        return ended(JobState.CANCELLED, now)
    if retry and job.attempts < job.max_attempts:
        return {**waiting(now + retry_delay(job.attempts)), "error": error}
    return ended(last, now, error=error)


def after_loss(job: Job, now: datetime) -> dict[str, Any]:
    """What changes when the worker of a running job is gone."""
    error = "Its worker stopped before it was done."
    return after_failure(job, error, now, retry=True, last=JobState.DEAD)


def owned(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Finds the row of `job` while the claim that gave the record is the latest."""
    return J.id == job.id, J.token == job.token, J.state == JobState.RUNNING.value


def lease_lost(job: Job) -> LeaseLost:
    """Says that `job` has another owner by now, or none."""
    return LeaseLost(
        f"{job.label} no longer belongs to this worker; nothing was written.",
        f"Look with `workbench jobs show {job.label}`.",
    )


def not_over(job: Job) -> Conflict:
    """Says that `job` cannot be tried again."""
    return Conflict(
        f"{job.label} is {job.state}; only failed, dead and cancelled jobs are retried.",
        f"Look with `workbench jobs show {job.label}`.",
    )
