"""What LightGBM makes of the sums of its trees: probabilities or values, as the objective has it."""

from __future__ import annotations

import numpy as np

from storage.records import Signature
from workbench.engines.export.graphs import Graph, probabilities_of_two
from workbench.errors import ExportRefused

_IDENTITY = {"regression", "regression_l1", "huber", "fair", "quantile", "mape"}
_EXPONENTIAL = {"poisson", "gamma", "tweedie"}
_SIGMOID = {"binary", "cross_entropy"}
_OF_CLASSES = {"multiclass", "multiclassova"}
_RAW = {"lambdarank", "rank_xendcg", "custom", "none", "null", "na"}
"""Their scores only order rows, or mean what a function of the user's makes of them."""
_INTENSITY = {"cross_entropy_lambda"}
KNOWN = _IDENTITY | _EXPONENTIAL | _SIGMOID | _OF_CLASSES | _RAW | _INTENSITY


def check(objective: str, *, targets: int, signature: Signature) -> None:
    """Raises unless the scores of `objective` are what a model of the signature's task gives.

    Args:
        objective: With its settings, as LightGBM writes it.
        targets: Sums a row has.
        signature: Says the task and the classes.

    Raises:
        ExportRefused: The objective is not known, or its scores are something else.
    """
    name = objective.split(" ", maxsplit=1)[0]
    if name not in KNOWN:
        raise ExportRefused(
            f"LightGBM's objective '{objective}' has no exact ONNX form here.",
            f"Objectives that have one: {', '.join(sorted(KNOWN - _RAW))}.",
        )
    if name in _RAW and signature.task != "regression":
        raise ExportRefused(
            f"The scores of LightGBM's objective '{name}' are no probabilities.",
            "Take the model for a regression: its value is the raw score.",
        )
    expected = len(signature.classes) if signature.task == "multiclass" else 1
    if targets != expected:
        raise ExportRefused(
            f"The trees of LightGBM give {targets} scores a row, where a {signature.task} model gives {expected}."
        )


def leaf_sign(objective: str) -> float:
    """What leaves are to be multiplied by, 1 or -1: a sigmoid starts from the negative sum."""
    return -1.0 if objective.split(" ", maxsplit=1)[0] in _SIGMOID | {"multiclassova"} else 1.0


def transformed(graph: Graph, raw: str, objective: str, *, task: str) -> str:
    """Probabilities (n, classes), or values (n, 1), double.

    Args:
        graph: Gets the nodes.
        raw: The sums of the trees times `leaf_sign`, (n, targets).
        objective: As LightGBM writes it.
        task: binary, multiclass or regression.
    """
    name, *settings = objective.split(" ")
    if task == "binary" and name in _SIGMOID:
        return _both(graph, raw, settings)
    scores = _converted(graph, raw, objective)
    return probabilities_of_two(graph, scores) if task == "binary" else scores


def _converted(graph: Graph, raw: str, objective: str) -> str:
    name, *settings = objective.split(" ")
    if name == "multiclass":
        return graph.node("Softmax", raw, axis=1)
    if name in _EXPONENTIAL:
        return graph.node("Exp", raw)
    if name in _INTENSITY:
        return _log1p(graph, graph.node("Exp", raw))
    if name in _SIGMOID | {"multiclassova"}:
        return _sigmoid(graph, raw, settings)
    if "sqrt" in settings:
        return graph.node("Mul", raw, graph.node("Abs", raw))
    return raw


def _sigmoid(graph: Graph, negative: str, settings: list[str]) -> str:
    """1 / (1 + exp(x)); see `Tensor.sigmoid` for why not by a node of that name."""
    slopes = dict(setting.split(":") for setting in settings if ":" in setting)
    slope = float(slopes.get("sigmoid", 1.0))
    if slope != 1.0:
        negative = graph.node("Mul", negative, graph.constant(np.array([slope])))
    odds = graph.node("Exp", negative)
    return graph.node("Reciprocal", graph.node("Add", odds, graph.constant(np.array([1.0]))))


def _both(graph: Graph, negative: str, settings: list[str]) -> str:
    """Both probabilities, (n, 2), of 1 / (1 + exp(x)).

    It is computed twice side by side: onnxruntime computes exponentials in pairs, and one that is left
    over by another routine, so that a row alone could have another last bit than among others.
    """
    twice = graph.node("Concat", negative, negative, axis=1)
    likely = _sigmoid(graph, twice, settings)
    of_first = graph.node("Sub", graph.constant(np.array([[1.0, 0.0]])), likely)
    return graph.node("Abs", of_first)


def _log1p(graph: Graph, numbers: str) -> str:
    """log(1 + x) of x of 0 or more, also where 1 + x rounds to 1.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), problem 1.5: what 1 + x lost
    by rounding is put right by the quotient.
    """
    one = graph.constant(np.array([1.0]))
    sum_ = graph.node("Add", numbers, one)
    kept = graph.node("Sub", sum_, one)
    logarithm = graph.node("Log", sum_)
    mended = graph.node("Div", graph.node("Mul", logarithm, numbers), kept)
    is_all_kept = graph.node("Equal", kept, numbers)
    is_none_kept = graph.node("Equal", sum_, one)
    lossy = graph.node("Where", is_none_kept, numbers, mended)
    return graph.node("Where", is_all_kept, logarithm, lossy)
