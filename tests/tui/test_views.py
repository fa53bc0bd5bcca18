"""What screens say of a record, as text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.records import ColumnKind, ColumnProfile, Profile
from tests.tui.shapes import column_profile
from workbench.tui.views import profiles

FLIGHT_IDS = ColumnProfile(
    name="flight_id",
    kind=ColumnKind.CATEGORICAL,
    rows=27_020,
    nulls=0,
    distinct=27_020,
    values=tuple(f"UA-{number}" for number in range(1000)),
    value_counts=(1,) * 1000,
    other=26_020,
)
DEPARTURES = ColumnProfile(
    name="scheduled_departure",
    kind=ColumnKind.TIMESTAMP,
    rows=27_020,
    nulls=0,
    minimum=1_385_874_000.0,
    maximum=1_388_552_340.0,
    mean=1_387_200_000.0,
    std=770_000.0,
)
TEMPERATURES = column_profile("temp", "numeric")
ORIGINS = column_profile("origin", "categorical")


def column_text(column: ColumnProfile, before: ColumnProfile | None = None) -> str:
    lines = profiles.column_lines(column, before, 60, 12)
    return "\n".join(line.plain.rstrip() for line in lines)


def test_shares_of_values_are_of_all_rows_of_their_side():
    before = replace(ORIGINS, rows=60_000, value_counts=(30_000, 12_000, 6_000))

    shown = column_text(ORIGINS, before)

    assert [line.split()[-2] for line in shown.splitlines()[:4]] == ["50.0", "21.3", "20.0", "12.8"]


def test_values_that_lie_apart_leave_no_gaps_between_the_bars():
    grid = tuple(20.0 + 0.9 * step for step in range(60))
    column = replace(TEMPERATURES, minimum=20.0, maximum=grid[-1], edges=grid, counts=(450,) * 61)

    bars = column_text(column).splitlines()[6]

    assert len(bars.strip()) == 60
    assert " " not in bars.strip()


def test_a_column_of_unique_values_is_counted_instead_of_drawn():
    shown = column_text(FLIGHT_IDS, FLIGHT_IDS)

    assert shown.startswith("27 020 different values\n")
    assert "█" not in shown
    assert profiles.column_legend(FLIGHT_IDS, has_before=True).plain == ""
    assert profiles.small_histogram(FLIGHT_IDS).plain == "all differ"


def test_a_time_has_a_first_and_a_last_value_and_no_mean():
    shown = column_text(DEPARTURES)

    assert "first  2013-12-01 05:00" in shown
    assert "last   2014-01-01 04:59" in shown
    assert "mean" not in shown


def test_so_many_different_values_that_none_was_kept_are_counted_too():
    column = replace(FLIGHT_IDS, values=(), value_counts=())

    assert column_text(column).startswith("27 020 different values\n")
    assert profiles.small_histogram(column).plain == "all differ"


@pytest.mark.parametrize(
    "column",
    [DEPARTURES, FLIGHT_IDS, replace(FLIGHT_IDS, values=(), value_counts=())],
    ids=["time", "unique", "unique, none kept"],
)
def test_nothing_stands_for_what_has_no_typical_value(column):
    profile = Profile(rows=27_020, columns=(column,))

    assert profiles.column_rows(profile)[0].cells[-1] == ""
