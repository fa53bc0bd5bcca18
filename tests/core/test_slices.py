"""Metrics on the rows of single values."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core import metrics, slices


def measured(values: np.ndarray, **changed: object) -> tuple[slices.Slice, ...]:
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, size=len(values))
    scores = np.clip(0.4 * truth + 0.6 * rng.random(len(values)), 0, 1)
    arguments = {"task": "binary", "metric": "roc_auc", "truth": truth, "scores": scores, "seed": 1}
    return slices.measure({"shop": values}, **{**arguments, **changed})


def test_a_slice_is_the_metric_on_its_rows_with_an_interval():
    values = np.array(["a"] * 300 + ["b"] * 200, object)
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, size=500)
    scores = np.clip(0.4 * truth + 0.6 * rng.random(500), 0, 1)

    found = {one.value: one for one in measured(values)}

    assert {value: one.rows for value, one in found.items()} == {"a": 300, "b": 200}
    expected = metrics.metric("roc_auc", "binary", truth[:300], scores[:300])
    assert found["a"].metric == pytest.approx(expected)
    assert found["a"].low < expected < found["a"].high


def test_a_value_with_few_rows_is_left_out():
    values = np.array(["a"] * 400 + ["b"] * (slices.LEAST_ROWS - 1), object)

    assert [one.value for one in measured(values)] == ["a"]


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_the_worst_slice_comes_first(metric):
    found = measured(np.repeat(np.array(list("abcd"), object), 200), metric=metric)
    values = [one.metric for one in found]

    assert values == sorted(values, reverse=metric == "log_loss")


def test_many_numbers_are_cut_into_quarters():
    found = measured(np.arange(800, dtype=float))

    assert sorted(one.rows for one in found) == [199, 200, 200, 201]
    assert {"up to 200", "over 600"} <= {one.value for one in found}


def test_a_missing_value_is_a_value():
    values = np.ma.masked_array(np.repeat([1.0, 2.0], 150), mask=np.repeat([False, True], 150))

    assert {one.value for one in measured(values)} == {"1", slices.NO_VALUE}


def test_a_slice_of_one_class_says_nothing_of_a_ranking():
    values = np.array(["a"] * 200, object)

    assert measured(values, truth=np.ones(200, np.int64), scores=np.full(200, 0.5)) == ()
