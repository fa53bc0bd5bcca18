"""Models, their versions with signature and proof, and the aliases that point at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.parity import Parity

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
    is_moment: bool = False
    """Whether its numbers are moments, in seconds since 1970 UTC."""


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
class Model:
    """A named model whose versions are served."""

    id: int
    name: str
    experiment: str
    created_at: datetime
    next_number: int = 1
    """What the next version is called; no number is ever given again."""
    sticky: str = ""
    """What keeps a caller with one version: `column:flight`, `header:x-user`; empty: chance alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModelVersion:
    """A model version about to be registered."""

    model: str
    experiment: str
    """Empty where no experiment of this project made it."""
    run_id: int | None
    """None: it was brought in from a file."""
    source: str = ""
    """Where a version without a run came from: `late.onnx, sha256 ab12…`; empty for a run."""
    dataset: str | None = None
    version: int | None = None
    """The dataset version that a file was proved on; what a run read is known from the run."""
    train: str = ""
    """The rows a file's model was trained on, in words; empty where nobody knows."""
    onnx_blob: str
    native_blob: str | None
    """None: it has no form but the graph."""
    profile_blob: str
    """The profile of its training rows: the reference of drift reports."""
    sample_blob: str
    """Rows with the answers the graph gave for them, checked whenever it is loaded."""
    row_hashes_blob: str | None
    """Sorted 64-bit hashes of its training rows; None where nobody knows them."""
    signature: Signature
    parity: Parity
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Bounds of the 95 % interval, for the metrics that have one."""
    importances: dict[str, float]
    """Share of the model's importance per input column; sums to 1."""
    created_by: str
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One immutable version of a model, with its proof."""

    id: int
    model_id: int
    model: str
    number: int
    run_id: int | None
    """None: it was brought in from a file."""
    source: str = ""
    """Where a version without a run came from: `late.onnx, sha256 ab12…`; empty for a run."""
    dataset: str | None
    version: int | None
    """The newest dataset version its run read, or that a file was proved on."""
    train: str
    """The rows it was trained on, in words: `flights@v4, 2013-01-31 to 2013-05-01`."""
    onnx_blob: str
    native_blob: str | None
    """None: it has no form but the graph."""
    profile_blob: str
    sample_blob: str
    row_hashes_blob: str | None
    """None where nobody knows the rows it was trained on."""
    signature: Signature
    parity: Parity
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Bounds of the 95 % interval, for the metrics that have one."""
    importances: dict[str, float]
    created_by: str
    created_at: datetime
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...]
    override: str | None = None
    """Why somebody made it champion in spite of its failed proof; None: nobody did."""

    @property
    def label(self) -> str:
        """How people name it: `late@v7`."""
        return f"{self.model}@v{self.number}"

    @property
    def origin(self) -> str:
        """What it was made of, in short: `r12`, or the name of a file."""
        return f"r{self.run_id}" if self.run_id is not None else self.source.partition(",")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMove:
    """One move of an alias."""

    alias: str
    from_number: int | None
    """None: it pointed nowhere before."""
    to_number: int | None
    """None: it was taken away."""
    who: str
    why: str
    at: datetime
    override: str | None = None
    """Why the version may be served in spite of its failed proof; None: the proof passed."""
