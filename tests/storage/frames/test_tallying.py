"""Values of columns that have too many to count them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.frames import Frames, Selection, literal, profile
from storage.frames.tallying import EXACT_ROWS
from storage.records import Column, ColumnKind, ColumnProfile

ROWS = EXACT_ROWS + 100_000
CODE = Column(name="code", type="VARCHAR", kind=ColumnKind.CATEGORICAL)


@pytest.fixture
def rows(frames: Frames, tmp_path: Path) -> Selection:
    """Codes that all differ, but for one in ten rows, which is '서울', and one in a hundred, which is null."""
    path = tmp_path / "rows.parquet"
    code = "CASE WHEN i % 10 = 3 THEN '서울' WHEN i % 100 <> 0 THEN printf('c%07d', i) END"
    frames.rows(
        f"COPY (SELECT {code} AS code FROM range({ROWS}) t(i)) TO {literal(str(path))}"
        " (FORMAT parquet)"
    )
    return Selection(paths=(path,))


def found(frames: Frames, rows: Selection, known: tuple[str, ...] = ()) -> ColumnProfile:
    (column,) = profile(frames, rows, [CODE], {}, known={"code": known})
    return column


def test_values_that_many_rows_have_are_counted_to_the_row(frames: Frames, rows: Selection):
    column = found(frames, rows)

    assert (column.values[0], column.value_counts[0]) == ("서울", ROWS // 10)
    assert (column.rows, column.nulls) == (ROWS, ROWS // 100)
    assert column.other + sum(column.value_counts) == ROWS - ROWS // 100


def test_how_many_values_differ_is_within_two_per_cent(frames: Frames, rows: Selection):
    column = found(frames, rows)

    assert column.distinct == pytest.approx(ROWS * 0.89 + 1, rel=0.02)
    assert not column.distinct_is_exact


def test_known_values_are_listed_however_rare(frames: Frames, rows: Selection):
    column = found(frames, rows, ("c0000001", "gone"))
    counted = dict(zip(column.values, column.value_counts, strict=True))

    assert (counted["c0000001"], counted["서울"], "gone" in counted) == (1, ROWS // 10, False)
