"""What the Jobs screen says: the queue, and one job with the end of its log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from textual.content import Content

from storage.records import Job, JobState, ServiceStatus
from workbench.core import words
from workbench.tui import charts, filters
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import Lines, dim, elapsed_s, facts, heading, left
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

BAR = 12
PROGRESS = BAR + 5
"""Cells of a progress bar with its percentage."""
_WIDE_BAR = 40
_ALARMING = re.compile(r"Traceback|\b(ERROR|FATAL|\w*(Error|Exception))\b")
_DOUBTFUL = re.compile(r"\b(WARN|WARNING|\w*Warning)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """A job that is looked at."""

    job: Job
    log: tuple[str, ...]
    """The end of what it printed."""
    run: int | None
    """The run that it makes; None: none that is known."""


def queue_words(live: Sequence[Job], services: Sequence[ServiceStatus]) -> str:
    """How many jobs run and wait, and whether nobody is there to do them: `2 running · 1 waits`."""
    running = sum(job.state is JobState.RUNNING for job in live)
    waiting = len(live) - running
    waits = f"{waiting} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    is_left_alone = waiting and not any(one.is_running for one in services if one.name == "worker")
    alone = "no worker: `workbench up` starts one" if is_left_alone else ""
    parts = (f"{running} running" if running else "", waits, alone)
    return " · ".join(part for part in parts if part)


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


def job_lines(seen: JobSeen, now: datetime, width: int) -> Lines:
    """One job in full."""
    job = seen.job
    title = Content.assemble(
        heading(f"{job.label} {job.kind} {job.subject}  "), state_word(job.state)
    )
    lines = [*wrapped(title, width), *_state_lines(job, now, width)]
    if job.error:
        lines += [line.stylize("$error") for line in wrapped(job.error, width)]
    made = [("run", f"r{seen.run}, o opens it")] if seen.run is not None else []
    found = [pair for pair in _flat(job.result or {}) if pair[0] != "run" or not made]
    known = [*_flat(job.arguments), *found]
    return [*lines, *facts([*made, *_circumstances(job, now), *known])]


def log_lines(seen: JobSeen, width: int) -> Lines:
    """What a job printed."""
    printed = [part for line in seen.log for part in wrapped(_toned(line), width)]
    return printed or [dim("It has printed nothing.")]


def _progress(job: Job) -> Content | str:
    if job.state is not JobState.RUNNING:
        return ""
    bar = charts.progress(job.progress, BAR)
    share = "" if job.progress is None else words.percent(job.progress, 0).rjust(PROGRESS - BAR)
    return Content.assemble(bar, share)


def _state_lines(job: Job, now: datetime, width: int) -> Lines:
    """How far a live job is."""
    lines: Lines = []
    if job.state is JobState.RUNNING:
        share = "" if job.progress is None else f"  {words.percent(job.progress, 0)}"
        still = left(job, now)
        lines.append(
            Content.assemble(
                charts.progress(job.progress, max(BAR, min(_WIDE_BAR, width - 26))),
                share,
                dim(f"  {still} left" if still else ""),
            )
        )
    if job.message and job.state.is_live:
        lines += [dim(line.plain) for line in wrapped(job.message, width)]
    if job.state is JobState.QUEUED and job.run_at > now:
        wait = words.duration((job.run_at - now).total_seconds())
        lines.append(dim(f"rests for {wait} before it is tried"))
    if job.cancel_requested and job.state.is_live:
        lines.append(Content.styled("◐ is being cancelled", "$warning"))
    return lines


def _circumstances(job: Job, now: datetime) -> list[tuple[str, str]]:
    took = _took(job, now)
    pid = f", pid {job.pid}" if job.pid else ""
    by = f"{job.worker}{pid}" if job.worker and job.state is JobState.RUNNING else ""
    pairs = [
        ("took", took),
        ("asked", words.ago(job.created_at, now)),
        ("by", f"j{job.cause}" if job.cause else "hand or a file"),
        ("attempt", f"{job.attempts} of {job.max_attempts}"),
        ("worker", by),
    ]
    return [pair for pair in pairs if pair[1]]


def _toned(line: str) -> Content:
    """A line of a log, in the colour of trouble where it tells of some."""
    if _ALARMING.search(line):
        return Content.styled(line, "$error")
    return Content.styled(line, "$warning" if _DOUBTFUL.search(line) else "")


def _took(job: Job, now: datetime) -> str:
    seconds = elapsed_s(job.started_at, job.ended_at, now)
    return "" if seconds is None else words.duration(seconds)


def _says(job: Job) -> Content:
    if job.error and not job.state.is_live:
        return Content.styled(job.error, "$error")
    if job.state is JobState.FINISHED:
        came_of_it = ", ".join(f"{key} {value}" for key, value in _flat(job.result or {}))
        return dim(came_of_it or job.state.value)
    return dim(job.message if job.message and job.state.is_live else job.state.value)


def _flat(given: Mapping[str, Any], *, within: str = "") -> list[tuple[str, str]]:
    """Values by name, those of a value of values with a dot; what nobody gave is left out."""
    pairs: list[tuple[str, str]] = []
    for key, value in sorted(given.items()):
        if isinstance(value, Mapping):
            pairs += _flat(value, within=f"{within}{key}.")
        elif value not in (None, "", []):
            pairs.append((f"{within}{key}", _written(value)))
    return pairs


def _written(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return words.count(value) if isinstance(value, int) else f"{value:g}"
