"""Numbers as the house writes them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.report import figures


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.640009, "0.640"),
        (12345.0, "12 300"),
        (0.0, "0"),
        (2.5e-16, "2.50e-16"),
        (math.nan, "NaN"),
        (-math.inf, "-inf"),
        (None, "-"),
    ],
    ids=["share", "thousands", "zero", "tiny", "nan", "infinite", "nothing"],
)
def test_a_number_has_three_significant_digits(value, expected):
    assert figures.number(value) == expected


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_number_can_be_written(value):
    assert figures.number(value)
    assert figures.signed(value)
    assert figures.fixed(value, 3)


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
    assert figures.between(math.nan, 1.0, 3) == "no interval"
    assert figures.between(0.6, 0.7, 3) == "0.600 to 0.700"


def test_a_moment_is_written_in_utc():
    seoul = timezone(timedelta(hours=9))

    assert figures.moment(datetime(2026, 11, 24, 3, 10, tzinfo=seoul)) == "2026-11-23 18:10 UTC"
    assert figures.moment(datetime(2026, 11, 23, 18, 10)) == "2026-11-23 18:10"  # noqa: DTZ001


def test_a_p_value_is_cut_at_a_thousandth():
    shown = [figures.p_value(value) for value in (0.0, 0.041, 1.0, math.nan, None)]

    assert shown == ["<.001", ".041", "1", "-", "-"]


def test_days_of_a_span_are_iso():
    start = datetime(2013, 4, 1, 5, tzinfo=UTC)

    assert figures.days(start, start + timedelta(days=29)) == "2013-04-01 to 2013-04-30"
    assert figures.days(start, start) == "2013-04-01"
    assert figures.days(None, None) == "-"
