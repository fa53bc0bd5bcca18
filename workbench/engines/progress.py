"""How a fit tells what it is doing, and the metrics it streams meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import metrics

WATCHED: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "log_loss"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae"),
}
"""The metrics that every fit streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a fit."""

    step: int
    """0 before the first step, and for a message."""
    steps: int | None
    """How many there will be at most; None when nobody knows."""
    metrics: dict[str, float] = field(default_factory=dict)
    """Metrics on the test rows after this step."""
    message: str = ""
    """Something the user should know; empty most of the time."""


Report = Callable[[Progress], None]
"""Called after every step; raises to cancel the fit."""


def stream_metrics(
    task: Task, target: NDArray[np.float64], scores: NDArray[np.float64], *, metric: str = ""
) -> dict[str, float]:
    """The metrics of a task that are watched while a model learns, and `metric` where the task has it.

    Args:
        task: Decides which metrics there are.
        target: Class codes or values, shape (n,); rows without a known label are left out.
        scores: As a model's `scores`.
        metric: The experiment's metric.

    Returns:
        Values by name; a metric that the rows leave undefined is left out.
    """
    known = has_label(task, target)
    truth = target[known] if task == "regression" else target[known].astype(np.int64)
    names = dict.fromkeys([*WATCHED[task], *extra_metrics(task, metric)])
    values = {name: metrics.metric(name, task, truth, scores[known]) for name in names}
    return {name: value for name, value in values.items() if not math.isnan(value)}


def extra_metrics(task: Task, metric: str) -> tuple[str, ...]:
    """`metric` when the task has it and it is not watched anyway, else nothing."""
    is_extra = metric in metrics.OF_TASK[task] and metric not in WATCHED[task]
    return (metric,) if is_extra else ()


def has_label(task: Task, target: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows of a target, as `TrainingSet` has it, carry a label that training knows."""
    return np.isfinite(target) if task == "regression" else np.asarray(target >= 0)
