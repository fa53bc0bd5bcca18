"""What a graph makes of each of its columns, when there is nothing but its answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.engines.foreign.opened import Typed
from workbench.engines.onnx_session import Session

SAMPLE_ROWS = 2000


def shares(session: Session, columns: Typed, *, seed: int = 0) -> dict[str, float]:
    """The share of each column in what a graph answers: how much its answers change when it is shuffled.

    Equal shares when nothing changes them.

    Args:
        session: The graph, loaded.
        columns: Typed rows, at least one; at most 2,000 of them are asked.
        seed: Fixes the rows drawn and their order.
    """
    rng = np.random.default_rng(seed)
    rows = len(next(iter(columns.values())))
    drawn = np.sort(rng.choice(rows, min(rows, SAMPLE_ROWS), replace=False))
    sample: dict[str, NDArray[Any]] = {name: values[drawn] for name, values in columns.items()}
    order = rng.permutation(len(drawn))
    base = session.scores(sample)
    weights = {
        name: float(np.nanmean(np.abs(session.scores({**sample, name: values[order]}) - base)))
        for name, values in sample.items()
    }
    total = sum(weights.values())
    if not (np.isfinite(total) and total > 0):
        return dict.fromkeys(weights, 1 / len(weights))
    return {name: weight / total for name, weight in weights.items()}
