"""scikit-learn's estimators that look at no feature, as constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.dummy import DummyClassifier, DummyRegressor

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.tensors import repeated


def _shares(emission: Emission, estimator: Any, features: str) -> str:
    classes = np.asarray(estimator.classes_)
    shares: ArrayLike
    if estimator.strategy == "prior":
        shares = estimator.class_prior_
    elif estimator.strategy == "most_frequent":
        shares = np.arange(len(classes)) == np.argmax(estimator.class_prior_)
    elif estimator.strategy == "constant":
        shares = classes == np.asarray(estimator.constant).reshape(-1)[0]
    elif estimator.strategy == "uniform":
        shares = np.full(len(classes), 1 / len(classes))
    else:
        raise Unsupported(f"its strategy {estimator.strategy} answers by chance")
    return repeated(emission.tensor(features), np.asarray(shares, np.float64)).name


def _value(emission: Emission, estimator: Any, features: str) -> str:
    value = np.asarray(estimator.constant_, np.float64).reshape(-1)
    return repeated(emission.tensor(features), value).name


SCORES: dict[type, Emit] = {DummyClassifier: _shares, DummyRegressor: _value}
