"""Runs side by side: what differs in how they were made, then in what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storage.records.runs import CurvePoint, Metric, Run, Scalar

Area = Literal["data", "split", "code", "params", "seed", "environment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not the same in all of the runs."""

    area: Area
    name: str
    values: tuple[Scalar, ...]
    """One a run; None where a run has no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedMetric:
    """A metric of the runs, each on its own test rows."""

    key: str
    metrics: tuple[Metric | None, ...]
    """One a run; None where a run has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """What a run gains over the first one on the test rows that both have scored."""

    run_id: int
    """The other run; it is held against the first."""
    metric: str
    rows: int
    first_value: float
    value: float
    gain: float
    """In the direction in which larger is better."""
    low: float
    high: float
    """Bounds of the 95 % interval."""
    test: str
    p_value: float | None
    """None when no test belongs to the metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """Why a run cannot be held against the first one row by row."""

    run_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCurve:
    """A metric by step."""

    key: str
    curves: tuple[tuple[CurvePoint, ...], ...]
    """One a run; empty where a run has fewer than two points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """Two runs or more; the first is what the others are held against."""

    runs: tuple[Run, ...]
    differences: tuple[Difference, ...]
    metrics: tuple[ComparedMetric, ...]
    paired: tuple[PairedDifference, ...]
    unpaired: tuple[Unpaired, ...]
    curves: tuple[ComparedCurve, ...]
