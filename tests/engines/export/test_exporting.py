from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.engines import parity_check
from workbench.engines.export import boosters, exporting
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
    ("task", "params"),
    [
        ("binary", {}),
        ("binary", {"zero_as_missing": True}),
        ("binary", {"use_missing": False}),
        ("binary", {"sigmoid": 2.5}),
        ("binary", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
        ("binary", {"boosting": "dart"}),
        ("binary", {"early_stopping_rounds": 3}),
        ("binary", {"objective": "cross_entropy"}),
        ("binary", {"num_leaves": 200, "min_child_samples": 1, "extra_trees": True}),
        ("binary", {"max_cat_to_onehot": 100, "class_weight": "balanced"}),
        ("binary", {"min_child_samples": 5000}),
        ("multiclass", {}),
        ("multiclass", {"objective": "multiclassova", "sigmoid": 0.7}),
        ("multiclass", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
        ("regression", {}),
        ("regression", {"objective": "l1"}),
        ("regression", {"objective": "quantile", "alpha": 0.3}),
        ("regression", {"objective": "huber"}),
        ("regression", {"objective": "poisson"}),
        ("regression", {"objective": "tweedie"}),
        ("regression", {"objective": "gamma"}),
    ],
    ids=str,
)
def test_trees_of_lightgbm_answer_exactly_whatever_they_are_asked(task, params):
    found = proof(task, LIGHTGBM[task], {"n_estimators": 25, **params})

    assert found.flips == 0
    assert found.max_abs_diff < 1e-14


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"linear_tree": True}, "linear_tree"),
        ({"reg_sqrt": True}, "regression sqrt"),
    ],
    ids=["linear trees", "square root"],
)
def test_trees_without_an_exact_form_are_refused_by_name(params, problem):
    plain = rows("regression", is_hostile=False)
    fitted = fit("regression", LIGHTGBM["regression"], params, train=plain, test=plain)

    with pytest.raises(ExportRefused, match=problem):
        exporting.export(fitted.model, fitted.signature)


@pytest.mark.parametrize(
    ("task", "model", "params"),
    [
        ("binary", LINEAR + "LogisticRegression", {}),
        ("multiclass", LINEAR + "LogisticRegression", {}),
        ("binary", LINEAR + "LogisticRegression", {"solver": "liblinear"}),
        ("binary", LINEAR + "SGDClassifier", {"loss": "log_loss"}),
        ("multiclass", "sklearn.discriminant_analysis.LinearDiscriminantAnalysis", {}),
        ("binary", "sklearn.neural_network.MLPClassifier", {"max_iter": 20}),
        ("multiclass", "sklearn.neural_network.MLPClassifier", {"max_iter": 20}),
        ("binary", "sklearn.tree.DecisionTreeClassifier", {}),
        ("binary", FORESTS + "RandomForestClassifier", {"n_estimators": 10}),
        ("multiclass", FORESTS + "ExtraTreesClassifier", {"n_estimators": 5}),
        ("binary", FORESTS + "GradientBoostingClassifier", {"n_estimators": 20}),
        ("binary", FORESTS + "GradientBoostingClassifier", {"loss": "exponential"}),
        ("multiclass", FORESTS + "GradientBoostingClassifier", {"n_estimators": 10}),
        ("binary", FORESTS + "HistGradientBoostingClassifier", {"max_iter": 20}),
        ("multiclass", FORESTS + "HistGradientBoostingClassifier", {"max_iter": 10}),
        ("regression", LINEAR + "Ridge", {}),
        ("regression", LINEAR + "PoissonRegressor", {}),
        ("regression", "sklearn.neural_network.MLPRegressor", {"max_iter": 20}),
        ("regression", FORESTS + "RandomForestRegressor", {"n_estimators": 5}),
        ("regression", FORESTS + "GradientBoostingRegressor", {"n_estimators": 20}),
        ("regression", FORESTS + "HistGradientBoostingRegressor", {"loss": "poisson"}),
    ],
    ids=str,
)
def test_estimators_of_scikit_learn_answer_exactly(task, model, params):
    found = proof(task, model, params)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12
    assert found.rows > 600


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("binary", "sklearn.naive_bayes.GaussianNB"),
        ("regression", "sklearn.svm.SVR"),
    ],
)
def test_other_estimators_pass_by_conversion(task, model):
    assert proof(task, model).passed


def test_a_conversion_that_answers_something_else_fails():
    found = proof("regression", "sklearn.neighbors.KNeighborsRegressor")

    assert not found.passed
    assert found.worst_rows


RECIPES = """
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PowerTransformer


def known_steps():
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", drop="if_binary"), ["origin", "carrier: code"]),
        (make_pipeline(SimpleImputer(strategy="mean"), MinMaxScaler()), ["x", "nan"]),
        ("passthrough", ["late"]),
    )
    return make_pipeline(columns, LogisticRegression())


def converted_steps():
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), PowerTransformer()), ["x", "nan"])
    )
    return make_pipeline(columns, LogisticRegression())


def tuned():
    return TunedThresholdClassifierCV(LogisticRegression())


def isotonic():
    return CalibratedClassifierCV(GaussianNB(), method="isotonic")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "recipes.py").write_text(RECIPES)
    return tmp_path


def test_a_users_pipeline_of_known_steps_answers_exactly(project):
    assert proof("binary", "recipes:known_steps", project_dir=project).max_abs_diff < 1e-14


def test_a_users_pipeline_of_other_steps_is_converted(project):
    assert proof("binary", "recipes:converted_steps", project_dir=project).rows > 600


@pytest.mark.parametrize("name", ["tuned", "isotonic"])
def test_what_is_known_to_be_converted_wrongly_is_refused(project, name):
    with pytest.raises(ExportRefused, match="would be converted to ONNX wrongly"):
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


def test_a_split_that_divides_nan_from_numbers_sends_infinity_with_the_numbers():
    rng = np.random.default_rng(0)
    holes = np.where(rng.random(500) < 0.3, np.nan, rng.normal(size=500))
    train = replace(rows("binary", 500), features={"x": holes}, target=np.isnan(holes))
    fitted = fit("binary", LIGHTGBM["binary"], {"n_estimators": 3}, train=train, test=train)

    session = Session(exporting.export(fitted.model, fitted.signature), fitted.signature)
    asked = {"x": np.array([np.inf, 1e305, -np.inf, np.nan])}
    assert np.inf in boosters.thresholds(fitted.model)["x"]
    assert session.scores(asked) == pytest.approx(fitted.model.scores(asked), abs=1e-14)


def test_thresholds_are_values_of_number_columns():
    fitted = fit("binary", LIGHTGBM["binary"])

    found = boosters.thresholds(fitted.model)
    assert "nan" in found
    assert not {"origin", "carrier: code"} & set(found)
