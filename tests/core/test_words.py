"""Values in words: what a person reads in the terminal, on the command line and in a report."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import words

NOW = datetime(2013, 4, 15, 12, 30, 7, tzinfo=UTC)
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.71234, "0.712"),
        (-0.00712, "-0.00712"),
        (3.0, "3.00"),
        (99.96, "100"),
        (999.96, "1 000"),
        (12_345.6, "12 300"),
        (2.1e-7, "2.10e-7"),
        (0.000099996, "0.000100"),
        (3.2e12, "3.20e12"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert words.number(value) == text


@given(st.floats(1e-4, 1e11))
def test_a_number_stays_within_half_a_per_cent(value):
    assert float(words.number(value).replace(" ", "")) == pytest.approx(value, rel=5e-3)


@given(ANY_FLOAT)
def test_every_number_can_be_written(value):
    forms = (words.number, words.signed, words.fixed, words.metric, words.delta, words.short)

    assert all(form(value) for form in (*forms, words.percent, words.share, words.p_value))


@pytest.mark.parametrize(
    ("value", "text"), [(0.006072, "+0.00607"), (-1234.0, "-1 230"), (0.0, "0"), (None, "-")]
)
def test_a_signed_number_says_where_it_goes(value, text):
    assert words.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0031, "+0.0031"), (-0.2, "-0.2000"), (1e-9, "="), (-1e-9, "="), (2e4, "+20 000.0000")],
)
def test_a_difference_in_a_column_carries_its_sign(value, text):
    assert words.delta(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.71234, "0.7123"), (1234.5, "1 234.5000"), (-0.00001, "0.0000")]
)
def test_fixed_decimals_line_up_and_zero_has_no_sign(value, text):
    assert words.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.71234, "0.7123"), (27_020.0, "27 020"), (1.0, "1.0000"), (3e6, "3 000 000"), (None, "-")],
    ids=["share", "count", "one", "millions", "nothing"],
)
def test_a_metric_that_counts_is_whole(value, text):
    assert words.metric(value) == text


def test_counts_have_their_thousands_spaced():
    assert words.count(1_234_567) == "1 234 567"
    assert [words.plural(amount, "row") for amount in (0, 1, 12_400)] == [
        "0 rows",
        "1 row",
        "12 400 rows",
    ]


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((0.705, 0.71912), "0.7050 to 0.7191"),
        ((0.705, 0.71912, 3), "0.705 to 0.719"),
        ((None, 0.7), "-"),
        ((math.nan, 0.7), "-"),
    ],
    ids=["as a metric", "three decimals", "none", "undefined"],
)
def test_an_interval_has_both_bounds_or_none(bounds, text):
    assert words.interval(*bounds) == text


def test_the_interval_of_a_gain_carries_signs():
    assert words.gain_interval(-0.004123, 0.0113) == "-0.00412 to +0.0113"
    assert words.gain_interval(math.nan, 0.1) == "-"


def test_shares_are_per_cent():
    assert words.percent(0.12549) == "12.5 %"
    assert words.percent(0.62, 0) == "62 %"
    assert words.share(0.0065) == "0.650 %"
    assert words.percent(None) == words.percent(math.nan) == "-"


@pytest.mark.parametrize(
    ("value", "text"), [(0.674, ".67"), (1.2, "1.20"), (-0.31, "-.31"), (-0.001, ".00")]
)
def test_an_effect_goes_without_its_leading_zero(value, text):
    assert words.short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<.001"),
        (0.041, ".041"),
        (0.9994, ".999"),
        (0.9996, "1"),
        (1.0, "1"),
        (math.nan, "-"),
        (None, "-"),
    ],
)
def test_a_p_value_is_cut_at_a_thousandth(value, text):
    assert words.p_value(value) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (48_200_000, "48.2 MB"),
        (999_999_999, "1.00 GB"),
        (3 * 10**15, "3 000 TB"),
    ],
)
def test_a_size_has_the_unit_that_fits(size_bytes, text):
    assert words.size(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (-3, "0.0 s"),
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min 00 s"),
        (131, "2 min 11 s"),
        (3599.9, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (90_061, "1 d 01 h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, text):
    assert words.duration(seconds) == text


def test_what_has_not_ended_took_no_time_yet():
    assert words.took(NOW, NOW + timedelta(seconds=131)) == "2 min 11 s"
    assert words.took(NOW, None) == "-"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(milliseconds=300), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=3, seconds=50), "3 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=6), "6 d ago"),
        (timedelta(seconds=-90), "in 1 min"),
        (timedelta(days=30), "2013-03-16"),
    ],
)
def test_a_moment_is_told_from_now(before, text):
    assert words.ago(NOW - before, NOW) == text


@pytest.mark.parametrize(
    ("before", "form"),
    [
        (timedelta(), "%H:%M:%S"),
        (timedelta(days=3), "%m-%d %H:%M"),
        (timedelta(days=400), "%Y-%m-%d"),
    ],
    ids=["today", "this year", "before"],
)
def test_a_clock_says_only_what_is_not_known(before, form):
    at = NOW - before

    assert words.clock(at, NOW) == f"{at.astimezone():{form}}"


def test_a_moment_is_told_in_local_time():
    there = NOW.astimezone(timezone(timedelta(hours=-11)))

    assert words.moment(there) == words.moment(NOW) == f"{NOW.astimezone():%Y-%m-%d %H:%M:%S}"
    assert words.moment(None) == "-"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1_385_874_000.0, "2013-12-01 05:00"),
        (0.0, "1970-01-01 00:00"),
        (9.2e18, "9.20e18"),
        (math.nan, "NaN"),
        (None, "-"),
    ],
    ids=["in the rows", "epoch", "no such year", "undefined", "none"],
)
def test_seconds_since_1970_are_told_as_a_moment(seconds, text):
    assert words.event_time(seconds) == text


def test_a_span_of_event_time_is_told_in_days():
    assert words.days(NOW, NOW + timedelta(hours=2)) == "2013-04-15"
    assert words.days(NOW, NOW + timedelta(days=3)) == "2013-04-15 to 2013-04-18"
    assert words.days(NOW, None) == "2013-04-15 to …"
    assert words.days(None, None) == words.day(None) == "-"


def test_a_month_is_told_as_one():
    start, end = datetime(2013, 4, 1, 5, tzinfo=UTC), datetime(2013, 4, 30, 23, tzinfo=UTC)

    assert words.period(start, end) == "2013-04"
    assert words.period(start, start) == "2013-04-01"
    assert words.period(start, end + timedelta(days=9)) == "2013-04-01 to 2013-05-09"


def test_a_version_is_named_after_what_it_is_a_version_of():
    assert words.versioned("flights", 3) == "flights@v3"
    assert words.versioned(None, None) == words.versioned("flights", None) == "-"


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        ([], None, ""),
        (["temp"], None, "temp"),
        (["temp", "dewp"], None, "temp and dewp"),
        (["temp", "dewp", "humid"], None, "temp, dewp and humid"),
        (["temp", "dewp", "humid"], 3, "temp, dewp and humid"),
        (["temp", "dewp", "humid", "wind", "hour"], 2, "temp, dewp and 3 more"),
        (["temp", "dewp"], 1, "temp and 1 more"),
    ],
)
def test_names_are_listed_as_in_a_sentence(names, most, text):
    assert words.listed(names, most=most) == text
