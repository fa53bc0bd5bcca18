"""scikit-learn's support vector machines over kernels as ONNX nodes in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.nearness import distances, kernels
from workbench.engines.export.predictors.coupling import coupled
from workbench.engines.export.predictors.votes import duels, total
from workbench.engines.export.tensors import Numbers, Tensor, numbers, side_by_side

_LEAST = 1e-7
"""What libsvm takes for the smallest probability of a pair."""
_DIGITS_LOST = 1e-10
"""How much quick distances may change a sum over support vectors."""


def _regression(emission: Emission, estimator: Any, features: str) -> str:
    weights = numbers(estimator.dual_coef_).T
    return (_sums(emission, estimator, features, weights) + _offset(estimator)).name


def _pairs(emission: Emission, estimator: Any, features: str) -> Tensor:
    """The decision of each pair of classes, (n, pairs), above 0 for its first one."""
    # Of two classes, the public attributes have another sign than libsvm's own.
    weights = _pair_weights(numbers(estimator._dual_coef_), estimator._n_support)  # noqa: SLF001
    return _sums(emission, estimator, features, weights) + _offset(estimator)


def _pair_weights(dual: Numbers, counts: Any) -> Numbers:
    """Of each support vector in each pair's decision, (vectors, pairs)."""
    classes = len(counts)
    ends = np.cumsum(counts)
    spans = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    columns = []
    for one in range(classes):
        for other in range(one + 1, classes):
            column = np.zeros(dual.shape[1])
            column[spans[one]] = dual[other - 1, spans[one]]
            column[spans[other]] = dual[one, spans[other]]
            columns.append(column)
    return np.stack(columns, axis=1)


def _sums(emission: Emission, estimator: Any, features: str, weights: Numbers) -> Tensor:
    """Kernels with all support vectors, weighted, (n, columns of weights)."""
    points = numbers(estimator.support_vectors_)
    if not isinstance(estimator.kernel, str):
        raise Unsupported("its kernel function is not known")
    rows = emission.tensor(features)
    if estimator.kernel == "linear":
        return rows @ (points.T @ weights)
    return kernels.in_chunks(
        rows, points, lambda chunk: _kernel(chunk, points, estimator, weights) @ weights
    )


def _kernel(rows: Tensor, points: Numbers, estimator: Any, weights: Numbers) -> Tensor:
    # scikit-learn keeps the gamma it found in a private place, and nowhere else.
    gamma = float(estimator._gamma)  # noqa: SLF001
    if estimator.kernel == "rbf":
        return (_squared(rows, points, gamma, weights) * -gamma).of("Exp")
    if estimator.kernel == "poly":
        base = (rows @ points.T) * gamma + float(estimator.coef0)
        return _whole_power(base, int(estimator.degree))
    if estimator.kernel == "sigmoid":
        return ((rows @ points.T) * gamma + float(estimator.coef0)).of("Tanh")
    raise Unsupported(f"its kernel {estimator.kernel} is not known")


def _squared(rows: Tensor, points: Numbers, gamma: float, weights: Numbers) -> Tensor:
    """Squared distances: the quick way around their middle where it loses no digits that matter."""
    middle = points.mean(axis=0)
    centred = points - middle
    reach = gamma * float((centred * centred).sum(axis=1).max())
    lost = (1 + reach) * float(np.abs(weights).sum(axis=0).max()) * np.finfo(float).eps
    if lost < _DIGITS_LOST:
        return distances.squared_by_products(rows - middle, centred)
    return distances.squared(rows, points)


def _whole_power(base: Tensor, degree: int) -> Tensor:
    result: Tensor | None = None
    while degree > 0:
        if degree % 2:
            result = base if result is None else result * base
        degree //= 2
        base = base * base if degree else base
    return base * 0.0 + 1.0 if result is None else result


def _scores(emission: Emission, estimator: Any, features: str) -> str:
    """Probabilities as libsvm finds them: a curve for each pair of classes, then coupled."""
    pairs = _pairs(emission, estimator, features)
    # The public attributes warn that they will be gone.
    slopes, offsets = estimator._probA, estimator._probB  # noqa: SLF001
    curves = (-(pairs * np.asarray(slopes) + np.asarray(offsets))).sigmoid()
    return coupled(curves.of("Clip", _LEAST, 1 - _LEAST), len(estimator.classes_)).name


def _labels(emission: Emission, estimator: Any, features: str) -> str:
    pairs = _pairs(emission, estimator, features)
    classes = len(estimator.classes_)
    if classes == 2:
        return (pairs <= 0.0).of("Cast", to=TensorProto.INT64).name
    if estimator.break_ties and estimator.decision_function_shape == "ovr":
        return _against_the_rest(pairs, classes).argmax().name
    return _votes(pairs, classes).argmax().name


def _votes(pairs: Tensor, classes: int) -> Tensor:
    won: list[list[Tensor]] = [[] for _ in range(classes)]
    is_first = (pairs > 0.0).double()
    at = 0
    for one in range(classes):
        for other in range(one + 1, classes):
            won[one].append(is_first.column(at))
            won[other].append(1.0 - is_first.column(at))
            at += 1
    return side_by_side(*map(total, won))


def _against_the_rest(pairs: Tensor, classes: int) -> Tensor:
    is_second, sureness = (pairs < 0.0).double(), -pairs
    count = classes * (classes - 1) // 2
    return duels(
        [is_second.column(at) for at in range(count)],
        [sureness.column(at) for at in range(count)],
        classes,
    )


def _decisions(emission: Emission, estimator: Any, features: str) -> str:
    pairs = _pairs(emission, estimator, features)
    classes = len(estimator.classes_)
    if classes == 2:
        return (-pairs).name
    is_ovr = estimator.decision_function_shape == "ovr"
    return (_against_the_rest(pairs, classes) if is_ovr else pairs).name


def _offset(estimator: Any) -> Numbers:
    return numbers(estimator._intercept_).reshape(-1)


SCORES: dict[type, Emit] = {SVC: _scores, NuSVC: _scores, SVR: _regression, NuSVR: _regression}
DECISIONS: dict[type, Emit] = {SVC: _decisions, NuSVC: _decisions}
LABELS: dict[type, Emit] = {SVC: _labels, NuSVC: _labels}
