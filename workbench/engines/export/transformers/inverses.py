"""The way back from what scikit-learn's transformers give, for targets that were transformed."""

from __future__ import annotations

import numpy as np
from sklearn import preprocessing as sp
from sklearn.pipeline import Pipeline

from workbench.engines.export import maths
from workbench.engines.export.emission import Emission, Emit
from workbench.engines.export.errorfunctions import normal_shares
from workbench.engines.export.steps import interpolated
from workbench.engines.export.tensors import Tensor, side_by_side
from workbench.engines.export.transformers.functions import applied

_NEAR_BOUND = 1e-7
"""How near to 0 or 1 scikit-learn takes a share for it."""


def _function(emission: Emission, step: sp.FunctionTransformer, matrix: str) -> str:
    if step.inverse_func is None:
        return matrix
    return applied(step.inverse_func, step.inv_kw_args or {}, emission.tensor(matrix)).name


def _standard(emission: Emission, step: sp.StandardScaler, matrix: str) -> str:
    value = emission.tensor(matrix)
    if step.with_std:
        value = value * np.asarray(step.scale_)
    return (value + np.asarray(step.mean_) if step.with_mean else value).name


def _robust(emission: Emission, step: sp.RobustScaler, matrix: str) -> str:
    value = emission.tensor(matrix)
    if step.with_scaling:
        value = value * np.asarray(step.scale_)
    return (value + np.asarray(step.center_) if step.with_centering else value).name


def _min_max(emission: Emission, step: sp.MinMaxScaler, matrix: str) -> str:
    return ((emission.tensor(matrix) - np.asarray(step.min_)) / np.asarray(step.scale_)).name


def _max_abs(emission: Emission, step: sp.MaxAbsScaler, matrix: str) -> str:
    return (emission.tensor(matrix) * np.asarray(step.scale_)).name


def _power(emission: Emission, step: sp.PowerTransformer, matrix: str) -> str:
    value = emission.tensor(matrix)
    if step.standardize:
        # The scaler behind it is kept in a private place, and nowhere else.
        value = emission.tensor(_standard(emission, step._scaler, matrix))  # noqa: SLF001
    back = _box_cox if step.method == "box-cox" else _yeo_johnson
    return side_by_side(
        *(back(value.column(at), float(power)) for at, power in enumerate(step.lambdas_))
    ).name


def _box_cox(value: Tensor, power: float) -> Tensor:
    if power == 0:
        return value.of("Exp")
    return (maths.log1p(value * power) / power).of("Exp")


def _yeo_johnson(value: Tensor, power: float) -> Tensor:
    is_positive = value >= 0.0
    up, down = is_positive.where(value, 0.0), is_positive.where(0.0, value)
    if abs(power) < np.spacing(1.0):
        raised = up.of("Exp") - 1.0
    else:
        raised = (up * power + 1.0).of("Pow", 1 / power) - 1.0
    if abs(power - 2) > np.spacing(1.0):
        lowered = 1.0 - (down * -(2 - power) + 1.0).of("Pow", 1 / (2 - power))
    else:
        lowered = 1.0 - (-down).of("Exp")
    return is_positive.where(raised, lowered)


def _quantiles(emission: Emission, step: sp.QuantileTransformer, matrix: str) -> str:
    knots = list(np.asarray(step.quantiles_, np.float64).T)
    shares = [np.asarray(step.references_, np.float64)] * len(knots)
    value = emission.tensor(matrix)
    if step.output_distribution == "uniform":
        return interpolated(value, shares, knots).name
    value = normal_shares(value)
    lows, highs = np.array([one[0] for one in knots]), np.array([one[-1] for one in knots])
    found = (value + _NEAR_BOUND > 1.0).where(highs, interpolated(value, shares, knots))
    return (value - _NEAR_BOUND < 0.0).where(lows, found).name


def _steps(emission: Emission, pipeline: Pipeline, matrix: str) -> str:
    for _, step in reversed(pipeline.steps):
        matrix = emission.inverted(step, matrix)
    return matrix


INVERSES: dict[type, Emit] = {
    sp.FunctionTransformer: _function,
    sp.StandardScaler: _standard,
    sp.RobustScaler: _robust,
    sp.MinMaxScaler: _min_max,
    sp.MaxAbsScaler: _max_abs,
    sp.PowerTransformer: _power,
    sp.QuantileTransformer: _quantiles,
    Pipeline: _steps,
}
