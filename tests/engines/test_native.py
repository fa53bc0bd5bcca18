from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import CategoricalNB

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.engines import native
from workbench.errors import TrainingFailed

FOREIGN = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


class Nothing(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[["x"]]


def own_transformer():
    return make_pipeline(Nothing(), LogisticRegression())
"""


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("binary", LIGHTGBM["binary"]),
        ("multiclass", LIGHTGBM["multiclass"]),
        ("regression", LIGHTGBM["regression"]),
        ("binary", "sklearn.linear_model.LogisticRegression"),
        ("multiclass", "sklearn.ensemble.HistGradientBoostingClassifier"),
        ("regression", "sklearn.ensemble.RandomForestRegressor"),
        ("binary", "sklearn.neural_network.MLPClassifier"),
    ],
)
def test_a_stored_model_answers_to_the_last_bit_as_it_did(task, model):
    params = {"max_iter": 20} if "MLP" in model or "Hist" in model else {}
    fitted = fit(task, model, params)
    stored = native.load(native.dump(fitted.model))

    features = rows(task, 400, seed=1, is_hostile=model.startswith("lightgbm")).features
    assert np.array_equal(stored.scores(features), fitted.test_scores)
    assert stored.signature == fitted.signature


def test_trees_are_stored_as_the_same_bytes_every_time():
    one, other = (native.dump(fit("binary", LIGHTGBM["binary"]).model) for _ in range(2))

    assert one == other


def test_a_model_with_code_of_its_own_is_not_kept(tmp_path):
    (tmp_path / "recipes.py").write_text(FOREIGN)
    fitted = fit("binary", "recipes:own_transformer", project_dir=tmp_path)

    with pytest.raises(TrainingFailed, match=r"holds workbench_recipes_\w+\.Nothing"):
        native.dump(fitted.model)


def test_unknown_and_missing_texts_have_no_code():
    fitted = fit("binary", LIGHTGBM["binary"])
    features = rows("binary", 3).features
    features["origin"] = np.array(["JFK", "unknown", ""], object)
    matrix = native.encoded(fitted.signature, features)

    position = fitted.signature.names.index("origin")
    assert matrix[0, position] == 1.0
    assert np.isnan(matrix[1:, position]).all()


ROWS = np.random.default_rng(0).normal(size=(40, 3))
CODES = (ROWS[:, 0] > 0).astype(int)


def test_a_classifier_without_probabilities_scores_one_for_what_it_predicts():
    of_two = RidgeClassifier().fit(ROWS, CODES)
    of_three = RidgeClassifier().fit(ROWS, np.arange(40) % 3)

    assert native.estimator_scores(of_two, ROWS, "binary").tolist() == of_two.predict(ROWS).tolist()
    scores = native.estimator_scores(of_three, ROWS, "multiclass")
    assert scores.argmax(axis=1).tolist() == of_three.predict(ROWS).tolist()
    assert set(scores.ravel().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("kind", [MultiOutputClassifier, ClassifierChain])
def test_estimators_of_several_targets_score_their_only_one(kind):
    single = LogisticRegression().fit(ROWS, CODES)
    several = kind(LogisticRegression()).fit(ROWS, CODES.reshape(-1, 1))

    expected = native.estimator_scores(single, ROWS, "binary")
    assert native.estimator_scores(several, ROWS, "binary") == pytest.approx(expected)


def test_a_category_that_a_model_does_not_know_is_a_value_it_refuses():
    model = CategoricalNB().fit(CODES.reshape(-1, 1), CODES)

    with pytest.raises(ValueError, match="out of bounds"):
        native.estimator_scores(model, np.array([[7]]), "binary")
