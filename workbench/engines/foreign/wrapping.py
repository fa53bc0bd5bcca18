"""What is put around a graph that was made elsewhere, so that it is asked and answers as ours do.

Its nodes stay as they are, under its own operator sets: nothing in it can come to mean something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx.compose import add_prefix

from storage.records import Signature
from workbench.engines.export.graphs import onnx_type
from workbench.engines.foreign.onnx_files import MAPS

_PREFIX = "foreign/"
"""Before every name of the file, so that none clashes with ours."""
_OLDEST_IR = 8
_OPSET = 18
"""For a graph that uses none of the operators everybody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Where the answers of a graph are."""

    scores: str
    """The tensor of probabilities or values; empty: it gives labels alone."""
    width: int
    """Scores a row."""
    label: str
    """Whole numbers; looked at only where there are no scores."""


def wrapped(
    model: onnx.ModelProto,
    signature: Signature,
    answers: Answers,
    *,
    elements: Sequence[int],
    is_table: bool,
) -> bytes:
    """A graph between our inputs and outputs.

    Args:
        model: The graph as it came.
        signature: What it shall take and give.
        answers: Where its answers are.
        elements: The ONNX type that it takes for each column.
        is_table: Whether it takes all columns as one tensor.
    """
    inner = add_prefix(_without_maps(model), _PREFIX)
    weights = {one.name for one in inner.graph.initializer}
    inputs = [one for one in inner.graph.input if one.name not in weights]
    parts = _Parts()
    columns = [
        parts.cast(column.graph_name, element)
        for column, element in zip(signature.inputs, elements, strict=True)
    ]
    if is_table:
        parts.add("Concat", columns, inputs[0].name, axis=1)
    else:
        for column, wanted in zip(columns, inputs, strict=True):
            is_flat = len(wanted.type.tensor_type.shape.dim) == 1
            parts.reshaped(column, [-1] if is_flat else [-1, 1], wanted.name)
    before = len(parts.nodes)
    _finish(parts, signature, answers)
    graph = helper.make_graph(
        [*parts.nodes[:before], *inner.graph.node, *parts.nodes[before:]],
        "model",
        [
            helper.make_tensor_value_info(one.graph_name, onnx_type(one.type), [None, 1])
            for one in signature.inputs
        ],
        _outputs(signature),
        [*inner.graph.initializer, *parts.constants],
        sparse_initializer=list(inner.graph.sparse_initializer),
    )
    opsets = list(inner.opset_import)
    if not any(one.domain in {"", "ai.onnx"} for one in opsets):
        opsets.append(helper.make_opsetid("", _OPSET))
    made = helper.make_model(
        graph,
        opset_imports=opsets,
        ir_version=max(inner.ir_version, _OLDEST_IR),
        functions=list(inner.functions),
        producer_name="workbench",
    )
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


class _Parts:
    """Nodes and constants of ours; their names cannot be those of inputs, which are identifiers."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Adds a node and gives the name of its output."""
        output = output or f"around/{kind.lower()} {len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, values: Sequence[int | float | str]) -> str:
        """Adds a constant of one dimension and gives its name."""
        name = f"around/constant {len(self.constants)}"
        array = np.array(values, object if isinstance(values[0], str) else None)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def cast(self, value: str, element: int) -> str:
        """`value`, which is a double or a text, as another type."""
        if element in {TensorProto.STRING, TensorProto.DOUBLE}:
            return value
        return self.add("Cast", [value], to=element)

    def reshaped(self, value: str, shape: Sequence[int], output: str = "") -> str:
        """`value` in another shape."""
        return self.add("Reshape", [value, self.constant(shape)], output)


def _without_maps(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph without the nodes that turn tables into maps."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    kept = [node for node in model.graph.node if node.op_type != MAPS]
    maps = {name for node in model.graph.node if node.op_type == MAPS for name in node.output}
    outputs = [one for one in model.graph.output if one.name not in maps]
    del copied.graph.node[:]
    copied.graph.node.extend(kept)
    del copied.graph.output[:]
    copied.graph.output.extend(outputs)
    # Shapes that were noted for one row would be believed of many.
    del copied.graph.value_info[:]
    return copied


def _finish(parts: _Parts, signature: Signature, answers: Answers) -> None:
    """Adds what makes the outputs of our form from the answers."""
    classes = signature.classes
    if not answers.scores:
        label = parts.add("Cast", [f"{_PREFIX}{answers.label}"], to=TensorProto.INT64)
        known = parts.constant([int(name) for name in classes])
        is_it = parts.add("Equal", [parts.reshaped(label, [-1, 1]), known])
        scores = parts.add("Cast", [is_it], to=TensorProto.DOUBLE)
    else:
        scores = parts.add("Cast", [f"{_PREFIX}{answers.scores}"], to=TensorProto.DOUBLE)
        scores = parts.reshaped(scores, [-1, answers.width])
    if not classes:
        parts.add("Identity", [scores], "value")
        return
    if answers.scores and answers.width == 1:
        other = parts.add("Sub", [parts.constant([1.0]), scores])
        scores = parts.add("Concat", [other, scores], axis=1)
    parts.add("Identity", [scores], "probabilities")
    codes = parts.add("ArgMax", [scores], axis=1, keepdims=0)
    parts.add("Gather", [parts.constant(classes), codes], "label", axis=0)


def _outputs(signature: Signature) -> list[onnx.ValueInfoProto]:
    if not signature.classes:
        return [helper.make_tensor_value_info("value", TensorProto.DOUBLE, [None, 1])]
    width = len(signature.classes)
    return [
        helper.make_tensor_value_info("label", TensorProto.STRING, [None]),
        helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, width]),
    ]
