from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from workbench.tui import format as words

NOW = datetime(2026, 3, 9, 15, 42, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.71234, "0.712"),
        (12_345.6, "12 300"),
        (999.96, "1 000"),
        (-3.0, "-3.00"),
        (2.1e-7, "2.10e-7"),
        (float("nan"), "NaN"),
        (float("-inf"), "-inf"),
        (None, "-"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert words.number(value) == text


def test_thousands_are_spaced():
    assert words.count(1_234_567) == "1 234 567"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0031, "+0.0031"), (-0.2, "-0.2000"), (1e-9, "="), (None, "-")]
)
def test_a_difference_carries_its_sign(value, text):
    assert words.delta(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0.4 s"), (59.7, "1 min 00 s"), (131, "2 min 11 s"), (7500, "2 h 05 min")],
)
def test_a_duration_is_told_in_two_units(seconds, text):
    shown = words.duration(seconds)

    assert shown == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (12, "12 s ago"), (200, "3 min ago"), (-90, "in 1 min"), (200_000, "2 d ago")],
)
def test_a_moment_is_told_from_now(seconds, text):
    assert words.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_a_month_is_told_as_one():
    start, end = datetime(2013, 4, 1, 5, tzinfo=UTC), datetime(2013, 4, 30, 23, tzinfo=UTC)

    assert words.period(start, end) == "2013-04"


@pytest.mark.parametrize(("size", "text"), [(999, "999 B"), (48_200_000, "48.2 MB"), (0, "0 B")])
def test_bytes_have_a_unit(size, text):
    assert words.size(size) == text


TEXT = st.text(st.sampled_from("ab 서울데이터é1…"), max_size=30)


@given(TEXT, st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_a_fitted_text_is_as_wide_as_asked(text, width, align):
    assert cell_len(words.fit(text, width, align)) == width


@given(TEXT, st.integers(1, 40), st.sampled_from(["left", "right"]))
def test_fitted_content_is_never_wider_than_asked(text, width, align):
    fitted = words.fit_content(Content(text), width, align)

    assert fitted.cell_length == width
