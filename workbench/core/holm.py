"""Holm's adjustment of several p-values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def adjusted(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm-adjusted p-values in the order given; an adjusted p <= alpha keeps the family's error at alpha.

    Args:
        p_values: Shape (tests,), each between 0 and 1; may be empty.

    Raises:
        ValueError: A value is NaN or not between 0 and 1.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    if not bool(np.all((p_values >= 0.0) & (p_values <= 1.0))):
        raise ValueError("p-values lie between 0 and 1")
    order = np.argsort(p_values, kind="stable")
    remaining = np.arange(p_values.size, 0, -1)
    stepped = np.maximum.accumulate(p_values[order] * remaining)
    result = np.empty_like(p_values)
    result[order] = np.minimum(stepped, 1.0)
    return result
