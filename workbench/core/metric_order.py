"""Which metrics people look at first, and of which less is better."""

from __future__ import annotations

from collections.abc import Iterable

from storage.records import notebook
from workbench.config import METRICS

COUNTS = ("training_rows", "test_rows")
"""How many rows a run learnt from and was tested on, kept beside its metrics."""

_LOSSES = ("loss", "error", "rmse", "mae", "mse", "mape", "brier", "ece", "deviance", "pinball")
"""What the names of errors and losses contain, those of the tasks and those that people give."""


def in_order(names: Iterable[str]) -> list[str]:
    """Names of metrics, those first that experiments are judged by; the others stay as they came."""
    known = list(dict.fromkeys(name for of_task in METRICS.values() for name in of_task))
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))


def is_aside(metric: str) -> bool:
    """Whether more or less of a metric is no achievement: counts of rows, and what the machine did."""
    return metric in COUNTS or metric.startswith(notebook.SYSTEM)


def is_lower_better(metric: str) -> bool:
    """Whether less of a metric is better, as its name says; so it is of a spread."""
    name = metric.lower()
    return name.endswith("_sd") or any(word in name for word in _LOSSES)
