"""Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import holm

p_lists = st.lists(st.floats(0, 1), max_size=20).map(lambda values: np.array(values, dtype=float))


def test_it_gives_what_r_gives_for_five_even_p_values():
    adjusted = holm.adjusted(np.array([0.01, 0.02, 0.03, 0.04, 0.05]))

    assert adjusted == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


def test_steps_down_from_the_smallest_of_four():
    """.005 <= .05 / 4 and .01 <= .05 / 3 are kept, .03 > .05 / 2 stops it, and so .04 < .05 is not kept."""
    adjusted = holm.adjusted(np.array([0.01, 0.04, 0.03, 0.005]))

    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert (adjusted <= 0.05).tolist() == [True, False, False, True]


def test_the_order_given_is_kept():
    adjusted = holm.adjusted(np.array([0.03, 0.001, 0.02]))

    assert adjusted == pytest.approx([0.04, 0.003, 0.04])


@given(p_lists)
def test_an_adjusted_p_lies_between_the_p_and_one_and_keeps_the_order(p_values):
    adjusted = holm.adjusted(p_values)

    assert np.all((adjusted >= p_values) & (adjusted <= 1.0))
    assert np.all(np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0)


@given(p_lists, st.integers(0, 19), st.floats(0, 1))
def test_a_smaller_p_makes_no_adjusted_p_larger(p_values, place, share):
    if not p_values.size:
        return
    smaller = p_values.copy()
    smaller[place % p_values.size] *= share

    assert np.all(holm.adjusted(smaller) <= holm.adjusted(p_values))


@given(p_lists)
def test_it_rejects_what_the_step_down_rule_rejects(p_values):
    alpha, rejected = 0.05, set()
    for step, place in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[place] * (p_values.size - step) > alpha:
            break
        rejected.add(int(place))

    assert set(np.flatnonzero(holm.adjusted(p_values) <= alpha).tolist()) == rejected


@pytest.mark.parametrize("p_value", [np.nan, -0.1, 1.1], ids=["nan", "negative", "above one"])
def test_what_is_no_probability_is_refused(p_value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm.adjusted(np.array([0.5, p_value]))
