"""scikit-learn's naive Bayes and quadratic discriminant analysis as ONNX nodes in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn import naive_bayes as nb
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from workbench.engines.export import maths
from workbench.engines.export.emission import Emission, Emit
from workbench.engines.export.tensors import Tensor, numbers, side_by_side

Joint = Callable[[Tensor, Any], Tensor]
"""Joint log likelihoods, (n, classes), up to a number a row has in common."""


def _gaussian(features: Tensor, estimator: Any) -> Tensor:
    joint = []
    for prior, mean, variance in zip(
        estimator.class_prior_, estimator.theta_, estimator.var_, strict=True
    ):
        distance = features - mean
        spread = -0.5 * float(np.sum(np.log(2.0 * np.pi * variance)))
        joint.append((spread - (distance * distance / variance).sum() * 0.5) + float(np.log(prior)))
    return side_by_side(*joint)


def _multinomial(features: Tensor, estimator: Any) -> Tensor:
    return features @ numbers(estimator.feature_log_prob_).T + numbers(estimator.class_log_prior_)


def _complement(features: Tensor, estimator: Any) -> Tensor:
    joint = features @ numbers(estimator.feature_log_prob_).T
    return joint + numbers(estimator.class_log_prior_) if len(estimator.classes_) == 1 else joint


def _bernoulli(features: Tensor, estimator: Any) -> Tensor:
    if estimator.binarize is not None:
        features = (features > float(estimator.binarize)).double()
    present = numbers(estimator.feature_log_prob_)
    absent = numbers(np.log(1 - np.exp(present)))
    joint = features @ (present - absent).T
    return joint + numbers(estimator.class_log_prior_ + absent.sum(axis=1))


def _categorical(features: Tensor, estimator: Any) -> Tensor:
    joint: Tensor | None = None
    for at, table in enumerate(estimator.feature_log_prob_):
        # The model has no answer for codes outside the table, so that any answer will do.
        codes = features.columns([at]).of("Clip", 0.0, float(table.shape[1] - 1))
        flat = codes.of("Cast", to=TensorProto.INT64).of("Reshape", np.array([-1]))
        found = flat.constant(table.T).of("Gather", flat, axis=0)
        joint = found if joint is None else joint + found
    assert joint is not None
    return joint + numbers(estimator.class_log_prior_)


def _quadratic(features: Tensor, estimator: Any) -> Tensor:
    joint = []
    for mean, rotation, scaling, prior in zip(
        estimator.means_,
        estimator.rotations_,
        estimator.scalings_,
        estimator.priors_,
        strict=True,
    ):
        turned = (features - mean) @ (rotation * scaling**-0.5)
        joint.append(((turned * turned).sum() + np.sum(np.log(scaling))) * -0.5 + np.log(prior))
    return side_by_side(*joint)


def _probabilities(joint: Joint) -> Emit:
    def emit(emission: Emission, estimator: Any, features: str) -> str:
        return _normalised(joint(emission.tensor(features), estimator)).name

    return emit


def _normalised(joint: Tensor) -> Tensor:
    """exp(joint - log(sum(exp(joint)))), in the steps in which scipy takes them."""
    largest = joint.max()
    is_largest = joint.equals(largest)
    count = is_largest.double().sum()
    others = is_largest.where(0.0, (joint - largest).of("Exp")).sum() / count
    return (joint - (maths.log1p(others) + count.of("Log") + largest)).of("Exp")


def _labels(joint: Joint) -> Emit:
    def emit(emission: Emission, estimator: Any, features: str) -> str:
        return joint(emission.tensor(features), estimator).argmax().name

    return emit


def _quadratic_shares(emission: Emission, estimator: Any, features: str) -> str:
    return _quadratic(emission.tensor(features), estimator).softmax().name


def _difference(emission: Emission, estimator: Any, features: str) -> str:
    joint = _quadratic(emission.tensor(features), estimator)
    return (joint.column(1) - joint.column(0) if len(estimator.classes_) == 2 else joint).name


_JOINTS: dict[type, Joint] = {
    nb.GaussianNB: _gaussian,
    nb.MultinomialNB: _multinomial,
    nb.ComplementNB: _complement,
    nb.BernoulliNB: _bernoulli,
    nb.CategoricalNB: _categorical,
    QuadraticDiscriminantAnalysis: _quadratic,
}
SCORES: dict[type, Emit] = {
    **{kind: _probabilities(joint) for kind, joint in _JOINTS.items()},
    QuadraticDiscriminantAnalysis: _quadratic_shares,
}
DECISIONS: dict[type, Emit] = {QuadraticDiscriminantAnalysis: _difference}
LABELS: dict[type, Emit] = {kind: _labels(joint) for kind, joint in _JOINTS.items()}
