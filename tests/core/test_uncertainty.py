"""All metrics with their intervals, against resamples made one by one."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core import intervals, metrics, uncertainty


def rows_of(task: str, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    if task == "regression":
        truth = rng.normal(9, 1, size=rows)
        return truth, truth + rng.normal(size=rows)
    if task == "multiclass":
        truth = rng.integers(0, 3, size=rows)
        return truth, 0.6 * rng.dirichlet(np.ones(3), size=rows) + 0.4 * np.eye(3)[truth]
    truth = rng.integers(0, 2, size=rows)
    # Rounded, so that scores tie.
    return truth, np.round(np.clip(truth * 0.2 + rng.random(rows) * 0.8, 0, 1), 2)


every_task = pytest.mark.parametrize("task", metrics.OF_TASK)
every_metric = pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in metrics.OF_TASK.items() for name in names]
)


@every_task
def test_every_metric_of_a_task_has_its_value_and_an_interval(task):
    truth, scores = rows_of(task)

    found = uncertainty.estimates(task, truth, scores, seed=1)

    assert {name: one.value for name, one in found.items()} == metrics.compute(task, truth, scores)
    assert all(one.low < one.high for one in found.values())
    assert all(one.low < one.value < one.high for one in found.values())


@every_metric
def test_an_interval_is_the_one_of_drawing_rows_one_resample_after_the_other(task, name):
    truth, scores = rows_of(task)
    rng = np.random.default_rng(9)
    values = [
        metrics.metric(name, task, truth[drawn], scores[drawn])
        for drawn in rng.integers(0, truth.size, size=(1000, truth.size))
    ]

    found = uncertainty.estimates(task, truth, scores, seed=1, only=(name,), resamples=1000)[name]

    width = np.subtract(*np.quantile(values, [0.975, 0.025]))
    assert (found.low, found.high) == pytest.approx(
        intervals.percentiles(np.array(values)), abs=0.15 * width
    )


@pytest.mark.parametrize("name", ["pr_auc", "f1", "log_loss", "ece"])
def test_a_resample_is_measured_as_the_rows_it_draws(name):
    truth, scores = rows_of("binary", rows=60)
    drawn = np.random.default_rng(4).integers(0, 60, size=60)

    (value,) = uncertainty._resampled([name], truth, scores, seed=4, resamples=1)[name]

    # Ranked metrics look at the rows in the order of their scores, and so draw from that order.
    order = np.argsort(-scores, kind="stable") if name == "pr_auc" else np.arange(60)
    expected = metrics.metric(name, "binary", truth[order][drawn], scores[order][drawn])
    assert value == pytest.approx(expected, abs=1e-12)


def test_metrics_asked_for_together_are_those_asked_for_alone():
    truth, scores = rows_of("regression")

    together = uncertainty.estimates("regression", truth, scores, seed=1)
    alone = {
        name: uncertainty.estimates("regression", truth, scores, seed=1, only=(name,))[name]
        for name in together
    }

    for name, one in together.items():
        bounds = (one.value, one.low, one.high)
        assert bounds == pytest.approx((alone[name].value, alone[name].low, alone[name].high))


@every_task
def test_without_rows_every_metric_is_undefined(task):
    truth, scores = rows_of(task)

    found = uncertainty.estimates(task, truth[:0], scores[:0], seed=1)

    assert all(np.isnan([one.value, one.low, one.high]).all() for one in found.values())


def test_rows_of_one_class_leave_the_area_undefined_and_the_loss_not():
    truth, scores = rows_of("binary")
    found = uncertainty.estimates("binary", truth[truth == 1], scores[truth == 1], seed=1)

    assert np.isnan(found["roc_auc"].value)
    assert found["brier"].low < found["brier"].high


def test_the_interval_of_two_classes_one_against_the_rest_is_delongs():
    truth, scores = rows_of("binary")
    table = np.stack([1 - scores, scores], axis=1)

    found = intervals.roc_auc_ovr_interval(truth, table)

    assert found == pytest.approx(intervals.roc_auc_interval(truth, scores), abs=1e-3)
