"""Jobs: work that a worker runs in a child process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job stands. A dead job lost its last lease: nobody knows how far it came."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"

    @property
    def is_live(self) -> bool:
        """Whether the job still has work before it."""
        return self in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to enqueue."""

    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    """What it is about, for people: `flights@v4`."""
    dedup_key: str | None = None
    """At most one queued or running job has a given key; None: no limit."""
    priority: int = 0
    """Larger goes first."""
    max_attempts: int = 3
    delay_s: float = 0.0
    cause: int | None = None
    """Id of the job that asked for this one; None when a person or a watcher did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the catalog has it."""

    id: int
    kind: str
    subject: str
    arguments: dict[str, Any]
    dedup_key: str | None
    state: JobState
    priority: int
    attempts: int
    """How often it has been claimed."""
    max_attempts: int
    token: int
    """Fencing token of the latest claim; an effect is only committed under it."""
    worker: str | None
    pid: int | None
    lease_until: datetime | None
    run_at: datetime
    """Not claimed before this time."""
    progress: float | None
    """0 to 1; None when it cannot be told."""
    message: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None
    result: dict[str, Any] | None
    cancel_requested: bool
    cause: int | None

    @property
    def label(self) -> str:
        """How people name it: `j12`."""
        return f"j{self.id}"
