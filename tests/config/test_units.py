from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.config import units


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("2s", timedelta(seconds=2)),
        ("5m", timedelta(minutes=5)),
        ("1.5h", timedelta(minutes=90)),
        ("30 d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text, span):
    assert units.duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "2", "s", "-2s", "2 years", "2S", "1e3s", "٣s", "2s ", "1h30m", "9999999w"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="allowed"):
        units.duration(text)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0B", 0),
        ("1KB", 1024),
        ("32MB", 32 * 1024**2),
        ("1.5GiB", 3 * 1024**3 // 2),
        ("2tb", 2 * 1024**4),
    ],
)
def test_a_size_is_a_number_and_a_unit(text, size_bytes):
    assert units.size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "32", "MB", "-1MB", "3 XB", "1MBB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="allowed"):
        units.size(text)


@given(st.integers(0, 9_999), st.sampled_from(["s", "m", "h", "d"]))
def test_sixty_times_a_number_in_a_smaller_unit_is_the_same_span(number, unit):
    smaller = {"m": "s", "h": "m"}.get(unit)

    if smaller:
        assert units.duration(f"{number}{unit}") == units.duration(f"{number * 60}{smaller}")
    else:
        assert units.duration(f"{number}{unit}") >= timedelta()
