"""Tests of paired differences where rows depend on each other within units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from workbench.core import intervals
from workbench.core.units import Units


def paired_t(differences: NDArray[np.float64], units: Units) -> float:
    """Two-sided p of paired differences having mean 0, their sums over units taken as independent.

    With a unit for each row this is the paired t test. With differences of 1, 0 and -1 between two
    classifiers that are right or wrong it takes the place of McNemar's test.

    Args:
        differences: Of one row each, shape (rows,).
        units: Of these rows.

    Returns:
        NaN for fewer than two units.

    Source: the ratio estimator of Cochran, Sampling Techniques (1977), ch. 9; Liang and Zeger, Biometrika
    73 (1986).
    """
    mean = float(differences.mean()) if differences.size else float("nan")
    return _t(mean, (differences - mean) / differences.size, units)


def delong(
    truth: NDArray[np.int64], a: NDArray[np.float64], b: NDArray[np.float64], units: Units
) -> float:
    """Two-sided p of two sets of scores ranking the same rows equally well.

    DeLong's placements are summed over a unit's rows of both classes, so that what they share is in the
    variance.

    Args:
        truth: 0 or 1, shape (rows,).
        a: Scores, shape (rows,).
        b: Scores of the same rows, shape (rows,).
        units: Of these rows.

    Returns:
        NaN where a class has no rows, or for fewer than two units.

    Source: Obuchowski, Biometrics 53 (1997).
    """
    is_positive = truth == 1
    if is_positive.all() or not is_positive.any():
        return float("nan")
    first, second = intervals.placements(truth, a), intervals.placements(truth, b)
    added = np.empty(truth.size)
    for is_in, one, other in zip((is_positive, ~is_positive), first, second, strict=True):
        gained = other - one
        added[is_in] = (gained - gained.mean()) / gained.size
    difference = float(second[0].mean() - first[0].mean())
    return _t(difference, added, units)


def _t(difference: float, added: NDArray[np.float64], units: Units) -> float:
    """Two-sided p of a difference from what each row adds to it, shape (rows,), in sum 0."""
    if units.count < 2:
        return float("nan")
    of_units = units.sums(added)
    variance = float(np.square(of_units).sum()) * units.count / (units.count - 1)
    if variance == 0.0:
        return 1.0 if difference == 0.0 else 0.0
    return 2.0 * float(special.stdtr(units.count - 1, -abs(difference) / np.sqrt(variance)))
