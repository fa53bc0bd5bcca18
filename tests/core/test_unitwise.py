"""Tests of paired differences with rows in units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.core import intervals, unitwise
from workbench.core.units import Units

seeds = st.integers(0, 10_000)


def _units(of_row: np.ndarray) -> Units:
    return Units(noun="group", of_row=of_row, count=int(of_row.max()) + 1)


def _ranked(rng: np.random.Generator, rows: int = 120) -> tuple[np.ndarray, ...]:
    truth = np.append([0, 1], rng.integers(0, 2, size=rows - 2))
    return truth, np.round(rng.random(rows), 1), np.round(rng.random(rows) + truth / 4, 1)


def test_the_t_test_of_a_unit_for_each_row_is_students():
    differences = np.random.default_rng(1).normal(0.1, 1, size=200)

    found = unitwise.paired_t(differences, _units(np.arange(200)))

    assert found == pytest.approx(stats.ttest_1samp(differences, 0.0).pvalue, rel=1e-9)


def test_the_t_test_of_equal_units_is_students_over_their_means():
    differences = np.random.default_rng(1).normal(0.1, 1, size=(30, 7))

    found = unitwise.paired_t(differences.ravel(), _units(np.repeat(np.arange(30), 7)))

    assert found == pytest.approx(stats.ttest_1samp(differences.mean(axis=1), 0.0).pvalue)


def test_the_t_test_of_two_units_by_hand():
    """Sums 4 and 2 over 2 and 2 rows: mean 1.5, deviations of the sums 1 and -1, se sqrt(2 * 2) / 4."""
    found = unitwise.paired_t(np.array([1.0, 3.0, 2.0, 0.0]), _units(np.array([0, 0, 1, 1])))

    assert found == pytest.approx(2 * stats.t.sf(1.5 / 0.5, 1))


def test_delong_of_a_unit_for_each_row_is_delongs_in_large():
    rng = np.random.default_rng(3)
    truth, a, b = _ranked(rng, 2_000)

    found = unitwise.delong(truth, a, b, _units(np.arange(2_000)))

    t, expected = stats.t.isf(found / 2, 1_999), intervals.delong(truth, a, b)
    assert t == pytest.approx(expected.difference / np.sqrt(expected.variance), rel=0.005)


def test_delong_over_units_is_the_jackknife_over_units():
    """Leaving out a unit at a time, to first order the same variance."""
    rng = np.random.default_rng(5)
    truth, a, b = _ranked(rng, 3_000)
    of_row = rng.integers(0, 60, size=3_000)
    b = b + 0.3 * rng.normal(size=60)[of_row]
    left_out = [
        intervals.delong(truth[of_row != one], a[of_row != one], b[of_row != one]).difference
        for one in range(60)
    ]

    found = unitwise.delong(truth, a, b, _units(of_row))

    deviation = np.sqrt(59 * np.var(left_out))
    t = intervals.delong(truth, a, b).difference / deviation
    assert stats.t.isf(found / 2, 59) == pytest.approx(abs(t), rel=0.05)


@given(seeds)
def test_neither_side_nor_order_nor_name_of_units_matters(seed):
    rng = np.random.default_rng(seed)
    truth, a, b = _ranked(rng)
    of_row = rng.integers(0, 12, size=truth.size)
    order = rng.permutation(truth.size)
    renamed = rng.permutation(of_row.max() + 1)[of_row]

    p = unitwise.delong(truth, a, b, _units(of_row))

    assert unitwise.delong(truth, b, a, _units(of_row)) == pytest.approx(p)
    assert unitwise.delong(
        truth[order], a[order], b[order], _units(renamed[order])
    ) == pytest.approx(p)


@given(seeds)
def test_doubling_every_row_within_its_unit_tells_nothing_new(seed):
    rng = np.random.default_rng(seed)
    truth, a, b = _ranked(rng, 40)
    of_row, twice = np.arange(40) % 10, np.tile(np.arange(40), 2)

    once = unitwise.paired_t(a - b, _units(of_row))

    assert unitwise.paired_t((a - b)[twice], _units(of_row[twice])) == pytest.approx(once)
    assert unitwise.delong(truth[twice], a[twice], b[twice], _units(of_row[twice])) == (
        pytest.approx(unitwise.delong(truth, a, b, _units(of_row)))
    )


@pytest.mark.parametrize(
    ("differences", "p_value"),
    [([0.0, 0.0], 1.0), ([0.5, 0.5], 0.0), ([1.0], np.nan)],
    ids=["none", "all alike", "one unit"],
)
def test_differences_without_spread_are_none_or_certain(differences, p_value):
    found = unitwise.paired_t(np.array(differences), _units(np.arange(len(differences))))

    assert found == pytest.approx(p_value, nan_ok=True)


def test_rows_of_one_class_have_no_p():
    scores = np.array([0.1, 0.4])

    found = unitwise.delong(np.array([1, 1]), scores, scores, _units(np.arange(2)))

    assert np.isnan(found)
