"""LightGBM's trees as an exact ONNX graph in double, from what `Booster.dump_model` says.

The rules are those of LightGBM's prediction: a value within ±1e-35 counts as zero; NaN counts as
zero where training saw none missing, goes the default way where it did, and zero counts as missing
where `zero_as_missing` is set; a text unknown to training goes right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import numpy_helper

from storage.records import InputColumn, InputType
from workbench.engines.export.ensembles import ML_OPSET, Child, Ensemble, Split
from workbench.engines.export.graphs import ML, Graph, finish_scores, probabilities_of_two
from workbench.engines.native import BoosterModel
from workbench.errors import ExportRefused

ZERO = float(np.float32(1e-35))
"""Up to here, LightGBM takes a value for zero."""

_IDENTITY = {"regression", "regression_l1", "huber", "fair", "quantile", "mape"}
_EXPONENTIAL = {"poisson", "gamma", "tweedie"}
_SIGMOID = {"binary", "cross_entropy"}


def export(model: BoosterModel) -> bytes:
    """The serialised ONNX model that answers as `model` does.

    Raises:
        ExportRefused: Its trees or its objective have no exact form.
    """
    dumped = _dumped(model)
    _check(dumped)
    graph = Graph(model.signature, ml_opset=ML_OPSET)
    nodes = [node for tree in dumped["tree_info"] for node in _inner(tree["tree_structure"])]
    _check_nodes(nodes, model.signature.inputs)
    matrix = _snapped(graph, _matrix(graph, model.signature.inputs), nodes, model)
    targets = int(dumped["num_tree_per_iteration"])
    raw = _ensemble(dumped, targets).emit(graph, matrix, targets=targets)
    if dumped["average_output"]:
        rounds = len(dumped["tree_info"]) // targets
        raw = graph.node("Div", raw, graph.constant(np.array([float(rounds)])))
    return finish_scores(graph, model.signature, _transformed(graph, raw, dumped["objective"]))


def thresholds(model: BoosterModel) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Per number column the distinct thresholds of all splits: the values where answers change."""
    found: dict[str, set[float]] = {column.name: set() for column in model.signature.inputs}
    for tree in _dumped(model)["tree_info"]:
        for node in _inner(tree["tree_structure"]):
            if node["decision_type"] == "<=":
                name = model.signature.inputs[node["split_feature"]].name
                found[name].add(float(node["threshold"]))
    return {name: np.array(sorted(values)) for name, values in found.items() if values}


def _dumped(model: BoosterModel) -> dict[str, Any]:
    """What `dump_model` says, with thresholds as they are.

    It writes an infinite threshold, which separates NaN from everything else, as 1e300; the text
    of the model has it right.
    """
    dumped: dict[str, Any] = model.booster.dump_model()
    sections = model.booster.model_to_string().split("\nTree=")[1:]
    for tree, section in zip(dumped["tree_info"], sections, strict=True):
        lines = dict(line.split("=", 1) for line in section.splitlines() if "=" in line)
        exact = [float(value) for value in lines.get("threshold", "").split()]
        for node in _inner(tree["tree_structure"]):
            if node["decision_type"] == "<=":
                node["threshold"] = exact[node["split_index"]]
    return dumped


def _check(dumped: dict[str, Any]) -> None:
    objective = str(dumped.get("objective", "")).split(" ")
    known = _IDENTITY | _EXPONENTIAL | _SIGMOID | {"multiclass", "multiclassova"}
    if objective[0] not in known or "sqrt" in objective:
        raise ExportRefused(
            f"LightGBM's objective '{' '.join(objective).strip()}' has no exact ONNX form here.",
            f"Objectives that have one: {', '.join(sorted(known))}.",
        )
    for tree in dumped["tree_info"]:
        if any("leaf_coeff" in leaf for leaf in _leaves(tree["tree_structure"])):
            raise ExportRefused(
                "A tree with linear models in its leaves (linear_tree) has no ONNX form.",
                "Train without linear_tree.",
            )


def _check_nodes(nodes: list[dict[str, Any]], inputs: tuple[InputColumn, ...]) -> None:
    kinds: dict[int, set[str]] = {}
    for node in nodes:
        feature = node["split_feature"]
        is_text = inputs[feature].type is InputType.STRING
        if node["decision_type"] != ("==" if is_text else "<="):
            raise ExportRefused(
                f"Column '{inputs[feature].name}' is split by '{node['decision_type']}', "
                f"which does not fit a {inputs[feature].type.value} column."
            )
        kinds.setdefault(feature, set()).add(node["missing_type"])
    for feature, found in kinds.items():
        if "Zero" in found and len(found) > 1:
            raise ExportRefused(
                f"Column '{inputs[feature].name}' treats missing values in {len(found)} ways."
            )


