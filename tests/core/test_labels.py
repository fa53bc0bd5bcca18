"""Numbers and periods in what people type."""

from __future__ import annotations

import pytest

from workbench.core.labels import is_period, number_in

NUMBERS = {
    "with its letter": ("v3", 3),
    "without": ("3", 3),
    "zeros before": ("v003", 3),
    "another letter": ("r3", None),
    "a letter alone": ("v", None),
    "nothing": ("", None),
    "a sign": ("v-3", None),
    "a fraction": ("v3.0", None),
    "a raised digit": ("v²", None),
    "more digits than the catalog has": (f"v{'9' * 19}", None),
}


@pytest.mark.parametrize(("text", "number"), NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_is_read_with_or_without_its_letter(text: str, number: int | None):
    assert number_in(text, prefix="v") == number


PERIODS = {
    "a year": ("flights@2013", True),
    "a month": ("flights@2013-04", True),
    "a day": ("flights@2013-04-01", True),
    "a version": ("flights@v3", False),
    "a number": ("flights@3", False),
    "the newest": ("flights@latest", False),
    "a name alone": ("flights", False),
    "a name that is a year": ("2013", False),
    "half a month": ("flights@2013-4", False),
    "an hour": ("flights@2013-04-01 10", False),
    "other digits": ("flights@\uff12\uff10\uff11\uff13", False),
    "a line more": ("flights@2013\n", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("label", "found"), PERIODS.values(), ids=PERIODS.keys())
def test_a_period_is_told_from_a_version(label: str, found: bool):
    assert is_period(label) is found
