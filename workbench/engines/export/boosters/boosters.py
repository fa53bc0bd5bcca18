"""LightGBM's trees as an exact ONNX graph in double.

The rules are those of LightGBM's prediction: a number within ±1e-35 counts as zero; NaN counts as
zero where training saw none missing, goes the default way where it did, and zero counts as missing
where `zero_as_missing` is set. A category is a number cut off after the point; NaN, negative numbers and
what training did not know go right.

In one thread of onnxruntime, which is what `Session` gives it, the leaves of a row are added up in the order
of the trees, as LightGBM does it: the sums are the same to the last bit, for a row alone and among others.
With more threads of its own onnxruntime cuts the trees of a few rows into parts, whose sums differ in the
last digits. What is made of the sums (a sigmoid, an exponential, a softmax) differs by some units in the
last place, also between a row alone and among others: onnxruntime's exponential of one number is not that
of four at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType
from workbench.engines.export.boosters import matrices, objectives, texts
from workbench.engines.export.boosters.matrices import ZERO, Place, View
from workbench.engines.export.boosters.texts import BoosterText, BoosterTree
from workbench.engines.export.ensembles import Ensemble, Split
from workbench.engines.export.graphs import Graph, finish_scores
from workbench.engines.native import BoosterModel
from workbench.errors import ExportRefused

DEEPEST = 4000
"""Levels of a tree; onnxruntime loads trees by recursion, and dies of some 10,000."""


def export(model: BoosterModel) -> bytes:
    """The serialised ONNX model that answers as `model` does.

    Raises:
        ExportRefused: Its trees or its objective have no exact form.
    """
    signature = model.signature
    text = texts.read(model.booster)
    objectives.check(text.objective, targets=text.targets, signature=signature)
    graph = Graph(signature)
    _check_trees(text, signature.inputs)
    views = [_views(tree) for tree in text.trees]
    wanted = {place for of_tree in views for place in of_tree}
    matrix, places = matrices.emit(graph, signature.inputs, wanted)
    ensemble = Ensemble()
    sign = objectives.leaf_sign(text.objective)
    for number, (tree, of_tree) in enumerate(zip(text.trees, views, strict=True)):
        columns = [places[place] for place in of_tree]
        _add(ensemble, tree, columns, weights=sign * tree.leaves, target=number % text.targets)
    if not text.trees:
        ensemble.add_stump(ensemble.add_leaf(0.0))
    raw = ensemble.emit(graph, matrix, targets=text.targets)
    if text.is_averaged:
        raw = graph.node("Div", raw, graph.constant(np.array([float(text.rounds)])))
    scores = objectives.transformed(graph, raw, text.objective, task=signature.task)
    return finish_scores(graph, signature, scores)


def thresholds(model: BoosterModel) -> dict[str, NDArray[np.float64]]:
    """Per number column the distinct values where answers change: all thresholds, and categories."""
    found: dict[str, set[float]] = {}
    for tree in texts.read(model.booster).trees:
        for split, feature in enumerate(tree.features.tolist()):
            column = model.signature.inputs[feature]
            if column.type is not InputType.STRING:
                values = tree.members.get(split, (float(tree.thresholds[split]),))
                found.setdefault(column.name, set()).update(values)
    return {
        column.name: np.array(sorted(found[column.name]))
        for column in model.signature.inputs
        if column.name in found
    }


def _check_trees(text: BoosterText, inputs: tuple[InputColumn, ...]) -> None:
    is_text = np.array([column.type is InputType.STRING for column in inputs], np.bool_)
    for tree in text.trees:
        wrong = tree.features[is_text[tree.features] & ~tree.is_category]
        if len(wrong):
            raise ExportRefused(
                f"Column '{inputs[wrong[0]].name}' holds texts, and is split by a threshold."
            )
        if len(tree.features) > DEEPEST and tree.depth > DEEPEST:
            raise ExportRefused(
                f"A tree is {tree.depth} levels deep; onnxruntime takes {DEEPEST}.",
                "Train with a max_depth.",
            )


def _views(tree: BoosterTree) -> list[Place]:
    """What each split asks for.

    Where zero counts as missing, it may have to go another way than the numbers around it.
    """
    zero_left = tree.thresholds >= 0.0
    is_apart = (tree.missing == texts.ZERO) & (zero_left != tree.default_left)
    return [
        (feature, View.CODE if is_category else View.NONZERO if apart else View.PLAIN)
        for feature, is_category, apart in zip(
            tree.features.tolist(), tree.is_category.tolist(), is_apart.tolist(), strict=True
        )
    ]


def _add(
    ensemble: Ensemble,
    tree: BoosterTree,
    columns: list[int],
    *,
    weights: NDArray[np.float64],
    target: int,
) -> None:
    # Where nothing counts as missing, NaN goes where zero goes.
    missing_left = np.where(tree.missing == texts.NONE, tree.thresholds >= 0.0, tree.default_left)
    splits = [
        # Every code is above minus infinity, so that all go right where no category goes left.
        Split(feature=column, members=tree.members[at], threshold=-np.inf)
        if at in tree.members
        else Split(feature=column, threshold=threshold, missing_left=left)
        for at, (column, threshold, left) in enumerate(
            zip(columns, _around_zero(tree.thresholds).tolist(), missing_left.tolist(), strict=True)
        )
    ]
    ensemble.add_tree(splits, tree.lefts.tolist(), tree.rights.tolist(), weights.tolist(), target)


def _around_zero(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds that part the numbers as these do when all within ±ZERO count as zero."""
    moved = np.where((thresholds >= 0.0) & (thresholds < ZERO), ZERO, thresholds)
    below = np.nextafter(-ZERO, -np.inf)
    return np.where((thresholds >= -ZERO) & (thresholds < 0.0), below, moved)
