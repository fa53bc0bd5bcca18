"""Studies, which look for the best params of a recipe, and their trials."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.runs import Scalar


class StudyState(StrEnum):
    """Where a study stands. One that somebody stops keeps its best; one whose trials all fail is failed."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class TrialState(StrEnum):
    """Where a trial stands. A pruned one was given up early because others were better at that step."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_live(self) -> bool:
        """Whether the trial still has work before it."""
        return self in {TrialState.QUEUED, TrialState.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParam:
    """What a param of a search may be: a number within bounds, or one of several values."""

    name: str
    low: float = 0.0
    high: float = 0.0
    step: float | None = None
    """None: any value between; whole numbers go by one."""
    log: bool = False
    """Whether small values are looked at as closely as large ones."""
    is_whole: bool = False
    choices: tuple[Scalar, ...] = ()
    """Not empty: one of these, and the bounds mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStudy:
    """Everything that is settled when a study starts."""

    experiment: str
    recipe: str
    run_id: int
    """The parent of its trials' runs."""
    version: int
    """The dataset version that all its trials learn from."""
    metric: str
    is_maximized: bool
    seed: int
    source_hash: str
    """SHA-256 of what all its trials share: recipe source, target, columns, split."""
    budget: int
    """Trials at most."""
    timeout_s: float | None
    """Time after its first trial's start from which no further one starts; None: none."""
    parallel: int
    """Trials at the same time."""
    sampler: str
    pruner: str
    space: tuple[SearchParam, ...]
    params: dict[str, Scalar] = field(default_factory=dict)
    """What all trials have besides the recipe's own."""
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A search for the best params, with its best trial so far."""

    id: int
    experiment: str
    recipe: str
    run_id: int
    version: int
    metric: str
    is_maximized: bool
    seed: int
    source_hash: str
    budget: int
    timeout_s: float | None
    parallel: int
    sampler: str
    pruner: str
    space: tuple[SearchParam, ...]
    params: dict[str, Scalar]
    created_by: str
    state: StudyState
    reason: str
    """Why it ended; empty while it runs."""
    trials: dict[TrialState, int]
    """How many trials are in each state."""
    best_trial: int | None
    """Number of the best finished trial; None: none has finished."""
    best_value: float | None
    best_run_id: int | None
    best_params: dict[str, Scalar]
    importances: dict[str, float] | None
    """Share of each param in how much the trials' values differ; None: not measured."""
    started_at: datetime
    first_trial_at: datetime | None
    ended_at: datetime | None

    @property
    def label(self) -> str:
        """How people name it: `s3`."""
        return f"s{self.id}"

    @property
    def live(self) -> int:
        """Trials that are queued or running."""
        return sum(count for state, count in self.trials.items() if state.is_live)

    @property
    def ended(self) -> int:
        """Trials that are over."""
        return sum(self.trials.values()) - self.live


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt at params."""

    study_id: int
    number: int
    """From 0 on."""
    state: TrialState
    params: dict[str, Scalar] | None
    """What is tried; None: not chosen yet."""
    value: float | None
    """The metric at its end; of a pruned one, where it was given up. None: there is none."""
    step: int | None
    """The step at which it was pruned; None: it was not."""
    run_id: int | None
    job_id: int | None
    error: str | None
    started_at: datetime | None
    ended_at: datetime | None
