"""Cells that a number falls into by arithmetic alone, and where edges lie among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import ColumnProfile

SIZES = (1024, 2048, 4096, 8192)
"""How many cells edges are laid into: with more, fewer edges share one, and the groups outgrow the cache."""
MOST_LEVELS = 2
"""Edges in one cell that a row is compared with."""
MARGIN = 0.25
"""Share of the range that a grid has beyond it on either side: new rows go a little further."""
LAST_CELL = 65_535
"""The engine's cells are numbers of 16 bits."""
JUMP = 2.0
"""Cells that a number with a cell to itself is away from its neighbours: rounding leaves it alone with 2."""
_CORES = ((0.0, 1.0), (0.0, 0.95), (0.05, 1.0), (0.05, 0.95))
"""Shares of the edges between which a grid may lie: long tails leave no cells for the rest."""
_LARGEST = float(np.finfo(np.float64).max) / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells numbered from 0, of equal width or of widths that change at a few bends.

    The cell of a number is `(number - low) * scale`, to which each bend adds the distance from it times a
    factor, and each jump 2 above it and -2 below, rounded half to even. Every step is rounded alike by every
    machine, which logarithms are not; but where it bends, two numbers that differ in their last bits may
    come out in reverse order.
    """

    low: float
    scale: float
    bends: tuple[tuple[float, float], ...] = ()
    """Where the cells change their width, and half of the change in cells per 1."""
    jumps: tuple[float, ...] = ()
    """Numbers that have a cell to themselves."""

    @classmethod
    def of(cls, column: ColumnProfile) -> Grid | None:
        """The grid that a profile's bins end in; None where they were made without."""
        if column.grid is None:
            return None
        return cls(low=column.grid[0], scale=column.grid[1], bends=column.bends, jumps=column.jumps)

    def cell_of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The cell of each number, to the bit as the engine has it; it may lie outside of the grid."""
        with np.errstate(over="ignore", invalid="ignore"):
            places = (numbers - self.low) * self.scale
            for at, factor in self.bends:
                places = places + np.abs(numbers - at) * factor
            for at in self.jumps:
                places = places + np.sign(numbers - at) * JUMP
            cells: NDArray[np.float64] = np.rint(places)
        return cells

    def tops(
        self, cells: NDArray[np.int64], within: tuple[NDArray[np.float64], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """The largest double of each cell or the cells before, by halving what is left between two doubles.

        Args:
            cells: Shape (cells,).
            within: A number that lies in each cell or before it, and one that lies beyond it.
        """
        low, high = _whole(within[0]), _whole(within[1])
        # The mean of two whole numbers without their sum, which may be too large.
        while ((middle := (low & high) + ((low ^ high) >> 1)) > low).any():
            is_within = self.cell_of(_double(middle)) <= cells
            low, high = np.where(is_within, middle, low), np.where(is_within, high, middle)
        return _double(low)

    @property
    def outer_widths(self) -> tuple[float, float]:
        """How wide the cells are below all bends, and above them."""
        change = sum(factor for _, factor in self.bends)
        return 1.0 / (self.scale - change), 1.0 / (self.scale + change)

    def sql(self, number: str) -> str:
        """The cell of the SQL expression `number`; null outside of the grid and for what is not finite."""
        terms = [f"({number} - {double(self.low)}) * {double(self.scale)}"]
        terms += [f"abs({number} - {double(at)}) * {double(by)}" for at, by in self.bends]
        terms += [f"sign({number} - {double(at)}) * {double(JUMP)}" for at in self.jumps]
        return f"TRY_CAST({' + '.join(terms)} AS USMALLINT)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where edges lie in a grid, so that a row's bin follows from its cell and a few comparisons."""

    grid: Grid
    levels: tuple[NDArray[np.float64], ...]
    """The edges of each cell that its rows are compared with, one array a level, shape (cells,): infinity
    where there is none, NaN where there are too many and the cell decides nothing."""
    edge_cells: NDArray[np.float64]
    """The cell of each edge, shape (edges,)."""
    middle: float
    """The edge in the middle."""
    missed: int
    """Edges that the grid does not tell apart."""

    @property
    def key(self) -> str:
        """A row's key as SQL of `x`, its `cell` and the levels as lists `l0`, `l1` and so on."""
        if not self.levels:
            return "cell"
        exceeded = (f"CAST(x > l{i}[cell + 1] AS UINTEGER)" for i in range(len(self.levels)))
        return " + ".join([f"{len(self.levels) + 1} * CAST(cell AS UINTEGER)", *exceeded])

    def bins_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The bin of each key: the edges in cells before the row's, and those of its cell that it exceeds."""
        cells, exceeded = np.divmod(keys, len(self.levels) + 1)
        bins: NDArray[np.int64] = np.searchsorted(self.edge_cells, cells, side="left") + exceeded
        return bins


