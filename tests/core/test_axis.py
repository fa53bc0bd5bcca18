"""Axes: ends that hold all values, round ticks, labels that tell them apart."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.core import axis

values = st.floats(-1e9, 1e9)
ranges = st.tuples(values, values).map(sorted)


def _telling(low: float, high: float) -> None:
    """Leaves out ranges that a float cannot divide."""
    assume(high - low > max(1e-12, 1e-6 * max(abs(low), abs(high))))


@given(ranges)
def test_ticks_lie_within_their_scale_and_are_evenly_spaced(ends):
    low, high = ends
    _telling(low, high)
    marks = axis.ticks(low, high)
    step = (high - low) / 5

    assert all(low - 1e-6 * step <= mark <= high + 1e-6 * step for mark in marks)
    gaps = [right - left for left, right in pairwise(marks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-4) for gap in gaps)


@given(ranges, st.integers(2, 10))
def test_there_are_about_as_many_ticks_as_wanted(ends, wanted):
    low, high = ends
    _telling(low, high)

    assert wanted / 2.6 - 1 <= len(axis.ticks(low, high, wanted=wanted)) <= wanted + 1


@given(ranges)
def test_neighbouring_ticks_never_share_a_label(ends):
    low, high = ends
    _telling(low, high)
    labels = axis.tick_labels(axis.ticks(low, high))

    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.62, 0.74), ("0.625", "0.650", "0.675", "0.700", "0.725")),
        ((-1.0, 1.0), ("-1.0", "-0.5", "0.0", "0.5", "1.0")),
        ((0.0, 12_400.0), ("0", "2 500", "5 000", "7 500", "10 000")),
        ((-0.1, 5.1), ("0", "2", "4")),
        ((0.0, 9.9e-8), ("0", "2e-08", "4e-08", "6e-08", "8e-08")),
    ],
    ids=["share", "around zero", "thousands", "whole", "tiny"],
)
def test_tick_labels_have_as_many_decimals_as_tell_them_apart(ends, expected):
    assert axis.tick_labels(axis.ticks(*ends)) == expected


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_no_ticks_without_a_scale(ends):
    with pytest.raises(ValueError, match="no scale"):
        axis.ticks(*ends)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=8))
def test_a_scale_holds_every_finite_value(found):
    low, high = axis.around(found)

    assert low < high
    assert all(low <= value <= high for value in found if math.isfinite(value))


@pytest.mark.parametrize("values", [[2.2e-308], [0.0, 5e-324], [0.7], [1e300]])
def test_values_that_hardly_differ_have_ticks_all_the_same(values):
    marks = axis.ticks(*axis.around(values))

    assert len(axis.tick_labels(marks)) == len(marks) > 1
