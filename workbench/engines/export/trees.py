"""One grown tree of scikit-learn as arrays, and its way into an ensemble."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.engines.export.ensembles import Ensemble, Split

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """One tree as arrays by node, the root first."""

    features: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    lefts: NDArray[np.int64]
    """-1 for a leaf."""
    rights: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    values: NDArray[np.float64]
    """What its leaves add, (nodes,) or (nodes, outputs)."""
    members: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """Per node that splits by category the codes that go left."""


def grown(tree: Any, values: NDArray[np.float64]) -> Nodes:
    """A tree of `sklearn.tree` whose leaves hold `values`, (nodes,) or (nodes, outputs)."""
    return Nodes(
        features=tree.feature,
        thresholds=tree.threshold,
        lefts=tree.children_left,
        rights=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left, np.bool_),
        values=values,
    )


def add_start(ensemble: Ensemble, start: NDArray[np.float64]) -> None:
    """Adds what each target starts with, (targets,), as the trees that are added up first."""
    for target, value in enumerate(start):
        ensemble.add_stump(ensemble.add_leaf(float(value), target))


def add_tree(ensemble: Ensemble, nodes: Nodes, target: int) -> None:
    """Adds a tree that adds to output `target`, or, where its leaves hold several values, to more.

    A leaf of an ensemble adds to one output only. So the tree is repeated: first with the largest value
    of each leaf, then with what is left, without the branches that have nothing left.
    """
    values = nodes.values.reshape(len(nodes.values), -1)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    for turn in range(values.shape[1]):
        outputs = order[:, turn]
        weights = np.take_along_axis(values, outputs[:, None], axis=1)[:, 0]
        leaves, inner = _whole(nodes) if turn == 0 else _trimmed(nodes, weights != 0)
        if turn and not len(inner):
            return
        _add(ensemble, nodes, weights, leaves, inner)
        ensemble.leaf_targets[-len(leaves) :] = (outputs[leaves] + target).tolist()


def _whole(nodes: Nodes) -> tuple[Places, Places]:
    """The leaves and the splits of a tree, the root first."""
    return np.flatnonzero(nodes.lefts < 0), np.flatnonzero(nodes.lefts >= 0)


def _trimmed(nodes: Nodes, adds: NDArray[np.bool_]) -> tuple[Places, Places]:
    """The leaves and the splits of a tree whose branches that add nothing have become leaves."""
    lefts, rights, is_kept = nodes.lefts.tolist(), nodes.rights.tolist(), adds.tolist()
    # Children always stand behind their parents.
    for at in reversed(range(len(lefts))):
        if lefts[at] >= 0:
            is_kept[at] = is_kept[lefts[at]] or is_kept[rights[at]]
    leaves, inner, waiting = [], [], [0]
    while waiting:
        at = waiting.pop()
        if lefts[at] >= 0 and is_kept[at]:
            inner.append(at)
            waiting += [rights[at], lefts[at]]
        else:
            leaves.append(at)
    return np.array(leaves, np.int64), np.array(inner, np.int64)


def _add(
    ensemble: Ensemble,
    nodes: Nodes,
    weights: NDArray[np.float64],
    leaves: Places,
    inner: Places,
) -> None:
    links = np.zeros(len(nodes.lefts), np.int64)
    links[inner] = np.arange(len(inner))
    links[leaves] = ~np.arange(len(leaves))
    splits = [
        Split(feature=feature, threshold=threshold, members=members, missing_left=missing)
        for feature, threshold, members, missing in zip(
            nodes.features[inner].tolist(),
            nodes.thresholds[inner].tolist(),
            [nodes.members.get(at, ()) for at in inner.tolist()],
            nodes.missing_left[inner].tolist(),
            strict=True,
        )
    ]
    lefts, rights = (links[one[inner]].tolist() for one in (nodes.lefts, nodes.rights))
    # What a branch that adds nothing would hold belongs to its leaves.
    is_branch = nodes.lefts[leaves] >= 0
    ensemble.add_tree(splits, lefts, rights, np.where(is_branch, 0.0, weights[leaves]).tolist())
