"""Metrics of drawn units, against the metric itself on the rows of those units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core import bootstrap, metrics, unit_bootstrap
from workbench.core.units import Units

every_metric = pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in metrics.OF_TASK.items() for name in names]
)


def _rows(task: str, rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    if task == "binary":
        # Rounded, so that scores tie.
        return rng.integers(0, 2, size=rows), np.round(rng.random(rows), 1)
    if task == "multiclass":
        return rng.integers(0, 3, size=rows), rng.dirichlet(np.ones(3), size=rows)
    return rng.normal(9, 1, size=rows), rng.normal(9, 1, size=rows)


def _units(rng: np.random.Generator, rows: int, count: int) -> Units:
    of_row = np.append(np.arange(count), rng.integers(0, count, size=rows - count))
    return Units(noun="group", of_row=rng.permutation(of_row), count=count)


def _checked(task: str, name: str, *, seed: int, rows: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    truth, scores = _rows(task, rng, rows)
    units = _units(rng, rows, count)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=3).astype(float)

    found = unit_bootstrap.statistic(name, task, truth, scores, units)(weights)

    drawn = [np.repeat(np.arange(rows), one[units.of_row].astype(int)) for one in weights]
    expected = [metrics.metric(name, task, truth[one], scores[one]) for one in drawn]
    assert found == pytest.approx(expected, nan_ok=True, abs=1e-12)


@every_metric
@given(st.integers(0, 1_000))
@settings(max_examples=25)
def test_a_resample_has_the_metric_of_the_rows_of_its_units(task, name, seed):
    _checked(task, name, seed=seed, rows=60, count=9)


@pytest.mark.parametrize(("task", "name"), [("binary", "roc_auc"), ("multiclass", "roc_auc_ovr")])
def test_many_units_are_counted_in_every_resample(task, name):
    _checked(task, name, seed=5, rows=900, count=600)


def test_many_classes_are_measured_row_by_row():
    rng = np.random.default_rng(1)
    truth, scores = rng.integers(0, 70, size=200), rng.random((200, 70))
    units = _units(rng, 200, 20)

    found = unit_bootstrap.statistic("f1_macro", "multiclass", truth, scores, units)

    whole = metrics.metric("f1_macro", "multiclass", truth, scores)
    assert found(np.ones((1, 20))) == pytest.approx([whole])


def test_a_resample_of_one_class_is_nan():
    units = Units(noun="group", of_row=np.array([0, 1]), count=2)

    found = unit_bootstrap.statistic(
        "roc_auc", "binary", np.array([0, 1]), np.array([0.2, 0.7]), units
    )

    assert np.isnan(found(np.array([[2.0, 0.0]]))).all()


def test_a_unit_for_each_row_draws_as_rows_are_drawn():
    rng = np.random.default_rng(4)
    truth, scores = _rows("binary", rng, 300)
    units = Units(noun="row", of_row=np.arange(300), count=300)

    by_unit = unit_bootstrap.resampled(
        [unit_bootstrap.statistic("roc_auc", "binary", truth, scores, units)],
        units=units,
        resamples=40,
        rng=np.random.default_rng(2),
    )
    by_row = bootstrap.resampled(
        [bootstrap.statistic("roc_auc", "binary", truth, scores)],
        rows=300,
        resamples=40,
        rng=np.random.default_rng(2),
    )

    assert by_unit == pytest.approx(by_row)


def test_several_statistics_see_the_same_units():
    rng = np.random.default_rng(1)
    truth, scores = _rows("regression", rng, 50)
    units = _units(rng, 50, 8)
    statistic = unit_bootstrap.statistic("mae", "regression", truth, scores, units)

    first, second = unit_bootstrap.resampled(
        [statistic, statistic], units=units, resamples=30, rng=rng
    )

    assert first.shape == (30,)
    assert first.tolist() == second.tolist()


def test_a_score_of_nan_is_refused():
    units = Units(noun="group", of_row=np.array([0, 1]), count=2)

    with pytest.raises(ValueError, match="NaN"):
        unit_bootstrap.statistic(
            "accuracy", "binary", np.array([0, 1]), np.array([0.2, np.nan]), units
        )
