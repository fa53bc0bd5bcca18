"""Distances of rows from known points, (n, points), in the steps in which scikit-learn takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.engines.export.tensors import Numbers, Tensor, numbers


def squared_by_products(rows: Tensor, points: Numbers) -> Tensor:
    """Squared Euclidean distances as |x|² - 2xy + |y|², never below 0: quick, few digits far away."""
    products = (rows @ np.ascontiguousarray(points.T)) * -2.0
    # Added up in the order in which BLAS does it, so that they round alike.
    lengths = rows.of("ReduceSumSquare", np.array([1]), keepdims=1)
    known = numbers([np.dot(point, point) for point in points])
    return (lengths + products + known).of("Max", 0.0)


def added_up(rows: Tensor, points: Numbers, each: Callable[[Tensor], Tensor]) -> Tensor:
    """The sum over all features of what `each` makes of the differences, in their order."""
    total: Tensor | None = None
    for at in range(points.shape[1]):
        part = each(rows.column(at) - points[:, at])
        total = part if total is None else total + part
    assert total is not None
    return total


def squared(rows: Tensor, points: Numbers) -> Tensor:
    """Squared Euclidean distances, feature by feature: all digits everywhere."""
    return added_up(rows, points, lambda difference: difference * difference)


def manhattan(rows: Tensor, points: Numbers) -> Tensor:
    """Sums of absolute differences."""
    return added_up(rows, points, lambda difference: difference.of("Abs"))


def minkowski_power(rows: Tensor, points: Numbers, power: float) -> Tensor:
    """Sums of absolute differences to a power; its root is the Minkowski distance."""
    return added_up(rows, points, lambda difference: difference.of("Abs").of("Pow", power))


def chebyshev(rows: Tensor, points: Numbers) -> Tensor:
    """The largest absolute difference."""
    total: Tensor | None = None
    for at in range(points.shape[1]):
        part = (rows.column(at) - points[:, at]).of("Abs")
        total = part if total is None else total.of("Max", part)
    assert total is not None
    return total


def cosine(rows: Tensor, points: Numbers) -> Tensor:
    """1 minus the cosine of the angle, between 0 and 2."""
    norm = (rows * rows).sum().of("Sqrt")
    lengths = np.sqrt((points * points).sum(axis=1, keepdims=True))
    units = points / np.where(lengths == 0, 1.0, lengths)
    return (1.0 - (rows / norm.equals(0.0).where(1.0, norm)) @ units.T).of("Clip", 0.0, 2.0)
