"""In which order a tree of `sklearn.neighbors` meets its points: the nearer branch first, all the way down."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.engines.export.nearness.measures import Measure
from workbench.engines.export.nearness.ties import Gate, Order, Visit
from workbench.engines.export.tensors import Numbers, Tensor, numbers


def visits(tree: Any, measure: Measure, *, is_ball: bool) -> Order:
    """When each point of a fitted tree, in the order the tree keeps them, is met.

    Args:
        tree: A KDTree or BallTree.
        measure: How it measures.
        is_ball: Whether its nodes are balls, not boxes.
    """
    _, _, nodes, bounds = map(np.asarray, tree.get_arrays())
    branches = len(nodes) // 2
    leaf_of, within = _leaves(nodes, branches)
    if not branches:
        return lambda rows: Visit(met=rows.constant(within.reshape(1, -1)))

    def order(rows: Tensor) -> Visit:
        bounds_of = _balls if is_ball else _boxes
        least = bounds_of(rows, nodes, numbers(bounds), measure)
        lefts, rights = np.arange(branches) * 2 + 1, np.arange(branches) * 2 + 2
        is_turned = (least.columns(lefts) > least.columns(rights)).double()
        keys = _keys(is_turned, branches)
        met = keys.columns(leaf_of) * float(len(leaf_of)) + within
        return Visit(met=met, gates=_gates(least, leaf_of + branches) if is_ball else ())

    return order


def _gates(least: Tensor, nodes: NDArray[np.int64]) -> tuple[Gate, ...]:
    """One per level of a tree below its root, from the node of the last level that holds each point."""
    gates = []
    while nodes.any():
        gates.append(Gate(least=least.columns(nodes), nodes=nodes.astype(np.float64)))
        nodes = (nodes - 1) // 2
    return tuple(gates)


def _leaves(nodes: Any, branches: int) -> tuple[NDArray[np.int64], Numbers]:
    """Per point its leaf, counted from 0, and its place within the leaf."""
    leaves = nodes[branches:]
    points = int(nodes["idx_end"][0])
    leaf_of, within = np.zeros(points, np.int64), np.zeros(points)
    for at, leaf in enumerate(leaves):
        span = slice(int(leaf["idx_start"]), int(leaf["idx_end"]))
        leaf_of[span] = at
        within[span] = np.arange(span.stop - span.start)
    return leaf_of, within


def _keys(is_turned: Tensor, branches: int) -> Tensor:
    """When each leaf is met, (n, leaves), if some branches are turned: their right side goes first.

    Args:
        is_turned: 1 for a turned branch, else 0, (n, branches).
        branches: How many there are; the nodes that follow them are the leaves.
    """
    nodes, weight = np.arange(branches, 2 * branches + 1), 1.0
    keys: Tensor | None = None
    while nodes.any():
        parents, is_right = (nodes - 1) // 2, (nodes % 2 == 0).astype(np.float64)
        # Of a pair the right one goes second, and first where its branch is turned.
        part = is_turned.columns(parents) * ((1.0 - 2.0 * is_right) * weight) + is_right * weight
        keys = part if keys is None else keys + part
        nodes, weight = parents, weight * 2
    assert keys is not None
    return keys


def _boxes(rows: Tensor, _nodes: Any, bounds: Numbers, measure: Measure) -> Tensor:
    """The least ranks of points in the box of each node, (n, nodes)."""
    total: Tensor | None = None
    for at in range(bounds.shape[2]):
        column = rows.column(at)
        below = (-(column - bounds[0, :, at])).of("Max", 0.0)
        above = (column - bounds[1, :, at]).of("Max", 0.0)
        part = below + above
        if np.isinf(measure.power):
            total = part if total is None else total.of("Max", part)
            continue
        part = _to_power(part, measure.power)
        total = part if total is None else total + part
    assert total is not None
    return total


def _to_power(value: Tensor, power: float) -> Tensor:
    if power == 1.0:
        return value
    return value * value if power == 2.0 else value.of("Pow", power)


def _balls(rows: Tensor, nodes: Any, bounds: Numbers, measure: Measure) -> Tensor:
    """The least ranks of points in the ball of each node, (n, nodes)."""
    away = measure.to_distance(measure.ranks(rows, bounds[0]))
    return measure.to_rank((away - numbers(nodes["radius"])).of("Max", 0.0))
