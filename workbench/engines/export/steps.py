"""Where numbers lie among sorted edges: step functions as trees, and tables that are read by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from workbench.engines.export.ensembles import Child, Ensemble, Split
from workbench.engines.export.maths import bounded, is_nan
from workbench.engines.export.tensors import Tensor

Side = Literal["left", "right"]
Numbers = NDArray[np.float64]


def positions(matrix: Tensor, edges: Sequence[Numbers], *, side: Side) -> Tensor:
    """How many edges lie before each number, as `numpy.searchsorted` counts them.

    Args:
        matrix: Numbers, (n, columns).
        edges: Per column its sorted finite edges; they may repeat.
        side: "right" counts an edge that equals the number, "left" does not.

    Returns:
        Whole numbers, int64 (n, columns); for NaN all edges of the column.
    """
    ensemble = Ensemble()
    for column, sorted_edges in enumerate(edges):
        known, counts = np.unique(np.asarray(sorted_edges, np.float64), return_counts=True)
        if side == "right":
            # A number is below an edge when it is at most the number before it.
            known = np.nextafter(known, -np.inf)
        totals = np.concatenate([[0], np.cumsum(counts)])
        is_leaf, root = _grown(ensemble, column, known, totals)
        if is_leaf:
            ensemble.add_stump(root)
        else:
            ensemble.roots.append(root)
    found = ensemble.emit(matrix.graph, matrix.name, targets=len(edges))
    return Tensor(matrix.graph, found).of("Cast", to=TensorProto.INT64)


def looked_up(places: Tensor, tables: Sequence[Numbers]) -> Tensor:
    """What stands at `places`, (n, columns), of each column's own table; (n, columns)."""
    longest = max(map(len, tables))
    joined = np.concatenate([np.pad(table, (0, longest - len(table))) for table in tables])
    starts = places.constant(np.arange(len(tables)) * longest)
    return places.constant(joined).of("Gather", places + starts, axis=0)


def interpolated(matrix: Tensor, xs: Sequence[Numbers], ys: Sequence[Numbers]) -> Tensor:
    """Each column of `matrix` between its known points, as `numpy.interp` does it; NaN stays NaN."""
    places = positions(matrix, xs, side="right")
    # Before the first point there is place 0; what it holds is that of the first point.
    from_x, from_y, slopes = [], [], []
    for known, values in zip(xs, ys, strict=True):
        with np.errstate(all="ignore"):
            rises = np.diff(values) / np.diff(known)
        # A point that repeats is left at its last place, so its own slope is never asked for.
        rises = np.where(np.isfinite(rises), rises, 0.0)
        from_x.append(np.concatenate([known[:1], known]))
        from_y.append(np.concatenate([values[:1], values]))
        slopes.append(np.concatenate([[0.0], rises, [0.0]]))
    lows, highs = np.array([one[0] for one in xs]), np.array([one[-1] for one in xs])
    inside = bounded(matrix, lows, highs)
    found = looked_up(places, slopes) * (inside - looked_up(places, from_x))
    return is_nan(matrix).where(matrix, found + looked_up(places, from_y))


def _grown(ensemble: Ensemble, column: int, edges: Numbers, totals: NDArray[Any]) -> Child:
    """A balanced tree over `edges` whose leaves hold `totals`, one more than there are edges."""
    if not len(edges):
        return True, ensemble.add_leaf(float(totals[0]), column)
    middle = len(edges) // 2
    split = ensemble.add_split(Split(feature=column, threshold=float(edges[middle])))
    ensemble.lefts[split] = _grown(ensemble, column, edges[:middle], totals[: middle + 1])
    ensemble.rights[split] = _grown(ensemble, column, edges[middle + 1 :], totals[middle + 1 :])
    return False, split
