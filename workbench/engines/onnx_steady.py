"""Whether a graph answers a row with the same bits whichever rows stand beside it.

onnxruntime computes exponentials and the like in pairs, and one that is left over by another routine,
whose last bit may differ; sums of products depend on how many rows there are.
"""

from __future__ import annotations

from workbench.engines.onnx_joined import Node, nodes_of

_STEADY = frozenset(
    {
        "Abs", "Add", "And", "ArgMax", "ArrayFeatureExtractor", "Cast", "Ceil", "Clip", "Concat", "Constant",
        "Div", "Equal", "Expand", "Floor", "Gather", "Greater", "GreaterOrEqual", "Identity", "IsInf", "IsNaN",
        "LabelEncoder", "Less", "LessOrEqual", "Max", "Min", "Mul", "Neg", "Not", "Or", "Reciprocal", "Relu",
        "Reshape", "Round", "Shape", "Sign", "Slice", "Split", "Squeeze", "Sub", "Transpose", "TreeEnsemble",
        "Unsqueeze", "Where",
    }
)  # fmt: skip
"""Nodes that treat each number by itself, as IEEE 754 rounds it, or move it."""


def is_steady(model: bytes) -> bool:
    """Whether that holds for the model for certain; exponentials count where they stand in pairs."""
    nodes = nodes_of(model)
    paired = {node.outputs[0] for node in nodes if _is_pair(node)}
    for node in nodes:
        if node.kind == "Exp":
            if not paired.issuperset(node.inputs):
                return False
        elif node.kind not in _STEADY:
            return False
        elif paired.intersection(node.inputs) and node.kind in {"Neg", "Mul"}:
            paired.update(node.outputs)
    return True


def _is_pair(node: Node) -> bool:
    return node.kind == "Concat" and len(node.inputs) == 2 and len(set(node.inputs)) == 1
