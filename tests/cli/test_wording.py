from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli import wording

NOW = datetime(2013, 4, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.71234, "0.712"),
        (-0.00712, "-0.00712"),
        (3.0, "3.00"),
        (99.96, "100"),
        (999.96, "1 000"),
        (12_345.6, "12 300"),
        (2.1e-7, "2.1e-07"),
        (math.nan, "NaN"),
        (-math.inf, "-inf"),
    ],
)
def test_a_number_has_three_significant_digits(value, words):
    assert wording.number(value) == words


@given(st.floats(1e-4, 1e11))
def test_a_number_stays_within_half_a_per_cent(value):
    assert float(wording.number(value).replace(" ", "")) == pytest.approx(value, rel=5e-3)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (48_200_000, "48.2 MB"),
        (999_999_999, "1.00 GB"),
    ],
)
def test_a_size_has_the_unit_that_fits(size_bytes, words):
    assert wording.size(size_bytes) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(milliseconds=300), "now"),
        (timedelta(seconds=-3), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=3, seconds=50), "3 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=6), "6 d ago"),
        (timedelta(days=30), "2013-03-02"),
    ],
)
def test_a_moment_is_told_from_now(before, words):
    assert wording.ago(NOW - before, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (131, "2 min 11 s"),
        (3599.9, "1 h 00 min"),
        (90_061, "25 h 01 min"),
    ],
)
def test_what_something_took_has_at_most_two_units(seconds, words):
    assert wording.took(NOW, NOW + timedelta(seconds=seconds)) == words


def test_a_window_of_one_day_is_one_day():
    assert wording.days(NOW, NOW + timedelta(hours=2)) == "2013-04-01"
    assert wording.days(NOW, None) == "2013-04-01 to …"


@pytest.mark.parametrize(
    ("value", "words"), [(0.0001, "<.001"), (0.041, ".041"), (1.0, "1.000"), (None, "-")]
)
def test_a_p_value_is_cut_at_a_thousandth(value, words):
    assert wording.p_value(value) == words
