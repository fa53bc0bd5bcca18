"""What is done when a job ends badly: its cycle is closed and somebody is told."""

from __future__ import annotations

from storage.records import CycleState, Job, JobState, NewAlert, NewEvent, Severity
from storage.store import Transaction
from workbench.services import study_steps
from workbench.services.context import Context, alert_key

BAD_ENDS = {
    JobState.FAILED: "failed",
    JobState.DEAD: "is dead: it lost its last lease",
    JobState.CANCELLED: "was cancelled",
}


def after_job_end(tx: Transaction, job: Job) -> None:
    """Closes the retraining cycle of a job that will not finish, and raises an alert.

    Args:
        tx: The transaction that ends the job.
        job: The job as it has ended; one that is queued again is let alone.
    """
    if job.kind == "trial":
        # A trial that fails is counted by its study, which tells how it went as a whole.
        study_steps.after_job_end(tx, job)
        return
    ended = BAD_ENDS.get(job.state)
    if ended is None:
        return
    what = f"{job.kind} {job.subject}".strip()
    reason = f"{what} {ended}" + (f": {job.error}" if job.error else "")
    cycle = job.arguments.get("cycle")
    if isinstance(cycle, int):
        tx.reviews.close_cycle(cycle, state=CycleState.FAILED, outcome=reason)
    is_wanted = job.state is JobState.CANCELLED
    tx.events.add(
        NewEvent(
            kind=f"job.{job.state.value}",
            subject=job.label,
            message=reason,
            severity=Severity.INFO if is_wanted else Severity.ERROR,
        )
    )
    if not is_wanted:
        tx.events.raise_alert(
            NewAlert(
                key=alert_key(job),
                severity=Severity.ERROR,
                title=f"{what} {ended}",
                text=f"{(job.error or 'Its process was lost').rstrip('.')}. "
                f"See `workbench jobs log {job.label}`.",
            )
        )


def cancel(context: Context, job_id: int) -> Job:
    """Cancels a queued job at once, and asks for the end of a running one.

    Raises:
        NotFound: There is no such job.
    """
    with context.write() as tx:
        job = tx.jobs.cancel(job_id)
        if job.state is JobState.CANCELLED:
            after_job_end(tx, job)
        return job
