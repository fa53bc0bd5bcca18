from __future__ import annotations

import numpy as np
import pytest

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.core.classes import class_codes
from workbench.core.metrics import metric
from workbench.engines import native, training
from workbench.engines.rows import Rows
from workbench.errors import TrainingFailed

LOGISTIC = "sklearn.linear_model.LogisticRegression"


class Cancelled(Exception):
    """What a caller raises to stop a fit."""


@pytest.mark.parametrize(
    "model", [LIGHTGBM["binary"], LOGISTIC, "sklearn.naive_bayes.GaussianNB"], ids=str
)
def test_a_fit_learns_what_the_rows_hold(model):
    test = rows("binary", 400, seed=1, is_hostile=False)
    fitted = fit("binary", model, test=test, train=rows("binary", is_hostile=False))
    truth = class_codes(test.target, fitted.classes)

    assert fitted.classes == ("false", "true")
    assert metric("roc_auc", "binary", truth, fitted.test_scores) > 0.7


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_scores_have_the_shape_of_their_task(task, family):
    linear = "sklearn.linear_model." + ("Ridge" if task == "regression" else "LogisticRegression")
    fitted = fit(task, LIGHTGBM[task] if family == "trees" else linear)

    assert fitted.test_scores.shape == ((400, 3) if task == "multiclass" else (400,))
    assert fitted.test_scores.dtype == np.float64


@pytest.mark.parametrize("model", [LIGHTGBM["binary"], LOGISTIC], ids=["gain", "coefficients"])
def test_importances_are_shares_of_the_input_columns(model):
    fitted = fit("binary", model)
    found = training.insight(fitted, seed=7).importances

    assert set(found) == set(fitted.signature.names)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["nan"] > found["late"]


def test_shuffling_finds_the_columns_that_matter():
    fitted = fit("regression", "sklearn.ensemble.RandomForestRegressor", {"n_estimators": 20})

    found = training.insight(fitted, seed=7).importances
    assert found["nan"] > found["late"]


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (LIGHTGBM["binary"], {"bagging_fraction": 0.5, "bagging_freq": 1}),
        (LOGISTIC, {}),
        ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 5}),
    ],
    ids=["trees", "linear", "forest"],
)
def test_the_same_seed_gives_the_same_scores(model, params):
    once, again = (fit("binary", model, params) for _ in range(2))

    assert np.array_equal(once.test_scores, again.test_scores)


def test_another_seed_gives_other_trees():
    params = {"bagging_fraction": 0.5, "bagging_freq": 1}
    one, other = (fit("binary", LIGHTGBM["binary"], params, seed=seed) for seed in (1, 2))

    assert not np.array_equal(one.test_scores, other.test_scores)


def test_every_tree_is_reported_with_its_metrics():
    steps = []
    fit("binary", LIGHTGBM["binary"], {"n_estimators": 12}, report=steps.append)

    assert [progress.step for progress in steps] == list(range(1, 13))
    assert set(steps[0].metrics) == {"roc_auc", "log_loss"}
    assert steps[-1].metrics["log_loss"] < steps[0].metrics["log_loss"]


def test_a_linear_model_is_watched_in_rounds():
    steps = []
    fit("binary", LOGISTIC, {"max_iter": 50}, report=steps.append)
    rounds = [progress for progress in steps if not progress.message]

    assert 2 <= len(rounds) <= 10
    assert rounds[0].steps == 10


@pytest.mark.parametrize("model", [LIGHTGBM["binary"], LOGISTIC], ids=["trees", "linear"])
def test_the_experiments_own_metric_is_streamed_as_well(model):
    steps = []
    fit("binary", model, report=steps.append, metric="accuracy")

    assert "accuracy" in steps[0].metrics


