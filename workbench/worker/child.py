"""A job's own process: its log, its limits, the call of its function, and what became of it."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import workbench
from storage.errors import LeaseLost, Problem
from storage.records import Job
from storage.store import Store
from workbench.config import Config
from workbench.engines import nursery
from workbench.engines.instance import end_with_parent, name_process
from workbench.engines.processes import say
from workbench.services.context import Context
from workbench.worker import endings, kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """All that a child is told."""

    project: Path
    job: Job
    target: str
    """`module:function` that does the job."""
    config: Config
    """What is in force at the worker: a file with a mistake in it stops no job."""
    log: Path
    memory_limit_bytes: int | None


def main(assignment: Assignment) -> None:
    """Does one job; the entry point of a child process."""
    _settle(assignment)
    job = assignment.job
    store = Store.open(assignment.project, program=workbench.__version__)
    try:
        context = Context(store=store, config=assignment.config, who=job.label).within(job)
        _attempt(context, job, assignment)
    finally:
        store.close()


def _settle(assignment: Assignment) -> None:
    """Makes this process one that can be watched, limited and killed as a whole."""
    end_with_parent(nursery.nursery_pid(), signal.SIGKILL)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    job = assignment.job
    name_process(f"wb-{job.label}-{job.kind}")
    _redirect(assignment.log)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    what = f"{job.label} {job.kind} {job.subject}".strip()
    say(f"--- {what}, attempt {job.attempts} of {job.max_attempts}, process {os.getpid()}, {now}")
    if assignment.memory_limit_bytes is not None:
        _limit_memory(assignment.memory_limit_bytes)


def _redirect(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    # Both streams are those of the nursery, made over other files: a line must not wait in a buffer.
    sys.stdout, sys.stderr = _line_stream(1), _line_stream(2)


def _line_stream(descriptor: int) -> TextIO:
    return os.fdopen(
        descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )


def _limit_memory(limit_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _attempt(context: Context, job: Job, assignment: Assignment) -> None:
    """Calls the job's function, and concludes or fails the job if the function did neither."""
    try:
        with context.store.write() as tx:
            tx.jobs.start(job, pid=os.getpid())
        kinds.resolve(assignment.target)(context, **job.arguments)
        _conclude(context, job)
    except LeaseLost as lost:
        # Somebody else does the job by now, or nobody shall: nothing of this attempt may be kept.
        say(lost.problem)
    except Problem as problem:
        if problem.__cause__ is not None:
            # What the sentence was made of: whoever wrote a recipe looks for the line.
            traceback.print_exception(problem.__cause__)
        sentence = f"{problem.problem} {problem.remedy}".strip()
        _fail(context, job, sentence, retry=False)
    except MemoryError as error:
        traceback.print_exc()
        # What filled the memory hangs on the frames, and writing the end of the job takes some.
        traceback.clear_frames(error.__traceback__)
        _fail(context, job, _out_of_memory(assignment.memory_limit_bytes), retry=False)
    except Exception as error:  # noqa: BLE001 - the job loop: a recipe may raise anything
        traceback.print_exc()
        _fail(context, job, _first_line(error), retry=True)


def _conclude(context: Context, job: Job) -> None:
    with context.store.read() as tx:
        is_open = tx.jobs.owns(job)
    if is_open:
        with context.conclude():
            pass


def _fail(context: Context, job: Job, error: str, *, retry: bool) -> None:
    say(error)
    try:
        with context.store.write() as tx:
            endings.fail(tx, job, error, retry=retry)
    except LeaseLost as lost:
        say(lost.problem)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    kind = type(error).__name__
    return f"{kind}: {lines[0]}" if lines else kind


def _out_of_memory(limit_bytes: int | None) -> str:
    if limit_bytes is None:
        return "It needed more memory than there is."
    return (
        f"It needed more memory than a job may have, {limit_bytes / 1024**3:.3g} GB. "
        "Raise memory_limit under [worker] in workbench.toml, or give it fewer rows."
    )
