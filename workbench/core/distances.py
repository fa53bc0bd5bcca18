"""How far two distributions lie apart, from their counts over the same bins or values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from storage.records import ColumnProfile
from workbench.core import profile as profiles

PSI_FLOOR = 1e-4
"""Least share a bin counts as, so that an empty bin stays finite."""
LEAST_EXPECTED = 5.0
"""Expected rows of a cell below which the chi-square distribution is no longer a fair approximation."""


def ks_distance(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """Kolmogorov-Smirnov distance of two columns at the edges of their common bins.

    Args:
        reference: Rows per bin, shape (bins,).
        current: Rows per bin over the same bins, shape (bins,).

    Returns:
        0 to 1; 0 when a side has no rows.
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0
    return float(np.abs(_gaps(reference, current)).max())


def ks_upper_bound(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """The most that the distance of the rows themselves can be, wherever they lie within their bins.

    Inside a bin one side may have come to its upper end while the other still stands at its lower one, so
    the gap reaches at most the gap before the bin plus the reference's share of it, or minus the current's.
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0
    before = np.append(0.0, _gaps(reference, current)[:-1])
    highest = before + reference / reference.sum()
    lowest = before - current / current.sum()
    return float(min(1.0, np.maximum(highest, -lowest).max()))


def _gaps(reference: NDArray[np.int64], current: NDArray[np.int64]) -> NDArray[np.float64]:
    """Difference of the two distribution functions at each upper edge, shape (bins,)."""
    first = np.cumsum(reference) / reference.sum()
    second = np.cumsum(current) / current.sum()
    gaps: NDArray[np.float64] = first - second
    return gaps


def ks_p_value(distance: float, *, reference_rows: int, rows: int) -> float:
    """Probability of a distance this large when both sides follow one continuous distribution.

    With ties, as in binned or whole-number values, it errs on the careful side. 1 when a side has no rows.

    Source: Stephens, Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without
    extensive tables, J. R. Statist. Soc. B 32 (1970), with n = n1 n2 / (n1 + n2).
    """
    if reference_rows == 0 or rows == 0:
        return 1.0
    root = np.sqrt(reference_rows * rows / (reference_rows + rows))
    return float(special.kolmogorov((root + 0.12 + 0.11 / root) * distance))


def wasserstein(reference: ColumnProfile, current: ColumnProfile) -> float | None:
    """First Wasserstein distance of two numeric columns, in standard deviations of the reference.

    The area between the two distribution functions, each straight within its bins. Of rows beyond the
    reference's range only the farthest is known, so a column that left it whole is measured roughly.

    Returns:
        None when a side has no rows, or when they differ and the reference has no spread to measure by.
    """
    first_ends, first = profiles.distribution(reference)
    second_ends, second = profiles.distribution(current)
    if first_ends.size == 0 or second_ends.size == 0:
        return None
    grid = np.union1d(first_ends, second_ends)
    gaps = np.interp(grid, first_ends, first) - np.interp(grid, second_ends, second)
    with np.errstate(all="ignore"):
        area = float((np.diff(grid) * _mean_heights(gaps)).sum())
        spread = reference.std or 0.0
        in_spreads = np.float64(area) / spread
    if area == 0.0:
        return 0.0
    return float(in_spreads) if np.isfinite(in_spreads) else None


def _mean_heights(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of |gap| between neighbouring ends, where the gap runs straight and may cross zero."""
    left, right = gaps[:-1], gaps[1:]
    both = np.abs(left) + np.abs(right)
    crosses = left * right < 0.0
    divisor = np.where(crosses, both, 1.0)
    heights: NDArray[np.float64] = np.where(crosses, (left**2 + right**2) / divisor, both) / 2.0
    return heights


def in_deciles(
    reference: NDArray[np.int64], current: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Both sides' rows in the reference's deciles, put together from whole bins.

    A bin belongs to the decile in which its last reference row lies; a decile that a heavy value skips
    is left out.

    Returns:
        Two arrays of one shape, (groups,) with at most 10 groups.
    """
    total = max(1, int(reference.sum()))
    ends = np.cumsum(reference)
    decile = np.clip(-(-10 * ends // total), 1, 10)
    starts = np.flatnonzero(np.append(True, decile[1:] != decile[:-1]))
    return np.add.reduceat(reference, starts), np.add.reduceat(current, starts)


def psi(
    reference: NDArray[np.int64], current: NDArray[np.int64], *, floor: float = PSI_FLOOR
) -> float:
    """Population stability index of `current` against `reference`.

    Args:
        reference: Rows per bin, shape (bins,).
        current: Rows per bin over the same bins, shape (bins,).
        floor: Least share a bin counts as, so that an empty bin stays finite.

    Returns:
        Unitless, 0 or more; 0 means equal shares, or a side without rows.

    Source: Siddiqi, Credit Risk Scorecards (2006), ch. 8.
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0
    first = np.maximum(reference / reference.sum(), floor)
    second = np.maximum(current / current.sum(), floor)
    return float(((second - first) * np.log(second / first)).sum())


def jensen_shannon(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """Jensen-Shannon distance: the square root of the divergence in bits.

    Returns:
        0 to 1; 0 when a side has no rows.

    Source: Endres and Schindelin, A new metric for probability distributions, IEEE Trans. Inf. Theory 49
    (2003).
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0
    first, second = reference / reference.sum(), current / current.sum()
    middle = (first + second) / 2.0
    divergence = (special.rel_entr(first, middle) + special.rel_entr(second, middle)).sum() / 2.0
    return float(np.sqrt(max(0.0, divergence / np.log(2.0))))


def total_variation(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """Total variation distance: half the sum of the absolute differences of shares.

    Returns:
        0 to 1; 0 when a side has no rows.
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0
    return float(np.abs(reference / reference.sum() - current / current.sum()).sum() / 2.0)


def chi_square(
    reference: NDArray[np.int64], current: NDArray[np.int64]
) -> tuple[float, int, float]:
    """Pearson's chi-square test that two sides have the same shares.

    Values expected fewer than 5 times on either side are pooled; a pool that is still too small joins the
    rarest value that is not.

    Returns:
        Statistic, degrees of freedom and p; (0, 0, 1) when fewer than two cells remain or a side has no
        rows.

    Source: Pearson (1900); the rule of 5 after Cochran, Some methods for strengthening the common
    chi-square tests, Biometrics 10 (1954).
    """
    if reference.sum() == 0 or current.sum() == 0:
        return 0.0, 0, 1.0
    observed = _pooled(np.stack([reference, current]))
    cells = observed.shape[1]
    if cells < 2:
        return 0.0, 0, 1.0
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return statistic, cells - 1, float(special.chdtrc(cells - 1, statistic))


def _pooled(observed: NDArray[np.int64]) -> NDArray[np.float64]:
    """The columns of a 2 x k table with those of too few expected rows put together."""
    table = observed.astype(np.float64)
    totals = table.sum(axis=0)
    # Expected rows are least on the side with fewer rows.
    least = totals * (table.sum(axis=1).min() / table.sum())
    order = np.argsort(totals, kind="stable")
    pooled = int(np.count_nonzero(least < LEAST_EXPECTED))
    if 0 < pooled < order.size and least[order[:pooled]].sum() < LEAST_EXPECTED:
        pooled += 1
    rare, common = order[:pooled], order[pooled:]
    if pooled == 0:
        return table
    return np.column_stack([table[:, common], table[:, rare].sum(axis=1)])


def share_p_value(first: int, second: int, *, reference_rows: int, rows: int) -> float:
    """Two-sided p of two shares, `first` of `reference_rows` and `second` of `rows`, being the same.

    Returns:
        1 when a side has no rows, or when all or none of the rows count on both sides.

    Source: the pooled two-proportion z-test; Fleiss, Statistical Methods for Rates and Proportions, ch. 2.
    """
    if reference_rows == 0 or rows == 0:
        return 1.0
    pooled = (first + second) / (reference_rows + rows)
    variance = pooled * (1.0 - pooled) * (1.0 / reference_rows + 1.0 / rows)
    if variance <= 0.0:
        return 1.0
    gap = first / reference_rows - second / rows
    return float(special.erfc(abs(gap) / np.sqrt(2.0 * variance)))
