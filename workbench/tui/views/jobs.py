"""What the Jobs screen says: the queue, and one job with the end of its log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import Job, JobState
from workbench.core import words
from workbench.tui import charts, filters
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import Lines, dim, elapsed_s, facts, heading, left
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

BAR = 12


def job_rows(found: Sequence[Job], now: datetime) -> list[Row]:
    """Jobs, newest first."""
    return [
        Row(
            key=job.id,
            cells=(
                glyph(job.state),
                job.label,
                job.kind,
                job.subject,
                _progress(job),
                left(job, now),
                _took(job, now),
                _says(job),
                dim(words.ago(job.created_at, now)),
            ),
        )
        for job in found
    ]


def job_fields(job: Job) -> filters.Fields:
    """What a filter can ask of a job."""
    return {
        "job": job.label,
        "kind": job.kind,
        "state": job.state.value,
        "on": job.subject,
        "says": job.message,
        "error": job.error,
        "attempts": job.attempts,
    }


def job_lines(job: Job, log: Sequence[str], now: datetime, width: int) -> Lines:
    """One job in full, then what it printed."""
    took = _took(job, now)
    pid = f", pid {job.pid}" if job.pid else ""
    by = f"{job.worker}{pid}" if job.worker and job.state is JobState.RUNNING else ""
    cause = f"asked for by j{job.cause}" if job.cause else "asked for by hand or by a file"
    tries = f"attempt {job.attempts} of {job.max_attempts}"
    lines = [
        Content.assemble(
            heading(f"{job.label} {job.kind} {job.subject}  "), state_word(job.state), f"  {took}"
        ),
        dim(", ".join(part for part in (tries, cause, by) if part)),
    ]
    if job.cancel_requested and job.state.is_live:
        lines.append(Content.styled("◐ is being cancelled", "$warning"))
    if job.error:
        lines += [line.stylize("$error") for line in wrapped(job.error, width)]
    if job.result:
        lines += facts([(key, str(value)) for key, value in sorted(job.result.items())])
    printed = [part for line in log for part in wrapped(line, width)]
    return [*lines, Content(""), *(printed or [dim("It has printed nothing.")])]


def _progress(job: Job) -> Content | str:
    if job.state is JobState.RUNNING:
        return charts.progress(job.progress, BAR)
    return ""


def _took(job: Job, now: datetime) -> str:
    seconds = elapsed_s(job.started_at, job.ended_at, now)
    return "" if seconds is None else words.duration(seconds)


def _says(job: Job) -> Content:
    if job.error and not job.state.is_live:
        return Content.styled(job.error, "$error")
    return dim(job.message or job.state.value)
