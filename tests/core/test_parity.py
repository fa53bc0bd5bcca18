from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.columns import typed
from workbench.core.parity import LIMIT, compare, hostile_rows, labels
from workbench.core.signature import infer

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@given(probabilities)
def test_a_model_is_at_parity_with_itself(scores):
    found = compare(scores, scores, task="binary", hostile_from=len(scores))

    assert (found.passed, found.max_abs_diff, found.flips, found.worst_rows) == (True, 0.0, 0, ())


@given(probabilities, probabilities)
def test_parity_does_not_depend_on_the_side(left, right):
    rows = min(len(left), len(right))
    one = compare(left[:rows], right[:rows], task="binary", hostile_from=rows)
    other = compare(right[:rows], left[:rows], task="binary", hostile_from=rows)

    assert one == other


def test_one_flipped_label_fails_however_small_the_difference():
    found = compare(
        np.array([0.1, 0.5]), np.array([0.1, 0.5 + 1e-12]), task="binary", hostile_from=2
    )

    assert (found.passed, found.flips, found.worst_rows) == (False, 1, (1,))


def test_a_difference_beyond_the_limit_fails_without_a_flip():
    found = compare(np.array([0.1]), np.array([0.1 + 2 * LIMIT]), task="binary", hostile_from=1)

    assert (found.passed, found.flips) == (False, 0)


def test_the_labels_a_graph_gives_itself_count():
    found = compare(
        np.array([0.9]),
        np.array([0.9]),
        task="binary",
        hostile_from=1,
        onnx_labels=np.array([0]),
    )

    assert found.flips == 1


def test_the_largest_difference_of_a_row_counts_among_many_classes():
    native, onnx = np.array([[0.2, 0.3, 0.5]]), np.array([[0.2, 0.35, 0.45]])

    found = compare(native, onnx, task="multiclass", hostile_from=1)

    assert found.max_abs_diff == pytest.approx(0.05)


@pytest.mark.parametrize("wrong", [np.nan, np.inf], ids=["nan", "infinite"])
def test_a_number_against_none_is_as_different_as_can_be(wrong):
    found = compare(np.array([0.5]), np.array([wrong]), task="binary", hostile_from=1)

    assert found.max_abs_diff == np.finfo(np.float64).max
    assert not found.passed


def test_nan_agrees_with_nan():
    nothing = np.array([np.nan])

    assert compare(nothing, nothing, task="regression", hostile_from=1, target_std=1.0).passed


def test_values_are_measured_in_deviations_of_the_target():
    native, onnx = np.array([1000.0]), np.array([1000.5])

    assert compare(native, onnx, task="regression", hostile_from=1, target_std=1e4).passed
    assert not compare(native, onnx, task="regression", hostile_from=1, target_std=1e3).passed


def test_far_outside_everything_real_a_difference_counts_in_proportion():
    native, onnx = np.array([1.0, 1e30]), np.array([1.0, 1e30 * (1 + 1e-9)])

    assert compare(native, onnx, task="regression", hostile_from=1, target_std=1.0).passed
    assert not compare(native, onnx, task="regression", hostile_from=2, target_std=1.0).passed


def test_scores_of_different_shapes_are_a_mistake():
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(np.zeros(2), np.zeros(3), task="binary", hostile_from=2)


def test_a_regression_needs_the_deviation_of_its_target():
    with pytest.raises(ValueError, match="target_std"):
        compare(np.zeros(2), np.zeros(2), task="regression", hostile_from=2)


def test_an_exact_tie_is_the_first_class_for_two_and_for_many():
    assert labels(np.array([0.5])).tolist() == [0]
    assert labels(np.array([[0.5, 0.5]])).tolist() == [0]


@pytest.fixture
def derived():
    columns = {"n": np.arange(50.0), "s": np.array(["a", "b"] * 25, object)}
    signature = infer(columns, task="binary")
    return hostile_rows(
        typed(signature, columns), signature, rng=np.random.default_rng(0), rows=600
    )


def test_hostile_rows_hold_every_kind_of_trouble(derived):
    numbers, words = derived["n"], set(derived["s"].tolist())

    assert np.isnan(numbers).any()
    assert np.isposinf(numbers).any()
    assert np.isneginf(numbers).any()
    assert (np.abs(numbers[np.isfinite(numbers)]) > np.finfo(np.float32).max).any()
    assert any(0 < number < 50 and number != np.float32(number) for number in numbers)
    assert {"", "unknown", "a "} <= words


def test_hostile_rows_stay_typed(derived):
    assert derived["n"].dtype == np.float64
    assert set(map(type, derived["s"])) == {str}


def test_the_same_chance_derives_the_same_rows():
    columns = {"n": np.arange(5.0)}
    signature = infer(columns, task="regression")
    one, other = (
        hostile_rows(columns, signature, rng=np.random.default_rng(3), rows=60) for _ in range(2)
    )

    assert np.array_equal(one["n"], other["n"], equal_nan=True)
