"""How far the answers of two versions agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.records import ShadowFigures
from workbench.core import parity


def compared(
    answered: NDArray[np.float64],
    other: NDArray[np.float64],
    *,
    requests: int,
    limit: float | None = None,
) -> ShadowFigures:
    """How another version's scores differ from those that were answered.

    Args:
        answered: Of the version that answered: (n,) or, for more than two classes, (n, classes).
        other: Of the other one for the same rows, of the same shape.
        requests: How many requests the rows came in.
        limit: Difference up to which two values agree; None: they are probabilities, whose classes do or do not.

    Raises:
        ValueError: The shapes differ.
    """
    if answered.shape != other.shape:
        raise ValueError(f"scores of shapes {answered.shape} and {other.shape} cannot be compared")
    with np.errstate(invalid="ignore"):  # of two infinite values, there is no difference
        differences = np.abs(other - answered)
    if differences.ndim > 1:
        differences = differences.max(axis=1)
    both_missing = np.isnan(answered) & np.isnan(other)
    if limit is None:
        agreeing = parity.labels(answered) == parity.labels(other)
    else:
        agreeing = (differences <= limit) | both_missing | (answered == other)
    finite = differences[np.isfinite(differences)]
    return ShadowFigures(
        requests=requests,
        rows=len(answered),
        agreeing=int(agreeing.sum()),
        difference=float(finite.sum()),
        largest=float(finite.max(initial=0.0)),
    )
