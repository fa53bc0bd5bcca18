"""Grids with cells that are narrow where rows crowd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.frames import Frames
from storage.frames.bending import Sample, bent
from storage.frames.grids import LAST_CELL, Grid

RANDOM = np.random.default_rng(3)
ROWS = 100_000
SHAPES = {
    "even": RANDOM.uniform(-5, 5, ROWS),
    "long tail": RANDOM.lognormal(0, 2, ROWS),
    "two tails": RANDOM.standard_t(2, ROWS),
    "two far heaps": np.where(RANDOM.random(ROWS) < 0.5, 0, 1e6) + RANDOM.normal(size=ROWS),
    "mostly zero": np.where(RANDOM.random(ROWS) < 0.7, 0.0, RANDOM.exponential(size=ROWS)),
    "far sentinel": np.where(RANDOM.random(ROWS) < 0.1, -999999.0, RANDOM.normal(size=ROWS)),
}


def grid_of(numbers: NDArray[np.float64], *, is_whole: bool = False) -> Grid:
    """The grid that the first rows ask for."""
    ends = float(numbers.min()), float(numbers.max())
    return bent(Sample.of(numbers[:4096]), ends, cells=1536, is_whole=is_whole)


@pytest.mark.parametrize("name", SHAPES)
def test_no_cell_of_several_values_is_crowded(name: str):
    numbers = SHAPES[name]
    grid = grid_of(numbers)

    assert not Sample.of(numbers).crowds(grid, share=1 / 128)


@pytest.mark.parametrize("name", SHAPES)
def test_the_whole_range_lies_in_the_grid(name: str):
    cells = grid_of(SHAPES[name]).cell_of(np.sort(SHAPES[name]))

    assert 0 <= cells[0] <= cells[-1] <= LAST_CELL
    assert (np.diff(cells) >= 0).all()


@pytest.mark.parametrize("name", SHAPES)
def test_the_engine_has_the_same_cells_to_the_bit(frames: Frames, name: str):
    numbers = SHAPES[name][:5000]
    grid = grid_of(SHAPES[name])
    found = frames.query(
        f"SELECT {grid.sql('x')} AS cell FROM (SELECT unnest(CAST(? AS DOUBLE[])) AS x)",
        [numbers.tolist()],
    )

    assert found["cell"].tolist() == grid.cell_of(numbers).tolist()


def test_a_heavy_value_is_alone_in_its_cell():
    grid = grid_of(SHAPES["mostly zero"])
    below, zero, above = grid.cell_of(np.array([-5e-324, 0.0, 5e-324]))

    assert grid.jumps == (0.0,)
    assert below < zero < above


def test_frequent_whole_numbers_have_a_cell_each():
    numbers = np.floor(RANDOM.lognormal(1, 2, ROWS))
    grid = grid_of(numbers, is_whole=True)

    assert (np.diff(grid.cell_of(np.arange(20.0))) >= 1).all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_any_numbers_make_a_grid_that_can_be_written_down(numbers: list[float]):
    grid = grid_of(np.asarray(numbers))

    assert np.isfinite([grid.low, grid.scale, *np.ravel(grid.bends), *grid.jumps]).all()
    assert grid.scale > 0


@given(st.integers(0, 1500), st.sampled_from(["long tail", "mostly zero"]))
def test_the_top_of_a_cell_is_the_last_double_in_it(cell: int, name: str):
    grid = grid_of(SHAPES[name])
    ends = SHAPES[name].min(), SHAPES[name].max()
    held = np.array([np.clip(cell, *grid.cell_of(np.array(ends)) - (0, 1))]).astype(np.int64)
    top = grid.tops(held, (np.array(ends[:1]), np.array(ends[1:])))

    assert grid.cell_of(top) <= held < grid.cell_of(np.nextafter(top, np.inf))
