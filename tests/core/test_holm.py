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


def test_the_order_given_is_kept():
    adjusted = holm.adjusted(np.array([0.03, 0.001, 0.02]))

    assert adjusted == pytest.approx([0.04, 0.003, 0.04])


@given(p_lists)
def test_an_adjusted_p_lies_between_the_p_and_one_and_keeps_the_order(p_values):
    adjusted = holm.adjusted(p_values)

    assert np.all((adjusted >= p_values) & (adjusted <= 1.0))
    assert np.all(np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0)


@pytest.mark.parametrize("p_value", [np.nan, -0.1, 1.1], ids=["nan", "negative", "above one"])
def test_what_is_no_probability_is_refused(p_value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm.adjusted(np.array([0.5, p_value]))
