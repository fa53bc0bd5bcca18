"""Figures of runs as plain text."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import CurvePoint
from workbench.core import curves
from workbench.core.curves import Confusion
from workbench.tui.braille import Canvas
from workbench.tui.views import charts, panels
from workbench.tui.views.param_axis import ParamAxis

TRUTH = np.array([0, 1] * 60, dtype=np.int64)
SCORES = np.linspace(0, 1, 120) * 0.5 + TRUTH * 0.3
VALUES = st.floats(allow_nan=True, allow_infinity=True)
SIZES = st.tuples(st.integers(30, 90), st.integers(6, 24))
PARAMS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**400), VALUES, st.text("abc가나", max_size=9)
)
TWO = charts.looks(["r1", "r2"])


def text(lines):
    return [line.plain.rstrip() for line in lines]


def points(*values, count=1):
    return [
        CurvePoint(step=step, value=value, low=value - 0.1, high=value + 0.1, count=count)
        for step, value in enumerate(values)
    ]


def colours(lines):
    return {str(span.style) for line in lines for span in line.spans}


def test_twelve_runs_are_told_apart():
    found = charts.looks([f"r{number}" for number in range(12)])

    assert len({(look.mark, look.style) for look in found}) == 12


def test_curves_lie_over_each_other_with_their_signs():
    drawn = charts.step_curves(TWO, [points(0.5, 0.6, 0.7), points(0.7, 0.6, 0.5)], 40, 10)

    assert "●" in "".join(text(drawn))
    assert "▲" in "".join(text(drawn))


def test_a_band_shows_only_where_a_point_stands_for_many():
    alone = charts.step_curves(TWO[:1], [points(0.5, 0.6)], 40, 10)
    many = charts.step_curves(TWO[:1], [points(0.5, 0.6, count=9)], 40, 10)

    assert "$series-1 45%" in colours(many) - colours(alone)


@given(st.lists(st.lists(VALUES, max_size=20), min_size=1, max_size=4), SIZES)
def test_curves_fill_their_size_whatever_was_logged(values, size):
    width, height = size
    looks = charts.looks([str(place) for place in range(len(values))])

    drawn = charts.step_curves(looks, [points(*one) for one in values], width, height)

    assert all(line.cell_length <= width for line in drawn)
    assert len(drawn) in {1, height}


@given(st.lists(st.tuples(PARAMS, st.one_of(st.none(), VALUES)), max_size=12), SIZES)
def test_a_scatter_takes_any_params(pairs, size):
    width, height = size

    drawn = charts.scatter([(TWO[0], 0.1, 0.5)], pairs, width, height)

    assert all(line.cell_length <= width for line in drawn)


def test_params_over_many_powers_of_ten_are_drawn_by_their_logarithm():
    axis = ParamAxis.of([0.001, 0.01, 0.1])

    assert axis.labels == ("0.001", "0.01", "0.1")
    assert axis.place(0.01) - axis.place(0.001) == pytest.approx(1)


def test_an_axis_reaches_to_the_largest_number_there_is():
    axis = ParamAxis.of([0.1, 1.7e308])

    assert (axis.labels[0], axis.labels[-1]) == ("0.1", "1e+309")


def test_words_stand_beside_each_other_in_a_scatter():
    axis = ParamAxis.of(["gbdt", "dart", True])

    assert axis.labels == ("True", "dart", "gbdt")
    assert [axis.place("dart"), axis.place(True)] == [1, 0]
    assert math.isnan(axis.place(None))


def test_wide_words_do_not_break_the_axis():
    drawn = charts.scatter(
        [(TWO[0], "나무 부스팅", 0.5), (TWO[1], "로지스틱 회귀", 0.7)], [], 50, 8
    )

    assert {line.cell_length for line in drawn} == {50}
    assert "나무 부스팅" in drawn[-1].plain


def test_roc_curves_name_their_areas():
    roc = curves.roc(TRUTH, SCORES, ("no", "yes"))[0]

    drawn = text(charts.class_curves(TWO, [roc, None], 50, 14, is_roc=True))

    assert drawn[-1].startswith(f"area  ● r1 {roc.area:.4f}")
    assert "across: negatives flagged" in drawn[-2]
    assert len(drawn) == 14


def test_calibration_and_residuals_leave_out_runs_without_them():
    bins = curves.calibration(TRUTH, SCORES)
    gaps = curves.residuals(TRUTH.astype(float), SCORES)

    assert "▲" not in "".join(text(charts.calibration(TWO, [bins, ()], 50, 12)))
    assert "▲" in "".join(text(charts.residuals(TWO, [None, gaps], 50, 12)))


def test_intervals_share_one_axis():
    drawn = panels.intervals(
        [
            panels.Estimate(look=TWO[0], value=0.5, low=0.4, high=0.6),
            panels.Estimate(look=TWO[1], value=0.8, low=None, high=None),
        ],
        50,
    )

    assert text(drawn) == [
        "● r1   0.5000   ├───────●───────┤",
        "▲ r2   0.8000                                   ▲",
        "                      0.50                0.75",
    ]


def test_intervals_of_gains_mark_nothing():
    drawn = panels.intervals(
        [panels.Estimate(look=TWO[0], value=0.2, low=0.1, high=0.3)], 50, is_gain=True
    )

    assert "┊" in drawn[0].plain
    assert "+0.2000" in drawn[0].plain


def test_a_confusion_matrix_shows_shares_over_counts():
    table = Confusion(classes=("제시간", "늦음"), rows=((90, 10), (25, 75)))

    assert text(panels.confusion(TWO[0], table, 60)) == [
        "● r1",
        "is \\ said  제시간    늦음",
        "제시간     90.0 %  10.0 %",
        "               90      10",
        "늦음       25.0 %  75.0 %",
        "               25      75",
    ]


def test_a_confusion_matrix_of_too_many_classes_says_so():
    names = tuple(str(place) for place in range(9))
    table = Confusion(classes=names, rows=((0,) * 9,) * 9)

    assert "9 classes are too many" in text(panels.confusion(TWO[0], table, 60))[1]


def test_importances_stand_beneath_each_other_by_column():
    drawn = panels.importances(TWO, [{"temp": 0.75, "바람": 0.25}, {"temp": 0.5}], 40, 12)

    assert text(drawn) == [
        "temp ● ━━━━━━━━━━━━━━━━━━━━━━━━   0.750",
        "     ▲ ━━━━━━━━━━━━━━━━           0.500",
        "",
        "바람 ● ━━━━━━━━                   0.250",
        "     ▲                                -",
    ]


def test_blocks_that_do_not_fit_go_beneath():
    block = panels.side_by_side([(4, [TWO[0].title]), (4, [TWO[1].title])], 12)
    narrow = panels.side_by_side([(4, [TWO[0].title]), (4, [TWO[1].title])], 10)

    assert text(block) == ["● r1   ▲ r2"]
    assert text(narrow) == ["● r1", "", "▲ r2"]


@given(st.integers(1, 5), st.data())
def test_a_band_is_every_second_dot_between_its_ends(height, data):
    dots = st.integers(0, height * 4 - 1)
    low, high = sorted([data.draw(dots), data.draw(dots)])
    drawn, expected = Canvas(2, height), Canvas(2, height)

    drawn.band(3, (low, high), "$series-1")
    for y in range(low, high + 1, 2):
        expected.dot(3, y, "$series-1")

    assert text(drawn.lines()) == text(expected.lines())
