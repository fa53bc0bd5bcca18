"""ONNX files of all forms: asked column by column, and answering labels and probabilities, or a value."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.linear_model import LogisticRegression

from tests.engines.foreign import models
from workbench.core.columns import typed
from workbench.engines.foreign import graphs
from workbench.engines.onnx_session import Session
from workbench.errors import ModelUnreadable

TWO = ("거리(km)", "seats")


def classifier() -> LogisticRegression:
    return LogisticRegression().fit(models.NUMBERS.to_numpy(), models.TARGET)


def table(model, kind=FloatTensorType, **options) -> bytes:
    return to_onnx(
        model, initial_types=[("X", kind([None, 2]))], options=options or None
    ).SerializeToString()


def made(nodes, inputs, outputs, weights=(), opset=17) -> bytes:
    graph = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return model.SerializeToString()


def sigmoid(rows: int | None, *, output: str = "p") -> bytes:
    """Two columns in float to one probability, as networks have it."""
    return made(
        [
            helper.make_node("MatMul", ["x", "w"], ["z"]),
            helper.make_node("Sigmoid", ["z"], [output]),
        ],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, 2])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [rows, 1])],
        [numpy_helper.from_array(np.array([[0.01], [0.1]], np.float32), "w")],
    )


@pytest.mark.parametrize(
    "content",
    [
        table(classifier()),
        table(classifier(), zipmap=False),
        table(classifier(), DoubleTensorType, zipmap=False),
    ],
    ids=["maps", "a table", "in double"],
)
def test_a_classifier_over_one_table_answers_as_it_did(content):
    opened = graphs.read(content, "model.onnx")
    built = models.build(opened, *TWO)
    expected = classifier().predict_proba(models.NUMBERS.to_numpy())[:, 1]

    assert (opened.features, opened.count, opened.task) == ((), 2, "binary")
    assert opened.class_count == 2
    assert np.abs(models.scores(built) - expected).max() < 1e-6


def test_a_pipeline_over_named_columns_is_asked_by_their_names():
    kinds = [FloatTensorType([None, 1]), FloatTensorType([None, 1]), StringTensorType([None, 1])]
    pipeline = models.pipeline()
    content = to_onnx(
        pipeline, initial_types=list(zip(models.FRAME.columns, kinds, strict=True))
    ).SerializeToString()
    opened = graphs.read(content, "model.onnx")
    built = models.build(opened, "거리(km)", "seats", "carrier")
    expected = pipeline.predict_proba(models.FRAME)[:, 1]

    assert opened.features == ("거리_km_", "seats", "carrier")
    assert np.abs(models.scores(built) - expected).max() < 1e-5


def test_an_output_a_class_is_refused():
    with pytest.raises(ModelUnreadable, match="it has 2 outputs of scores"):
        graphs.read(table(classifier(), zipmap="columns"), "model.onnx")


@pytest.mark.parametrize("opset", [9, 13, 22])
def test_operators_of_any_age_stay_what_they_are(opset):
    content = to_onnx(
        classifier(), initial_types=[("X", FloatTensorType([None, 2]))], target_opset=opset
    ).SerializeToString()
    built = models.build(graphs.read(content, "model.onnx"), *TWO)
    expected = classifier().predict_proba(models.NUMBERS.to_numpy())[:, 1]

    assert np.abs(models.scores(built) - expected).max() < 1e-6


def test_named_classes_are_the_labels():
    opened = graphs.read(table(models.tree()), "model.onnx")
    built = models.build(opened, *TWO)
    session = Session(built.graph, built.signature)
    found = session.predict(typed(built.signature, models.columns()))

    assert opened.classes == ("early", "late", "on time")
    assert list(found.labels) == models.tree().predict(models.NUMBERS.to_numpy()).tolist()


def test_a_regressor_gives_values():
    opened = graphs.read(table(models.linear()), "model.onnx")
    built = models.build(opened, *TWO)

    assert opened.task is None
    assert np.allclose(models.scores(built), models.VALUES, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("rows", [None, 1], ids=["any number of rows", "one row"])
def test_one_probability_a_row_is_that_of_the_second_class(rows):
    opened = graphs.read(sigmoid(rows), "net.onnx")
    built = opened.build(models.signature(*TWO))
    z = models.NUMBERS.to_numpy() @ [0.01, 0.1]

    assert (opened.task, opened.class_count) == (None, 0)
    assert np.abs(models.scores(built) - 1 / (1 + np.exp(-z))).max() < 1e-6
    rows = typed(built.signature, models.columns(*TWO))
    assert np.abs(built.original(rows) - models.scores(built)).max() < 1e-7


def test_labels_alone_are_probabilities_of_one():
    content = to_onnx(
        models.tree().fit(models.NUMBERS.to_numpy(), models.THREE),
        initial_types=[("X", FloatTensorType([None, 2]))],
        options={"zipmap": False},
    )
    del content.graph.output[1]
    built = models.build(graphs.read(content.SerializeToString(), "model.onnx"), *TWO)
    scores = models.scores(built)

    assert set(np.unique(scores)) == {0.0, 1.0}
    assert (
        scores.argmax(axis=1).tolist()
        == models.tree()
        .fit(models.NUMBERS.to_numpy(), models.THREE)
        .predict(models.NUMBERS.to_numpy())
        .tolist()
    )


def test_a_threshold_of_its_own_is_refused():
    content = onnx.load_from_string(table(classifier(), zipmap=False))
    limit = numpy_helper.from_array(np.array(0.9, np.float32), "limit")
    one = numpy_helper.from_array(np.array(1), "one")
    label = content.graph.output[0].name
    for node in content.graph.node:
        node.output[:] = ["old" if name == label else name for name in node.output]
        node.input[:] = ["old" if name == label else name for name in node.input]
    scores = content.graph.output[1].name
    content.graph.initializer.extend([limit, one])
    content.graph.node.extend(
        [
            helper.make_node("Gather", [scores, "one"], ["second"], axis=1),
            helper.make_node("Greater", ["second", "limit"], ["above"]),
            helper.make_node("Cast", ["above"], [label], to=TensorProto.INT64),
        ]
    )
    built = models.build(graphs.read(content.SerializeToString(), "model.onnx"), *TWO)

    with pytest.raises(ModelUnreadable, match="it has a threshold of its own"):
        built.original(typed(built.signature, models.columns(*TWO)))


def test_scores_that_are_no_probabilities_are_refused():
    built = models.build(graphs.read(text_input([None, 2]), "model.onnx"), *TWO)
    rows = typed(built.signature, models.columns(*TWO))

    with pytest.raises(ModelUnreadable, match="its scores are no probabilities: they go from -"):
        built.original(rows)


def test_another_number_of_classes_is_refused():
    opened = graphs.read(text_input([None, 2]), "model.onnx")
    three = models.signature(*TWO, task="multiclass", classes=("0", "1", "2"))

    with pytest.raises(ModelUnreadable, match="it gives 2 probabilities, and there are 3 classes"):
        opened.build(three)


def test_whole_numbers_may_not_be_missing():
    content = made(
        [helper.make_node("Cast", ["seats"], ["y"], to=TensorProto.FLOAT)],
        [helper.make_tensor_value_info("seats", TensorProto.INT64, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
    )
    opened = graphs.read(content, "model.onnx")
    holes = {"seats": np.ma.masked_equal(models.columns("seats")["seats"], 7)}
    built = models.build(opened, "seats")

    assert models.scores(built).tolist() == models.FRAME["seats"].tolist()
    with pytest.raises(
        ModelUnreadable, match="whole numbers for column 'seats', which has missing"
    ):
        opened.build(models.signatures.infer(holes, task="regression"))


def text_input(shape) -> bytes:
    return made(
        [helper.make_node("Identity", ["x"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "it is no ONNX file"),
        (b"", "it is no ONNX file"),
        (text_input([None, 3, 8, 8]), "its input 'x' is no column"),
        (text_input([None, None]), "does not say how many columns"),
        (
            made(
                [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.BOOL)],
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
                [helper.make_tensor_value_info("y", TensorProto.BOOL, [None, 2])],
            ),
            "none of its outputs",
        ),
    ],
    ids=["text", "nothing", "pictures", "an open width", "no scores"],
)
def test_a_graph_that_is_no_model_over_rows_is_refused(content, said):
    with pytest.raises(ModelUnreadable, match=rf"model\.onnx cannot be registered: .*{said}"):
        graphs.read(content, "model.onnx")


def test_texts_for_numbers_are_refused():
    opened = graphs.read(table(classifier()), "model.onnx")

    with pytest.raises(ModelUnreadable, match="it takes numbers for column 'carrier'"):
        models.build(opened, "seats", "carrier")
