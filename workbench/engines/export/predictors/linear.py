"""scikit-learn's linear models, discriminant analyses and partial least squares as ONNX nodes in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn import cross_decomposition as pls
from sklearn import linear_model as lm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.svm import LinearSVC, LinearSVR

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.tensors import Tensor, numbers


def _linear(emission: Emission, estimator: Any, features: str) -> str:
    return _decision(emission, estimator, features).name


def _labels(emission: Emission, estimator: Any, features: str) -> str:
    decision = _decision(emission, estimator, features)
    if len(estimator.classes_) > 2:
        return decision.argmax().name
    return (decision > 0.0).of("Cast", to=TensorProto.INT64).name


def _softmax(emission: Emission, estimator: Any, features: str) -> str:
    decision = _decision(emission, estimator, features)
    if len(estimator.classes_) > 2:
        return decision.softmax().name
    return decision.sigmoid().of_two().name


def _gradient_descent(emission: Emission, estimator: Any, features: str) -> str:
    decision = _decision(emission, estimator, features)
    if estimator.loss == "log_loss":
        each = decision.sigmoid()
    elif estimator.loss == "modified_huber":
        each = (decision.of("Clip", -1.0, 1.0) + 1.0) / 2.0
    else:
        raise Unsupported(f"its loss {estimator.loss} gives no probabilities")
    return (each.shares() if len(estimator.classes_) > 2 else each.of_two()).name


def _log_link(emission: Emission, estimator: Any, features: str) -> str:
    return _decision(emission, estimator, features).of("Exp").name


def _tweedie(emission: Emission, estimator: Any, features: str) -> str:
    is_log = estimator.link == "log" or (estimator.link == "auto" and estimator.power > 0)
    return (_log_link if is_log else _linear)(emission, estimator, features)


def _consensus(emission: Emission, estimator: Any, features: str) -> str:
    return emission.scores(estimator.estimator_, features)


def _projection(emission: Emission, estimator: Any, features: str) -> str:
    # scikit-learn keeps the means in a private place, and nowhere else.
    centred = emission.tensor(features) - numbers(estimator._x_mean)  # noqa: SLF001
    return _weighted(centred, estimator).name


def _decision(emission: Emission, estimator: Any, features: str) -> Tensor:
    return _weighted(emission.tensor(features), estimator)


def _weighted(features: Tensor, estimator: Any) -> Tensor:
    weights = np.atleast_2d(numbers(estimator.coef_)).T
    return features @ weights + numbers(estimator.intercept_).reshape(-1)


_CLASSIFIERS = (
    lm.LogisticRegression,
    lm.LogisticRegressionCV,
    lm.SGDClassifier,
    lm.Perceptron,
    lm.PassiveAggressiveClassifier,
    lm.RidgeClassifier,
    lm.RidgeClassifierCV,
    LinearSVC,
    LinearDiscriminantAnalysis,
)
_REGRESSORS = (
    lm.ARDRegression,
    lm.BayesianRidge,
    lm.ElasticNet,
    lm.ElasticNetCV,
    lm.HuberRegressor,
    lm.Lars,
    lm.LarsCV,
    lm.Lasso,
    lm.LassoCV,
    lm.LassoLars,
    lm.LassoLarsCV,
    lm.LassoLarsIC,
    lm.LinearRegression,
    lm.MultiTaskElasticNet,
    lm.MultiTaskElasticNetCV,
    lm.MultiTaskLasso,
    lm.MultiTaskLassoCV,
    lm.OrthogonalMatchingPursuit,
    lm.OrthogonalMatchingPursuitCV,
    lm.PassiveAggressiveRegressor,
    lm.QuantileRegressor,
    lm.Ridge,
    lm.RidgeCV,
    lm.SGDRegressor,
    lm.TheilSenRegressor,
    LinearSVR,
)

SCORES: dict[type, Emit] = {
    lm.LogisticRegression: _softmax,
    lm.LogisticRegressionCV: _softmax,
    LinearDiscriminantAnalysis: _softmax,
    lm.SGDClassifier: _gradient_descent,
    lm.PoissonRegressor: _log_link,
    lm.GammaRegressor: _log_link,
    lm.TweedieRegressor: _tweedie,
    lm.RANSACRegressor: _consensus,
    **dict.fromkeys((pls.PLSRegression, pls.PLSCanonical, pls.CCA), _projection),
    **dict.fromkeys(_REGRESSORS, _linear),
}
DECISIONS: dict[type, Emit] = dict.fromkeys(_CLASSIFIERS, _linear)
LABELS: dict[type, Emit] = dict.fromkeys(_CLASSIFIERS, _labels)
