from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.frames import Frames, Selection, literal, profile
from storage.frames.profiling import TOP_VALUES
from storage.records import Column, ColumnKind, ColumnProfile

QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAME = 'x "거리" [1]'
NUMBER = Column(name=NAME, type="DOUBLE", kind=ColumnKind.NUMERIC)
WORD = Column(name=NAME, type="VARCHAR", kind=ColumnKind.CATEGORICAL)

numbers = st.one_of(
    st.none(),
    st.floats(-1e6, 1e6),
    st.integers(-3, 3).map(float),
    st.sampled_from([math.nan, math.inf, -math.inf]),
)
words = st.one_of(st.none(), st.sampled_from(["AA", "UA", "", "가", "a'b"]), st.text(max_size=3))
Keep = Callable[[Sequence[Any], str], Selection]


@pytest.fixture
def keep(frames: Frames, tmp_path: Path) -> Keep:
    """Writes values as the one column of two Parquet files."""

    def write(values: Sequence[Any], type_: str) -> Selection:
        paths = []
        for number, part in enumerate((values[::2], values[1::2])):
            path = tmp_path / f"{number}.parquet"
            column = '"' + NAME.replace('"', '""') + '"'
            select = f"SELECT unnest(CAST(? AS {type_}[])) AS {column}"
            frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)", [list(part)])
            paths.append(path)
        return Selection(paths=tuple(paths))

    return write


def profiled(
    frames: Frames, rows: Selection, column: Column, edges: Sequence[float] = ()
) -> ColumnProfile:
    (found,) = profile(frames, rows, [column], {NAME: np.asarray(edges, dtype=np.float64)})
    return found


def counted(values: NDArray[np.float64], edges: Sequence[float]) -> tuple[int, ...]:
    """Rows per bin, by numpy: bin i holds edges[i-1] < x <= edges[i]."""
    places = np.searchsorted(np.asarray(edges), values, side="left")
    return tuple(np.bincount(places, minlength=len(edges) + 1).tolist()) if edges else ()


def test_numbers_far_beyond_the_edges_have_their_spread(frames: Frames, keep: Keep):
    found = profiled(frames, keep([0.0, -1.0], "DOUBLE"), NUMBER, [264846.82205989095])

    assert found.std == pytest.approx(math.sqrt(0.5), rel=1e-12)


@QUICK
@given(
    values=st.lists(numbers, max_size=60),
    edges=st.lists(st.one_of(st.floats(-1e6, 1e6), st.integers(-3, 3).map(float)), max_size=8),
)
def test_a_numeric_profile_is_what_numpy_counts(
    frames: Frames, keep: Keep, values: list[float | None], edges: list[float]
):
    edges = sorted(set(edges))
    found = profiled(frames, keep(values, "DOUBLE"), NUMBER, edges)
    present = np.asarray([value for value in values if value is not None], dtype=np.float64)
    known = present[~np.isnan(present)]
    finite = present[np.isfinite(present)]

    assert (found.rows, found.nulls) == (len(values), len(values) - present.size)
    assert found.nans == present.size - known.size
    assert (found.edges, found.counts) == (tuple(edges), counted(known, edges))
    assert found.minimum == (known.min() if known.size else None)
    assert found.maximum == (known.max() if known.size else None)
    assert found.mean == (pytest.approx(finite.mean(), abs=1e-6) if finite.size else None)
    assert found.std == (pytest.approx(finite.std(ddof=1), abs=1e-6) if finite.size > 1 else None)


@QUICK
@given(values=st.lists(words, max_size=60))
def test_a_categorical_profile_is_what_a_counter_counts(
    frames: Frames, keep: Keep, values: list[str | None]
):
    found = profiled(frames, keep(values, "VARCHAR"), WORD)
    known = Counter(value for value in values if value is not None)
    ordered = sorted(known.items(), key=lambda pair: (-pair[1], pair[0].encode()))

    assert (found.rows, found.nulls) == (len(values), values.count(None))
    assert found.distinct == len(known)
    assert list(zip(found.values, found.value_counts, strict=True)) == ordered
    assert found.other == 0


