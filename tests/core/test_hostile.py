from __future__ import annotations

import numpy as np
import pytest

from workbench.core import hostile
from workbench.core.columns import typed
from workbench.core.signature import infer

COLUMNS = {"n": np.arange(50.0), "s": np.array(["a", "b"] * 25, object)}
SIGNATURE = infer(COLUMNS, task="binary")


def derive(columns=COLUMNS, signature=SIGNATURE, *, rows=600, seed=0):
    rng = np.random.default_rng(seed)
    return hostile.derived(typed(signature, columns), signature, rng=rng, rows=rows)


@pytest.fixture(scope="module")
def derived():
    return derive()


def test_hostile_rows_hold_every_kind_of_trouble(derived):
    numbers, words = derived.columns["n"], set(derived.columns["s"].tolist())

    assert np.isnan(numbers).any()
    assert np.isposinf(numbers).any()
    assert np.isneginf(numbers).any()
    assert (np.abs(numbers[np.isfinite(numbers)]) > np.finfo(np.float32).max).any()
    assert any(0 < number < 50 and number != np.float32(number) for number in numbers)
    assert {"", "unknown", "a "} <= words


def test_hostile_rows_stay_typed(derived):
    assert derived.columns["n"].dtype == np.float64
    assert set(map(type, derived.columns["s"])) == {str}


def test_each_row_says_what_was_done_to_which_columns(derived):
    for kind, column, other in (
        ("infinite", "n", "s"),
        ("unknown category", "s", "n"),
        ("beyond float32", "n", "s"),
    ):
        block = derived.kinds == kind

        assert derived.changed[column][block].all()
        assert not derived.changed[other][block].any()


def test_in_a_row_that_was_changed_at_least_one_column_was(derived):
    changed = np.array(list(derived.changed.values())).any(axis=0)

    assert changed.all()


def test_some_rows_of_each_kind_have_all_their_columns_changed(derived):
    all_of_them = np.array(list(derived.changed.values())).all(axis=0)

    assert {"missing", "mixed"} <= set(derived.kinds[all_of_them])
    assert (derived.kinds[all_of_them] == "missing").sum() >= 5


def test_without_texts_no_category_is_made_up():
    only = {"n": np.arange(5.0)}
    found = derive(only, infer(only, task="regression"), rows=60)

    assert len(found) == 60
    assert "unknown category" not in set(found.kinds)


def test_the_same_chance_derives_the_same_rows():
    one, other = derive(rows=60, seed=3), derive(rows=60, seed=3)

    assert np.array_equal(one.columns["n"], other.columns["n"], equal_nan=True)


def test_rows_at_values_hit_them_exactly_and_from_both_sides():
    found = hostile.at_values(
        COLUMNS, {"n": np.array([0.1])}, rng=np.random.default_rng(0), most=10
    )

    assert found.columns["n"].tolist() == [0.1]
    many = hostile.at_values(COLUMNS, {"n": np.full(9, 0.1)}, rng=np.random.default_rng(0), most=10)
    beside = {0.1, np.nextafter(0.1, 1), np.nextafter(0.1, 0)}
    assert set(many.columns["n"].tolist()) == beside
    assert many.changed["n"].all()


def test_joined_rows_keep_what_was_done_to_each():
    real = hostile.real(COLUMNS, np.arange(50))
    both = hostile.joined([real, derive(rows=6)])

    assert both.kinds.tolist()[:50] == ["real"] * 50
    assert not both.changed["n"][:50].any()
    assert both.changed["n"][50:].any()
