"""Metrics, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as sk

from workbench.core import metrics

probabilities = st.integers(0, 20).map(lambda step: step / 20)
binary = st.integers(2, 80).flatmap(
    lambda rows: st.tuples(
        arrays.arrays(np.int64, rows, elements=st.integers(0, 1)),
        arrays.arrays(np.float64, rows, elements=probabilities),
    )
)
RNG = np.random.default_rng(2)
TRUTH = (RNG.random(3_000) < 0.3).astype(np.int64)
SCORES = np.round(1 / (1 + np.exp(-(TRUTH + RNG.normal(size=3_000) - 1))), 2)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("roc_auc", sk.roc_auc_score),
        ("pr_auc", sk.average_precision_score),
        ("log_loss", sk.log_loss),
        ("brier", sk.brier_score_loss),
        ("accuracy", lambda truth, scores: sk.accuracy_score(truth, scores > 0.5)),
        ("f1", lambda truth, scores: sk.f1_score(truth, scores > 0.5)),
    ],
)
def test_a_binary_metric_is_scikit_learns(name, oracle):
    found = metrics.metric(name, "binary", TRUTH, SCORES)

    assert found == pytest.approx(oracle(TRUTH, SCORES), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("accuracy", lambda truth, scores: sk.accuracy_score(truth, scores.argmax(axis=1))),
        ("log_loss", sk.log_loss),
        (
            "f1_macro",
            lambda truth, scores: sk.f1_score(truth, scores.argmax(axis=1), average="macro"),
        ),
    ],
)
def test_a_multiclass_metric_is_scikit_learns(name, oracle):
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 4, size=900)
    scores = (
        rng.dirichlet(np.ones(4), size=900) * 0.5 + 0.5 * np.eye(4)[truth][rng.permutation(900)]
    )

    found = metrics.metric(name, "multiclass", truth, scores)

    assert found == pytest.approx(oracle(truth, scores), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("rmse", sk.root_mean_squared_error),
        ("mae", sk.mean_absolute_error),
        ("r2", sk.r2_score),
        ("mape", sk.mean_absolute_percentage_error),
    ],
)
def test_a_regression_metric_is_scikit_learns(name, oracle):
    rng = np.random.default_rng(4)
    truth = rng.normal(50, 10, size=900)
    scores = truth + rng.normal(0, 4, size=900)

    found = metrics.metric(name, "regression", truth, scores)

    assert found == pytest.approx(oracle(truth, scores), abs=1e-12)


@given(binary)
@settings(max_examples=50)
def test_ties_count_half_as_in_scikit_learn(rows):
    truth, scores = rows
    assume(0 < truth.sum() < truth.size)

    found = metrics.compute("binary", truth, scores)

    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(truth, scores), abs=1e-12)
    assert found["pr_auc"] == pytest.approx(sk.average_precision_score(truth, scores), abs=1e-12)


@given(binary)
def test_the_auc_of_the_complement_is_the_complement(rows):
    truth, scores = rows
    assume(0 < truth.sum() < truth.size)

    found = metrics.metric("roc_auc", "binary", truth, scores)

    assert metrics.metric("roc_auc", "binary", truth, 1 - scores) == pytest.approx(1 - found)
    assert metrics.metric("roc_auc", "binary", 1 - truth, scores) == pytest.approx(1 - found)


@given(binary, st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_rows(rows, random):
    truth, scores = rows
    order = list(range(truth.size))
    random.shuffle(order)

    found = metrics.compute("binary", truth, scores)

    assert metrics.compute("binary", truth[order], scores[order]) == pytest.approx(
        found, nan_ok=True
    )


def test_the_calibration_error_of_a_worked_example_is_right():
    truth = np.array([0, 0, 1, 1, 1])
    scores = np.array([0.05, 0.05, 0.85, 0.85, 0.45])

    expected = (2 * 0.05 + 2 * 0.15 + 1 * 0.55) / 5

    assert metrics.metric("ece", "binary", truth, scores) == pytest.approx(expected)


def test_the_calibration_error_of_several_classes_is_about_the_top_one():
    truth = np.array([0, 1, 2, 2])
    scores = np.array([[0.7, 0.2, 0.1]] * 4)

    assert metrics.ece(truth, scores) == pytest.approx(0.7 - 0.25)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_all_metrics_of_a_task_are_computed(task):
    truth = np.array([0, 1, 1, 0])
    scores = np.full((4, 3), 1 / 3) if task == "multiclass" else np.full(4, 0.5)

    found = metrics.compute(task, truth, scores, classes=("a", "b", "c"))

    assert tuple(found) == metrics.OF_TASK[task]
    assert metrics.default_metric(task) in found


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1], []], ids=["zeros", "ones", "no rows"])
def test_with_one_class_only_a_rank_metric_is_nan(truth):
    found = metrics.compute(
        "binary", np.array(truth, dtype=np.int64), np.linspace(0, 1, len(truth))
    )

    assert np.isnan(found["roc_auc"])


def test_a_score_of_nan_makes_every_metric_nan():
    found = metrics.compute("binary", np.array([0, 1, 1]), np.array([0.1, np.nan, 0.9]))

    assert all(np.isnan(value) for value in found.values())


def test_a_constant_truth_leaves_r2_undefined():
    assert np.isnan(metrics.metric("r2", "regression", np.full(5, 3.0), np.arange(5.0)))


def test_a_truth_of_zero_leaves_mape_undefined():
    found = metrics.compute("regression", np.array([0.0, 1.0]), np.array([1.0, 1.0]))

    assert np.isnan(found["mape"])
    assert found["mae"] == 0.5


def test_sure_and_wrong_costs_much_but_not_everything():
    found = metrics.metric("log_loss", "binary", np.array([1]), np.array([0.0]))

    assert found == pytest.approx(36.04, abs=0.01)


@pytest.mark.parametrize(
    ("name", "is_larger"),
    [("roc_auc", True), ("f1_macro", True), ("r2", True), ("log_loss", False), ("ece", False)],
)
def test_a_metric_has_a_direction(name, is_larger):
    assert metrics.larger_is_better(name) is is_larger


@pytest.mark.parametrize(
    ("name", "task", "truth", "scores"),
    [
        ("rmse", "binary", np.array([0, 1]), np.array([0.1, 0.9])),
        ("roc_auc", "binary", np.array([0, 1]), np.array([0.1])),
        ("roc_auc", "binary", np.array([0, 1]), np.eye(2)),
        ("log_loss", "multiclass", np.array([0, 1]), np.array([0.1, 0.9])),
        ("log_loss", "multiclass", np.array([0, 2]), np.eye(2)),
        ("roc_auc", "binary", np.array([-1, 1]), np.array([0.1, 0.9])),
    ],
    ids=["other task", "lengths", "too wide", "too narrow", "unknown class", "negative class"],
)
def test_what_does_not_belong_together_is_refused(name, task, truth, scores):
    with pytest.raises(ValueError, match=r"metric|fit|holds"):
        metrics.metric(name, task, truth, scores)


def test_a_class_too_many_is_refused():
    with pytest.raises(ValueError, match="expected"):
        metrics.compute("multiclass", np.array([0, 1]), np.eye(2), classes=("a", "b", "c"))


def test_an_unknown_metric_has_no_direction():
    with pytest.raises(ValueError, match="auc_roc"):
        metrics.larger_is_better("auc_roc")
