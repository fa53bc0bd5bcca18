"""The spread of a column from its profile."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core import profile
from workbench.core.model_cards import BARS, MOST_VALUES
from workbench.core.spreads import spread


def of_numbers(values):
    found = np.asarray(values, np.float64)
    made = profile.numeric("x", found, profile.edges_of(found))
    return spread(profile.with_quantiles(made))


def test_the_bars_hold_nearly_all_rows():
    found = of_numbers(np.random.default_rng(1).normal(size=5000))

    assert len(found.bars) == BARS
    assert 0.98 < sum(one.share for one in found.bars) <= 1.0 + 1e-9


def test_few_values_have_a_bar_each():
    found = of_numbers([0, 0, 0, 1, 5, 5, 5, 5])

    assert [(one.low, one.high, one.share) for one in found.bars] == [
        (0.0, 0.0, 3 / 8),
        (1.0, 1.0, 1 / 8),
        (5.0, 5.0, 4 / 8),
    ]


def test_a_column_without_numbers_has_no_bars():
    found = of_numbers([np.nan, np.nan])

    assert (found.bars, found.missing) == ((), 1.0)


def test_of_a_category_the_most_frequent_values_are_named_and_the_rare_ones_counted():
    values = [f"v{at}" for at in range(12) for _ in range(100 - 8 * at)] + [None] * 50
    found = spread(profile.categorical("x", values))

    assert [one.value for one in found.values] == [f"v{at}" for at in range(MOST_VALUES)]
    assert found.missing == pytest.approx(50 / len(values))
    assert found.other == pytest.approx((36 + 28 + 20 + 12) / len(values))
    assert found.rare == 1


def test_values_that_are_not_listed_are_rare_where_the_last_listed_one_is():
    values = [f"v{at}" for at in range(30)]

    assert spread(profile.categorical("x", values, top=5)).rare == 30
