"""A model card: all that is known of a model version, in one record that every door shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.records import (
    Evaluation,
    GateReview,
    InputColumn,
    ModelVerification,
    ModelVersion,
    Run,
    Scalar,
)
from workbench.core.run_figures import Loss, RunFigures

MOST_VALUES = 8
"""Values of a column that a card names."""
RARE_ROWS = 20
"""Rows below which a value is rare: hardly anything can be learnt of it."""
BARS = 24
"""Bars of a histogram."""

LimitKind = Literal[
    "proof",
    "leak",
    "no test",
    "baseline",
    "weak slice",
    "small test",
    "calibration",
    "rare category",
    "missing values",
    "constant",
    "range",
]
"""What a check found; the order is that of their weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alias that points at the version now, and since when."""

    alias: str
    since: datetime | None
    """None: nobody noted the move."""
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that brought rows of the dataset version."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The training rows between two values of a column."""

    low: float
    high: float
    """As `low` where the bar stands for a single value."""
    share: float
    """Of all training rows with a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueShare:
    """A value of a column, and how many of the training rows have it."""

    value: str
    rows: int
    share: float
    """Of all training rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the values of a column were distributed among the training rows."""

    rows: int
    missing: float
    """Share of the rows without a value."""
    distinct: int | None
    """None where it was not counted."""
    mean: float | None
    std: float | None
    quantiles: tuple[tuple[float, float], ...]
    """Shares of the rows, ascending, and the number that such a share does not exceed."""
    bars: tuple[Bar, ...]
    """One a value where there are few, else of equal width, without half a per cent of the rows at either
    end. Empty for categories."""
    values: tuple[ValueShare, ...]
    """The most frequent values, at most `MOST_VALUES`; empty for numbers."""
    other: float
    """Share of the rows whose value is none of `values`."""
    rare: int
    """Categories that fewer than `RARE_ROWS` rows have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInput:
    """An input column: what may be sent, what training saw, and what the model makes of it."""

    column: InputColumn
    example: Scalar
    """Its value in the example row; None: missing there, or there is no example."""
    importance: float | None
    """Share of the model's importance; None where nobody measured it."""
    cost: Loss | None
    """What shuffling it costs; None where that was not measured."""
    spread: Spread | None
    """None where the training rows are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row that the model takes, with the answer that the graph gave for it at registration."""

    row: dict[str, Scalar]
    label: str
    """Empty for a regression."""
    probabilities: dict[str, float]
    """By class; empty for a regression."""
    value: float | None
    """None for classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMetric:
    """A metric on the test rows."""

    key: str
    value: float
    low: float | None
    high: float | None
    """Bounds of the 95 % interval; None where there is none."""
    baseline: float | None
    """What a guess reaches on the same rows; None: nobody knows."""
    is_primary: bool
    """Whether it judges the experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that a check found, which whoever uses the model should know."""

    kind: LimitKind
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A way of asking the model, ready to be copied."""

    title: str
    language: Literal["sh", "python"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """All that is known of a model version."""

    version: ModelVersion
    """Its name, aliases, task, classes, signature, proof, note, tags, override, and who made it when."""
    project: str
    description: str
    """What it is, from workbench.toml; empty where nobody wrote it."""
    intended_use: str
    """What it is for, from workbench.toml; empty where nobody wrote it."""
    held: tuple[Held, ...]
    """The aliases that point at it now, `champion` first."""
    run: Run | None
    """What made it: rows, code, recipe, params, seed and packages. None: it was brought in from a file."""
    source_files: tuple[SourceFile, ...]
    """The files that brought the dataset version's own rows; the first ones."""
    source_count: int
    """How many such files there were."""
    training_rows: int | None
    test_rows: int | None
    metrics: tuple[CardMetric, ...]
    """In the order in which they are shown, the one that judges marked."""
    verdict: str
    """Whether it beats a guess, in a sentence; empty where nobody knows."""
    baseline: str
    """What the guess does: `prior`, `mean`; empty where there is none."""
    figures: RunFigures | None
    """Curves, calibration, confusion or residuals, importances, slices. None: the run kept none."""
    inputs: tuple[CardInput, ...]
    example: Example | None
    first_time: datetime | None
    """Earliest event time of the training rows; None without a time column."""
    last_time: datetime | None
    reviews: tuple[GateReview, ...]
    """Where it was the challenger, newest first."""
    verifications: tuple[ModelVerification, ...]
    """Proofs repeated since, newest first."""
    evaluations: tuple[Evaluation, ...]
    """How it did on rows that came later, newest window first."""
    limits: tuple[Limit, ...]
    unknown: tuple[str, ...]
    """What the card cannot say, and why, a sentence each."""
    reproduce: str
    """The command that makes its run again; empty where there is no run."""
    calls: tuple[Call, ...]

    @property
    def primary(self) -> CardMetric | None:
        """The metric that judges it; None where it has none."""
        return next((one for one in self.metrics if one.is_primary), None)