def test_an_edge_belongs_to_the_bin_below_it(frames: Frames, keep: Keep):
    found = profiled(frames, keep([1.0, 1.5, 2.0, 2.5], "DOUBLE"), NUMBER, [1.0, 2.0])

    assert found.counts == (1, 2, 1)


def test_infinities_fall_into_the_outer_bins(frames: Frames, keep: Keep):
    found = profiled(frames, keep([-math.inf, 1.5, math.inf], "DOUBLE"), NUMBER, [1.0, 2.0])

    assert (found.counts, found.mean, found.minimum) == ((1, 1, 1), 1.5, -math.inf)


def test_only_the_most_frequent_values_are_listed(frames: Frames, keep: Keep):
    rare = [f"v{number:05}" for number in range(TOP_VALUES + 500)]
    found = profiled(frames, keep([*rare, "often", "often", None], "VARCHAR"), WORD)

    assert (found.values[0], found.value_counts[0], len(found.values)) == ("often", 2, TOP_VALUES)
    assert (found.distinct, found.nulls, found.other) == (TOP_VALUES + 501, 1, 501)


def test_truth_values_are_words(frames: Frames, keep: Keep):
    column = Column(name=NAME, type="BOOLEAN", kind=ColumnKind.BOOLEAN)
    found = profiled(frames, keep([True, True, False, None], "BOOLEAN"), column)

    assert (found.values, found.value_counts, found.nulls) == (("true", "false"), (2, 1), 1)


@pytest.mark.parametrize("type_", ["TIMESTAMP", "TIMESTAMPTZ", "DATE"])
def test_times_are_profiled_as_seconds(frames: Frames, keep: Keep, type_: str):
    column = Column(name=NAME, type=type_, kind=ColumnKind.TIMESTAMP)
    found = profiled(frames, keep(["1970-01-02", "1970-01-03", None], type_), column, [100_000.0])

    assert (found.minimum, found.maximum, found.counts) == (86_400.0, 172_800.0, (1, 1))


@pytest.mark.parametrize("type_", ["TINYINT", "BIGINT", "DECIMAL(10,2)", "FLOAT"])
def test_every_number_type_is_a_number(frames: Frames, keep: Keep, type_: str):
    column = Column(name=NAME, type=type_, kind=ColumnKind.NUMERIC)
    found = profiled(frames, keep([1, 2, None], type_), column, [1.0])

    assert (found.counts, found.nulls, found.mean) == ((1, 1), 1, 1.5)


def test_profiles_come_in_the_order_of_the_columns(frames: Frames, tmp_path: Path):
    path = tmp_path / "p"
    frames.rows(
        f"COPY (SELECT 'x' AS a, 1 AS b, true AS c, 2 AS x_b) TO {literal(str(path))} "
        "(FORMAT parquet)"
    )
    columns = [
        Column(name="c", type="BOOLEAN", kind=ColumnKind.BOOLEAN),
        Column(name="x_b", type="INTEGER", kind=ColumnKind.NUMERIC),
        Column(name="a", type="VARCHAR", kind=ColumnKind.CATEGORICAL),
        Column(name="b", type="INTEGER", kind=ColumnKind.NUMERIC),
    ]
    found = profile(frames, Selection(paths=(path,)), columns, {})

    assert [one.name for one in found] == ["c", "x_b", "a", "b"]
    assert [one.maximum for one in found] == [None, 2.0, None, 1.0]


def test_more_columns_than_one_statement_can_group_are_profiled(frames: Frames, tmp_path: Path):
    names = [f"c{number}" for number in range(130)]
    path = tmp_path / "p"
    select = ", ".join(f"'v{name}' AS {name}" for name in names)
    frames.rows(f"COPY (SELECT {select}) TO {literal(str(path))} (FORMAT parquet)")
    columns = [Column(name=n, type="VARCHAR", kind=ColumnKind.CATEGORICAL) for n in names]
    found = profile(frames, Selection(paths=(path,)), columns, {})

    assert [one.values for one in found] == [(f"v{name}",) for name in names]


def test_no_columns_are_no_profiles(frames: Frames, keep: Keep):
    assert profile(frames, keep([1.0], "DOUBLE"), [], {}) == ()
