"""Histograms of latencies: buckets, and percentiles within the error that is promised."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import latencies
from workbench.core.latencies import BOUNDS_US, ERROR, FIRST_US, LAST_US, ROW_BOUNDS, percentile


def histogram(values):
    """The sparse histogram of latencies."""
    counts = latencies.latency_buckets()
    latencies.count_latencies(counts, values)
    return {bucket: count for bucket, count in enumerate(counts) if count}


def test_no_bucket_is_wider_than_the_error_that_is_promised():
    assert max(high / low for low, high in pairwise(BOUNDS_US)) <= 1 + ERROR


def test_the_buckets_reach_from_twenty_microseconds_to_half_a_minute():
    assert (BOUNDS_US[0], BOUNDS_US[-1]) == (FIRST_US, LAST_US)


@given(st.integers(0, 100_000_000))
def test_a_latency_falls_into_the_first_bucket_that_holds_it(took):
    assert latencies.latency_bucket(took) == bisect_left(BOUNDS_US, took)


@given(st.lists(st.integers(0, 100_000_000)))
def test_every_latency_is_counted_once(values):
    assert sum(histogram(values).values()) == len(values)


@given(
    st.lists(st.integers(FIRST_US + 1, LAST_US), min_size=1, max_size=50),
    st.floats(0, 1, allow_nan=False),
)
def test_a_percentile_is_off_by_no_more_than_its_bucket(values, share):
    found = percentile(histogram(values), share, largest_us=max(values))

    wanted = sorted(values)[max(0, int(np.ceil(share * len(values))) - 1)]
    assert found == pytest.approx(wanted, rel=ERROR)


@given(st.lists(st.integers(0, LAST_US), min_size=1, max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_do_not_fall(values, one, other):
    counts = histogram(values)

    assert percentile(counts, min(one, other)) <= percentile(counts, max(one, other))


def test_of_no_requests_there_is_no_percentile():
    assert percentile({}, 0.5) is None


def test_a_percentile_beyond_the_last_bound_is_no_longer_than_the_longest():
    found = percentile(histogram([40_000_000]), 0.99, largest_us=40_000_000)

    assert LAST_US < found <= 40_000_000


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 64, 65, 10_000, 16_384])
def test_a_row_count_falls_into_the_first_bucket_that_holds_it(rows):
    assert latencies.row_bucket(rows) == bisect_left(ROW_BOUNDS, rows)


def test_huge_row_counts_share_the_last_bucket():
    assert latencies.row_bucket(10**9) == len(ROW_BOUNDS)
