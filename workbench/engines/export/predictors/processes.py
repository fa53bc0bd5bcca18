"""scikit-learn's Gaussian processes, kernel ridge and label spreading as ONNX nodes in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from scipy.linalg import solve
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process._gpc import (
    COEFS,
    LAMBDAS,
    _BinaryGaussianProcessClassifierLaplace,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.errorfunctions import erf
from workbench.engines.export.nearness import covariances, kernels
from workbench.engines.export.nearness.neighbourhoods import nearest, search
from workbench.engines.export.tensors import Tensor, numbers, side_by_side

MAX_POINTS = 4000
"""Training rows above which a classifier's table, rows times rows, is too large for a graph."""


def _ridge(emission: Emission, estimator: KernelRidge, features: str) -> str:
    points = numbers(estimator.X_fit_)
    weights = numbers(estimator.dual_coef_).reshape(len(points), -1)
    if callable(estimator.kernel):
        raise Unsupported("its kernel is a function")
    rows = emission.tensor(features)
    if estimator.kernel == "linear":
        return (rows @ (points.T @ weights)).name
    settings = kernels.Settings(
        gamma=estimator.gamma, degree=estimator.degree, coef0=estimator.coef0
    )
    return kernels.in_chunks(
        rows,
        points,
        lambda chunk: kernels.named(chunk, points, estimator.kernel, settings) @ weights,
    ).name


def _regression(emission: Emission, estimator: GaussianProcessRegressor, features: str) -> str:
    points = numbers(estimator.X_train_)
    weights = numbers(estimator.alpha_).reshape(len(points), -1)
    mean = kernels.in_chunks(
        emission.tensor(features),
        points,
        lambda chunk: covariances.process(chunk, points, estimator.kernel_) @ weights,
    )
    # scikit-learn keeps the scale of the target in private places, and nowhere else.
    spread, middle = estimator._y_train_std, estimator._y_train_mean  # noqa: SLF001
    return (mean * numbers(spread) + numbers(middle)).name


def _classification(emission: Emission, estimator: Any, features: str) -> str:
    if estimator.n_classes_ > 2 and estimator.multi_class == "one_vs_one":
        raise Unsupported("one against one, it gives no probabilities")
    return emission.scores(estimator.base_estimator_, features)


def _classification_labels(emission: Emission, estimator: Any, features: str) -> str:
    return emission.labels(estimator.base_estimator_, features)


def _of_two(emission: Emission, estimator: Any, features: str) -> str:
    points = numbers(estimator.X_train_)
    if len(points) > MAX_POINTS:
        raise Unsupported(f"it has {len(points)} training rows, and at most {MAX_POINTS} fit")
    slopes = numbers(estimator.y_train_ - estimator.pi_).reshape(-1, 1)
    table = numbers(solve(estimator.L_, np.diag(estimator.W_sr_)).T)

    def latent(chunk: Tensor) -> Tensor:
        kernel = covariances.process(chunk, points, estimator.kernel_)
        explained = kernel @ table
        left = covariances.variance(chunk, estimator.kernel_) - (explained * explained).sum()
        return side_by_side(kernel @ slopes, left)

    found = kernels.in_chunks(emission.tensor(features), points, latent)
    return _squashed(found.column(0), found.column(1)).of_two().name


def _squashed(mean: Tensor, variance: Tensor) -> Tensor:
    """The mean of a logistic curve over a normal variable, as five error functions.

    Source: Williams and Barber, Bayesian Classification with Gaussian Processes (1998), appendix A.
    """
    alpha = 1.0 / (variance * 2.0)
    ratio = alpha / (alpha + numbers(LAMBDAS**2).reshape(1, -1))
    curves = erf(mean * numbers(LAMBDAS).reshape(1, -1) * ratio.of("Sqrt"))
    scale = (float(np.pi) / alpha).of("Sqrt")
    integrals = scale * curves / ((variance * 2.0 * float(np.pi)).of("Sqrt") * 2.0)
    return (integrals * numbers(COEFS).reshape(1, -1)).sum() + 0.5 * float(COEFS.sum())


def _of_two_labels(emission: Emission, estimator: Any, features: str) -> str:
    points = numbers(estimator.X_train_)
    slopes = numbers(estimator.y_train_ - estimator.pi_).reshape(-1, 1)
    mean = kernels.in_chunks(
        emission.tensor(features),
        points,
        lambda chunk: covariances.process(chunk, points, estimator.kernel_) @ slopes,
    )
    return (mean > 0.0).of("Cast", to=TensorProto.INT64).name


def _spread_labels(emission: Emission, estimator: Any, features: str) -> str:
    points = numbers(estimator.X_)
    shares = numbers(estimator.label_distributions_)
    rows = emission.tensor(features)
    if estimator.kernel == "knn":
        found = search(estimator.nn_fit)
        chosen = nearest(rows, found, int(estimator.n_neighbors)).places
        weights = chosen.constant(shares).of("Gather", chosen, axis=0)
        total = weights.of("ReduceSum", np.array([1]), keepdims=0)
    elif estimator.kernel == "rbf":
        settings = kernels.Settings(gamma=estimator.gamma)
        total = kernels.in_chunks(
            rows, points, lambda chunk: kernels.named(chunk, points, "rbf", settings) @ shares
        )
    else:
        raise Unsupported("its kernel is a function")
    return (total / total.sum()).name


SCORES: dict[type, Emit] = {
    KernelRidge: _ridge,
    GaussianProcessRegressor: _regression,
    GaussianProcessClassifier: _classification,
    _BinaryGaussianProcessClassifierLaplace: _of_two,
    LabelPropagation: _spread_labels,
    LabelSpreading: _spread_labels,
}
LABELS: dict[type, Emit] = {
    GaussianProcessClassifier: _classification_labels,
    _BinaryGaussianProcessClassifierLaplace: _of_two_labels,
}
