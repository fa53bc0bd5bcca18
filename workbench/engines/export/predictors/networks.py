"""scikit-learn's neural networks as ONNX nodes in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.tensors import Tensor

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda value: value,
    "logistic": Tensor.sigmoid,
    "tanh": lambda value: value.of("Tanh"),
    "relu": lambda value: value.of("Relu"),
    "exp": lambda value: value.of("Exp"),
}


def _network(emission: Emission, estimator: Any, features: str) -> str:
    value = emission.tensor(features)
    layers = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    for layer, (weights, offset) in enumerate(layers):
        value = value @ np.asarray(weights, np.float64) + np.asarray(offset, np.float64)
        if layer < len(layers) - 1:
            value = _activated(value, estimator.activation)
    if not isinstance(estimator, MLPClassifier):
        return _activated(value, estimator.out_activation_).name
    if estimator.out_activation_ == "softmax":
        return value.softmax().name
    if len(estimator.classes_) > 2:
        raise Unsupported("it was fitted for several labels at once")
    return value.sigmoid().of_two().name


def _activated(value: Tensor, activation: str) -> Tensor:
    if activation not in _ACTIVATIONS:
        raise Unsupported(f"its activation {activation} is not known")
    return _ACTIVATIONS[activation](value)


SCORES: dict[type, Emit] = {MLPClassifier: _network, MLPRegressor: _network}
