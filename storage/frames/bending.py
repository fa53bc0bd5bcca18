"""Grids whose cells are narrow where rows crowd: a sample says where they bend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from storage.frames import grids
from storage.frames.grids import JUMP, MARGIN, Grid

CROWDED_SHARE = 1 / 128
"""Share of the rows that no cell of several values should hold."""
AIMED_SHARE = 1 / 300
"""Share of the rows that the cells of a bent grid are made for."""
MOST_PIECES = 16
"""Pieces of their own width in a bent grid: each bend costs a row two sums and a product."""
MOST_JUMPS = 3
"""Values with a cell of their own: each costs a row as much as a bend."""
MOST_GAPS = 3
"""The widest stretches without rows: their ends are where a grid may bend."""
REACH = 1e10
"""How many times as far as the other rows lie apart a bent grid goes beyond them."""
EVEN_SHARE = 1 / 4
"""Share of the cells that lie evenly over the whole range, whatever a sample says: it may be none of the rest."""
_WHOLE_SCALE = 1.05
"""Cells per 1 from which on each whole number has its own."""
_SHARES = np.unique(
    np.concatenate([2.0 ** np.arange(-11, -5), np.arange(1, 48) / 48, 1 - 2.0 ** -np.arange(6, 12)])
)
"""Shares of the rows at whose quantiles a grid may bend."""
# Beyond these, sums of distances would overflow, and cells per 1 too.
_LARGEST = float(np.finfo(np.float64).max) / 64
_LEAST_SPAN = 1e-250
_PRECISION = 1e15
"""Cells of the narrowest kind that a range may have: with more, rounding would move numbers by whole cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Some rows of a column; arrays of shape (values,)."""

    values: NDArray[np.float64]
    """Ascending and finite."""
    rows: NDArray[np.int64]
    """Rows of each value."""

    @classmethod
    def of(cls, numbers: NDArray[np.float64]) -> Sample:
        """The sample of finite numbers in any order."""
        values, rows = np.unique(numbers, return_counts=True)
        return cls(values=values, rows=rows.astype(np.int64))

    @property
    def is_heavy(self) -> NDArray[np.bool_]:
        """Which few values hold so many rows that each needs a cell of its own; none where nothing else is."""
        share = CROWDED_SHARE * self.rows.sum()
        rows = np.where(self.rows > max(2.0, share), self.rows, 0)
        heaviest = np.argsort(rows, kind="stable")[-MOST_JUMPS:]
        is_heavy = np.zeros(rows.size, dtype=np.bool_)
        if self.rows.sum() - rows.sum() >= share:
            is_heavy[heaviest] = rows[heaviest] > 0
        return is_heavy

    def crowds(self, grid: Grid, *, share: float) -> bool:
        """Whether several values in one cell of `grid` hold such a share of the rows."""
        cells = grid.cell_of(self.values)
        first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
        rows, values = np.add.reduceat(self.rows, first), np.diff(np.append(first, cells.size))
        return bool((rows[values > 1] >= max(2.0, share * rows.sum())).any())


def bent(sample: Sample, ends: tuple[float, float], *, cells: int, is_whole: bool) -> Grid:
    """A grid of which no cell should hold many rows, but for one value.

    Values that hold many rows get a cell of their own. The rest of the range is cut into pieces, each with
    cells of one width: into as few as do with so many cells.

    Args:
        sample: At least one row.
        ends: The smallest and the largest number of all rows.
        cells: How many cells lie between the ends.
        is_whole: Whether the numbers are whole: none of them needs more than a cell.
    """
    is_heavy = sample.is_heavy & (not is_whole)
    light, rows = sample.values[~is_heavy], sample.rows[~is_heavy]
    low, high = _within_reach(light, ends)
    jumps = tuple(one for one in sample.values[is_heavy].tolist() if low <= one <= high)
    bounds, density = _density(light, rows / sample.rows.sum(), (low, high))
    if density.size == 0 or max(-low, high) > _LARGEST or high - low < _LEAST_SPAN:
        plain = grids.over(*ends, cells=cells, is_whole=is_whole)
        return replace(plain, low=plain.low - JUMP * len(jumps) / plain.scale, jumps=jumps)
    finest = _PRECISION / (high - low)
    wanted = np.minimum(density / AIMED_SHARE, min(finest, _WHOLE_SCALE) if is_whole else finest)
    bends, scales = _pieces(bounds, wanted, cells=cells * (1 - EVEN_SHARE))
    even = cells * EVEN_SHARE / (high - low)
    scales = np.minimum(scales, finest) + even
    return _grid(bends, scales, jumps, low, before=MARGIN * cells)


def _within_reach(light: NDArray[np.float64], ends: tuple[float, float]) -> tuple[float, float]:
    """The ends, but for what lies absurdly far away: a 1e36 that stands for a missing number."""
    if not light.size or light[0] == light[-1]:
        return ends
    with np.errstate(over="ignore"):
        reach = REACH * (light[-1] - light[0])
        return float(max(ends[0], light[0] - reach)), float(min(ends[1], light[-1] + reach))


def _density(
    values: NDArray[np.float64], shares: NDArray[np.float64], ends: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ascending bounds from end to end, some quantiles among them, and the share of the rows per 1 between."""
    if values.size == 0:
        return np.empty(0), np.empty(0)
    reached = np.cumsum(shares)
    gaps = np.argsort(values[:-1] - values[1:], kind="stable")[:MOST_GAPS]
    quantiles = np.searchsorted(reached, _SHARES * reached[-1])
    kept = np.unique(np.concatenate([[0, values.size - 1], quantiles, gaps, gaps + 1]))
    bounds = np.concatenate([ends[:1], values[kept], ends[1:]])
    taken = np.diff(np.concatenate([[0.0], reached[kept], reached[-1:]]))
    is_wide = bounds[1:] > bounds[:-1]
    with np.errstate(over="ignore"):
        density = taken[is_wide] / np.diff(bounds)[is_wide]
    return bounds[np.append(True, is_wide)], np.minimum(density, 1e300)


