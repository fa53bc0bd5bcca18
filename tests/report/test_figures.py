"""Numbers as the house writes them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import pytest

from workbench.report import figures


@pytest.mark.parametrize(
    ("values", "widths", "expected"),
    [
        ([0.640, 0.714], [0.007, 0.006], 3),
        ([1234.5], [8.0], 0),
        ([12.3], [0.04], 2),
        ([], [], 3),
        ([math.nan], [math.nan], 3),
        ([0.0], [0.0], 3),
    ],
    ids=["auc", "large", "narrow interval", "none", "nan", "zero"],
)
def test_decimals_follow_the_values_and_their_intervals(values, widths, expected):
    assert figures.decimals(values, widths) == expected


def test_an_interval_without_ends_says_so():
    assert figures.interval(math.nan, 1.0, 3) == "no interval"
    assert figures.interval(0.6, 0.7, 3) == "0.600 to 0.700"


def test_so_many_decimals_are_shown_as_can_be_read():
    assert [figures.value(0.000123456, places) for places in (4, 9)] == ["0.0001", "0.000123"]


def test_a_gain_without_an_interval_says_so():
    assert figures.gain_interval(math.nan, 0.1) == "no interval"
    assert figures.gain_interval(-0.004123, 0.0113) == "-0.00412 to +0.0113"


def test_a_moment_is_written_in_utc():
    seoul = timezone(timedelta(hours=9))

    assert figures.moment(datetime(2026, 11, 24, 3, 10, tzinfo=seoul)) == "2026-11-23 18:10 UTC"
    assert figures.moment(datetime(2026, 11, 23, 18, 10)) == "2026-11-23 18:10"  # noqa: DTZ001
