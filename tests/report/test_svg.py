"""Drawing: round ticks, gaps that stay gaps, labels that do not touch."""

from __future__ import annotations

import math
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.report import svg
from workbench.report.markup import tag

values = st.floats(-1e9, 1e9)
ranges = st.tuples(values, values).map(sorted)


def _telling(low: float, high: float) -> None:
    """Leaves out ranges that a float cannot divide."""
    assume(high - low > max(1e-12, 1e-6 * max(abs(low), abs(high))))


@given(ranges)
def test_ticks_lie_within_their_scale_and_are_evenly_spaced(ends):
    low, high = ends
    _telling(low, high)
    marks = svg.ticks(low, high)
    step = (high - low) / 5

    assert all(low - 1e-6 * step <= mark <= high + 1e-6 * step for mark in marks)
    gaps = [right - left for left, right in pairwise(marks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-4) for gap in gaps)


@given(ranges, st.integers(2, 10))
def test_there_are_about_as_many_ticks_as_wanted(ends, wanted):
    low, high = ends
    _telling(low, high)

    assert wanted / 2.6 - 1 <= len(svg.ticks(low, high, wanted=wanted)) <= wanted + 1


@given(ranges)
def test_neighbouring_ticks_never_share_a_label(ends):
    low, high = ends
    _telling(low, high)
    labels = svg.tick_labels(svg.ticks(low, high))

    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.62, 0.74), ("0.625", "0.650", "0.675", "0.700", "0.725")),
        ((-1.0, 1.0), ("-1.0", "-0.5", "0.0", "0.5", "1.0")),
        ((0.0, 12_400.0), ("0", "2 500", "5 000", "7 500", "10 000")),
    ],
    ids=["share", "around zero", "thousands"],
)
def test_tick_labels_have_as_many_decimals_as_tell_them_apart(ends, expected):
    assert svg.tick_labels(svg.ticks(*ends)) == expected


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_no_ticks_without_a_scale(ends):
    with pytest.raises(ValueError, match="no scale"):
        svg.ticks(*ends)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=8))
def test_a_scale_holds_every_finite_value(found):
    low, high = svg.around(found)

    assert low < high
    assert all(low <= value <= high for value in found if math.isfinite(value))


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=6), st.floats(1, 30))
def test_spread_labels_are_a_gap_apart_and_keep_their_order(places, gap):
    moved = svg.spread(places, gap=gap)
    order = sorted(range(len(places)), key=lambda index: places[index])

    assert all(moved[b] - moved[a] >= gap - 1e-6 for a, b in pairwise(order))


def test_labels_with_room_stay_where_they_are():
    assert svg.spread([10.0, 80.0], gap=19.0) == (10.0, 80.0)


def test_a_line_breaks_where_a_point_is_missing():
    drawn = svg.line([(0.0, 1.0), (1.0, 1.0), None, (3.0, 1.0)], "served")
    found = ET.fromstring(tag("g", drawn))

    assert [element.tag for element in found] == ["path", "circle"]


def test_a_band_around_one_point_is_a_bar():
    drawn = svg.band([None, (1.0, 5.0, 2.0), None], "served")

    assert ET.fromstring(tag("g", drawn))[0].get("d") == "M1.0 5.0L1.0 2.0"


def test_an_interval_that_is_not_finite_is_not_drawn():
    scale = svg.Scale(low=0.0, high=1.0, start=0.0, end=100.0)

    assert svg.whisker(scale, low=math.nan, value=math.nan, high=1.0, y=5.0) == ""
    assert "circle" in svg.whisker(scale, low=math.nan, value=0.5, high=1.0, y=5.0)


def test_what_lies_beyond_a_scale_is_drawn_at_its_end():
    scale = svg.Scale(low=0.0, high=1.0, start=100.0, end=0.0)

    assert [scale.place(value) for value in (-3.0, 0.0, 0.25, 7.0)] == [100.0, 100.0, 75.0, 0.0]
