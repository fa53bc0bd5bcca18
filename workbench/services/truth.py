"""Labels as metrics want them, and which of them a model can be judged by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.config import ExperimentConfig, Task
from workbench.core import classes as class_rules
from workbench.core import metrics, splits
from workbench.core.tasks import task_of


def task_in(experiment: ExperimentConfig, target: NDArray[Any]) -> Task:
    """The experiment's task: as workbench.toml says, else as its target asks."""
    return experiment.task or task_of(target)


def is_known(task: str, target: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which rows have a label that a model can be judged by: there, and seen in training."""
    if task == "regression":
        return np.isfinite(truth_of(task, target, classes))
    known: NDArray[np.bool_] = truth_of(task, target, classes) != class_rules.UNKNOWN
    return known


def truth_of(task: str, target: NDArray[Any], classes: tuple[str, ...]) -> metrics.Truth:
    """Labels as metrics want them: class codes, or numbers for regression."""
    if task == "regression":
        return np.ma.filled(np.ma.asanyarray(target).astype(np.float64), np.nan)
    return class_rules.class_codes(target, classes)


def strata(task: str, target: NDArray[Any]) -> NDArray[Any]:
    """What rows are divided evenly by: their class, or the tenth of all values that theirs lies in."""
    if task == "regression":
        return splits.quantile_strata(truth_of(task, target, ()).astype(np.float64))
    return np.asarray(target).astype(str)
