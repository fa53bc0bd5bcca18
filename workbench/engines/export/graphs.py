"""A graph under construction: nodes and constants in, one checked ONNX model out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from storage.records import InputType, Signature
from workbench.core.signature import OUTPUTS

ML = "ai.onnx.ml"
OPSET = 18
ML_OPSET = 5
"""The version of ai.onnx.ml that brought TreeEnsemble, for every graph."""
IR_VERSION = 10
"""Old enough for every runtime that knows these operators."""


Names = TypeVar("Names", bound=tuple[str, ...])


class Graph:
    """Collects nodes; names of values are made here and never clash with those of inputs.

    What is asked for twice is computed once, and what no output needs is left out.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._known: dict[object, tuple[str, ...]] = {}
        self._taken = {column.graph_name for column in signature.inputs} | set(OUTPUTS)
        self._made = 0

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds a node with one output and gives that output's name."""
        (output,) = self.nodes(kind, *inputs, outputs=1, domain=domain, **attributes)
        return output

    def nodes(
        self, kind: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Adds a node with several outputs and gives their names."""
        asked = helper.make_node(kind, list(inputs), [], domain=domain, **attributes)
        key = sha256(asked.SerializeToString(deterministic=True)).digest()
        if key not in self._known:
            self._known[key] = tuple(self._fresh(kind) for _ in range(outputs))
            asked.output.extend(self._known[key])
            self._nodes.append(asked)
        return self._known[key]

    def constant(self, values: NDArray[Any]) -> str:
        """Adds a constant and gives its name."""
        array = np.asarray(values)
        content = repr(array.tolist()).encode() if array.dtype == object else array.tobytes()
        key = (array.dtype.str, array.shape, sha256(content).digest())
        if key not in self._known:
            name = self._fresh("constant")
            self._known[key] = (name,)
            self._constants[name] = numpy_helper.from_array(array, name)
        return self._known[key][0]

    def by_chunks(self, rows: str, emit: Callable[[str], str], *, size: int) -> str:
        """What `emit` makes of `rows`, asked at most `size` of them at a time.

        Args:
            rows: The name of a value, (n, any), double.
            emit: Adds nodes for some rows, whose name it gets, and gives the name of their results,
                (some rows, any), double.
            size: Bounds the memory of one call, however many rows are sent at once.

        Returns:
            The name of all results, (n, any).
        """
        chunk = self._fresh("chunk")
        inside, (result,) = self._within(lambda: (emit(chunk),))
        body = helper.make_graph(inside, "chunk", [_doubles(chunk)], [_doubles(result)])
        (blocks, length) = self._blocks(rows, size)
        found = self.node("Scan", blocks, body=body, num_scan_inputs=1)
        joined = self._merged(found)
        zero = self.constant(np.array([0], np.int64))
        return self.node("Slice", joined, zero, length, zero)

    def refined(self, start: str, step: Callable[[str], tuple[str, str]], *, limit: int) -> str:
        """What is left of `start` after `step` was taken until nothing is open.

        Args:
            start: The name of a value, double.
            step: Adds nodes for one step from the value it gets the name of, and gives the names of
                the next value, of the same shape, and of what is open, booleans.
            limit: Steps after which it ends anyway.
        """
        before = self._fresh("before")
        inside, (after, is_open) = self._within(lambda: self._step(step, before))
        turn, goes_on = self._fresh("turn"), self._fresh("goes_on")
        scalar = helper.make_tensor_value_info
        body = helper.make_graph(
            inside,
            "step",
            [
                scalar(turn, TensorProto.INT64, []),
                scalar(goes_on, TensorProto.BOOL, []),
                _doubles(before),
            ],
            [scalar(is_open, TensorProto.BOOL, []), _doubles(after)],
        )
        turns = self.constant(np.array(limit, np.int64))
        return self.node("Loop", turns, self.constant(np.array(1, np.bool_)), start, body=body)

    def either(self, condition: str, yes: Callable[[], str], no: str) -> str:
        """What `yes` adds where the single boolean `condition` is true, else the value `no`; double."""
        inside, (found,) = self._within(lambda: (self.node("Identity", yes()),))
        other, (same,) = self._within(lambda: (self.node("Identity", no),))
        return self.node(
            "If",
            condition,
            then_branch=helper.make_graph(inside, "yes", [], [_doubles(found)]),
            else_branch=helper.make_graph(other, "no", [], [_doubles(same)]),
        )

    def _step(self, step: Callable[[str], tuple[str, str]], before: str) -> tuple[str, str]:
        after, is_open = step(before)
        counted = self.node("Cast", is_open, to=TensorProto.INT32)
        return after, self.node(
            "Cast", self.node("ReduceMax", counted, keepdims=0), to=TensorProto.BOOL
        )

    def _within(self, emit: Callable[[], Names]) -> tuple[list[onnx.NodeProto], Names]:
        """The nodes that `emit` adds, kept out of this graph, and the names it gives."""
        outside, known = self._nodes, dict(self._known)
        self._nodes = []
        try:
            names = emit()
            return self._nodes, names
        finally:
            self._nodes = outside
            # Values of the body are not seen outside it; constants stand outside and are.
            self._known = {
                key: found
                for key, found in self._known.items()
                if key in known or found[0] in self._constants
            }

    def _blocks(self, rows: str, size: int) -> tuple[str, str]:
        """`rows` in blocks, (blocks, rows of a block, any), the last one filled up; and n."""
        length = self.node("Shape", rows, start=0, end=1)
        width = self.node("Shape", rows, start=1, end=2)
        one = self.constant(np.array([1], np.int64))
        block = self.node("Min", length, self.constant(np.array([size], np.int64)))
        block = self.node("Max", block, one)
        count = self.node("Div", self.node("Sub", self.node("Add", length, block), one), block)
        count = self.node("Max", count, one)
        lacking = self.node("Sub", self.node("Mul", count, block), length)
        zeros = self.constant(np.array([0, 0], np.int64))
        ends = self.node("Concat", zeros, lacking, self.constant(np.array([0], np.int64)), axis=0)
        padded = self.node("Pad", rows, ends)
        shape = self.node("Concat", count, block, width, axis=0)
        return self.node("Reshape", padded, shape), length

    def _merged(self, blocks: str) -> str:
        width = self.node("Shape", blocks, start=2, end=3)
        count = self.constant(np.array([-1], np.int64))
        return self.node("Reshape", blocks, self.node("Concat", count, width, axis=0))

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
            name = renamed[constant.name] = self._fresh("part")
            self._constants[name] = onnx.TensorProto()
            self._constants[name].CopyFrom(constant)
            self._constants[name].name = name
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
        nodes = self._nodes + [
            helper.make_node("Identity", [value], [name]) for name, value in outputs.items()
        ]
        kept, needed = _needed(nodes, set(outputs))
        graph = helper.make_graph(
            kept,
            "model",
            [_input(column.graph_name, column.type) for column in self.signature.inputs],
            [_output(name, self.signature) for name in outputs],
            [constant for name, constant in self._constants.items() if name in needed],
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
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


def _needed(nodes: list[onnx.NodeProto], wanted: set[str]) -> tuple[list[onnx.NodeProto], set[str]]:
    """The nodes that `wanted` values come from, and the names of all values these need."""
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(_read_by(node))
    return kept[::-1], wanted


def _read_by(node: onnx.NodeProto) -> Iterable[str]:
    """The values a node takes, and those its inner graphs take from outside."""
    yield from node.input
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield from _read_by(inner)


def _doubles(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, None)


def _input(name: str, kind: InputType) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx_type(kind), [None, 1])


def _output(name: str, signature: Signature) -> onnx.ValueInfoProto:
    if name == "label":
        return helper.make_tensor_value_info(name, TensorProto.STRING, [None])
    width = len(signature.classes) or 1
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])
