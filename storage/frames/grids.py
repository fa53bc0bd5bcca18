"""Cells of equal width that a number falls into by arithmetic alone, and where edges lie among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = (1024, 2048, 4096, 8192)
"""How many cells edges are laid into: with more, fewer edges share one, and the groups outgrow the cache."""
MOST_LEVELS = 2
"""Edges in one cell that a row is compared with."""
MARGIN = 0.125
"""Share of the edges' range that a grid has beyond them on either side: new rows go a little further."""
_CORES = ((0.0, 1.0), (0.0, 0.95), (0.05, 1.0), (0.05, 0.95))
"""Shares of the edges between which a grid may lie: long tails leave no cells for the rest."""
_LARGEST = float(np.finfo(np.float64).max) / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells numbered from 0; a number's is `(number - low) * scale`, rounded half to even."""

    low: float
    scale: float
    cells: int

    def cell_of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The cell of each number, to the bit as the engine has it; it may lie outside of the grid."""
        with np.errstate(over="ignore", invalid="ignore"):
            cells: NDArray[np.float64] = np.rint((numbers - self.low) * self.scale)
        return cells

    def sql(self, number: str) -> str:
        """The cell of the SQL expression `number`; null below the grid, and for NaN and infinities."""
        return f"TRY_CAST(({number} - {double(self.low)}) * {double(self.scale)} AS UINTEGER)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where edges lie in a grid, so that a row's bin follows from its cell and a few comparisons."""

    grid: Grid
    levels: tuple[NDArray[np.float64], ...]
    """The edges of each cell that its rows are compared with, one array a level, shape (cells,): infinity
    where there is none, NaN where there are too many and the cell decides nothing."""
    below: NDArray[np.int64]
    """How many edges lie in the cells before each, shape (cells,)."""

    @property
    def undecided(self) -> int:
        """How many cells decide nothing."""
        return int(np.isnan(self.levels[0]).sum()) if self.levels else 0

    def bins_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The bin of each key: the row's cell times (levels + 1), plus how many of its edges it exceeds."""
        cells, exceeded = np.divmod(keys, len(self.levels) + 1)
        bins: NDArray[np.int64] = self.below[cells] + exceeded
        return bins


def over(low: float, high: float, *, cells: int, is_whole: bool) -> Grid:
    """A grid from `low` to `high`, both finite; whole numbers have a cell each where there are enough.

    Numbers that are farther apart than a double can tell are cut to what it can.
    """
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    span = max(high - low, 0.0)
    if is_whole and span < cells:
        return Grid(low=low, scale=1.0, cells=cells)
    with np.errstate(over="ignore", divide="ignore"):
        scale = float(np.float64(cells - 1) / np.float64(span)) if span else 1.0
    return Grid(low=low, scale=min(scale, 1e300), cells=cells)


def place(edges: NDArray[np.float64], *, is_whole: bool) -> Placement:
    """Lays ascending edges into the smallest grid that keeps them apart, or the one that does so best.

    Args:
        edges: Strictly ascending, finite, at least one.
        is_whole: Whether the numbers to be counted are whole.
    """
    best: Placement | None = None
    for levels in range(MOST_LEVELS + 1):
        for low, high in _ranges(edges, is_whole=is_whole):
            for cells in SIZES:
                grid = over(low, high, cells=cells, is_whole=is_whole)
                found = _placed(edges, grid, levels=levels, is_whole=is_whole)
                missed = found.undecided + _outside(edges, grid)
                if missed == 0:
                    return found
                if best is None or missed < best.undecided + _outside(edges, best.grid):
                    best = found
    assert best is not None
    return best


def _ranges(edges: NDArray[np.float64], *, is_whole: bool) -> list[tuple[float, float]]:
    last = edges.size - 1
    ranges = []
    for first_share, last_share in _CORES:
        low, high = float(edges[round(first_share * last)]), float(edges[round(last_share * last)])
        margin = MARGIN * 2 * (high / 2 - low / 2)
        low, high = max(low - margin, -_LARGEST), min(high + margin, _LARGEST)
        ranges.append((float(np.floor(low)), float(np.ceil(high))) if is_whole else (low, high))
    return ranges


def _outside(edges: NDArray[np.float64], grid: Grid) -> int:
    cells = grid.cell_of(edges)
    return int(((cells < 0) | (cells >= grid.cells)).sum())


def _placed(
    edges: NDArray[np.float64], grid: Grid, *, levels: int, is_whole: bool
) -> Placement:
    cell_of = grid.cell_of(edges)
    after = np.floor(edges) + 1 if is_whole else np.nextafter(edges, np.inf)
    # An edge with nothing above it in its cell splits no cell.
    splits = (grid.cell_of(after) <= cell_of) & (cell_of >= 0) & (cell_of < grid.cells)
    split, rank = cell_of[splits].astype(np.int64), _ranks(cell_of[splits])
    lists = np.full((levels, grid.cells), np.inf)
    crowded = split[rank >= levels]
    if levels:
        fits = rank < levels
        lists[rank[fits], split[fits]] = edges[splits][fits]
        lists[:, crowded] = np.nan
    elif crowded.size:
        lists = np.full((1, grid.cells), np.inf)
        lists[:, crowded] = np.nan
    below = np.searchsorted(cell_of, np.arange(grid.cells), side="left")
    return Placement(grid=grid, levels=tuple(lists), below=below.astype(np.int64))


def _ranks(ascending: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many equal numbers stand before each."""
    places = np.arange(ascending.size)
    return places - np.searchsorted(ascending, ascending, side="left")


def double(number: float) -> str:
    """`number` as a SQL double, to the bit."""
    return f"CAST('{number!r}' AS DOUBLE)"


def doubles(numbers: Sequence[float] | NDArray[np.float64]) -> str:
    """Numbers as the text of a SQL list of doubles, NaN as null."""
    texts = ["NULL" if number != number else repr(float(number)) for number in numbers]  # noqa: PLR0124
    return f"[{', '.join(texts)}]"
