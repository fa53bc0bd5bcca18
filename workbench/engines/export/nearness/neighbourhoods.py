"""Which training rows are near a row: searches of `sklearn.neighbors` as ONNX nodes in double.

Of rows that are equally far, those are kept that the search keeps. Only where it partitions all rows
(sparse ones, and cosines) its choice cannot be known, and the first ones are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from workbench.engines.export.emission import Unsupported
from workbench.engines.export.nearness import distances, kernels
from workbench.engines.export.nearness.measures import Measure, measure
from workbench.engines.export.nearness.ties import Order, Visit, settled
from workbench.engines.export.nearness.visits import visits
from workbench.engines.export.tensors import Numbers, Tensor, numbers, side_by_side


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A fitted search: its training rows, and how far is told."""

    measure: Measure
    points: Numbers
    places: NDArray[np.int64]
    """Per point its place among the training rows."""
    order: Order
    """How it goes through them."""
    may_omit: bool
    """Whether rounding may make it leave out a near point: balls do, boxes do not."""

    def ranks(self, rows: Tensor) -> Tensor:
        """Of some rows numbers, (n, points), that grow with the distances."""
        return self.measure.ranks(rows, self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest training rows of each row."""

    places: Tensor
    """Among the training rows, int64 (n, k), the nearest first."""
    distances: Tensor
    """Double (n, k)."""


def search(index: Any) -> Search:
    """How a fitted estimator of `sklearn.neighbors` searches.

    Raises:
        Unsupported: Its metric is not known.
    """
    # What a search is made of is kept in private places, and nowhere else.
    points, method = numbers(index._fit_X), index._fit_method  # noqa: SLF001
    if method not in {"brute", "kd_tree", "ball_tree"}:
        raise Unsupported(f"its search {method} is not known")
    known = measure(
        index.effective_metric_,
        index.effective_metric_params_ or {},
        squared=distances.squared_by_products if method == "brute" else distances.squared,
    )
    if method == "brute":
        moments = np.arange(len(points), dtype=np.float64).reshape(1, -1)
        places = np.arange(len(points))
        order: Order = lambda rows: Visit(met=rows.constant(moments))  # noqa: E731
    else:
        tree = index._tree  # noqa: SLF001
        places = np.asarray(tree.get_arrays()[1], np.int64)
        order = visits(tree, known, is_ball=method == "ball_tree")
    return Search(
        measure=known,
        points=points[places],
        places=places,
        order=order,
        may_omit=method == "ball_tree",
    )


def nearest(rows: Tensor, found: Search, count: int) -> Nearest:
    """The `count` nearest training rows of each of `rows`."""

    def chosen(chunk: Tensor) -> Tensor:
        ranks = found.ranks(chunk)
        table = settled(
            chunk, ranks, count, len(found.points), found.order, may_omit=found.may_omit
        )
        return side_by_side(
            found.measure.to_distance(table.columns(range(count))),
            table.columns(range(count, 2 * count)),
        )

    table = kernels.in_chunks(rows, found.points, chosen)
    places = table.columns(range(count, 2 * count)).of("Cast", to=TensorProto.INT64)
    return Nearest(
        places=places.constant(found.places).of("Gather", places, axis=0),
        distances=table.columns(range(count)),
    )


def within(
    rows: Tensor, found: Search, radius: float, emit: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """What `emit` makes of the training rows within `radius` of each row.

    Args:
        rows: Numbers, (n, features).
        found: The search.
        radius: The largest distance.
        emit: Gets 1 for each training row that is near, else 0, and all distances; both (some, points),
            in the order of the search.
    """
    limit = found.measure.from_radius(float(radius))

    def chosen(chunk: Tensor) -> Tensor:
        ranks = found.ranks(chunk)
        return emit((ranks <= limit).double(), found.measure.to_distance(ranks))

    return kernels.in_chunks(rows, found.points, chosen)
