"""What the gate said of challengers, and the retraining cycles that brought them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class GateVerdict(StrEnum):
    """What the gate says of a challenger."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    REJECT = "reject"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGain:
    """The gain of the challenger within one slice of the hold-out."""

    column: str
    value: str
    rows: int
    gain: float
    low: float
    high: float
    p_adjusted: float
    """Holm-adjusted p of the challenger being worse here than the margin allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """Champion against challenger on the same rows, before it is stored."""

    verdict: GateVerdict
    reasons: tuple[str, ...]
    metric: str
    rows: int
    champion_value: float | None
    """None when there was no champion to compare with."""
    challenger_value: float
    gain: float
    """Challenger minus champion, in the direction in which larger is better."""
    low: float
    high: float
    """Bounds of the 95 % interval of the gain."""
    p_value: float | None
    """Two-sided, of the test that belongs to the metric; None when none does."""
    test: str
    slices: tuple[SliceGain, ...] = ()
    guards: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReview:
    """A stored gate decision."""

    id: int
    model: str
    challenger: int
    champion: int | None
    dataset: str
    version: int
    decision: GateDecision
    looks: int
    """How often this hold-out has judged a challenger of this model, this time included."""
    cycle_id: int | None
    created_at: datetime


class CycleState(StrEnum):
    """Where a retraining cycle stands."""

    OPEN = "open"
    PROMOTED = "promoted"
    REJECTED = "rejected"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One answer to a trigger: a challenger is trained, judged, and promoted or not."""

    id: int
    model: str
    state: CycleState
    trigger: str
    """What fired it, in words: `drift in 2 of 3 windows: temp, dewp`."""
    dataset: str
    version: int
    opened_at: datetime
    policy_time: datetime
    """Event time where the dataset has one, else the wall clock."""
    closed_at: datetime | None
    outcome: str | None
    """What was decided and why; None while it is open."""
    run_id: int | None
    challenger: int | None
