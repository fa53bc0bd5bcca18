"""Histograms of scores: which bin a row's score falls into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.records.figures import SCORE_BINS

_SMALL = 128
"""Rows up to which a loop bins scores faster than NumPy."""


def binned(scores: NDArray[np.float64], low: float = 0.0, high: float = 1.0) -> list[int]:
    """The bin of each row's score: of two classes the second one's, of more the largest one's; NaN has none."""
    if scores.ndim > 1:
        scores = scores.max(axis=1)
    scale = SCORE_BINS / (high - low)
    if len(scores) > _SMALL:
        at = (scores - low) * scale
        at = at[~np.isnan(at)]
        return list(np.clip(at, 0, SCORE_BINS - 1).astype(np.int64).tolist())
    last = SCORE_BINS - 1
    bins = []
    for score in scores.tolist():
        at = (score - low) * scale
        if 0.0 <= at < SCORE_BINS:
            bins.append(int(at))
        elif at == at:  # noqa: PLR0124 - NaN is the one value that differs from itself
            bins.append(last if at > 0 else 0)
    return bins
