"""scikit-learn's linear models and neural networks as exact ONNX nodes in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model as lm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neural_network import MLPClassifier, MLPRegressor

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.graphs import probabilities_of_two

_ACTIVATIONS = {"logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}


def _linear(emission: Emission, estimator: Any, features: str) -> str:
    weights = np.atleast_2d(np.asarray(estimator.coef_, np.float64)).T
    product = emission.graph.node("MatMul", features, emission.graph.constant(weights))
    offset = np.asarray(estimator.intercept_, np.float64).reshape(-1)
    return emission.graph.node("Add", product, emission.graph.constant(offset))


def _logistic(emission: Emission, estimator: Any, features: str) -> str:
    decision = _linear(emission, estimator, features)
    if len(estimator.classes_) > 2:
        return emission.graph.node("Softmax", decision, axis=1)
    return probabilities_of_two(emission.graph, emission.graph.node("Sigmoid", decision))


def _sgd(emission: Emission, estimator: Any, features: str) -> str:
    # With more classes its probabilities are those of one against the rest, normalised.
    if estimator.loss != "log_loss" or len(estimator.classes_) > 2:
        raise Unsupported
    return _logistic(emission, estimator, features)


def _log_link(emission: Emission, estimator: Any, features: str) -> str:
    return emission.graph.node("Exp", _linear(emission, estimator, features))


def _network(emission: Emission, estimator: Any, features: str) -> str:
    value = features
    for layer, (weights, offset) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        if layer and estimator.activation in _ACTIVATIONS:
            value = emission.graph.node(_ACTIVATIONS[estimator.activation], value)
        value = emission.graph.node(
            "MatMul", value, emission.graph.constant(np.asarray(weights, np.float64))
        )
        value = emission.graph.node(
            "Add", value, emission.graph.constant(np.asarray(offset, np.float64))
        )
    if estimator.out_activation_ == "softmax":
        return emission.graph.node("Softmax", value, axis=1)
    if estimator.out_activation_ == "logistic":
        return probabilities_of_two(emission.graph, emission.graph.node("Sigmoid", value))
    return value


SCORES: dict[type, Emit] = {
    lm.LogisticRegression: _logistic,
    lm.LogisticRegressionCV: _logistic,
    LinearDiscriminantAnalysis: _logistic,
    lm.SGDClassifier: _sgd,
    MLPClassifier: _network,
    MLPRegressor: _network,
    lm.PoissonRegressor: _log_link,
    lm.GammaRegressor: _log_link,
} | dict.fromkeys(
    (
        lm.LinearRegression,
        lm.Ridge,
        lm.RidgeCV,
        lm.Lasso,
        lm.LassoCV,
        lm.ElasticNet,
        lm.ElasticNetCV,
        lm.BayesianRidge,
        lm.HuberRegressor,
        lm.SGDRegressor,
    ),
    _linear,
)
