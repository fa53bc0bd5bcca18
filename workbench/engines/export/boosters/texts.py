"""A LightGBM model as arrays, read from its own text: the one form that keeps every number exact.

`Booster.dump_model` writes an infinite threshold as 1e300, and nests a deep tree deeper than JSON can
be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from workbench.errors import ExportRefused

NONE, ZERO, NAN = 0, 1, 2
"""What counts as missing at a split: nothing, zero and NaN, or NaN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterTree:
    """One tree: arrays over its splits in the order they were made, the first one the root."""

    features: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    """Without meaning at a split by categories."""
    is_category: NDArray[np.bool_]
    default_left: NDArray[np.bool_]
    missing: NDArray[np.int64]
    """NONE, ZERO or NAN."""
    lefts: NDArray[np.int64]
    """The next split, or `~leaf`."""
    rights: NDArray[np.int64]
    members: dict[int, tuple[float, ...]]
    """Per split by categories those that go left."""
    leaves: NDArray[np.float64]

    @property
    def depth(self) -> int:
        """Splits on the longest way from the root to a leaf."""
        deepest, waiting = 0, [(0, 1)] if len(self.features) else []
        while waiting:
            split, level = waiting.pop()
            deepest = max(deepest, level)
            children = (int(self.lefts[split]), int(self.rights[split]))
            waiting += [(child, level + 1) for child in children if child >= 0]
        return deepest


@dataclass(frozen=True, slots=True, kw_only=True)
class BoosterText:
    """What a booster predicts with."""

    objective: str
    """With its settings, as in `binary sigmoid:1`; `custom` where a function of the user's was one."""
    targets: int
    """Sums a row has: trees of each round."""
    is_averaged: bool
    trees: tuple[BoosterTree, ...]
    """In the order they are added up; tree t adds to sum t modulo `targets`."""

    @property
    def rounds(self) -> int:
        """How many trees add to each sum."""
        return len(self.trees) // self.targets


def read(booster: lightgbm.Booster) -> BoosterText:
    """The trees that `booster.predict` asks: up to the best iteration, where training stopped early.

    Raises:
        ExportRefused: Its leaves hold linear models.
    """
    # Behind the trees, a line for every column could be taken for a setting of the last tree.
    text, _, _ = booster.model_to_string().partition("\nend of trees")
    head, *sections = text.split("\nTree=")
    settings = _settings(head)
    return BoosterText(
        objective=settings.get("objective", "custom"),
        targets=int(settings["num_tree_per_iteration"]),
        is_averaged="average_output" in head.splitlines(),
        trees=tuple(_tree(_settings(section)) for section in sections),
    )


def _settings(section: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in section.splitlines() if "=" in line)


def _tree(settings: dict[str, str]) -> BoosterTree:
    if settings.get("is_linear", "0") != "0":
        raise ExportRefused(
            "A tree with linear models in its leaves (linear_tree) has no ONNX form.",
            "Train without linear_tree.",
        )
    thresholds = _floats(settings.get("threshold", ""))
    kinds = _integers(settings.get("decision_type", ""))
    is_category = (kinds & 1) > 0
    return BoosterTree(
        features=_integers(settings.get("split_feature", "")),
        thresholds=thresholds,
        is_category=is_category,
        default_left=(kinds & 2) > 0,
        missing=(kinds >> 2) & 3,
        lefts=_integers(settings.get("left_child", "")),
        rights=_integers(settings.get("right_child", "")),
        members=_members(settings, thresholds, is_category),
        leaves=_floats(settings["leaf_value"]),
    )


def _members(
    settings: dict[str, str], thresholds: NDArray[np.float64], is_category: NDArray[np.bool_]
) -> dict[int, tuple[float, ...]]:
    """Out of sets of bits; the threshold of a split by categories says which set is its."""
    if not is_category.any():
        return {}
    bounds = _integers(settings["cat_boundaries"]).tolist()
    words = _integers(settings["cat_threshold"]).astype("<u4")
    found = {}
    for split in np.flatnonzero(is_category).tolist():
        which = int(thresholds[split])
        of_set = words[bounds[which] : bounds[which + 1]].view(np.uint8)
        bits = np.flatnonzero(np.unpackbits(of_set, bitorder="little"))
        found[split] = tuple(bits.astype(np.float64).tolist())
    return found


def _floats(line: str) -> NDArray[np.float64]:
    return np.fromiter(map(float, line.split()), np.float64)


def _integers(line: str) -> NDArray[np.int64]:
    return np.fromiter(map(int, line.split()), np.int64)
