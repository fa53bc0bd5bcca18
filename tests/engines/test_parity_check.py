from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from storage.records import InputType
from tests.engines.export import zoo_rows
from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.core import parity
from workbench.core.columns import typed
from workbench.core.signature import infer
from workbench.engines import parity_check
from workbench.engines.export import exporting
from workbench.engines.native import PipelineModel, frame
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

LOGISTIC = "sklearn.linear_model.LogisticRegression"


def exported(model, **changed):
    fitted = fit("binary", model, **changed)
    return fitted, Session(exporting.export(fitted.model, fitted.signature), fitted.signature)


def test_the_proof_counts_real_hostile_and_threshold_rows():
    fitted, session = exported(LIGHTGBM["binary"])
    found = parity_check.prove(fitted.model, session, rows("binary", 300, seed=2).features)

    assert found.passed
    assert found.rows - found.hostile_rows == 300
    assert found.hostile_rows > parity_check.HOSTILE_ROWS
    assert found.packages["onnxruntime"]


def test_rows_the_model_refuses_are_left_out():
    fitted, session = exported(LOGISTIC)
    features = rows("binary", 300, seed=2, is_hostile=False).features
    found = parity_check.prove(fitted.model, session, features)

    assert found.passed
    assert 1000 < found.hostile_rows < parity_check.HOSTILE_ROWS


def test_the_graph_of_another_model_does_not_pass():
    fitted, _ = exported(LOGISTIC)
    _, session = exported(LOGISTIC, train=rows("binary", seed=9, is_hostile=False))
    features = rows("binary", 300, seed=2, is_hostile=False).features
    found = parity_check.prove(fitted.model, session, features)

    assert not found.passed
    assert found.worst


def test_the_proof_is_the_same_every_time():
    fitted, session = exported(LIGHTGBM["binary"])
    features = rows("binary", 300, seed=2).features

    assert parity_check.prove(fitted.model, session, features) == parity_check.prove(
        fitted.model, session, features
    )


def test_many_real_rows_are_drawn_from(monkeypatch):
    monkeypatch.setattr(parity_check, "MAX_REAL_ROWS", 100)
    fitted, session = exported(LIGHTGBM["binary"])
    found = parity_check.prove(fitted.model, session, rows("binary", 300, seed=2).features)

    assert found.rows - found.hostile_rows == 100


def graph_of_numbers_in_texts(signature):
    """A graph that fails where a text is no number: its answer is that number."""
    inputs = [
        helper.make_tensor_value_info(
            one.graph_name,
            TensorProto.STRING if one.type is InputType.STRING else TensorProto.DOUBLE,
            [None, 1],
        )
        for one in signature.inputs
    ]
    text = next(one for one in signature.inputs if one.type is InputType.STRING)
    node = helper.make_node("Cast", [text.graph_name], ["value"], to=TensorProto.DOUBLE)
    value = helper.make_tensor_value_info("value", TensorProto.DOUBLE, [None, 1])
    graph = helper.make_graph([node], "model", inputs, [value])
    opset = [helper.make_opsetid("", 18)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=10)
    return Session(made.SerializeToString(), signature)


def test_a_graph_without_an_answer_is_refused():
    fitted = fit("regression", LIGHTGBM["regression"])
    session = graph_of_numbers_in_texts(fitted.signature)

    with pytest.raises(ExportRefused, match="no answer for some rows"):
        parity_check.prove(
            fitted.model, session, rows("regression", 300, seed=2).features, target_std=1.0
        )


def test_a_regression_is_measured_in_deviations_of_its_target():
    fitted = fit("regression", LIGHTGBM["regression"])
    session = Session(exporting.export(fitted.model, fitted.signature), fitted.signature)
    real = rows("regression", 300, seed=2)
    found = parity_check.prove(
        fitted.model, session, real.features, target_std=float(np.std(real.target))
    )

    assert found.limit == pytest.approx(1e-4 * np.std(real.target))
    assert found.passed


def test_the_worst_rows_are_kept_with_their_values_and_both_answers():
    fitted, _ = exported(LOGISTIC)
    _, session = exported(LOGISTIC, train=rows("binary", seed=9, is_hostile=False))
    features = rows("binary", 300, seed=2, is_hostile=False).features
    found = parity_check.prove(fitted.model, session, features, row_numbers=np.arange(0, 3000, 10))

    assert len(found.worst) == parity.WORST_ROWS
    for one in found.worst:
        assert set(one.values) == set(fitted.signature.names)
        assert abs(one.native[0] - one.onnx[0]) == pytest.approx(one.difference)
        assert bool(one.changed) == (one.kind != "real")
        assert one.kind != "real" or one.row % 10 == 0


def alone_otherwise(signature):
    """A graph whose answer is how many rows it was asked at once."""
    inputs = [
        helper.make_tensor_value_info(one.graph_name, TensorProto.DOUBLE, [None, 1])
        for one in signature.inputs
    ]
    first = signature.inputs[0].graph_name
    ones = numpy_helper.from_array(np.zeros(1), "nothing")
    nodes = [
        helper.make_node("Mul", [first, "nothing"], ["zeros"]),
        helper.make_node("Shape", [first], ["shape"], start=0, end=1),
        helper.make_node("Cast", ["shape"], ["rows"], to=TensorProto.DOUBLE),
        helper.make_node("Add", ["zeros", "rows"], ["value"]),
    ]
    value = helper.make_tensor_value_info("value", TensorProto.DOUBLE, [None, 1])
    graph = helper.make_graph(nodes, "model", inputs, [value], [ones])
    opset = [helper.make_opsetid("", 18)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=10)
    return Session(made.SerializeToString(), signature)


def test_a_graph_that_answers_a_row_alone_otherwise_than_among_others_does_not_pass():
    columns = {"a": np.random.default_rng(0).normal(size=300)}
    session = alone_otherwise(infer(columns, task="regression"))
    found = parity_check.prove_alone(session, columns, target_std=1.0)

    assert (found.passed, found.against, found.single_rows) == (False, "itself", found.rows)


def test_a_graph_without_another_form_is_held_against_itself():
    _, session = exported(LIGHTGBM["binary"])
    found = parity_check.prove_alone(session, rows("binary", 100, seed=2).features)

    assert (found.passed, found.against) == (True, "itself")
    assert found.max_abs_diff < 1e-15
    assert found.rows == 100 + parity_check.HOSTILE_ROWS


def test_the_trees_of_scikit_learn_are_asked_where_they_part():
    fitted, session = exported("sklearn.tree.DecisionTreeClassifier")
    found = parity_check.prove(fitted.model, session, rows("binary", 300, seed=2).features)

    assert found.kinds["at a threshold"] > 10
    assert found.passed


def test_sums_past_the_largest_number_are_no_answers():
    columns = zoo_rows.numbers(300)
    signature = infer(columns, task="binary", classes=("no", "yes"))
    pipeline = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=1000))
    pipeline.fit(frame(typed(signature, columns)), zoo_rows.target("binary", columns))
    model = PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False)

    session = Session(exporting.export(model, signature), signature)
    assert parity_check.prove(model, session, columns).passed
