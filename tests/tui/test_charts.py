from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.tui import charts, histograms

FINITE = st.floats(-1e6, 1e6)


def text(lines):
    return [line.plain.rstrip() for line in lines]


def test_a_sparkline_rises_with_its_values():
    assert charts.sparkline([0, 1, 2, 3, 4, 5, 6], 10).plain == "▁▂▃▄▅▆▇"


def test_a_sparkline_leaves_a_blank_for_what_is_missing():
    assert charts.sparkline([1, None, math.nan, 2], 10).plain == "▁  ▇"


@given(st.lists(st.one_of(st.none(), FINITE), max_size=200), st.integers(1, 60))
def test_a_sparkline_is_never_wider_than_asked(values, width):
    assert charts.sparkline(values, width).cell_length <= width


@given(st.floats(-1, 2), st.integers(1, 80))
def test_bars_fill_their_width(share, width):
    drawn = [draw(share, width) for draw in (charts.bar, charts.rule, charts.progress)]

    assert [one.cell_length for one in drawn] == [width] * 3


def test_a_progress_bar_is_exact_to_half_a_cell():
    assert charts.progress(0.625, 20).plain == "━" * 12 + "╸" + "━" * 7


def test_progress_that_nobody_knows_is_dotted():
    assert charts.progress(None, 3).plain == "╌╌╌"


def test_a_line_chart_labels_its_axes():
    series = charts.Series(name="auc", xs=range(3), ys=[0.7, 0.72, 0.74])

    drawn = text(charts.line_chart([series], 34, 8, x_labels=["Apr", "May", "Jun"]))

    assert drawn == [
        "0.74 ┤                        ⢀⡠⠤⠒",
        "     │                   ⣀⡠⠔⠒⠉⠁",
        "0.72 ┤             ⢀⣀⠤⠔⠊⠉",
        "     │        ⢀⣀⠤⠒⠊⠁",
        "     │   ⢀⡠⠤⠒⠊⠁",
        "0.70 ┤⠤⠒⠉⠁",
        "     └┬─────────────┬────────────┬",
        "      Apr          May         Jun",
    ]


def test_a_line_chart_without_values_says_so():
    series = charts.Series(name="auc", xs=[0, 1], ys=[math.nan, math.inf])

    assert text(charts.line_chart([series], 30, 8)) == ["no values yet"]


@given(
    st.lists(FINITE, min_size=1, max_size=60),
    st.integers(20, 120),
    st.integers(4, 30),
    st.one_of(st.none(), FINITE),
)
def test_a_line_chart_fills_its_size(values, width, height, limit):
    series = charts.Series(name="x", xs=range(len(values)), ys=values)

    drawn = charts.line_chart([series], width, height, limit=limit)

    assert len(drawn) == height
    assert max(line.cell_length for line in drawn) <= width


def test_overlaid_histograms_have_a_colour_for_the_overlap():
    drawn = histograms.histogram([1, 1, 0], [0, 1, 1], 3, 1)

    assert [span.style for span in drawn[0].spans] == ["$series-1", "$series-both", "$series-2"]


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=300),
    st.integers(1, 120),
    st.integers(1, 12),
)
def test_a_histogram_fills_its_size(counts, width, height):
    drawn = histograms.histogram(counts, counts[::-1], width, height)

    assert [line.cell_length for line in drawn] == [width] * height


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=40, unique=True).map(sorted),
    st.integers(1, 50),
)
@example([-1.875, 0.0, 5e-93], 13)
@example([-61.0, -4.3975766665858675e-14, 0.0], 7)
def test_bins_of_equal_width_keep_all_rows_within_their_ends(bounds, bins):
    counts = [10.0] * (len(bounds) - 1)

    spread = histograms.equal_width(bounds, counts, (bounds[0], bounds[-1]), bins)

    assert sum(spread) == pytest.approx(sum(counts), rel=1e-6)


def test_the_tails_of_a_column_are_left_out_of_its_histogram():
    bounds, counts = [0.0, 1.0, 2.0, 1000.0], [500, 500, 1]

    low, high = histograms.inner_range(bounds, counts)

    assert (low, high) == (pytest.approx(0.01, abs=0.01), pytest.approx(2.0, abs=0.02))


def test_categories_are_drawn_with_their_shares():
    drawn = text(histograms.value_bars(["AA", "서울"], [0.75, 0.25], [], 24))

    assert drawn == ["AA   ███████████  75.0 %", "서울 ███▋         25.0 %"]
