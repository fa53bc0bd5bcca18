from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn import cross_decomposition as pls
from sklearn import linear_model as lm
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from tests.engines.export.proofs import TASKS, as_table, deprecated, fitted, proof, scaled
from tests.engines.synthetic import rows
from workbench.core.columns import typed
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session

CLASSIFIERS = [
    lm.LogisticRegression(),
    lm.Perceptron(),
    deprecated(lm.PassiveAggressiveClassifier),
    lm.RidgeClassifier(),
    lm.RidgeClassifierCV(),
    LinearSVC(),
    LinearDiscriminantAnalysis(),
    QuadraticDiscriminantAnalysis(reg_param=0.1),
    MLPClassifier(max_iter=5),
]
REGRESSORS = [
    lm.ARDRegression(),
    lm.BayesianRidge(),
    lm.ElasticNet(),
    lm.HuberRegressor(),
    lm.Lars(),
    lm.LassoLarsIC(),
    lm.LinearRegression(),
    lm.OrthogonalMatchingPursuit(),
    deprecated(lm.PassiveAggressiveRegressor),
    lm.QuantileRegressor(alpha=0.01),
    lm.RidgeCV(),
    lm.SGDRegressor(),
    lm.TheilSenRegressor(max_subpopulation=50),
    lm.RANSACRegressor(lm.Ridge(), min_samples=0.5),
    LinearSVR(),
    MLPRegressor(max_iter=5, activation="tanh"),
    MLPRegressor(max_iter=5, loss="poisson"),
    pls.PLSRegression(),
    pls.PLSCanonical(n_components=1),
    pls.CCA(n_components=1),
]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda one: type(one).__name__)
def test_linear_classifiers_answer_as_they_do(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "loss", ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"]
)
def test_every_loss_of_gradient_descent_gives_its_own_scores(loss, task):
    found = proof(task, lm.SGDClassifier(loss=loss))

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize("estimator", REGRESSORS, ids=lambda one: type(one).__name__)
def test_linear_regressors_answer_as_they_do(estimator):
    assert proof("regression", estimator).max_abs_diff < 1e-11


@pytest.mark.parametrize("power", [0, 1, 1.5, 2, 3])
@pytest.mark.parametrize("link", ["auto", "identity", "log"])
def test_generalised_linear_models_answer_through_their_link(link, power):
    estimator = lm.TweedieRegressor(power=power, link=link, alpha=10.0)

    assert proof("regression", estimator).max_abs_diff < 1e-11


@pytest.mark.parametrize("estimator", [lm.MultiTaskLasso(alpha=0.1), lm.MultiTaskElasticNet()])
def test_models_of_several_targets_answer_for_one(estimator):
    assert proof("regression", estimator, target=as_table).max_abs_diff < 1e-12


def test_small_probabilities_keep_their_digits():
    model = fitted("binary", lm.LogisticRegression(), before=scaled(StandardScaler(), texts=False))
    session = Session(exporting.export(model, model.signature), model.signature)
    far = rows("binary", 50, seed=3, is_hostile=False).features
    far = typed(model.signature, {**far, "x": np.linspace(-300, 300, 50)})

    answers, natives = session.scores(far), model.scores(far)

    assert 0 < natives.min() < 1e-60
    assert answers == pytest.approx(natives, rel=1e-11, abs=0)


def test_sparse_coefficients_count_like_dense_ones():
    model = fitted("binary", lm.SGDClassifier(loss="log_loss"))
    dense = exporting.export(model, model.signature)
    model.pipeline[-1].sparsify()

    assert sparse.issparse(model.pipeline[-1].coef_)
    assert exporting.export(model, model.signature) == dense
