"""Bars in eighths of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli import drawing

weights = st.lists(st.floats(0, 1e9), max_size=30)


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0, ""), (1, "████"), (0.5, "██"), (0.53, "██▏"), (1e-9, "▏"), (2, "████")],
    ids=["none", "all", "half", "an eighth more", "hardly any", "too much"],
)
def test_a_bar_fills_its_share(share: float, drawn: str):
    assert drawing.bar(share, 4) == drawn


@given(weights, st.integers(1, 12))
def test_a_histogram_has_a_column_for_each_weight_and_shows_what_is_there(
    found: list[float], height: int
):
    lines = drawing.histogram(found, height)

    assert [len(line) for line in lines] == [len(found)] * height
    assert [sign != " " for sign in lines[-1]] == [weight > 0 for weight in found]


def test_the_largest_weight_fills_the_height():
    assert drawing.histogram([4, 2, 1, 0], 2) == ["█   ", "██▄ "]