def over(low: float, high: float, *, cells: int, is_whole: bool) -> Grid:
    """A grid with `cells` from `low` to `high` and a margin beyond; whole numbers get a cell each if they can.

    Both ends are finite. Numbers that are farther apart than a double can tell are cut to what it can.
    """
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    span = max(high - low, 0.0)
    before = round(MARGIN * cells)
    if is_whole and span < cells:
        return Grid(low=low - before, scale=1.0)
    with np.errstate(over="ignore"):
        scale = min(float(np.float64(cells - 1) / np.float64(span)), 1e300) if span else 1.0
    return Grid(low=low - before / scale, scale=scale)


def place(edges: NDArray[np.float64], *, is_whole: bool, grid: Grid | None = None) -> Placement:
    """Lays ascending edges into the grid that tells them apart with the least work, or does so best.

    Args:
        edges: Strictly ascending, finite, at least one.
        is_whole: Whether the numbers to be counted are whole.
        grid: The grid that the edges were made with, when it is known.
    """
    # Whole numbers do not tell an edge from the whole number below it.
    edges = np.floor(edges) if is_whole else edges
    tried = [] if grid is None else [_placed(edges, grid, levels=0, cells=0, is_whole=is_whole)]
    for levels in range(MOST_LEVELS + 1):
        for low, high in _ranges(edges):
            for cells in SIZES:
                if tried and tried[-1].missed == 0:
                    return tried[-1]
                made = over(low, high, cells=cells, is_whole=is_whole)
                tried.append(_placed(edges, made, levels=levels, cells=cells, is_whole=is_whole))
    return min(tried, key=lambda one: one.missed)


def _ranges(edges: NDArray[np.float64]) -> list[tuple[float, float]]:
    last = edges.size - 1
    return [(float(edges[round(a * last)]), float(edges[round(b * last)])) for a, b in _CORES]


def _placed(
    edges: NDArray[np.float64], grid: Grid, *, levels: int, cells: int, is_whole: bool
) -> Placement:
    cell_of, middle = grid.cell_of(edges), float(edges[edges.size // 2])
    after = edges + 1 if is_whole else np.nextafter(edges, np.inf)
    # An edge with nothing above it in its cell splits no cell.
    splits = (grid.cell_of(after) <= cell_of) & (cell_of >= 0)
    if levels == 0:
        missed = int(splits.sum() + (cell_of > LAST_CELL).sum())
        return Placement(grid=grid, levels=(), edge_cells=cell_of, middle=middle, missed=missed)
    size = round(cells * (1 + 2 * MARGIN))
    inside = splits & (cell_of < size)
    split = cell_of[inside].astype(np.int64)
    rank = np.arange(split.size) - np.searchsorted(split, split, side="left")
    lists = np.full((levels, size), np.inf)
    is_compared = rank < levels
    lists[rank[is_compared], split[is_compared]] = edges[inside][is_compared]
    lists[:, split[~is_compared]] = np.nan
    missed = int((~is_compared).sum() + (cell_of < 0).sum() + (cell_of >= size).sum())
    return Placement(
        grid=grid, levels=tuple(lists), edge_cells=cell_of, middle=middle, missed=missed
    )


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Doubles as whole numbers in the same order: neighbours differ by 1."""
    bits = np.asarray(numbers, dtype=np.float64).view(np.int64)
    return bits ^ ((bits >> 63) & np.int64(2**63 - 1))


def _double(whole: NDArray[np.int64]) -> NDArray[np.float64]:
    """The doubles that `_whole` made whole numbers of."""
    return (whole ^ ((whole >> 63) & np.int64(2**63 - 1))).view(np.float64)


def double(number: float) -> str:
    """`number` as a SQL double, to the bit."""
    return f"CAST('{number!r}' AS DOUBLE)"


def doubles(numbers: Sequence[float] | NDArray[np.float64]) -> str:
    """Numbers as the text of a SQL list of doubles, NaN as null."""
    texts = ["NULL" if number != number else repr(float(number)) for number in numbers]  # noqa: PLR0124
    return f"[{', '.join(texts)}]"
