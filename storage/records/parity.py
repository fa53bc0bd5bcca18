"""The proof that a graph answers as its model does, made at registration and repeated at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RowKind = Literal[
    "real",
    "missing",
    "unknown category",
    "infinite",
    "extreme",
    "beyond float32",
    "mixed",
    "at a threshold",
]
"""What was done to a row before it was asked; `real`: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRow:
    """A row that was answered differently, with both answers."""

    row: int
    """For a real row its place among the rows of the dataset version, else among the derived ones."""
    kind: RowKind
    changed: tuple[str, ...] = ()
    """The columns that were changed; empty for a real row."""
    values: dict[str, str]
    """Its values as text, exactly; the changed ones first. Empty where a value is missing."""
    native: tuple[float | None, ...]
    """What the model answered: one score, or one a class; None is no finite number."""
    onnx: tuple[float | None, ...]
    difference: float
    flipped: bool
    """Whether the labels differ."""


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
    worst: tuple[WorstRow, ...] = ()
    """The rows that differ most, flipped ones first."""
    packages: dict[str, str] = field(default_factory=dict)
    against: Literal["model", "itself"] = "model"
    """`itself`: there is no other form of it, so rows were asked one by one and in batches."""
    single_rows: int = 0
    """Rows that the graph was also asked one by one; 0: a proof of before."""
    kinds: dict[str, int] = field(default_factory=dict)
    """How many rows of each kind were asked; empty: a proof of before."""
    reason: str = ""
    """Why there is no answer to compare; empty where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerification:
    """A proof that was repeated after registration."""

    id: int
    model_version_id: int
    parity: Parity
    who: str
    at: datetime
