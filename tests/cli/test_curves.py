"""Curves over each other: signs stand where the values are, whatever the values are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.cli.curves import HEIGHT, WIDTH, plot

POINTS = st.lists(
    st.tuples(st.integers(0, 10**9), st.floats(allow_nan=False, allow_infinity=False)),
    unique_by=lambda point: point[0],
).map(sorted)


@given(st.lists(POINTS, max_size=12))
def test_any_curves_fit_their_frame(curves):
    lines = plot(curves)

    assert len(lines) == (HEIGHT + 2 if any(curves) else 0)
    assert len({len(line) for line in lines[: HEIGHT + 1]}) <= 1


def test_a_rising_curve_goes_from_the_lower_left_to_the_upper_right():
    top, *_, bottom = plot([[(1, 0.5), (100, 0.9)], [(1, 0.7), (100, 0.7)]])[:HEIGHT]

    assert (bottom[7:8], top[-1]) == ("●", "●")
    assert top.startswith("0.9")
    assert bottom.strip().startswith("0.5")


def test_each_curve_has_a_sign_of_its_own():
    middle = "".join(plot([[(0, 0.0), (9, 1.0)], [(0, 1.0), (9, 0.0)]]))

    assert middle.count("●") + middle.count("x") == 2 * WIDTH
