"""scikit-learn's scalers, and what else changes each number by itself, in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import preprocessing as pre

from workbench.engines.export import maths
from workbench.engines.export.emission import Block, Emission, Transform
from workbench.engines.export.tensors import Tensor, numbers, side_by_side
from workbench.engines.export.transformers.discretising import quantile_shares

Scale = Callable[[Tensor, Any], Tensor]


def _standard(matrix: Tensor, step: pre.StandardScaler) -> Tensor:
    if step.with_mean and step.mean_ is not None:
        matrix = matrix - step.mean_
    return matrix if step.scale_ is None else matrix / step.scale_


def _min_max(matrix: Tensor, step: pre.MinMaxScaler) -> Tensor:
    scaled = matrix * step.scale_ + step.min_
    return maths.bounded(scaled, *map(float, step.feature_range)) if step.clip else scaled


def _max_abs(matrix: Tensor, step: pre.MaxAbsScaler) -> Tensor:
    scaled = matrix / step.scale_
    return maths.bounded(scaled, -1.0, 1.0) if getattr(step, "clip", False) else scaled


def _robust(matrix: Tensor, step: pre.RobustScaler) -> Tensor:
    if step.with_centering:
        matrix = matrix - step.center_
    return matrix / step.scale_ if step.with_scaling else matrix


def normalised(matrix: Tensor, norm: str) -> Tensor:
    """Each row divided by its length in the `l1`, `l2` or `max` norm; a row of zeros as it is."""
    if norm == "l2":
        length = (matrix * matrix).sum().of("Sqrt")
    else:
        sizes = matrix.of("Abs")
        length = sizes.sum() if norm == "l1" else sizes.max()
    return matrix / length.equals(0.0).where(1.0, length)


def _binarised(matrix: Tensor, step: pre.Binarizer) -> Tensor:
    return (matrix > float(step.threshold)).double()


def _power(matrix: Tensor, step: pre.PowerTransformer) -> Tensor:
    bent = _yeo_johnson if step.method == "yeo-johnson" else _box_cox
    columns = [bent(matrix.column(at), float(power)) for at, power in enumerate(step.lambdas_)]
    joined = side_by_side(*columns)
    # scikit-learn keeps the scaler behind the powers in a private place, and nowhere else.
    return _standard(joined, step._scaler) if step.standardize else joined  # noqa: SLF001


def _box_cox(column: Tensor, power: float) -> Tensor:
    if abs(power) < 1e-19:
        return column.of("Log")
    return maths.expm1(column.of("Log") * power) / power


def _yeo_johnson(column: Tensor, power: float) -> Tensor:
    if np.isnan(power):  # a column without a spread is left as it is
        return column
    is_positive = column >= 0.0
    above = maths.log1p(is_positive.where(column, 0.0))
    below = maths.log1p(is_positive.where(0.0, -column))
    epsilon = np.spacing(1.0)
    if abs(power) >= epsilon:
        above = maths.expm1(above * power) / power
    if abs(power - 2) > epsilon:
        below = maths.expm1(below * (2 - power)) / (2 - power)
    return is_positive.where(above, -below)


def _centred_kernel(matrix: Tensor, step: pre.KernelCenterer) -> Tensor:
    columns = numbers(step.K_fit_rows_)
    means = matrix.sum() / float(len(columns))
    return matrix - columns - means + float(step.K_fit_all_)


def _over_numbers(scale: Scale) -> Transform:
    def _emit(emission: Emission, step: Any, block: Block) -> str:
        return scale(emission.tensor(block), step).name

    return _emit


TRANSFORMS: dict[type[Any], Transform] = {
    kind: _over_numbers(scale)
    for kind, scale in {
        pre.StandardScaler: _standard,
        pre.MinMaxScaler: _min_max,
        pre.MaxAbsScaler: _max_abs,
        pre.RobustScaler: _robust,
        pre.Normalizer: lambda matrix, step: normalised(matrix, step.norm),
        pre.Binarizer: _binarised,
        pre.PowerTransformer: _power,
        pre.QuantileTransformer: quantile_shares,
        pre.KernelCenterer: _centred_kernel,
    }.items()
}
