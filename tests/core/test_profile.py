"""Kinds, edges, counts and quantiles of a column."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from storage.records import ColumnKind
from workbench.core import profile as profiles

doubles = arrays.arrays(np.float64, st.integers(0, 200), elements=st.floats(width=64))
tame = arrays.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e6, 1e6))


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("DOUBLE", ColumnKind.NUMERIC),
        ("FLOAT", ColumnKind.NUMERIC),
        ("TINYINT", ColumnKind.NUMERIC),
        ("UHUGEINT", ColumnKind.NUMERIC),
        ("DECIMAL(18,3)", ColumnKind.NUMERIC),
        ("bigint", ColumnKind.NUMERIC),
        ("BOOLEAN", ColumnKind.BOOLEAN),
        ("DATE", ColumnKind.TIMESTAMP),
        ("TIMESTAMP", ColumnKind.TIMESTAMP),
        ("TIMESTAMP_NS", ColumnKind.TIMESTAMP),
        ("TIMESTAMP WITH TIME ZONE", ColumnKind.TIMESTAMP),
        ("VARCHAR", ColumnKind.CATEGORICAL),
        ("TIME", ColumnKind.CATEGORICAL),
        ("ENUM('a', 'b')", ColumnKind.CATEGORICAL),
        ("INTEGER[]", ColumnKind.CATEGORICAL),
        ("DECIMAL(18,3)[2]", ColumnKind.CATEGORICAL),
        ("STRUCT(a INTEGER)", ColumnKind.CATEGORICAL),
    ],
)
def test_a_duckdb_type_has_a_kind(type_name, kind):
    assert profiles.kind_of(type_name) is kind


@given(doubles, st.integers(1, 40))
def test_edges_ascend_strictly_and_survive_json(sample, bins):
    edges = profiles.edges_of(sample, bins=bins)

    assert np.all(np.diff(edges) > 0)
    assert np.all(np.isfinite(edges))
    assert json.loads(json.dumps(edges.tolist(), allow_nan=False)) == edges.tolist()


@given(doubles, st.integers(1, 40))
def test_every_value_but_nan_is_counted_in_the_bin_that_holds_it(values, bins):
    edges = profiles.edges_of(values, bins=bins)
    bounds = [-np.inf, *edges, np.inf]
    inside = [np.count_nonzero((values > low) & (values <= high)) for low, high in pairwise(bounds)]
    inside[0] += np.count_nonzero(values == -np.inf)

    assert profiles.count(values, edges).tolist() == inside


@given(tame, st.integers(1, 40), st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_order_of_rows(sample, bins, random):
    shuffled = sample.tolist()
    random.shuffle(shuffled)

    assert profiles.edges_of(np.array(shuffled), bins=bins).tolist() == (
        profiles.edges_of(sample, bins=bins).tolist()
    )


@given(tame, st.integers(1, 40))
def test_no_bin_of_several_values_holds_twice_its_share(sample, bins):
    edges = profiles.edges_of(sample, bins=bins)
    bin_of = np.searchsorted(edges, sample)
    rows_and_values = [
        (np.count_nonzero(bin_of == one), np.unique(sample[bin_of == one]).size)
        for one in range(edges.size + 1)
    ]

    assert all(rows < 2 * sample.size / bins for rows, values in rows_and_values if values > 1)
    assert edges.size <= 2 * bins + 2 + 2 * max(1, np.log2(sample.size))


def test_continuous_values_fill_the_bins_evenly():
    sample = np.random.default_rng(1).normal(size=25_600)

    counts = profiles.count(sample, profiles.edges_of(sample, bins=256))

    inner = counts[counts.size // 2 - 127 : counts.size // 2 + 127]
    assert set(inner.tolist()) == {100}
    assert (counts[0], counts[-1]) == (0, 0)


def test_the_tails_are_cut_finer():
    sample = np.random.default_rng(1).lognormal(0.0, 2.0, size=25_600)

    counts = profiles.count(sample, profiles.edges_of(sample, bins=256))

    assert counts[:8].tolist() == [0, 2, 2, 3, 6, 12, 25, 50]
    assert counts[-8:].tolist() == [50, 25, 13, 6, 3, 2, 1, 0]


def test_a_heavy_value_has_a_bin_of_its_own():
    sample = np.concatenate([np.zeros(500), np.linspace(0.5, 10.0, 500)])

    edges = profiles.edges_of(sample, bins=10)

    assert edges[:2].tolist() == [np.nextafter(0.0, -np.inf), 0.0]
    assert profiles.count(sample, edges)[1] == 500


def test_few_distinct_values_end_a_bin_each():
    sample = np.array([1.0] * 500 + [2.0] + [3.0] * 499)

    edges = profiles.edges_of(sample)

    assert {1.0, 2.0, 3.0} <= set(edges.tolist())
    assert profiles.count(np.array([2.0, 2.0]), edges).max() == 2


@pytest.mark.parametrize(
    "sample", [[], [np.nan, np.nan], [np.inf, -np.inf]], ids=["empty", "nan", "infinite"]
)
def test_without_a_finite_value_there_is_one_bin(sample):
    edges = profiles.edges_of(np.array(sample, dtype=float))

    assert edges.size == 0
    assert profiles.count(np.array([1.0, np.nan]), edges).tolist() == [1]


def test_a_constant_lies_alone_between_what_is_below_and_above():
    edges = profiles.edges_of(np.full(10, 7.0))

    assert profiles.count(np.array([6.0, 7.0, 7.0, 8.0]), edges).tolist() == [1, 2, 1]


def test_fewer_than_one_bin_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        profiles.edges_of(np.ones(3), bins=0)


@given(tame, st.floats(0, 1))
def test_a_quantile_of_fine_bins_is_one_of_the_neighbouring_values(sample, q):
    column = profiles.numeric("x", sample, profiles.edges_of(sample, bins=1000))
    ordered = np.sort(sample)
    at = int(np.clip(np.ceil(q * sample.size) - 1, 0, sample.size - 1))

    found = profiles.quantile(column, q)

    assert ordered[max(0, at - 1)] <= found <= ordered[min(sample.size - 1, at + 1)]


@given(tame, st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_quantiles_ascend_from_the_smallest_to_the_largest_value(sample, shares):
    column = profiles.numeric("x", sample, profiles.edges_of(sample, bins=8))

    found = [profiles.quantile(column, q) for q in [0.0, *sorted(shares), 1.0]]

    assert (found[0], found[-1]) == (sample.min(), sample.max())
    assert np.all(np.diff(found) >= -1e-12 * np.abs(sample).max())


def test_the_median_of_nothing_is_nan():
    column = profiles.numeric("x", np.array([np.nan]), np.empty(0))

    assert np.isnan(profiles.quantile(column, 0.5))


def test_a_quantile_outside_zero_to_one_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        profiles.quantile(profiles.numeric("x", np.ones(3), np.array([1.0])), 1.5)


def test_a_numeric_profile_tells_nan_from_numbers():
    column = profiles.numeric("x", np.array([1.0, np.nan, 3.0]), np.array([1.0]))

    assert (column.rows, column.nans, column.counts) == (3, 1, (1, 1))
    assert (column.mean, column.minimum, column.maximum) == (2.0, 1.0, 3.0)


def test_a_categorical_profile_lists_known_values_and_the_most_frequent_others():
    column = profiles.categorical(
        "x", ["b", "b", "c", "d", "d", "d", None], known=("a", "c"), top=1
    )

    assert column.values == ("d", "c", "a")
    assert column.value_counts == (3, 1, 0)
    assert (column.other, column.nulls, column.distinct) == (2, 1, 3)
