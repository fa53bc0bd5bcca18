"""Models, their versions with signature and parity proof, and what the gate said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CHAMPION = "champion"
"""The alias of the version that answers requests."""


class InputType(StrEnum):
    """What a caller may send for a column."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRING = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputColumn:
    """One input of a model, as its users name it and as its graph does."""

    name: str
    graph_name: str
    """The name of the ONNX graph's input for this column."""
    type: InputType
    nullable: bool
    minimum: float | None = None
    maximum: float | None = None
    """Range seen in training; None for strings and booleans."""
    categories: tuple[str, ...] = ()
    """Values seen in training; empty for numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a model takes and what it gives."""

    task: str
    """binary, multiclass or regression."""
    inputs: tuple[InputColumn, ...]
    classes: tuple[str, ...] = ()
    """Class labels in the order of the probabilities; empty for regression."""
    key: tuple[str, ...] = ()
    """Columns a caller may send along to name a row; logged, never fed to the model."""

    @property
    def names(self) -> tuple[str, ...]:
        """The input columns' names in their order."""
        return tuple(column.name for column in self.inputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The proof that the ONNX graph answers as the trained model does."""

    rows: int
    hostile_rows: int
    """Of these rows, how many were derived: missing, unknown, extreme and threshold values."""
    max_abs_diff: float
    p999_abs_diff: float
    flips: int
    """Rows whose label differs."""
    limit: float
    passed: bool
    worst_rows: tuple[int, ...] = ()
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A named model whose versions are served."""

    id: int
    name: str
    experiment: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModelVersion:
    """A model version about to be registered."""

    model: str
    experiment: str
    run_id: int
    onnx_blob: str
    native_blob: str
    profile_blob: str
    """The profile of its training rows: the reference of drift reports."""
    sample_blob: str
    """Rows with the answers the graph gave for them, checked whenever it is loaded."""
    row_hashes_blob: str
    """Sorted 64-bit hashes of its training rows."""
    signature: Signature
    parity: Parity
    metrics: dict[str, float]
    importances: dict[str, float]
    """Share of the model's importance per input column; sums to 1."""
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One immutable version of a model, with its proof."""

    id: int
    model_id: int
    model: str
    number: int
    run_id: int
    dataset: str | None
    version: int | None
    """The newest dataset version its run read."""
    train: str
    """The rows it was trained on, in words: `flights@v4, 2013-01-31 to 2013-05-01`."""
    onnx_blob: str
    native_blob: str
    profile_blob: str
    sample_blob: str
    row_hashes_blob: str
    signature: Signature
    parity: Parity
    metrics: dict[str, float]
    importances: dict[str, float]
    created_by: str
    created_at: datetime
    aliases: tuple[str, ...]

    @property
    def label(self) -> str:
        """How people name it: `late@v7`."""
        return f"{self.model}@v{self.number}"


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
