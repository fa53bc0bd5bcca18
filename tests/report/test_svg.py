"""Drawing: round ticks, gaps that stay gaps, labels that do not touch."""

from __future__ import annotations

import math
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from workbench.report import svg
from workbench.report.markup import tag


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
