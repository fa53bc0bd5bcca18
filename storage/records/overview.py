"""What the first screen and `workbench status` show: the whole project in one record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.datasets import Dataset, Version
from storage.records.drift import DriftReport, Evaluation
from storage.records.events import Alert, Event
from storage.records.gate import Cycle, GateReview
from storage.records.jobs import Job
from storage.records.models import Model, ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """A process of the project: the supervisor, the worker, the watcher or the endpoint."""

    name: str
    """`up`, `worker`, `watch` or `serve`."""
    is_running: bool
    pid: int | None = None
    address: str | None = None
    """`http://127.0.0.1:8080` for a running endpoint; None for the others."""
    started_at: datetime | None = None
    restarts: int = 0
    """How often the supervisor has started it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxStatus:
    """The watched folder of a dataset: what waits there, and what became of the files that came."""

    dataset: str
    folder: str
    """Relative to the project."""
    waiting: int
    """Files that have not been dealt with."""
    settled: int
    """Those of them that nobody writes to any more: they wait for the checks of the version before."""
    ingested: int
    duplicates: int
    quarantined: int
    last_scan_at: datetime | None
    """When a watcher last looked; None: never."""
    is_watched: bool
    """Whether a watcher is running now."""
    problems: tuple[str, ...] = ()
    """Files and folders that cannot be opened, each with the reason; the first few of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A dataset with its newest versions."""

    dataset: Dataset
    latest: Version | None
    """The newest accepted version; None before the first one."""
    pending: Version | None
    """The version whose checks are under way; None when there is none."""
    versions: int
    rows_added: tuple[int, ...]
    """Rows added by the last versions, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """A model, what is served of it and how well it does."""

    model: Model
    champion: ModelVersion | None
    versions: int
    champion_evaluations: tuple[Evaluation, ...]
    """Realised performance of whichever version was champion, oldest window first."""
    frozen_evaluations: tuple[Evaluation, ...]
    """The same windows by the first version."""
    drift_reports: tuple[DriftReport, ...]
    """Newest windows, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the project takes on disk."""

    catalog_bytes: int
    blob_bytes: int
    predictions_bytes: int
    disk_free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The state of a project at one moment."""

    project: str
    services: tuple[ServiceStatus, ...]
    datasets: tuple[DatasetSummary, ...]
    models: tuple[ModelSummary, ...]
    jobs: tuple[Job, ...]
    """Queued and running ones, running first."""
    alerts: tuple[Alert, ...]
    """Open ones, newest first."""
    events: tuple[Event, ...]
    """Newest first."""
    machine: Machine
    inbox: tuple[InboxStatus, ...] = ()
    """The watched folders, by dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWindow:
    """One window in the life of a model: what came, what it said, what was decided."""

    version: Version
    report: DriftReport | None
    champion: Evaluation | None
    frozen: Evaluation | None
    cycle: Cycle | None
    """The retraining cycle that this window fired; None when nothing fired."""
    review: GateReview | None
    serving: int | None
    """Number of the champion once the window was dealt with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHistory:
    """The life of a model, window by window, oldest first."""

    model: Model
    metric: str
    windows: tuple[HistoryWindow, ...]
    versions: tuple[ModelVersion, ...]
