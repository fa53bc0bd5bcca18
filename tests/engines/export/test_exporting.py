from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.engines import parity_check
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

LINEAR, FORESTS = "sklearn.linear_model.", "sklearn.ensemble."


def proof(task, model, params=None, **changed):
    fitted = fit(task, model, params, **changed)
    session = Session(exporting.export(fitted.model, fitted.signature), fitted.signature)
    real = rows(task, 600, seed=2, is_hostile=model.startswith("lightgbm"))
    target_std = float(np.std(real.target)) if task == "regression" else None
    return parity_check.prove(fitted.model, session, real.features, target_std=target_std)


@pytest.mark.parametrize(
    ("task", "model", "params"),
    [
        ("binary", LINEAR + "LogisticRegression", {}),
        ("multiclass", "sklearn.neural_network.MLPClassifier", {"max_iter": 20}),
        ("binary", "sklearn.tree.DecisionTreeClassifier", {}),
        ("multiclass", FORESTS + "ExtraTreesClassifier", {"n_estimators": 5}),
        ("binary", FORESTS + "HistGradientBoostingClassifier", {"max_iter": 20}),
        ("regression", LINEAR + "Ridge", {}),
        ("regression", FORESTS + "GradientBoostingRegressor", {"n_estimators": 20}),
    ],
    ids=str,
)
def test_estimators_of_scikit_learn_answer_exactly(task, model, params):
    found = proof(task, model, params)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12
    assert found.rows > 600


RECIPES = """
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder


def known_steps():
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", drop="if_binary"), ["origin", "carrier: code"]),
        (make_pipeline(SimpleImputer(strategy="mean"), MinMaxScaler()), ["x", "nan", "late"]),
    )
    return make_pipeline(columns, LogisticRegression())


def tuned():
    return TunedThresholdClassifierCV(LogisticRegression())


class OwnClassifier(LogisticRegression):
    pass


def own():
    return OwnClassifier()
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "recipes.py").write_text(RECIPES)
    return tmp_path


def test_a_users_pipeline_of_known_steps_answers_exactly(project):
    assert proof("binary", "recipes:known_steps", project_dir=project).max_abs_diff < 1e-14


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tuned", "TunedThresholdClassifierCV .* its threshold would be dropped"),
        ("own", "OwnClassifier has no exact ONNX form here"),
    ],
)
def test_what_has_no_exact_form_is_refused_by_name(project, name, reason):
    with pytest.raises(ExportRefused, match=reason):
        proof("binary", f"recipes:{name}", project_dir=project)


def test_a_graph_takes_raw_columns_and_gives_names_and_doubles():
    fitted = fit("binary", LIGHTGBM["binary"])
    graph = onnx.load_from_string(exporting.export(fitted.model, fitted.signature)).graph

    kinds = [one.type.tensor_type.elem_type for one in graph.input]
    is_text = [column.type == "string" for column in fitted.signature.inputs]
    assert kinds == [
        onnx.TensorProto.STRING if text else onnx.TensorProto.DOUBLE for text in is_text
    ]
    assert [one.name for one in graph.output] == ["label", "probabilities"]


def test_the_same_model_becomes_the_same_bytes():
    fitted = fit("binary", "sklearn.linear_model.LogisticRegression")
    one, other = (exporting.export(fitted.model, fitted.signature) for _ in range(2))

    assert one == other


def test_key_columns_are_no_matter_to_a_graph_but_inputs_are():
    fitted = fit("binary", LIGHTGBM["binary"])
    exporting.export(fitted.model, replace(fitted.signature, key=("flight_id",)))

    with pytest.raises(ValueError, match="other inputs"):
        exporting.export(
            fitted.model, replace(fitted.signature, inputs=fitted.signature.inputs[1:])
        )
