"""Functions of numpy and scipy that a FunctionTransformer may apply, in double."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
from scipy import special
from sklearn.preprocessing import FunctionTransformer

from workbench.engines.export import maths
from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.tensors import Tensor, side_by_side
from workbench.engines.moments import PARTS, MomentParts

Function = Callable[..., Tensor]


def _node(kind: str) -> Function:
    return lambda value: value.of(kind)


def _clip(
    value: Tensor,
    a_min: float | None = None,
    a_max: float | None = None,
    *,
    min: float | None = None,  # noqa: A002 - numpy's names
    max: float | None = None,  # noqa: A002
) -> Tensor:
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    if low is not None:
        value = (value < np.float64(low)).where(np.float64(low), value)
    if high is not None:
        value = (value > np.float64(high)).where(np.float64(high), value)
    return value


def _nan_to_num(
    value: Tensor,
    copy: bool = True,  # noqa: FBT001, FBT002, ARG001 - numpy's own arguments
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    ends = np.finfo(np.float64)
    high = np.float64(ends.max if posinf is None else posinf)
    low = np.float64(ends.min if neginf is None else neginf)
    value = maths.is_nan(value).where(np.float64(nan), value)
    value = value.equals(np.inf).where(high, value)
    return value.equals(-np.inf).where(low, value)


def _round(value: Tensor, decimals: int = 0) -> Tensor:
    if decimals == 0:
        return value.of("Round")
    factor = 10.0 ** abs(decimals)
    if decimals > 0:
        return (value * factor).of("Round") / factor
    return (value / factor).of("Round") * factor


def _sign(value: Tensor) -> Tensor:
    return maths.is_nan(value).where(value, value.of("Sign"))


def _truncated(value: Tensor) -> Tensor:
    return (value < 0.0).where(value.of("Ceil"), value.of("Floor"))


def _logit(value: Tensor) -> Tensor:
    return (value / (1.0 - value)).of("Log")


def _cube_root(value: Tensor) -> Tensor:
    size = value.of("Abs")
    root = (size.equals(0.0).where(1.0, size).of("Log") / 3.0).of("Exp")
    # One step of Newton's method gives the digits that the logarithm lost.
    root = root - (root - size / (root * root)) / 3.0
    return size.equals(0.0).where(value, (value < 0.0).where(-root, root))


def _is_infinite(value: Tensor) -> Tensor:
    return value.of("IsInf").double()


def _is_finite(value: Tensor) -> Tensor:
    return 1.0 - value.of("IsInf").of("Or", maths.is_nan(value)).double()


FUNCTIONS: dict[Any, Function] = {
    np.log: _node("Log"),
    np.log1p: maths.log1p,
    np.log2: lambda value: value.of("Log") / np.log(2.0),
    np.log10: lambda value: value.of("Log") / np.log(10.0),
    np.sqrt: _node("Sqrt"),
    np.cbrt: _cube_root,
    np.square: lambda value: value * value,
    np.reciprocal: lambda value: 1.0 / value,
    np.exp: _node("Exp"),
    np.exp2: lambda value: value.constant(2.0).of("Pow", value),
    np.expm1: maths.expm1,
    np.abs: _node("Abs"),
    np.fabs: _node("Abs"),
    np.negative: _node("Neg"),
    np.positive: lambda value: value,
    np.sign: _sign,
    np.sin: _node("Sin"),
    np.cos: _node("Cos"),
    np.tan: lambda value: value.of("Sin") / value.of("Cos"),
    np.tanh: _node("Tanh"),
    np.sinh: maths.hyperbolic_sine,
    np.cosh: maths.hyperbolic_cosine,
    np.deg2rad: lambda value: value * (np.pi / 180.0),
    np.radians: lambda value: value * (np.pi / 180.0),
    np.rad2deg: lambda value: value * (180.0 / np.pi),
    np.degrees: lambda value: value * (180.0 / np.pi),
    np.floor: _node("Floor"),
    np.ceil: _node("Ceil"),
    np.rint: _node("Round"),
    np.round: _round,
    np.around: _round,
    np.trunc: _truncated,
    np.clip: _clip,
    np.nan_to_num: _nan_to_num,
    np.isnan: lambda value: maths.is_nan(value).double(),
    np.isinf: _is_infinite,
    np.isfinite: _is_finite,
    np.asarray: lambda value: value,
    np.array: lambda value: value,
    special.expit: Tensor.sigmoid,
    special.logit: _logit,
}
"""What each function becomes; those of numpy that round are as numpy rounds, half to even."""


def _function(emission: Emission, step: FunctionTransformer, block: Block) -> Block | str:
    if step.func is None:
        return block
    return applied(step.func, step.kw_args or {}, emission.tensor(block)).name


def applied(function: Any, arguments: Mapping[str, Any], value: Tensor) -> Tensor:
    """What a function of numpy or scipy makes of `value`.

    Raises:
        Unsupported: It is another one, or its arguments are not known.
    """
    known = FUNCTIONS.get(function) if isinstance(function, Hashable) else None
    name = getattr(function, "__name__", str(function))
    if known is None:
        raise Unsupported(f"of functions of one's own such as {name} nothing is known")
    try:
        return known(value, **arguments)
    except TypeError as error:
        given = ", ".join(arguments)
        raise Unsupported(f"{name} with {given} is not known") from error


def _moment_parts(emission: Emission, step: MomentParts, block: Block) -> str:
    matrix = emission.tensor(block)
    columns = [matrix.column(at) for at in range(step.n_features_in_)]
    return side_by_side(
        *(PARTS[part](column, _node("Floor")) for column in columns for part in step.parts)
    ).name


TRANSFORMS: dict[type[Any], Transform] = {
    FunctionTransformer: _function,
    MomentParts: _moment_parts,
}
