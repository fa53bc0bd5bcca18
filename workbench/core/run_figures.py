"""All that is drawn of a run, in one record that a run keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import curves, metrics
from workbench.core.curves import CalibrationBin, Confusion, Curve, Residuals
from workbench.core.leakage import Leak
from workbench.core.slices import Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """How much larger the loss of a row gets on the mean when a column is shuffled."""

    mean: float
    """In log loss, or in squared error of a regression; below 0 by chance alone."""
    low: float
    high: float
    """Bounds of the 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldScores:
    """A metric in each fold of a cross-validation."""

    metric: str
    values: tuple[float, ...]
    mean: float
    deviation: float
    """Standard deviation of the folds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """What a run looks like besides its metrics."""

    task: Task
    metric: str
    """The one that judges the experiment."""
    confusion: Confusion | None = None
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    residuals: Residuals | None = None
    importances: dict[str, float] = field(default_factory=dict)
    """Share of each column by gain or coefficient; sums to 1."""
    permutation: dict[str, Loss] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    folds: tuple[FoldScores, ...] = ()
    leaks: tuple[Leak, ...] = ()
    notes: tuple[str, ...] = ()
    """What training left out, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The figures that come from scores alone."""

    confusion: Confusion | None
    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    calibration: tuple[CalibrationBin, ...]
    residuals: Residuals | None


def drawn(
    task: Task, truth: metrics.Truth, scores: NDArray[np.float64], classes: tuple[str, ...]
) -> Drawn:
    """The figures of scores on rows whose truth is known, at least one."""
    if task == "regression":
        return Drawn(
            confusion=None,
            roc=(),
            precision_recall=(),
            calibration=(),
            residuals=curves.residuals(truth.astype(np.float64), scores),
        )
    codes = truth.astype(np.int64)
    return Drawn(
        confusion=curves.confusion(codes, scores, classes),
        roc=curves.roc(codes, scores, classes),
        precision_recall=curves.precision_recall(codes, scores, classes),
        calibration=curves.calibration(codes, scores),
        residuals=None,
    )


def fold_scores(metric: str, values: list[float]) -> FoldScores:
    """The mean and standard deviation of a metric over folds, at least one."""
    found = np.array(values)
    return FoldScores(
        metric=metric,
        values=tuple(values),
        mean=float(found.mean()),
        deviation=float(found.std(ddof=1)) if found.size > 1 else 0.0,
    )
