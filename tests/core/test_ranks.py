"""Midranks and what depends on the order of scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from workbench.core import ranks

values = arrays.arrays(np.float64, st.integers(0, 60), elements=st.integers(-5, 5).map(float))


@given(values)
def test_midranks_are_scipys_average_ranks(numbers):
    assert ranks.midranks(numbers).tolist() == stats.rankdata(numbers).tolist()


def test_groups_count_both_classes_at_each_score():
    negatives, positives, group_of = ranks.groups(
        np.array([0, 1, 1, 0]), np.array([0.1, 0.1, 0.5, 0.9])
    )

    assert (negatives.tolist(), positives.tolist()) == ([1, 0, 1], [1, 1, 0])
    assert group_of.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("curve", [ranks.roc_auc, ranks.average_precision])
def test_without_positive_rows_a_curve_is_nan(curve):
    assert np.isnan(curve(np.array([1.0, 2.0]), np.array([0.0, 0.0])))
