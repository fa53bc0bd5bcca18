"""Two model versions side by side: what they take, how they were made, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storage.records.models import ModelVersion
from storage.records.run_comparison import Difference, PairedDifference

InputAspect = Literal["column", "type", "missing", "range", "categories", "order", "classes", "key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChange:
    """What differs in what the two take or give."""

    aspect: InputAspect
    """`column`: one that only one of them takes."""
    name: str
    """The input column; empty where the whole signature is meant."""
    before: str
    """In words; empty where there is no such thing."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """A metric of both, each on its own test rows."""

    key: str
    before: float | None
    after: float | None
    before_interval: tuple[float, float] | None = None
    after_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceChange:
    """An input column whose share of the model's importance moved."""

    name: str
    before: float | None
    """None: the version takes no such column."""
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDiff:
    """How a model version differs from another one."""

    before: ModelVersion
    after: ModelVersion
    inputs: tuple[InputChange, ...]
    differences: tuple[Difference, ...]
    """In data, split, code, params, seed and environment; two values each, `before` first."""
    metrics: tuple[MetricChange, ...]
    paired: PairedDifference | None
    """What `after` gains on the test rows that both runs have scored."""
    unpaired: str
    """Why there is no such gain, in words; empty where there is one."""
    importances: tuple[ImportanceChange, ...]
    """Largest move first."""
    graph_bytes: tuple[int, int]
