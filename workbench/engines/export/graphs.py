"""A graph under construction: nodes and constants in, one checked ONNX model out."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from storage.records import InputType, Signature
from workbench.core.signature import OUTPUTS

ML = "ai.onnx.ml"
OPSET = 18
IR_VERSION = 10
"""Old enough for every runtime that knows these operators."""


class Graph:
    """Collects nodes; names of values are made here and never clash with those of inputs."""

    def __init__(self, signature: Signature, *, ml_opset: int) -> None:
        self.signature = signature
        self._ml_opset = ml_opset
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._taken = {column.graph_name for column in signature.inputs} | set(OUTPUTS)
        self._made = 0

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds a node with one output and gives that output's name."""
        output = self._fresh(kind)
        self._nodes.append(
            helper.make_node(kind, list(inputs), [output], domain=domain, **attributes)
        )
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Adds a constant and gives its name."""
        name = self._fresh("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def embed(self, part: onnx.ModelProto, inputs: dict[str, str]) -> dict[str, str]:
        """Adds all of `part`, fed from this graph.

        Args:
            part: A model whose opsets are not newer than this graph's.
            inputs: Per input of `part` the name of the value that feeds it.

        Returns:
            Per output of `part` its name in this graph.
        """
        renamed = dict(inputs)
        for constant in part.graph.initializer:
            renamed[constant.name] = self._fresh("part")
            self._constants.append(onnx.TensorProto())
            self._constants[-1].CopyFrom(constant)
            self._constants[-1].name = renamed[constant.name]
        for original in part.graph.node:
            copied = onnx.NodeProto()
            copied.CopyFrom(original)
            for output in original.output:
                renamed[output] = self._fresh("part")
            copied.ClearField("input")
            copied.input.extend(renamed.get(name, name) for name in original.input)
            copied.ClearField("output")
            copied.output.extend(renamed[name] for name in original.output)
            self._nodes.append(copied)
        return {output.name: renamed[output.name] for output in part.graph.output}

    def finish(self, **outputs: str) -> bytes:
        """The serialised model whose outputs `outputs` are the values so named."""
        for name, value in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        graph = helper.make_graph(
            self._nodes,
            "model",
            [_input(column.graph_name, column.type) for column in self.signature.inputs],
            [_output(name, self.signature) for name in outputs],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, self._ml_opset)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="workbench"
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _fresh(self, kind: str) -> str:
        name = f"{kind}_{self._made}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        self._made += 1
        return name


def onnx_type(kind: InputType) -> int:
    """The ONNX element type of an input: text, or double for everything else."""
    return int(TensorProto.STRING if kind is InputType.STRING else TensorProto.DOUBLE)


def probabilities_of_two(graph: Graph, positive: str) -> str:
    """Both probabilities, (n, 2), from that of class 1, (n, 1)."""
    negative = graph.node("Sub", graph.constant(np.array([1.0])), positive)
    return graph.node("Concat", negative, positive, axis=1)


def finish_scores(graph: Graph, signature: Signature, scores: str) -> bytes:
    """Ends `graph` with the outputs its task has.

    Args:
        graph: The graph that computes `scores`.
        signature: Names the classes.
        scores: Probabilities (n, classes), or values (n, 1), both double.
    """
    if signature.task == "regression":
        return graph.finish(value=scores)
    codes = graph.node("ArgMax", scores, axis=1, keepdims=0)
    names = graph.constant(np.array(signature.classes, object))
    return graph.finish(label=graph.node("Gather", names, codes, axis=0), probabilities=scores)


def _input(name: str, kind: InputType) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx_type(kind), [None, 1])


def _output(name: str, signature: Signature) -> onnx.ValueInfoProto:
    if name == "label":
        return helper.make_tensor_value_info(name, TensorProto.STRING, [None])
    width = len(signature.classes) or 1
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])
