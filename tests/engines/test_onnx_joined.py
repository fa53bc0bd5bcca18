from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.core.columns import typed
from workbench.engines.export import exporting
from workbench.engines.onnx_joined import joined

DOUBLE, FLOAT = TensorProto.DOUBLE, TensorProto.FLOAT


def model(nodes, inputs, outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info(name, kind, [None, width]) for name, kind, width in inputs],
        [helper.make_tensor_value_info(name, inputs[0][1], [None, None]) for name in outputs],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def join(*names, output="m", **attributes):
    return helper.make_node("Concat", list(names), [output], **{"axis": 1, **attributes})


def halve(matrix="m", output="y"):
    return helper.make_node("Abs", [matrix], [output])


COLUMNS = [("a", DOUBLE, 1), ("b", DOUBLE, 1), ("c", DOUBLE, 1)]


def test_joined_columns_are_taken_as_one_matrix_and_answer_the_same():
    whole = model([join("b", "a", "c"), halve()], COLUMNS)
    found = joined(whole)

    matrix = np.array([[-1.0, 2.0, 3.0], [4.0, -5.0, np.nan]])
    (answer,) = ort.InferenceSession(found.model).run(None, {found.matrix: matrix})
    assert found.columns == ("b", "a", "c")
    assert np.array_equal(answer, np.abs(matrix), equal_nan=True)


def test_the_smaller_model_is_a_right_one():
    found = joined(model([join("a", "b", "c"), halve()], COLUMNS))
    smaller = onnx.load_from_string(found.model)

    onnx.checker.check_model(smaller)
    assert [one.name for one in smaller.graph.input] == ["m"]
    assert [one.op_type for one in smaller.graph.node] == ["Abs"]


def test_a_graph_of_several_hundred_columns_is_cut_as_well():
    names = [f"column_{at}" for at in range(700)]
    found = joined(model([join(*names), halve()], [(name, DOUBLE, 1) for name in names]))

    (answer,) = ort.InferenceSession(found.model).run(None, {"m": np.ones((3, 700))})
    assert answer.shape == (3, 700)


def test_columns_that_are_not_joined_stay():
    found = joined(model([join("a", "b"), join("m", "c", output="n"), halve("n")], COLUMNS))

    left = [one.name for one in ort.InferenceSession(found.model).get_inputs()]
    assert sorted(left) == ["c", "m"]


def inner_reader():
    """An If whose branch reads column a from outside."""
    branch = helper.make_graph(
        [helper.make_node("Identity", ["a"], ["inside"])],
        "branch",
        [],
        [helper.make_tensor_value_info("inside", DOUBLE, None)],
    )
    return helper.make_node("If", ["condition"], ["z"], then_branch=branch, else_branch=branch)


@pytest.mark.parametrize(
    ("nodes", "inputs"),
    [
        ([join("a", "b", "c"), halve(), halve("a", "z")], COLUMNS),
        (
            [join("a", "b", "c"), halve(), inner_reader()],
            [*COLUMNS, ("condition", TensorProto.BOOL, 1)],
        ),
        ([join("a", "b", "a"), halve()], COLUMNS),
        ([join("a", "b"), halve()], [("a", FLOAT, 1), ("b", FLOAT, 1)]),
        ([join("a", "b"), halve()], [("a", DOUBLE, 1), ("b", DOUBLE, 2)]),
        ([join("a", "b", axis=0), halve()], COLUMNS),
        ([halve("a", "p"), halve("b", "q"), join("p", "q"), halve()], COLUMNS),
        ([halve("a")], COLUMNS[:1]),
    ],
    ids=[
        "a column is read beside",
        "a column is read by an inner graph",
        "a column twice",
        "single precision",
        "two columns in one",
        "one below the other",
        "changed before",
        "one column",
    ],
)
def test_other_graphs_are_left_alone(nodes, inputs):
    assert joined(model(nodes, inputs)) is None


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_an_exported_model_with_texts_has_its_numbers_joined(task):
    fitted = fit(task, LIGHTGBM[task], {"n_estimators": 5})
    whole = exporting.export(fitted.model, fitted.signature)
    columns = typed(fitted.signature, rows(task, 50, seed=1).features)
    names = {one.graph_name: one.name for one in fitted.signature.inputs}
    found = joined(whole)

    matrix = np.column_stack([columns[names[name]] for name in found.columns])
    texts = {name: columns[names[name]].reshape(-1, 1) for name in set(names) - set(found.columns)}
    feeds = {name: columns[original].reshape(-1, 1) for name, original in names.items()}
    answers = ort.InferenceSession(found.model).run(None, {found.matrix: matrix, **texts})
    expected = ort.InferenceSession(whole).run(None, feeds)
    assert len(texts) == 2
    assert all(np.array_equal(*both) for both in zip(answers, expected, strict=True))
