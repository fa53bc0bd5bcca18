"""Rows that are drawn as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import units

START = np.datetime64("2013-07-01T00:00:00", "us")


def _every(seconds: int, rows: int) -> np.ndarray:
    return START + np.arange(rows) * np.timedelta64(seconds, "s")


@pytest.mark.parametrize(
    ("seconds", "rows", "noun", "count"),
    [
        (3_600, 31 * 24, "day", 31),
        (900, 7 * 96, "6-hour block", 28),
        (60, 24 * 60, "hour", 24),
        (86_400, 365, "week", 53),
        (86_400, 12, "day", 12),
        (1, 5, "second", 5),
        (0, 50, "52-week block", 1),
    ],
    ids=["a month", "a week", "a day", "a year by day", "twelve dates", "5 seconds", "one moment"],
)
def test_a_block_is_the_longest_span_that_gives_blocks_enough(seconds, rows, noun, count):
    found = units.by_time(_every(seconds, rows))

    assert (found.noun, found.count) == (noun, count)


def test_rows_of_one_day_are_one_block_in_any_order():
    times = _every(3_600, 31 * 24)[::-1]

    found = units.by_time(times)

    assert np.bincount(found.of_row).tolist() == [24] * 31
    assert found.of_row[0] == 30


def test_rows_without_a_time_are_a_block_of_their_own():
    times = np.append(_every(3_600, 31 * 24), [np.datetime64("NaT")] * 3)

    found = units.by_time(times)

    assert np.bincount(found.of_row).tolist() == [3, *[24] * 31]


@given(st.lists(st.sampled_from(["a", "b", "", None]), min_size=1, max_size=30))
def test_rows_of_one_value_are_one_group(values):
    found = units.by_group(np.array(values, dtype=object))

    assert found.count == len({str(value) for value in values})
    assert all(
        (found.of_row[i] == found.of_row[j]) == (str(values[i]) == str(values[j]))
        for i in range(len(values))
        for j in range(i)
    )


def test_some_of_the_rows_have_units_that_are_numbered_anew():
    found = units.by_group(np.array(["a", "b", "c", "b"])).of(np.array([False, True, True, True]))

    assert (found.of_row.tolist(), found.count) == ([0, 1, 0], 2)


def test_sums_are_over_the_rows_of_each_unit():
    found = units.by_group(np.array(["a", "b", "a"]))
    columns = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])

    assert found.sums(columns).tolist() == [[5.0, 50.0], [2.0, 20.0]]