@pytest.mark.parametrize("model", [LIGHTGBM["binary"], LOGISTIC], ids=["trees", "linear"])
def test_a_report_that_raises_cancels_the_fit(model):
    def cancel(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        fit("binary", model, report=cancel)


def test_early_stopping_keeps_the_best_trees_without_the_test_rows():
    params = {"n_estimators": 300, "learning_rate": 0.3, "early_stopping_rounds": 5}
    fitted = fit("binary", LIGHTGBM["binary"], params)

    assert fitted.model.booster.num_trees() < 300
    assert "best on validation" in fitted.messages[-1]


def test_early_stopping_does_not_look_at_the_test_rows():
    params = {"n_estimators": 300, "learning_rate": 0.3, "early_stopping_rounds": 5}
    one, other = (
        fit("binary", LIGHTGBM["binary"], params, test=rows("binary", seed=seed)) for seed in (1, 2)
    )

    assert one.model.booster.model_to_string() == other.model.booster.model_to_string()


def test_columns_that_teach_nothing_are_left_out_with_a_word():
    train = rows("binary")
    n = len(train.target)
    train.features["empty"] = np.full(n, np.nan)
    train.features["when"] = np.full(n, np.datetime64("2026-01-01"))
    steps = []
    test = rows("binary", seed=1)
    fitted = fit("binary", LIGHTGBM["binary"], train=train, test=test, report=steps.append)

    assert not {"empty", "when"} & set(fitted.signature.names)
    assert fitted.messages == (
        "empty has no value in the training rows: left out.",
        "when is a time; derive numbers from it, or name it under `moments`: left out.",
    )
    assert [progress.message for progress in steps if progress.message] == list(fitted.messages)


def test_a_text_that_names_rows_is_no_category():
    train = rows("binary", 1200)
    train.features["flight_id"] = np.array([f"f{i}" for i in range(1200)], object)
    fitted = fit("binary", LIGHTGBM["binary"], train=train)

    assert "flight_id has 1200 distinct texts" in fitted.messages[0]


def test_rows_without_a_target_teach_nothing():
    train = rows("binary")
    target = np.ma.masked_array(train.target, mask=np.arange(len(train.target)) < 100)
    fitted = fit("binary", LIGHTGBM["binary"], train=Rows(features=train.features, target=target))

    assert fitted.messages == ("100 training rows have no target: left out.",)


def made(features, target) -> Rows:
    return Rows(features=features, target=target)


@pytest.mark.parametrize(
    ("task", "train", "problem"),
    [
        ("binary", made({"x": np.arange(50.0)}, np.ones(50)), "one class only.*'1'"),
        ("binary", made({"x": np.arange(50.0)}, np.arange(50) % 3), "has 3 classes"),
        ("binary", made({"x": np.arange(5.0)}, np.arange(5) % 2), "There are 5 training rows"),
        ("binary", made({"x": np.full(50, np.nan)}, np.arange(50) % 2), "None of 1 columns"),
        ("binary", made({}, np.arange(50) % 2), "None of 0 columns"),
        (
            "regression",
            made({"x": np.arange(50.0)}, np.array(["a"] * 50, object)),
            "a regression needs numbers",
        ),
        ("regression", made({"x": np.arange(50.0)}, np.full(50, np.inf)), "infinite"),
    ],
    ids=["one class", "three", "few rows", "empty column", "no column", "texts", "infinite"],
)
def test_rows_that_cannot_be_learnt_from_are_refused_in_a_sentence(task, train, problem):
    with pytest.raises(TrainingFailed, match=problem) as caught:
        fit(task, LIGHTGBM[task], train=train, test=train)
    assert caught.value.remedy


def test_test_rows_whose_labels_training_never_saw_do_not_count():
    test = rows("multiclass", 100, seed=1)
    target = np.where(np.arange(100) < 50, test.target, "unseen")
    steps = []
    fitted = fit(
        "multiclass",
        LIGHTGBM["multiclass"],
        test=Rows(features=test.features, target=target),
        report=steps.append,
    )

    assert len(fitted.test_scores) == 100
    assert np.isfinite(steps[-1].metrics["log_loss"])


def test_a_model_that_stalls_says_so():
    fitted = fit("binary", LOGISTIC, {"max_iter": 10})

    assert fitted.messages == (
        "LogisticRegression did not converge in 10 iterations; raise max_iter.",
    )


def test_rounds_leave_the_estimators_params_as_they_were_asked():
    fitted = fit("binary", LOGISTIC, {"max_iter": 50})

    assert fitted.model.pipeline[-1].get_params()["max_iter"] == 50
    assert fitted.model.pipeline[-1].get_params()["warm_start"] is False


def test_what_is_scored_is_what_is_stored():
    fitted = fit("binary", LIGHTGBM["binary"], {"early_stopping_rounds": 3})
    stored = native.load(native.dump(fitted.model))

    test = rows("binary", 400, seed=1)
    assert np.array_equal(stored.scores(test.features), fitted.test_scores)


@pytest.mark.parametrize(
    ("task", "params"),
    [
        ("binary", {}),
        ("multiclass", {}),
        ("regression", {}),
        ("regression", {"objective": "poisson"}),
        ("binary", {"zero_as_missing": True}),
        ("binary", {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}),
        ("binary", {"boosting": "dart"}),
    ],
    ids=["binary", "multiclass", "regression", "poisson", "zeros", "rf", "dart"],
)
def test_scores_added_up_while_training_are_those_of_the_model(task, params):
    fitted = fit(task, LIGHTGBM[task], {"n_estimators": 20, **params})
    asked = fitted.model.matrix_scores(fitted.rows.test_matrix)

    assert np.array_equal(fitted.test_scores, asked)


@pytest.mark.parametrize(
    ("model", "encoder"),
    [
        ("sklearn.ensemble.RandomForestClassifier", "OrdinalEncoder"),
        ("sklearn.ensemble.HistGradientBoostingClassifier", "OrdinalEncoder"),
        ("sklearn.tree.DecisionTreeClassifier", "OrdinalEncoder"),
        ("sklearn.linear_model.LogisticRegression", "OneHotEncoder"),
        ("sklearn.naive_bayes.GaussianNB", "OneHotEncoder"),
    ],
)
def test_texts_are_encoded_as_the_estimator_can_use_them(model, encoder):
    columns = fit("binary", model).model.pipeline[0]

    assert type(columns.named_transformers_["texts"]).__name__ == encoder
