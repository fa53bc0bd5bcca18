"""Profiles over bins that are made of the rows themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.frames import Frames, Grid, Selection, literal, profile, profile_anew
from storage.frames.grids import place
from storage.records import Column, ColumnKind, ColumnProfile
from workbench.core.profile import edges_of_cells

ROWS = 20_000
RANDOM = np.random.default_rng(7)
NUMBER = Column(name="x", type="DOUBLE", kind=ColumnKind.NUMERIC)
WHOLE = Column(name="x", type="BIGINT", kind=ColumnKind.NUMERIC)

SHAPES = {
    "uniform": RANDOM.uniform(0, 1000, ROWS),
    "normal": RANDOM.normal(size=ROWS),
    "tiny": RANDOM.normal(1e9, 1e-3, ROWS),
    "long tail": RANDOM.lognormal(0, 4, ROWS),
    "long tail below": -RANDOM.lognormal(0, 4, ROWS),
    "mostly zero": np.where(RANDOM.random(ROWS) < 0.7, 0.0, RANDOM.normal(size=ROWS)),
    "far sentinel": np.where(RANDOM.random(ROWS) < 0.1, -1e12, RANDOM.normal(size=ROWS)),
    "two far heaps": np.where(RANDOM.random(ROWS) < 0.5, -1e9, 1e9) + RANDOM.normal(size=ROWS),
    "price": np.round(RANDOM.lognormal(3, 1, ROWS), 2),
    "zero or price": np.where(
        RANDOM.random(ROWS) < 0.4, 0.0, np.round(RANDOM.lognormal(3, 1, ROWS), 2)
    ),
    "fill value": np.where(RANDOM.random(ROWS) < 0.1, 9.97e36, RANDOM.normal(size=ROWS)),
    "long tail in order": np.sort(RANDOM.lognormal(0, 2, ROWS)),
    "few values": RANDOM.integers(1, 6, ROWS) / 2,
    "constant": np.full(ROWS, 0.1),
    "one row": np.array([3.5]),
    "extremes": np.array([-1.7e308, 0.0, 1.7e308] * 100),
    "subnormal": np.arange(300) * 5e-324,
}
HOLES = {
    "nan": np.append(SHAPES["normal"], [math.nan] * 50),
    "infinite": np.append(SHAPES["normal"], [math.inf, -math.inf, math.inf]),
    "nothing but nan": np.full(10, math.nan),
    "all of it": np.append(SHAPES["long tail"], [math.nan, math.inf, -math.inf, 1.7e308]),
}
Keep = Callable[[NDArray[np.float64]], Selection]


@pytest.fixture
def keep(frames: Frames, tmp_path: Path) -> Keep:
    """Writes numbers as the column `x` of a Parquet file."""

    def write(numbers: NDArray[np.float64], type_: str = "DOUBLE") -> Selection:
        path = tmp_path / "x.parquet"
        sql = f"COPY (SELECT unnest(CAST(? AS {type_}[])) AS x) TO {literal(str(path))}"
        frames.rows(f"{sql} (FORMAT parquet)", [numbers.tolist()])
        return Selection(paths=(path,))

    return write


def anew(frames: Frames, rows: Selection, column: Column = NUMBER) -> ColumnProfile:
    (found,) = profile_anew(frames, rows, [column], edges_of_cells)
    return found


def again(frames: Frames, rows: Selection, like: ColumnProfile) -> ColumnProfile:
    """The rows counted at the bins of a profile."""
    grid = Grid.of(like)
    known = {} if grid is None else {"x": grid}
    edges = {"x": np.asarray(like.edges)}
    column = Column(name="x", type=like.type, kind=like.kind)
    (found,) = profile(frames, rows, [column], edges, known_grids=known)
    return found


def by_numpy(numbers: NDArray[np.float64], edges: tuple[float, ...]) -> list[int]:
    places = np.searchsorted(np.asarray(edges), numbers[~np.isnan(numbers)], side="left")
    return np.bincount(places, minlength=len(edges) + 1).tolist()


@pytest.mark.parametrize("name", [*SHAPES, *HOLES])
def test_bins_hold_what_numpy_counts(frames: Frames, keep: Keep, name: str):
    numbers = (SHAPES | HOLES)[name]
    found = anew(frames, keep(numbers))

    assert list(found.counts) == (by_numpy(numbers, found.edges) if found.edges else [])
    assert list(found.edges) == sorted(set(found.edges))
    assert found.rows == numbers.size
    assert found.nans == np.isnan(numbers).sum()


@pytest.mark.parametrize("name", [*SHAPES, *HOLES])
def test_other_rows_are_counted_at_the_same_edges_to_the_row(frames: Frames, keep: Keep, name: str):
    like = anew(frames, keep((SHAPES | HOLES)[name]))
    moved = np.append((SHAPES | HOLES)[name] * 0.9 + 0.01, [math.nan, math.inf, 1.7e308])
    found = again(frames, keep(moved), like)

    assert list(found.counts) == (by_numpy(moved, like.edges) if like.edges else [])


@pytest.mark.parametrize("name", SHAPES)
def test_its_figures_are_those_of_numpy(frames: Frames, keep: Keep, name: str):
    numbers = SHAPES[name]
    found = anew(frames, keep(numbers))
    with np.errstate(over="ignore"):
        std = numbers.std(ddof=1) if numbers.size > 1 else math.inf

    assert (found.minimum, found.maximum) == (numbers.min(), numbers.max())
    assert found.mean == pytest.approx(numbers.mean(), rel=1e-9, abs=1e-9)
    assert found.std == (pytest.approx(std, rel=1e-6, abs=1e-12) if math.isfinite(std) else None)


@pytest.mark.parametrize(
    "name",
    [
        "uniform",
        "normal",
        "long tail",
        "long tail below",
        "long tail in order",
        "mostly zero",
        "price",
        "far sentinel",
        "fill value",
        "two far heaps",
    ],
)
def test_no_bin_of_several_values_holds_one_per_cent_of_the_rows(
    frames: Frames, keep: Keep, name: str
):
    numbers = SHAPES[name]
    found = anew(frames, keep(numbers))
    bin_of = np.searchsorted(np.asarray(found.edges), numbers)
    mixed = [
        count
        for at, count in enumerate(found.counts)
        if count and np.unique(numbers[bin_of == at]).size > 1
    ]

    assert max(mixed) <= 0.01 * numbers.size


@pytest.mark.parametrize(
    ("numbers", "exact"),
    [
        (np.arange(4000), True),
        (np.arange(ROWS) * 3, False),
        (RANDOM.integers(-5, 5, ROWS), True),
        (np.array([2**62, 2**62 + 1000]), True),
    ],
    ids=["few", "many", "around zero", "too large for a double"],
)
def test_whole_numbers_are_counted_as_they_are(
    frames: Frames, keep: Keep, numbers: NDArray[np.float64], exact: bool
):
    rows = keep(numbers, "BIGINT")
    found = anew(frames, rows, WHOLE)

    assert found.distinct == pytest.approx(np.unique(numbers).size, rel=0 if exact else 0.03)
    assert found.distinct_is_exact is exact
    assert list(found.counts) == by_numpy(numbers.astype(np.float64), found.edges)
    assert again(frames, rows, found).counts == found.counts


@pytest.mark.parametrize("name", ["long tail", "mostly zero", "price", "two far heaps"])
def test_uneven_numbers_are_counted_again_by_arithmetic_alone(
    frames: Frames, keep: Keep, name: str
):
    found = anew(frames, keep(SHAPES[name]))
    grid = Grid.of(found)

    assert grid is not None
    assert place(np.asarray(found.edges), is_whole=False, grid=grid).levels == ()


def test_a_value_of_many_rows_shares_its_bin_with_no_other_rows(frames: Frames, keep: Keep):
    like = anew(frames, keep(SHAPES["zero or price"]))
    at = like.edges.index(0.0)
    found = again(frames, keep(np.array([-5e-324, 0.0, 0.0, 5e-324])), like)

    assert found.counts[at] == 2


@pytest.mark.parametrize("name", ["long tail", "mostly zero", "price"])
def test_numbers_beside_the_edges_are_counted_to_the_row(frames: Frames, keep: Keep, name: str):
    like = anew(frames, keep(SHAPES[name]))
    edges = np.asarray(like.edges)
    numbers = np.concatenate([edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)])
    found = again(frames, keep(numbers), like)

    assert list(found.counts) == by_numpy(numbers, like.edges)


def test_rows_unlike_the_first_ones_are_told_apart(frames: Frames, keep: Keep):
    numbers = np.concatenate([RANDOM.normal(size=ROWS), RANDOM.normal(1e4, 1e-3, ROWS)])
    found = anew(frames, keep(numbers))

    assert max(found.counts) <= 0.01 * numbers.size


def test_a_column_without_numbers_has_no_bins(frames: Frames, keep: Keep):
    found = anew(frames, keep(np.full(5, math.nan)))

    assert (found.edges, found.counts, found.mean, found.maximum) == ((), (), None, None)


def test_a_window_far_from_the_other_rows_has_its_own_deviation(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.parquet"
    frames.rows(
        "COPY (SELECT i % 2 + if(i < 100, 0, 1e12) AS x, TIMESTAMP '2024-01-01' + to_days(i::INTEGER)"
        f" AS at FROM range(200) t(i)) TO {literal(str(path))} (FORMAT parquet)"
    )
    window = Selection(paths=(path,), time="at", end=datetime(2024, 4, 10, tzinfo=UTC))
    found = anew(frames, window)

    assert (found.rows, found.mean) == (100, pytest.approx(0.5))
    assert found.std == pytest.approx(0.50252, rel=1e-4)
