from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from scipy import special

from storage.records import InputColumn, InputType, Signature
from workbench.engines.export.errorfunctions import erf, normal_shares
from workbench.engines.export.graphs import Graph
from workbench.engines.export.tensors import Tensor

COLUMN = InputColumn(name="x", graph_name="x", type=InputType.NUMBER, nullable=False)
SIGNATURE = Signature(task="regression", inputs=(COLUMN,))


def asked(emit, values):
    """What the graph of `emit` makes of a column of `values`, and the graph."""
    graph = Graph(SIGNATURE)
    made = graph.finish(value=emit(Tensor(graph, "x")).name)
    session = ort.InferenceSession(made, providers=["CPUExecutionProvider"])
    column = np.asarray(values, np.float64).reshape(-1, 1)
    return session.run(None, {"x": column})[0][:, 0], onnx.load_from_string(made).graph


def test_what_is_asked_for_twice_is_computed_once():
    _, graph = asked(lambda x: (x + 1.0).of("Exp") * (x + 1.0).of("Exp"), [0.5])

    assert sorted(node.op_type for node in graph.node) == ["Add", "Exp", "Identity", "Mul"]


def test_what_no_output_needs_is_left_out():
    def emit(x):
        _ = (x @ np.ones((1, 50))).softmax()
        return x * 2.0

    _, graph = asked(emit, [1.0])

    assert [node.op_type for node in graph.node] == ["Mul", "Identity"]
    assert len(graph.initializer) == 1


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 8, 9, 64, 1001])
def test_rows_asked_in_chunks_give_the_same_answers(rows):
    values = np.random.default_rng(0).normal(size=rows)

    def emit(x):
        graph = x.graph
        shifted = graph.by_chunks(x.name, lambda name: (Tensor(graph, name) * 3.0).name, size=8)
        return Tensor(graph, shifted) + x

    assert asked(emit, values)[0] == pytest.approx(values * 4)


def test_steps_are_taken_until_nothing_is_open_or_the_limit_is_reached():
    def step(value):
        return (value < 100.0).where(value * 2.0, value), value < 100.0

    values = np.array([1.0, 3.0, 500.0])

    assert asked(lambda x: x.refined(step, limit=50), values)[0].tolist() == [128.0, 192.0, 500.0]
    assert asked(lambda x: x.refined(step, limit=2), values)[0].tolist() == [4.0, 12.0, 500.0]


def test_the_error_function_has_all_its_digits():
    values = np.concatenate([np.linspace(-10, 10, 4001), [-np.inf, np.inf, 0.0, -1e300, 1e-300]])

    assert asked(erf, values)[0] == pytest.approx(special.erf(values), rel=1e-14)
    assert asked(normal_shares, values)[0] == pytest.approx(special.ndtr(values), rel=1e-11)