def _pieces(
    bounds: NDArray[np.float64], wanted: NDArray[np.float64], *, cells: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where pieces meet and their cells per 1: the least number of pieces that do with so many cells.

    A piece needs its width times the most cells per 1 that any part of it wants.
    """
    parts = wanted.size
    costs = np.full((parts, parts + 1), np.inf)
    for first in range(parts):
        most = np.maximum.accumulate(wanted[first:])
        costs[first, first + 1 :] = most * (bounds[first + 1 :] - bounds[first])
    least, came = [costs[0]], []
    while least[-1][-1] > cells and len(least) < MOST_PIECES:
        through = np.append(least[-1][1:-1], np.inf)[:, None] + costs[np.r_[1:parts, parts - 1]]
        came.append(through.argmin(axis=0) + 1)
        least.append(through.min(axis=0))
    cuts = [parts]
    for back in reversed(came):
        cuts.append(int(back[cuts[-1]]))
    cuts = [0, *reversed(cuts)]
    scales = np.array([wanted[a:b].max() for a, b in pairwise(cuts)])
    return bounds[cuts[1:-1]], scales * (cells / max(float(least[-1][-1]), 1e-300))


def _grid(
    bends: NDArray[np.float64],
    scales: NDArray[np.float64],
    jumps: tuple[float, ...],
    low: float,
    *,
    before: float,
) -> Grid:
    """The grid with `scales` cells per 1 between the bends, whose cell `before` holds the number `low`."""
    factors = np.diff(scales) / 2
    scale = float((scales[0] + scales[-1]) / 2)
    added = float((np.abs(low - bends) * factors).sum()) - JUMP * len(jumps)
    return Grid(
        low=float(low - (before - added) / scale),
        scale=scale,
        bends=tuple(zip(bends.tolist(), factors.tolist(), strict=True)),
        jumps=jumps,
    )
