"""Distances between counts, against scipy on the rows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from scipy.spatial import distance as spatial

from workbench.core import distances
from workbench.core import profile as profiles

pairs = st.integers(1, 12).flatmap(
    lambda bins: st.tuples(
        arrays.arrays(np.int64, bins, elements=st.integers(0, 500)),
        arrays.arrays(np.int64, bins, elements=st.integers(0, 500)),
    )
)
filled = pairs.filter(lambda pair: pair[0].sum() > 0 and pair[1].sum() > 0)
measures = pytest.mark.parametrize(
    "measure",
    [
        distances.ks_distance,
        distances.psi,
        distances.jensen_shannon,
        distances.total_variation,
    ],
)


def _samples(name: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    makers = {
        "normal": lambda: (rng.normal(size=20_000), rng.normal(0.2, 1.1, size=3_000)),
        "skewed": lambda: (rng.gamma(1.0, 9.0, size=20_000), rng.gamma(1.3, 9.0, size=3_000)),
        "whole numbers": lambda: (
            rng.poisson(4, size=20_000).astype(float),
            rng.poisson(4.3, size=3_000).astype(float),
        ),
        "mostly zero": lambda: (
            np.maximum(0.0, rng.normal(-1, 1, size=20_000)),
            np.maximum(0.0, rng.normal(-0.8, 1, size=3_000)),
        ),
        "negative tail": lambda: (
            -np.maximum(0.0, rng.normal(-1, 1, size=20_000)),
            -np.maximum(0.0, rng.normal(-0.8, 1, size=3_000)),
        ),
        "apart": lambda: (rng.normal(size=20_000), rng.normal(40, 1, size=3_000)),
    }
    return makers[name]()


sampled = pytest.mark.parametrize(
    "name", ["normal", "skewed", "whole numbers", "mostly zero", "negative tail", "apart"]
)


@measures
@given(filled)
def test_a_distance_to_itself_is_zero_and_never_negative(measure, pair):
    reference, current = pair

    assert measure(reference, reference) == 0.0
    assert measure(reference, current) >= 0.0


@measures
@given(filled, st.integers(1, 9), st.integers(1, 9))
def test_a_distance_does_not_depend_on_the_number_of_rows(measure, pair, first, second):
    reference, current = pair

    assert measure(reference * first, current * second) == pytest.approx(
        measure(reference, current), abs=1e-7
    )


@measures
@given(filled)
def test_a_distance_is_the_same_from_both_sides(measure, pair):
    reference, current = pair

    assert measure(reference, current) == pytest.approx(measure(current, reference), abs=1e-7)


@measures
def test_a_side_without_rows_is_at_no_distance(measure):
    assert measure(np.array([3, 4]), np.array([0, 0])) == 0.0


@given(filled)
def test_total_variation_is_at_least_the_ks_distance_and_at_most_one(pair):
    assert distances.ks_distance(*pair) - 1e-12 <= distances.total_variation(*pair) <= 1.0 + 1e-12


@sampled
@pytest.mark.parametrize("bins", [32, 256])
def test_the_distance_of_rows_lies_between_the_binned_one_and_its_bound(name, bins):
    reference, current = _samples(name)
    edges = profiles.edges_of(reference, bins=bins)
    counts = profiles.count(reference, edges), profiles.count(current, edges)

    exact = stats.ks_2samp(reference, current).statistic

    assert distances.ks_distance(*counts) <= exact + 1e-12
    assert exact <= distances.ks_upper_bound(*counts) + 1e-12
    assert exact - distances.ks_distance(*counts) <= 2.0 / bins


@given(filled)
def test_the_bound_is_at_least_the_distance(pair):
    assert distances.ks_distance(*pair) <= distances.ks_upper_bound(*pair) + 1e-12


@pytest.mark.parametrize("rows", [1_000, 5_000, 200_000])
@pytest.mark.parametrize("shift", [0.0, 0.03, 0.06, 0.1])
def test_the_p_value_is_scipys(rows, shift):
    rng = np.random.default_rng(rows)
    expected = stats.ks_2samp(rng.normal(size=20_000), rng.normal(shift, size=rows), method="asymp")

    p_value = distances.ks_p_value(expected.statistic, reference_rows=20_000, rows=rows)

    assert p_value == pytest.approx(expected.pvalue, rel=0.02, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "off"),
    [
        ("normal", 5e-4),
        ("skewed", 5e-4),
        ("whole numbers", 5e-4),
        ("mostly zero", 5e-4),
        ("negative tail", 5e-4),
        ("apart", 0.5),
    ],
)
def test_the_wasserstein_distance_is_scipys(name, off):
    reference, current = _samples(name)
    edges = profiles.edges_of(reference, bins=1_000)

    found = distances.wasserstein(
        profiles.numeric("x", reference, edges), profiles.numeric("x", current, edges)
    )

    expected = stats.wasserstein_distance(reference, current) / reference.std(ddof=1)
    assert found == pytest.approx(expected, abs=off)


@pytest.mark.parametrize(("current", "expected"), [(7.0, 0.0), (8.0, None)], ids=["equal", "other"])
def test_a_constant_has_no_spread_to_measure_by(current, expected):
    edges = profiles.edges_of(np.full(10, 7.0))
    columns = [profiles.numeric("x", np.full(10, one), edges) for one in (7.0, current)]

    assert distances.wasserstein(*columns) == expected


@pytest.mark.parametrize("strange", [np.inf, -np.inf, 1e308, -np.finfo(float).max])
def test_infinite_and_huge_values_break_no_distance(strange):
    reference = np.append(np.arange(100.0), strange)
    edges = profiles.edges_of(reference)
    columns = [profiles.numeric("x", one, edges) for one in (reference, reference[:50])]

    found = distances.wasserstein(*columns)

    assert found is None or np.isfinite(found)


def test_the_psi_of_a_worked_example_is_right():
    reference, current = np.array([50, 50]), np.array([60, 40])

    expected = 0.1 * np.log(0.6 / 0.5) + -0.1 * np.log(0.4 / 0.5)

    assert distances.psi(reference, current) == pytest.approx(expected)


def test_an_empty_bin_counts_as_one_in_ten_thousand():
    found = distances.psi(np.array([100, 0]), np.array([0, 100]))

    assert found == pytest.approx(2 * (1 - 1e-4) * np.log(1e4))


@given(filled)
def test_deciles_lose_no_row_and_are_at_most_ten(pair):
    reference, current = distances.in_deciles(*pair)

    assert (reference.sum(), current.sum()) == (pair[0].sum(), pair[1].sum())
    assert reference.size == current.size <= 10


def test_even_bins_become_ten_even_deciles():
    reference, _ = distances.in_deciles(np.full(250, 4), np.full(250, 1))

    assert reference.tolist() == [100] * 10


@given(filled)
def test_jensen_shannon_is_scipys(pair):
    expected = spatial.jensenshannon(*pair, base=2)

    assert distances.jensen_shannon(*pair) == pytest.approx(expected, abs=1e-7)


def test_counts_far_from_rare_give_scipys_chi_square_to_1e_9():
    reference, current = np.array([900, 300, 120, 40]), np.array([80, 50, 12, 9])
    expected = stats.chi2_contingency(np.stack([reference, current])[:, [0, 1, 2]])

    statistic, freedom, p_value = distances.chi_square(reference[:3], current[:3])

    assert statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert (freedom, p_value) == (expected.dof, pytest.approx(expected.pvalue, rel=1e-9))


def test_rare_values_are_pooled_before_the_chi_square():
    reference, current = np.array([900, 400, 20, 19, 2]), np.array([85, 45, 3, 4, 6])
    pooled = np.array([[900, 400, 41], [85, 45, 13]])
    expected = stats.chi2_contingency(pooled, correction=False)

    statistic, freedom, p_value = distances.chi_square(reference, current)

    assert statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert (freedom, p_value) == (2, pytest.approx(expected.pvalue, rel=1e-9))


@pytest.mark.parametrize(
    ("reference", "current"),
    [([5000], [3000]), ([3, 1], [1, 2]), ([0, 0], [5, 5]), ([900, 0], [800, 0])],
    ids=["one value", "all rare", "no rows", "an unused value"],
)
def test_with_fewer_than_two_cells_nothing_is_told_apart(reference, current):
    assert distances.chi_square(np.array(reference), np.array(current)) == (0.0, 0, 1.0)


@given(filled)
def test_no_pooled_cell_is_left_below_five_expected_rows(pair):
    statistic, freedom, p_value = distances.chi_square(*pair)

    assert statistic >= 0.0
    assert 0 <= freedom < pair[0].size
    assert 0.0 <= p_value <= 1.0


def test_the_two_proportion_test_is_the_chi_square_of_its_table():
    expected = stats.chi2_contingency([[30, 970], [55, 945]], correction=False)

    found = distances.share_p_value(30, 55, reference_rows=1000, rows=1000)

    assert found == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "rows"), [(0, 0, 10), (10, 10, 10), (0, 0, 0)], ids=["none", "all", "empty"]
)
def test_shares_that_cannot_differ_do_not(first, second, rows):
    assert distances.share_p_value(first, second, reference_rows=10, rows=rows) == 1.0
