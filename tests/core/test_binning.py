"""Bins of equal width made of others."""

from __future__ import annotations

import numpy as np
import pytest

from storage.records import ColumnKind
from workbench.core import binning
from workbench.core import profile as profiles


def test_the_shape_of_even_numbers_is_even():
    numbers = np.linspace(0, 100, 10_001)
    rows, (low, high) = binning.shape(
        profiles.numeric("x", numbers, profiles.edges_of(numbers)), 10
    )

    assert rows == pytest.approx([990] * 10, rel=0.02)
    assert (low, high) == (pytest.approx(0.5, abs=0.1), pytest.approx(99.5, abs=0.1))


def test_far_numbers_do_not_flatten_the_others():
    numbers = np.append(np.linspace(0, 100, 10_000), [1e9])
    rows, (_, high) = binning.shape(profiles.numeric("x", numbers, profiles.edges_of(numbers)), 10)

    assert high < 101
    assert min(rows) > 900


def test_a_constant_has_one_bar():
    numbers = np.full(10, 7.0)
    column = profiles.numeric("x", numbers, profiles.edges_of(numbers))
    rows, _ = binning.shape(column, 5)

    assert column.kind is ColumnKind.NUMERIC
    assert [round(one) for one in rows] == [0, 0, 10, 0, 0]


def test_a_last_bin_too_narrow_to_tell_keeps_its_rows():
    rows = binning.equal_width([-1.875, 0.0, 5.2e-93], [10.0, 10.0], (-1.875, 5.2e-93), 13)

    assert sum(rows) == pytest.approx(20.0)