def _inner(structure: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in _walk(structure) if "left_child" in node]


def _leaves(structure: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in _walk(structure) if "left_child" not in node]


def _walk(structure: dict[str, Any]) -> list[dict[str, Any]]:
    """All nodes, parents before children; trees may be deeper than Python likes to recurse."""
    found = [structure]
    for node in found:
        if "left_child" in node:
            found += [node["left_child"], node["right_child"]]
    return found


def _matrix(graph: Graph, inputs: tuple[InputColumn, ...]) -> str:
    """All columns side by side, (n, inputs), texts as their position among the categories."""
    encoded = [_encoded(graph, column) for column in inputs]
    return graph.node("Concat", *encoded, axis=1) if len(encoded) > 1 else encoded[0]


def _encoded(graph: Graph, column: InputColumn) -> str:
    if column.type is not InputType.STRING:
        return column.graph_name
    # An encoder needs at least one key; the empty text stands for missing and is never a category.
    categories = column.categories or ("",)
    codes = np.arange(len(categories), dtype=np.float64) if column.categories else np.array([-1.0])
    return graph.node(
        "LabelEncoder",
        column.graph_name,
        domain=ML,
        keys_tensor=numpy_helper.from_array(np.array(categories, object), "keys"),
        values_tensor=numpy_helper.from_array(codes, "values"),
        default_tensor=numpy_helper.from_array(np.array([-1.0]), "default"),
    )


def _snapped(graph: Graph, matrix: str, nodes: list[dict[str, Any]], model: BoosterModel) -> str:
    """The matrix with values within ±ZERO replaced, where a split can tell the difference."""
    by_threshold = [node for node in nodes if node["decision_type"] == "<="]
    zero_is_missing = {n["split_feature"] for n in by_threshold if n["missing_type"] == "Zero"}
    if not zero_is_missing and not any(-ZERO <= node["threshold"] < ZERO for node in by_threshold):
        return matrix
    stand_ins = np.zeros(len(model.signature.inputs))
    stand_ins[list(zero_is_missing)] = np.nan
    is_zero = graph.node("LessOrEqual", graph.node("Abs", matrix), graph.constant(np.array([ZERO])))
    return graph.node("Where", is_zero, graph.constant(stand_ins), matrix)


def _ensemble(dumped: dict[str, Any], targets: int) -> Ensemble:
    ensemble = Ensemble()
    for number, tree in enumerate(dumped["tree_info"]):
        _add_tree(ensemble, tree["tree_structure"], number % targets)
    return ensemble


def _add_tree(ensemble: Ensemble, structure: dict[str, Any], target: int) -> None:
    if "left_child" not in structure:
        ensemble.add_stump(ensemble.add_leaf(structure["leaf_value"], target))
        return
    root = ensemble.add_split(_split(structure))
    ensemble.roots.append(root)
    waiting = [(root, structure)]
    while waiting:
        position, node = waiting.pop()
        for side, links in (("left_child", ensemble.lefts), ("right_child", ensemble.rights)):
            child = node[side]
            link: Child
            if "left_child" in child:
                link = (False, ensemble.add_split(_split(child)))
                waiting.append((link[1], child))
            else:
                link = (True, ensemble.add_leaf(child["leaf_value"], target))
            links[position] = link


def _split(node: dict[str, Any]) -> Split:
    feature = node["split_feature"]
    if node["decision_type"] == "==":
        members = tuple(float(code) for code in str(node["threshold"]).split("||"))
        return Split(feature=feature, members=members)
    threshold = float(node["threshold"])
    # Where training saw nothing missing, NaN goes where zero goes.
    is_zero_left = threshold >= 0.0
    missing_left = is_zero_left if node["missing_type"] == "None" else bool(node["default_left"])
    return Split(feature=feature, threshold=threshold, missing_left=missing_left)


def _transformed(graph: Graph, raw: str, objective: str) -> str:
    """Probabilities or values from the sums of the trees, as the objective has it."""
    name, *settings = objective.split(" ")
    if name == "multiclass":
        return graph.node("Softmax", raw, axis=1)
    if name in _EXPONENTIAL:
        return graph.node("Exp", raw)
    if name in _IDENTITY:
        return raw
    slopes = dict(setting.split(":") for setting in settings if ":" in setting)
    slope = float(slopes.get("sigmoid", 1.0))
    if slope != 1.0:
        raw = graph.node("Mul", raw, graph.constant(np.array([slope])))
    probability = graph.node("Sigmoid", raw)
    return probability if name == "multiclassova" else probabilities_of_two(graph, probability)
