"""What changed between reference rows and current rows, and how well a model did on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records.datasets import ColumnKind


class DriftVerdict(StrEnum):
    """What a comparison says about a column or a whole window."""

    DRIFT = "drift"
    WARN = "warn"
    STABLE = "stable"
    INSUFFICIENT = "insufficient data"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """How far one column moved from its reference."""

    name: str
    kind: ColumnKind
    verdict: DriftVerdict
    effect: float
    """Kolmogorov-Smirnov distance of a numeric column, total variation of a categorical one; 0 to 1."""
    p_value: float
    p_adjusted: float
    """Holm-adjusted over the columns of the report."""
    limit: float
    """Effect from which the column counts as drifted."""
    limit_source: str
    """Where the limit comes from: `default`, `calibrated` or `set`."""
    rows: int
    psi: float
    wasserstein: float | None
    """In units of the reference's standard deviation; None for a categorical column."""
    jensen_shannon: float
    null_share_reference: float
    null_share: float
    new_value_share: float
    """Share of rows whose category the reference never had; 0 for a numeric column."""
    importance: float | None = None
    """The column's share of the model's importance; None when no model was given."""

    @property
    def impact(self) -> float:
        """Effect weighed by what the model makes of the column; the plain effect without a model."""
        return self.effect if self.importance is None else self.effect * self.importance


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The outcome of comparing current rows with a reference, before it is stored."""

    verdict: DriftVerdict
    rows: int
    reference_rows: int
    columns: tuple[ColumnDrift, ...]

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that drifted, largest impact first."""
        found = [column for column in self.columns if column.verdict is DriftVerdict.DRIFT]
        return tuple(sorted(found, key=lambda column: -column.impact))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """A stored comparison of a dataset version with a model's training rows."""

    id: int
    dataset: str
    version: int
    model: str | None
    model_version: int | None
    reference: str
    """What it was compared with, in words: `training rows of late v1`."""
    comparison: Comparison
    sentence: str
    """What was found and what follows from it, in one line."""
    decision: str
    """The part of it that says whether a challenger is trained, and why."""
    window_start: datetime | None
    window_end: datetime | None
    created_at: datetime


class EvaluationRole(StrEnum):
    """Why a model version was evaluated on a window."""

    CHAMPION = "champion"
    FROZEN = "frozen"
    """The first version of the model, kept as a yardstick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A metric of one model version on one window of labelled rows."""

    id: int
    model: str
    model_version: int
    role: EvaluationRole
    dataset: str
    version: int
    metric: str
    value: float
    low: float
    high: float
    """Bounds of the 95 % interval."""
    rows: int
    source: str
    """`predictions`: as logged by the endpoint; `scored`: computed afterwards on the same rows."""
    window_start: datetime | None
    window_end: datetime | None
    created_at: datetime
