"""scikit-learn's outlier detectors as exact ONNX nodes in double; their value is what `decision_function` gives.

It is below 0 for an outlier.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import SGDOneClassSVM
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from workbench.engines.export.emission import Emission, Emit
from workbench.engines.export.ensembles import Ensemble
from workbench.engines.export.nearness import kernels
from workbench.engines.export.nearness.neighbourhoods import nearest, search
from workbench.engines.export.tensors import Tensor, numbers
from workbench.engines.export.trees import Nodes, add_tree, grown


def _isolation(emission: Emission, estimator: IsolationForest, features: str) -> str:
    """How deep a row lies on average, in trees that compare float32 numbers."""
    ensemble = Ensemble()
    # scikit-learn keeps how deep its leaves lie, and how many rows a tree saw, in private places only.
    depths = zip(
        estimator._decision_path_lengths,  # noqa: SLF001
        estimator._average_path_length_per_tree,  # noqa: SLF001
        strict=True,
    )
    trees = zip(estimator.estimators_, estimator.estimators_features_, depths, strict=True)
    for member, chosen, (lengths, averages) in trees:
        nodes = grown(member.tree_, np.asarray(lengths + averages - 1.0, np.float64))
        add_tree(ensemble, _over(nodes, chosen), 0)
    rounded = emission.tensor(features).float32()
    total = Tensor(emission.graph, ensemble.emit(emission.graph, rounded.name, targets=1))
    usual = len(estimator.estimators_) * _usual_depth(estimator.max_samples_)
    shares = total / usual if usual else total * 0.0 + 1.0
    scores = -shares.constant(2.0).of("Pow", -shares)
    return (scores - float(estimator.offset_)).name


def _over(nodes: Nodes, chosen: NDArray[np.int64]) -> Nodes:
    """A tree over the columns `chosen` as one over all columns."""
    features = np.where(nodes.features >= 0, np.asarray(chosen)[nodes.features], 0)
    return Nodes(
        features=features,
        thresholds=nodes.thresholds,
        lefts=nodes.lefts,
        rights=nodes.rights,
        missing_left=nodes.missing_left,
        values=nodes.values,
    )


def _usual_depth(rows: int) -> float:
    """The mean depth of a row in a random tree of `rows` rows.

    Source: Liu, Ting, Zhou, Isolation Forest (2008), equation 1.
    """
    if rows <= 2:
        return float(rows == 2)
    return float(2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows)


def _density(emission: Emission, estimator: LocalOutlierFactor, features: str) -> str:
    """How densely the nearest training rows lie, against how densely a row lies among them."""
    count = estimator.n_neighbors_
    near = nearest(emission.tensor(features), search(estimator), count)
    # How far and how densely the training rows themselves lie is kept in private places only.
    reaches = np.asarray(estimator._distances_fit_X_[:, count - 1])
    densities = np.asarray(estimator._lrd)  # noqa: SLF001
    reached = near.distances.of("Max", _looked_up(near.places, reaches))
    density = 1.0 / (reached.sum() / float(count) + 1e-10)
    ratios = _looked_up(near.places, densities) / density
    return (-(ratios.sum() / float(count)) - float(estimator.offset_)).name


def _looked_up(places: Tensor, values: NDArray[np.float64]) -> Tensor:
    return places.constant(values).of("Gather", places, axis=0)


def _one_class(emission: Emission, estimator: OneClassSVM, features: str) -> str:
    settings = kernels.Settings(
        # What gamma stands for is decided in a private place, and nowhere else.
        gamma=float(estimator._gamma),  # noqa: SLF001
        degree=estimator.degree,
        coef0=estimator.coef0,
    )
    kept, weights = numbers(estimator.support_vectors_), numbers(estimator.dual_coef_).T

    def _decided(rows: Tensor) -> Tensor:
        values = kernels.named(rows, kept, estimator.kernel, settings)
        return values @ weights + numbers(estimator.intercept_)

    return kernels.in_chunks(emission.tensor(features), kept, _decided).name


def _elliptic(emission: Emission, estimator: EllipticEnvelope, features: str) -> str:
    centred = emission.tensor(features) - numbers(estimator.location_)
    remoteness = ((centred @ numbers(estimator.get_precision())) * centred).sum()
    return (-remoteness - float(estimator.offset_)).name


def _one_class_linear(emission: Emission, estimator: SGDOneClassSVM, features: str) -> str:
    found = emission.tensor(features) @ numbers(estimator.coef_).reshape(-1, 1)
    return (found - numbers(estimator.offset_)).name


DECISIONS: dict[type[Any], Emit] = {
    IsolationForest: _isolation,
    LocalOutlierFactor: _density,
    OneClassSVM: _one_class,
    EllipticEnvelope: _elliptic,
    SGDOneClassSVM: _one_class_linear,
}
SCORES = DECISIONS
