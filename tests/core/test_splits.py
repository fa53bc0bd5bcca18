"""Which rows are kept for the test."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from workbench.core import splits

DAY = timedelta(days=1)
shares = st.floats(0.05, 0.95)
seeds = st.integers(0, 1_000)


def _days(*days: str) -> np.ndarray:
    return np.array(days, dtype="datetime64[us]")


def test_the_latest_rows_are_the_test():
    times = _days("2013-01-03", "2013-01-01", "2013-01-02", "2013-01-02T00:00:01")

    is_train, is_test = splits.by_time(times, DAY)

    assert is_test.tolist() == [True, False, False, True]
    assert is_train.tolist() == [False, True, True, False]


def test_a_row_without_a_time_is_on_neither_side():
    is_train, is_test = splits.by_time(_days("2013-01-01", "NaT", "2013-01-09"), DAY)

    assert (is_train | is_test).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("times", "test"),
    [
        (_days("2013-01-01", "2013-01-02"), timedelta(days=9)),
        (_days("2013-01-01", "2013-01-02"), timedelta(0)),
        (_days("NaT"), DAY),
        (_days(), DAY),
    ],
    ids=["no training rows", "no span", "no times", "no rows"],
)
def test_a_side_without_rows_is_refused_by_time(times, test):
    with pytest.raises(ValueError, match=r"rows|row|test"):
        splits.by_time(times, test)


@given(st.integers(30, 400), shares, seeds)
def test_a_share_is_met_to_the_row(rows, share, seed):
    is_train, is_test = splits.by_share(rows, share, seed=seed)

    assert abs(is_test.sum() - rows * share) <= 0.5 + 1e-9
    assert np.all(is_train != is_test)


@given(arrays.arrays(np.int64, 200, elements=st.integers(0, 4)), shares, seeds)
def test_each_stratum_has_its_share_within_a_row(strata, share, seed):
    _, is_test = splits.by_share(200, share, seed=seed, strata=strata)

    for stratum in np.unique(strata):
        rows = strata == stratum
        assert abs(is_test[rows].sum() - rows.sum() * share) <= 1.0 + 1e-9


def test_a_seed_draws_the_same_rows_and_another_seed_others():
    first, again, other = (splits.by_share(100, 0.3, seed=seed)[1] for seed in (1, 1, 2))

    assert first.tolist() == again.tolist() != other.tolist()


@given(arrays.arrays(np.int64, 60, elements=st.integers(0, 9)), shares, seeds)
def test_a_group_is_on_one_side_only(groups, share, seed):
    assume(np.unique(groups).size > 1)

    is_train, is_test = splits.by_group(groups, share, seed=seed)

    assert not set(groups[is_train]) & set(groups[is_test])


def test_the_drawn_groups_do_not_depend_on_the_order_of_rows():
    groups = np.repeat(np.array(["a", "b", "c", "d", "e"]), [9, 1, 4, 6, 5])
    order = np.random.default_rng(1).permutation(groups.size)

    drawn = set(groups[splits.by_group(groups, 0.4, seed=3)[1]])

    assert set(groups[order][splits.by_group(groups[order], 0.4, seed=3)[1]]) == drawn


def test_many_even_groups_come_close_to_the_share():
    groups = np.arange(1_000) // 10

    _, is_test = splits.by_group(groups, 0.25, seed=1)

    assert is_test.sum() == 250


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, np.nan])
@pytest.mark.parametrize(
    "split",
    [
        lambda share: splits.by_share(100, share, seed=0),
        lambda share: splits.by_group(np.arange(100), share, seed=0),
    ],
    ids=["by share", "by group"],
)
def test_a_share_lies_between_nothing_and_all(split, share):
    with pytest.raises(ValueError, match="above 0 and below 1"):
        split(share)


def test_too_few_rows_for_a_side_are_refused():
    with pytest.raises(ValueError, match="both need some"):
        splits.by_share(3, 0.1, seed=0)


def test_strata_of_another_length_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        splits.by_share(3, 0.5, seed=0, strata=np.array([1, 2]))


def test_a_single_group_cannot_be_split():
    with pytest.raises(ValueError, match="at least 2"):
        splits.by_group(np.ones(9), 0.5, seed=0)


class TestFolds:
    """Several divisions of the same rows."""

    @given(st.integers(2, 6), st.integers(12, 60), st.integers(0, 9))
    def test_every_row_is_tested_once(self, count, rows, seed):
        found = splits.folds(rows, count, seed=seed)

        assert np.sum([is_test for _, is_test in found], axis=0).tolist() == [1] * rows
        assert all((is_train ^ is_test).all() for is_train, is_test in found)

    def test_each_fold_has_the_share_of_each_class(self):
        strata = np.repeat(["a", "b"], [80, 20])
        found = splits.folds(100, 5, seed=1, strata=strata)

        assert [int((strata[is_test] == "b").sum()) for _, is_test in found] == [4] * 5

    def test_a_group_is_never_divided(self):
        groups = np.random.default_rng(1).integers(0, 9, size=200)
        found = splits.folds(200, 3, seed=1, groups=groups)

        assert all(not set(groups[train]) & set(groups[test]) for train, test in found)
        assert min(int(test.sum()) for _, test in found) > 40

    def test_by_time_each_fold_is_tested_on_what_comes_after(self):
        times = np.random.default_rng(1).permutation(
            np.arange("2013-01-01", "2013-04-11", dtype="datetime64[D]").astype("datetime64[us]")
        )
        found = splits.folds(times.size, 4, seed=1, times=times)

        assert all(times[train].max() < times[test].min() for train, test in found)
        assert [int(train.sum()) for train, _ in found] == sorted(int(t.sum()) for t, _ in found)

    @pytest.mark.parametrize(
        ("divided", "reason"),
        [
            ({"groups": np.array(["a", "b"] * 10)}, "2 groups cannot make 3 folds"),
            ({"times": np.repeat(np.datetime64("2024-01-01"), 20)}, "too few different moments"),
        ],
        ids=["groups", "moments"],
    )
    def test_what_cannot_be_divided_is_refused(self, divided, reason):
        with pytest.raises(ValueError, match=reason):
            splits.folds(20, 3, seed=1, **divided)


def test_quantile_strata_are_tenths_and_what_is_missing():
    values = np.append(np.arange(100.0), np.nan)

    assert np.bincount(splits.quantile_strata(values)).tolist() == [10] * 10 + [1]
