"""Trees as one TreeEnsemble node in double: collected split by split, from whichever library grew them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import numpy_helper

from workbench.engines.export.graphs import ML, Graph

_LEQ, _MEMBER = 0, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One inner node: left when the value is at most `threshold`, or one of `members`."""

    feature: int
    threshold: float = 0.0
    members: tuple[float, ...] = ()
    """Whole numbers from 0; empty for a split by threshold. The values they are held against must be whole
    too: onnxruntime cuts some others off, and some not."""
    missing_left: bool = False


Child = tuple[bool, int]
"""Whether it is a leaf, and its position among the leaves or splits."""


@dataclass(slots=True)
class Ensemble:
    """Trees on their way into a graph. A tree's splits are added top down, then linked."""

    splits: list[Split] = field(default_factory=list)
    lefts: list[Child] = field(default_factory=list)
    rights: list[Child] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    leaf_weights: list[float] = field(default_factory=list)
    leaf_targets: list[int] = field(default_factory=list)

    def add_split(self, split: Split) -> int:
        """Adds a split whose children are linked later, and gives its position."""
        self.splits.append(split)
        self.lefts.append((True, -1))
        self.rights.append((True, -1))
        return len(self.splits) - 1

    def add_leaf(self, weight: float, target: int = 0) -> int:
        """Adds a leaf that adds `weight` to output `target`, and gives its position."""
        self.leaf_weights.append(weight)
        self.leaf_targets.append(target)
        return len(self.leaf_weights) - 1

    def add_stump(self, leaf: int) -> None:
        """Adds a tree without a question: both ways lead to `leaf`."""
        root = self.add_split(Split(feature=0))
        self.lefts[root] = self.rights[root] = (True, leaf)
        self.roots.append(root)

    def add_tree(
        self,
        splits: Sequence[Split],
        lefts: Sequence[int],
        rights: Sequence[int],
        weights: Sequence[float],
        target: int = 0,
    ) -> None:
        """Adds a whole tree that adds to output `target`.

        Args:
            splits: The first one is the root; empty for a tree of one leaf.
            lefts: Per split the position of the next one in `splits`, or `~leaf`.
            rights: Likewise.
            weights: Of all leaves, at least one.
            target: The output.
        """
        split, leaf = len(self.splits), len(self.leaf_weights)
        self.leaf_weights += weights
        self.leaf_targets += [target] * len(weights)
        if not splits:
            self.add_stump(leaf)
            return
        self.roots.append(split)
        self.splits += splits
        self.lefts += [(to < 0, leaf + ~to if to < 0 else split + to) for to in lefts]
        self.rights += [(to < 0, leaf + ~to if to < 0 else split + to) for to in rights]

    def emit(self, graph: Graph, matrix: str, *, targets: int) -> str:
        """The sums over all trees, (n, targets), of the rows in `matrix`, (n, features), double."""
        members = [
            value for split in self.splits for value in (*split.members, np.nan) if split.members
        ]
        optional = {}
        if members:
            optional["membership_values"] = numpy_helper.from_array(np.array(members), "members")
        thresholds = np.array([split.threshold for split in self.splits], np.float64)
        modes = np.array([_MEMBER if split.members else _LEQ for split in self.splits], np.uint8)
        return graph.node(
            "TreeEnsemble",
            matrix,
            domain=ML,
            n_targets=targets,
            tree_roots=self.roots,
            nodes_featureids=[split.feature for split in self.splits],
            nodes_modes=numpy_helper.from_array(modes, "modes"),
            nodes_splits=numpy_helper.from_array(thresholds, "splits"),
            nodes_missing_value_tracks_true=[int(split.missing_left) for split in self.splits],
            nodes_truenodeids=[position for _, position in self.lefts],
            nodes_trueleafs=[int(is_leaf) for is_leaf, _ in self.lefts],
            nodes_falsenodeids=[position for _, position in self.rights],
            nodes_falseleafs=[int(is_leaf) for is_leaf, _ in self.rights],
            leaf_weights=numpy_helper.from_array(
                np.array(self.leaf_weights, np.float64), "weights"
            ),
            leaf_targetids=self.leaf_targets,
            **optional,
        )
