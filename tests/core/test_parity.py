from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import hostile
from workbench.core.parity import LIMIT, MOST_VALUES, compare, labels

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


@given(probabilities)
def test_a_model_is_at_parity_with_itself(scores):
    found = compare(scores, scores, task="binary", hostile_from=len(scores))

    assert (found.passed, found.max_abs_diff, found.flips, found.worst) == (True, 0.0, 0, ())


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

    assert (found.passed, found.flips) == (False, 1)


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


def asked(**columns):
    rows = len(next(iter(columns.values())))
    found = hostile.real(columns, np.arange(100, 100 + rows))
    kinds = found.kinds.copy()
    kinds[-1] = "mixed"
    last = next(reversed(columns))
    return hostile.Rows(
        columns=columns,
        numbers=found.numbers,
        kinds=kinds,
        changed={last: np.arange(rows) == rows - 1},
    )


def test_the_worst_rows_come_first_with_what_was_done_to_them_and_both_answers():
    rows = asked(n=np.array([0.1, np.nan, 1e39]), s=np.array(["a", "", "\0"], object))
    found = compare(
        np.array([0.1, 0.2, 0.4]),
        np.array([0.1, 0.3, 0.6]),
        task="binary",
        hostile_from=2,
        asked=rows,
    )

    first, second = found.worst
    assert (first.row, first.kind, first.changed, first.flipped) == (102, "mixed", ("s",), True)
    assert first.values == {"s": "\0", "n": "1e+39"}
    assert (first.native, first.onnx) == ((0.4,), (0.6,))
    assert (second.row, second.kind, second.values) == (101, "real", {"n": "", "s": ""})


@given(st.floats(allow_nan=False))
def test_a_number_of_a_worst_row_is_told_exactly(value):
    rows = asked(n=np.array([value]))
    (worst,) = compare(
        np.array([0.1]), np.array([0.9]), task="binary", hostile_from=1, asked=rows
    ).worst

    assert float(worst.values["n"]) == value


def test_an_answer_that_is_no_number_is_none():
    (worst,) = compare(
        np.array([[np.nan, 0.5]]),
        np.array([[np.inf, 0.5]]),
        task="multiclass",
        hostile_from=1,
        asked=asked(n=np.array([1.0])),
    ).worst

    assert (worst.native, worst.onnx) == ((None, 0.5), (None, 0.5))


def test_of_wide_rows_the_changed_columns_are_kept_and_the_first():
    rows = asked(**{f"c{number}": np.array([1.0]) for number in range(500)})
    (worst,) = compare(
        np.array([0.1]), np.array([0.9]), task="binary", hostile_from=1, asked=rows
    ).worst

    assert list(worst.values)[:2] == ["c499", "c0"]
    assert len(worst.values) == MOST_VALUES
