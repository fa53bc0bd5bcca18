"""How the profile of a version is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from storage.records import ColumnKind, ColumnProfile
from workbench.cli import profiles
from workbench.core import words

HEIGHTS = ColumnProfile(
    name="키(cm)",
    kind=ColumnKind.NUMERIC,
    type="DOUBLE",
    rows=1000,
    nulls=20,
    nans=5,
    distinct=612,
    distinct_is_exact=False,
    minimum=140.0,
    maximum=200.0,
    mean=171.25,
    std=9.5,
    edges=(139.0, 160.0, 170.0, 180.0, 200.0),
    counts=(0, 175, 300, 300, 200, 0),
    quantiles=((0.05, 146.0), (0.5, 170.5), (0.95, 195.0)),
)
CITIES = ColumnProfile(
    name="지역",
    kind=ColumnKind.CATEGORICAL,
    rows=100,
    nulls=10,
    distinct=7,
    values=("서울", "부산"),
    value_counts=(50, 25),
    other=15,
)
DAYS = ColumnProfile(
    name="at",
    kind=ColumnKind.TIMESTAMP,
    rows=10,
    nulls=0,
    minimum=0.0 + 1_700_000_000,
    maximum=1_700_086_400.0,
    edges=(1_700_000_000.0, 1_700_086_400.0),
    counts=(1, 9, 0),
)


def test_a_number_has_its_figures_and_its_shape():
    cells = profiles.number(HEIGHTS, is_wide=True)

    assert cells[:4] == ("키(cm)", "2.5 %", "~612", "140")
    assert cells[4:10] == ("146", "170", "195", "200", "171", "9.50")
    assert len(cells[10]) == 16


@pytest.mark.parametrize(
    ("row", "headings"),
    [
        (profiles.number(HEIGHTS, is_wide=True), profiles.NUMBERS),
        (profiles.number(HEIGHTS, is_wide=False), profiles.NUMBERS_IN_SHORT),
        (profiles.time(DAYS, is_wide=True), profiles.TIMES),
        (profiles.time(DAYS, is_wide=False), profiles.TIMES_IN_SHORT),
        (profiles.category(CITIES, 10)[0], profiles.VALUES),
    ],
    ids=["number", "number in short", "time", "time in short", "category"],
)
def test_every_cell_has_a_heading(row: tuple[str, ...], headings: tuple[str, ...]):
    assert len(row) == len(headings)


def test_values_have_bars_in_proportion_and_the_others_are_counted():
    rows = profiles.category(CITIES, 8)

    assert rows == [
        ("지역", "10.0 %", "7", "서울", "████████", "50.0 %", "50"),
        ("", "", "", "부산", "████", "25.0 %", "25"),
        ("", "", "", "5 others", "", "15.0 %", "15"),
    ]


def test_values_of_a_row_each_are_not_listed():
    codes = replace(CITIES, rows=1000, values=("a", "b"), value_counts=(1, 1), other=988)

    assert profiles.category(codes, 8)[0][3:] == ("each in few rows", "", "99.0 %", "990")


def test_a_column_without_rows_is_told():
    nothing = ColumnProfile(name="x", kind=ColumnKind.NUMERIC, rows=0, nulls=0)

    assert profiles.number(nothing, is_wide=False) == ("x", "none", "-", "-", "-", "-", "-", "")
    empty = replace(CITIES, values=(), value_counts=(), rows=0, nulls=0, other=0)
    assert profiles.category(empty, 5) == [("지역", "none", "7", "", "", "", "")]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("column", [HEIGHTS, DAYS], ids=["number", "time"])
def test_a_tall_histogram_keeps_within_its_width(column: ColumnProfile, width: int):
    lines = profiles.tall(column, width, words.number)

    assert max(map(cell_len, lines)) <= width
    assert len({cell_len(line) for line in lines[:11]}) == 1
    assert lines[0].split("│")[1].strip()
