"""Signs of leaks: found where they are, and not where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from workbench.core import leakage

RNG = np.random.default_rng(5)
DAYS = np.arange("2024-01-01", "2024-04-10", dtype="datetime64[D]").astype("datetime64[us]")


def test_a_key_on_both_sides_is_counted():
    train, test = np.arange(100, dtype=np.uint64), np.arange(97, 117, dtype=np.uint64)
    found = leakage.shared_keys(train, test, key=("id",))

    assert found is not None
    assert (found.kind, found.measure) == ("keys", 3.0)
    assert found.sentence == "3 of 20 test rows have the id of a training row."


def test_other_keys_are_no_leak():
    assert (
        leakage.shared_keys(np.array([1], np.uint64), np.array([2], np.uint64), key=("id",)) is None
    )


def test_equal_rows_across_a_split_are_counted():
    rows = RNG.normal(size=(200, 3))
    rows[3, 1] = np.nan
    found = leakage.duplicates(rows, np.concatenate([rows[:5], RNG.normal(size=(45, 3))]))

    assert found is not None
    assert found.measure == 5.0


def test_rows_that_repeat_by_nature_are_not_told_of():
    rows = RNG.integers(0, 3, size=(500, 2)).astype(float)

    assert leakage.duplicates(rows[:400], rows[400:]) is None


@given(
    of_numpy.arrays(
        np.float64, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.floats(-3, 3)
    )
)
def test_rows_have_one_mark_exactly_when_they_are_equal(rows):
    marks = leakage.row_marks(rows)

    assert np.unique(marks).size == np.unique(rows + 0.0, axis=0).shape[0]


def telling(task: str, target: np.ndarray, **columns: np.ndarray) -> list[str]:
    found = leakage.telling(columns, target.astype(float), task=task, seed=1)
    return [one.column for one in found]


def test_a_feature_that_is_the_target_is_found_among_others():
    target = RNG.integers(0, 2, size=2000)
    noise = RNG.normal(size=2000)

    assert telling("binary", target, noise=noise, copy=10.0 - target, weak=target + noise) == [
        "copy"
    ]


def test_a_feature_that_knows_the_target_in_a_crooked_way_is_found():
    angle = RNG.uniform(-3, 3, size=4000)

    assert telling("binary", np.abs(angle) > 1.5, angle=angle) == ["angle"]


def test_a_missing_value_that_gives_the_target_away_is_found():
    target = RNG.integers(0, 2, size=2000)
    paid = np.where(target == 1, np.nan, RNG.normal(size=2000))

    assert telling("binary", target, paid=paid) == ["paid"]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_task_has_features_that_know_too_much(task):
    target = RNG.integers(0, 4, size=4000) if task == "multiclass" else RNG.exponential(size=4000)

    assert telling(task, target, copy=target * 3.0, noise=RNG.normal(size=4000)) == ["copy"]


@pytest.mark.parametrize(
    "column",
    [np.full(2000, np.nan), np.full(2000, 3.0), np.full(2000, np.inf), RNG.normal(size=2000)],
    ids=["missing", "constant", "infinite", "noise"],
)
def test_a_column_that_says_nothing_is_no_leak(column):
    assert telling("binary", RNG.integers(0, 2, size=2000), column=column) == []


def test_of_few_rows_nothing_is_said():
    target = np.array([0.0, 1] * 10)

    assert telling("binary", target, copy=target) == []


def test_a_moment_after_the_event_is_told_of():
    late = DAYS + np.timedelta64(1, "D")
    found = leakage.later(
        {"arrived": late, "booked": DAYS - np.timedelta64(9, "D")}, DAYS, time="at"
    )

    assert [one.column for one in found] == ["arrived"]
    assert "100.0 % of the rows" in found[0].sentence


def test_test_rows_in_the_past_are_told_of():
    shuffled = RNG.permutation(DAYS)

    assert leakage.out_of_order(shuffled[:80], shuffled[80:], by="chance", time="at") is not None
    assert leakage.out_of_order(DAYS[:80], DAYS[80:], by="chance", time="at") is None
