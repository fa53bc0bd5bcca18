"""scikit-learn's bins, quantiles and splines: what a number becomes by the interval it lies in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.preprocessing import KBinsDiscretizer, QuantileTransformer, SplineTransformer

from workbench.engines.export import maths
from workbench.engines.export.emission import Block, Emission, Transform
from workbench.engines.export.steps import interpolated, looked_up, positions
from workbench.engines.export.tensors import Tensor, side_by_side

_NEAR_BOUND = 1e-7
"""How near to the least or largest quantile scikit-learn takes a number for it."""


def quantile_shares(matrix: Tensor, step: QuantileTransformer) -> Tensor:
    """What a fitted QuantileTransformer makes of numbers, (n, columns)."""
    knots = list(np.asarray(step.quantiles_, np.float64).T)
    shares = [np.asarray(step.references_, np.float64)] * len(knots)
    ascending = interpolated(matrix, knots, shares)
    descending = interpolated(
        -matrix, [-one[::-1] for one in knots], [-one[::-1] for one in shares]
    )
    middle = (ascending - descending) * 0.5
    lows, highs = np.array([one[0] for one in knots]), np.array([one[-1] for one in knots])
    if step.output_distribution == "uniform":
        raised = matrix.equals(highs).where(1.0, middle)
        return matrix.equals(lows).where(0.0, raised)
    raised = (matrix + _NEAR_BOUND > highs).where(1.0, middle)
    lowered = (matrix - _NEAR_BOUND < lows).where(0.0, raised)
    least = _NEAR_BOUND - np.spacing(1)
    bounds = stats.norm.ppf(least), stats.norm.ppf(1 - least)
    inside = maths.normal_quantiles(maths.bounded(lowered, least, 1 - least))
    return maths.bounded(inside, *map(float, bounds))


def _bins(emission: Emission, step: KBinsDiscretizer, block: Block) -> str:
    edges = [np.asarray(one[1:-1], np.float64) for one in step.bin_edges_]
    places = positions(emission.tensor(block), edges, side="right")
    if step.encode == "ordinal":
        return places.double().name
    widths = map(int, step.n_bins_)
    return side_by_side(*(places.column(at).one_hot(width) for at, width in enumerate(widths))).name


def _splines(emission: Emission, step: SplineTransformer, block: Block) -> str:
    matrix = emission.tensor(block)
    is_linear = step.extrapolation == "linear"
    reach = step.degree
    parts = []
    for at, spline in enumerate(step.bsplines_):
        column = matrix.column(at)
        absent = maths.is_nan(column)
        edges = float(spline.t[reach]), float(spline.t[-reach - 1])
        # scikit-learn lets lines reach one base further, and from then on takes knots further inside.
        reach += is_linear and reach <= 1
        safe = absent.where(float(spline.t[spline.k]), column)
        if step.extrapolation in {"constant", "linear"}:
            values = _ending(safe, spline, edges, reach=reach, is_linear=is_linear)
        else:
            values = _going_on(safe, spline, is_periodic=step.extrapolation == "periodic")
        if not step.include_bias:
            values = values.columns(range(spline.c.shape[1] - 1))
        parts.append(absent.where(0.0, values))
    return side_by_side(*parts).name


def _going_on(column: Tensor, spline: Any, *, is_periodic: bool) -> Tensor:
    """All bases; past the last knot the polynomials go on, or begin again."""
    low, high = float(spline.t[spline.k]), float(spline.t[-spline.k - 1])
    if is_periodic and high > low:
        column = maths.remainder(column - low, high - low) + low
    return _pieces(column * 0.0 if is_periodic and high <= low else column, spline)


def _ending(
    column: Tensor, spline: Any, edges: tuple[float, float], *, reach: int, is_linear: bool
) -> Tensor:
    """All bases; past an edge the nearest `reach` of them stay what they are, or go on in a line."""
    low, high = edges
    places = np.arange(spline.c.shape[1])
    beyond = []
    for edge, is_near in ((low, places < reach), (high, places[::-1] < reach)):
        values = np.where(is_near, spline(edge), 0.0)
        slopes = np.where(is_near & is_linear, spline(edge, nu=1), 0.0)
        beyond.append((column - edge) * slopes + values)
    inside = _pieces(maths.bounded(column, low, high), spline)
    return (column < low).where(beyond[0], (column > high).where(beyond[1], inside))


def _pieces(column: Tensor, spline: Any) -> Tensor:
    """All bases of a spline, (n, bases), from the polynomial of the interval each number lies in."""
    starts = _starts(spline)
    places = positions(column, [starts[1:]], side="right")
    rest = column - looked_up(places, [starts])
    flat = places.of("Reshape", np.array([-1]))
    total: Tensor | None = None
    for order in range(spline.k, -1, -1):
        powers = np.asarray(spline(starts, nu=order), np.float64) / math.factorial(order)
        term = flat.constant(powers).of("Gather", flat, axis=0)
        total = term if total is None else total * rest + term
    assert total is not None
    return total


def _starts(spline: Any) -> NDArray[np.float64]:
    """Where the polynomials of a spline begin; those past a knot that repeats at an end are of their own."""
    first, last = spline.k, len(spline.t) - spline.k - 1
    knots = np.unique(spline.t[first : last + 1])
    if spline.t[last - 1] < spline.t[last]:
        knots = knots[:-1]
    if spline.t[first] < spline.t[first + 1]:
        return knots
    return np.concatenate([[np.nextafter(knots[0], -np.inf)], knots])


TRANSFORMS: dict[type[Any], Transform] = {
    KBinsDiscretizer: _bins,
    SplineTransformer: _splines,
}
