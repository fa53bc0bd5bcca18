"""Experiments and the runs that belong to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records import notebook

Scalar = str | int | float | bool | None


class RunState(StrEnum):
    """Where a run stands. A run its user cancels is killed; one that crashes is failed."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A question that runs try to answer."""

    id: int
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPoint:
    """One value of one metric at one step."""

    key: str
    value: float
    """May be NaN or infinite."""
    step: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What a metric was at a step, or over a stretch of steps that ends there."""

    step: int
    value: float
    """The mean of what was finite; NaN where nothing but NaN was logged."""
    low: float
    high: float
    """The least and the largest, which may be infinite; NaN counts for neither."""
    count: int
    """How many values these are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """The latest value of a metric, with its interval where one was computed."""

    key: str
    value: float
    step: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that a run kept."""

    path: str
    blob: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """Everything known about a run when it starts."""

    experiment: str
    name: str
    recipe: str
    model: str
    """Import path of the estimator or of the recipe function."""
    params: dict[str, Scalar]
    seed: int
    source_hash: str
    """SHA-256 of what defines the run: recipe source, params, features, split."""
    dataset: str | None = None
    version: int | None = None
    train: str = ""
    """The training window in words."""
    test: str = ""
    environment: dict[str, Scalar] = field(default_factory=dict)
    created_by: str = ""
    job_id: int | None = None
    parent_id: int | None = None
    cycle_id: int | None = None
    """The retraining cycle it belongs to; None for a run somebody asked for."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt at an experiment."""

    id: int
    uid: str
    """32 hexadecimal digits, unique everywhere."""
    experiment: str
    name: str
    recipe: str
    model: str
    state: RunState
    params: dict[str, Scalar]
    metrics: dict[str, Metric]
    seed: int
    source_hash: str
    dataset: str | None
    version: int | None
    train: str
    test: str
    environment: dict[str, Scalar]
    created_by: str
    job_id: int | None
    parent_id: int | None
    cycle_id: int | None
    started_at: datetime
    ended_at: datetime | None
    heartbeat_at: datetime
    error: str | None
    """Why it failed, in one sentence; None otherwise."""
    note: str = ""
    """What somebody wrote about it."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How people name it: `r12`."""
        return f"r{self.id}"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return notebook.run_html(self)


class RunTable(tuple[Run, ...]):
    """Some runs, which a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return notebook.runs_html(self)
