"""How a job ends other than by its own conclusion: with its runs, its cycle and an alert, at once."""

from __future__ import annotations

import signal

from storage.records import Job, JobState, RunState
from storage.store import Transaction
from workbench.services import automation


def fail(tx: Transaction, job: Job, error: str, *, retry: bool) -> Job:
    """Ends an attempt that went wrong; the job as it is now: queued again, failed or cancelled.

    Args:
        tx: An open change.
        job: The claimed job.
        error: What went wrong, in one sentence.
        retry: Whether another attempt could go better.

    Raises:
        LeaseLost: The job belongs to somebody else; nothing was written.
    """
    return _close(tx, tx.jobs.fail(job, error, retry=retry), error)


def cancel(tx: Transaction, job: Job) -> Job:
    """Ends a job that somebody wanted cancelled.

    Raises:
        LeaseLost: The job belongs to somebody else; nothing was written.
    """
    return _close(tx, tx.jobs.cancelled(job), "Its job was cancelled.")


def release(tx: Transaction, job: Job) -> Job:
    """Puts a job back into the queue because its worker stops; no attempt is used up.

    Raises:
        LeaseLost: The job belongs to somebody else; nothing was written.
    """
    return _close(tx, tx.jobs.release(job), "Its worker was stopped; its job starts anew.")


def expire(tx: Transaction, *, except_of: str | None = None) -> tuple[Job, ...]:
    """Takes jobs from workers that are gone; all jobs that were taken.

    Args:
        tx: An open change.
        except_of: The one worker known to live; None: only leases that are over count.
    """
    requeued, ended = tx.jobs.expire(except_of=except_of)
    taken = (*requeued, *ended)
    for job in taken:
        _close(tx, job, "Its worker stopped before it was done.")
    return taken


def death_sentence(exit_code: int) -> str:
    """What became of a child process that ended before its job was concluded.

    Args:
        exit_code: Its exit code; below 0: the signal that killed it.
    """
    if exit_code >= 0:
        return f"Its process ended with exit code {exit_code} before the job was done."
    name = _signal_name(-exit_code)
    guess = "; out of memory?" if -exit_code == signal.SIGKILL else ""
    return f"Its process was killed by signal {-exit_code} ({name}{guess})."


def _close(tx: Transaction, job: Job, error: str) -> Job:
    was_stopped = job.state is JobState.CANCELLED or (
        job.state is JobState.QUEUED and job.error is None
    )
    state = RunState.KILLED if was_stopped else RunState.FAILED
    tx.runs.close_of_job(job.id, state=state, error=error)
    automation.after_job_end(tx, job)
    return job


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
