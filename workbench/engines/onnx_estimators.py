"""scikit-learn's linear models and neural networks as exact ONNX nodes in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import linear_model as lm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neural_network import MLPClassifier, MLPRegressor

from workbench.engines.onnx_graph import Graph, probabilities_of_two

_ACTIVATIONS = {"logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}


def is_known(estimator: Any) -> bool:
    """Whether `emit` has an exact form for a fitted `estimator`."""
    if isinstance(estimator, lm.SGDClassifier):
        # With more classes its probabilities are those of one against the rest, normalised.
        return bool(estimator.loss == "log_loss") and len(estimator.classes_) == 2
    return type(estimator) in _EMITTERS


def emit(graph: Graph, estimator: Any, features: str) -> str:
    """Probabilities (n, classes) or values (n, 1) of a fitted, known `estimator`.

    Args:
        graph: Where its nodes go.
        estimator: The last step of a pipeline.
        features: The name of its input, (n, features), double.
    """
    return _EMITTERS[type(estimator)](graph, estimator, features)


def _linear(graph: Graph, estimator: Any, features: str) -> str:
    weights = np.atleast_2d(np.asarray(estimator.coef_, np.float64)).T
    product = graph.node("MatMul", features, graph.constant(weights))
    offset = np.asarray(estimator.intercept_, np.float64).reshape(-1)
    return graph.node("Add", product, graph.constant(offset))


def _logistic(graph: Graph, estimator: Any, features: str) -> str:
    decision = _linear(graph, estimator, features)
    if len(estimator.classes_) > 2:
        return graph.node("Softmax", decision, axis=1)
    return probabilities_of_two(graph, graph.node("Sigmoid", decision))


def _log_link(graph: Graph, estimator: Any, features: str) -> str:
    return graph.node("Exp", _linear(graph, estimator, features))


def _network(graph: Graph, estimator: Any, features: str) -> str:
    value = features
    for layer, (weights, offset) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        if layer and estimator.activation in _ACTIVATIONS:
            value = graph.node(_ACTIVATIONS[estimator.activation], value)
        value = graph.node("MatMul", value, graph.constant(np.asarray(weights, np.float64)))
        value = graph.node("Add", value, graph.constant(np.asarray(offset, np.float64)))
    if estimator.out_activation_ == "softmax":
        return graph.node("Softmax", value, axis=1)
    if estimator.out_activation_ == "logistic":
        return probabilities_of_two(graph, graph.node("Sigmoid", value))
    return value


_EMITTERS: dict[type, Callable[[Graph, Any, str], str]] = {
    lm.LogisticRegression: _logistic,
    lm.LogisticRegressionCV: _logistic,
    LinearDiscriminantAnalysis: _logistic,
    lm.SGDClassifier: _logistic,
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
