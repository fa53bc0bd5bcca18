"""What kind of question a target asks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task

FEW_CLASSES = 20
"""Whole numbers with at most this many different values are classes."""


def task_of(target: NDArray[Any]) -> Task:
    """The task that fits a target: two values binary, few or texts multiclass, else regression.

    Args:
        target: Labels of shape (rows,); masked where they are missing.
    """
    present = np.ma.compressed(np.ma.asanyarray(target))
    if present.dtype.kind in "fiu":
        values = np.unique(present[~np.isnan(present)] if present.dtype.kind == "f" else present)
        are_whole = bool(np.all(values == np.floor(values)))
        if len(values) <= 2:
            return "binary"
        return "multiclass" if are_whole and len(values) <= FEW_CLASSES else "regression"
    return "binary" if len(set(present.tolist())) <= 2 else "multiclass"
