"""scikit-learn's nearest neighbours and nearest centroids as ONNX nodes in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import neighbors as nn

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.nearness import distances
from workbench.engines.export.nearness.neighbourhoods import Nearest, nearest, search, within
from workbench.engines.export.tensors import Numbers, Tensor, numbers, side_by_side


def _classes_of_nearest(emission: Emission, estimator: Any, features: str) -> str:
    _check_one_target(estimator)
    found = search(estimator)
    near = nearest(emission.tensor(features), found, int(estimator.n_neighbors))
    votes = np.eye(len(estimator.classes_))[np.asarray(estimator._y).reshape(-1)]  # noqa: SLF001
    # Added up from the nearest one on, so that equal sums of two classes stay equal.
    weights = _weights(estimator, near).of("Unsqueeze", np.array([1]))
    counted = weights @ _looked_up(near.places, votes)
    return counted.of("Squeeze", np.array([1])).shares().name


def _value_of_nearest(emission: Emission, estimator: Any, features: str) -> str:
    found = search(estimator)
    near = nearest(emission.tensor(features), found, int(estimator.n_neighbors))
    weights = _weights(estimator, near)
    values = _looked_up(near.places, _values(estimator))
    return ((values * weights).sum() / weights.sum()).name


def _weights(estimator: Any, near: Nearest) -> Tensor:
    if estimator.weights == "uniform":
        return near.distances * 0.0 + 1.0
    if estimator.weights != "distance":
        raise Unsupported("its weights are a function")
    return _inverse(near.distances)


def _inverse(away: Tensor) -> Tensor:
    """One over the distance; where some rows are at no distance, only they count."""
    is_here = away.equals(0.0).double()
    return (is_here.sum() > 0.0).where(is_here, 1.0 / away)


def _looked_up(places: Tensor, values: NDArray[np.float64]) -> Tensor:
    return places.constant(values).of("Gather", places, axis=0)


def _classes_within(emission: Emission, estimator: Any, features: str) -> str:
    _check_one_target(estimator)
    found = search(estimator)
    votes = np.eye(len(estimator.classes_))[np.asarray(estimator._y).reshape(-1)]  # noqa: SLF001
    counted = within(
        emission.tensor(features),
        found,
        estimator.radius,
        lambda near, away: _weighted(estimator, near, away) @ votes[found.places],
    )
    total = counted.sum()
    is_lonely = total.equals(0.0)
    return is_lonely.where(_alone(estimator), counted / is_lonely.where(1.0, total)).name


def _alone(estimator: Any) -> NDArray[np.float64]:
    """The probabilities of a row that has no neighbours."""
    if estimator.outlier_label_ is None:
        # The model has no answer for such a row.
        return np.zeros((1, len(estimator.classes_)))
    label = np.asarray(estimator.outlier_label_).reshape(-1)[0]
    return np.asarray(np.asarray(estimator.classes_) == label, np.float64).reshape(1, -1)


def _value_within(emission: Emission, estimator: Any, features: str) -> str:
    found = search(estimator)
    values = _values(estimator)[found.places].reshape(-1, 1)

    def summed(near: Tensor, away: Tensor) -> Tensor:
        weights = _weighted(estimator, near, away)
        return side_by_side(weights @ values, weights.sum())

    sums = within(emission.tensor(features), found, estimator.radius, summed)
    return (sums.column(0) / sums.column(1)).name


def _weighted(estimator: Any, near: Tensor, away: Tensor) -> Tensor:
    if estimator.weights == "uniform":
        return near
    if estimator.weights != "distance":
        raise Unsupported("its weights are a function")
    is_near = near > 0.0
    return is_near.where(_inverse(is_near.where(away, np.inf)), 0.0)


def _values(estimator: Any) -> NDArray[np.float64]:
    values = np.asarray(estimator._y, np.float64)  # noqa: SLF001
    if values.ndim == 2 and values.shape[1] > 1:
        raise Unsupported("it has several targets")
    return values.reshape(-1)


def _check_one_target(estimator: Any) -> None:
    if estimator.outputs_2d_:
        raise Unsupported("it has several targets")


def _centroid_scores(emission: Emission, estimator: Any, features: str) -> str:
    return _discriminants(emission, estimator, features).softmax().name


def _centroid_decisions(emission: Emission, estimator: Any, features: str) -> str:
    scores = _discriminants(emission, estimator, features)
    return (scores.column(1) - scores.column(0) if len(estimator.classes_) == 2 else scores).name


def _centroid_labels(emission: Emission, estimator: Any, features: str) -> str:
    classes = len(estimator.classes_)
    if not np.isclose(estimator.class_prior_, 1 / classes).all():
        return _discriminants(emission, estimator, features).argmax().name
    centroids = np.asarray(estimator.centroids_, np.float64)
    if estimator.metric == "manhattan":
        away = distances.manhattan(emission.tensor(features), centroids)
    else:
        away = distances.squared_by_products(emission.tensor(features), centroids)
    return away.of("ArgMin", axis=1, keepdims=1).name


def _discriminants(emission: Emission, estimator: Any, features: str) -> Tensor:
    spread = np.asarray(estimator.within_class_std_dev_, np.float64)
    scale = np.where(spread == 0, 1.0, spread)
    centroids = np.asarray(estimator.centroids_, np.float64) / scale
    rows = emission.tensor(features) / scale
    measure = distances.manhattan if estimator.metric == "manhattan" else _euclidean
    away = measure(rows, centroids)
    return -(away * away) + numbers(2.0 * np.log(np.asarray(estimator.class_prior_)))


def _euclidean(rows: Tensor, points: Numbers) -> Tensor:
    return distances.squared_by_products(rows, points).of("Sqrt")


SCORES: dict[type, Emit] = {
    nn.KNeighborsClassifier: _classes_of_nearest,
    nn.KNeighborsRegressor: _value_of_nearest,
    nn.RadiusNeighborsClassifier: _classes_within,
    nn.RadiusNeighborsRegressor: _value_within,
    nn.NearestCentroid: _centroid_scores,
}
DECISIONS: dict[type, Emit] = {nn.NearestCentroid: _centroid_decisions}
LABELS: dict[type, Emit] = {nn.NearestCentroid: _centroid_labels}
