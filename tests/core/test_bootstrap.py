"""Metrics of resamples, against the metric itself on the rows drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import bootstrap, metrics


def _rows(task: str, seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    if task == "binary":
        return rng.integers(0, 2, size=rows), np.round(rng.random(rows), 1)
    if task == "multiclass":
        return rng.integers(0, 3, size=rows), rng.dirichlet(np.ones(3), size=rows)
    return rng.normal(9, 1, size=rows), rng.normal(9, 1, size=rows)


every_metric = pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in metrics.OF_TASK.items() for name in names]
)


@every_metric
@given(st.integers(0, 1_000))
def test_a_resample_has_the_metric_of_its_rows(task, name, seed):
    truth, scores = _rows(task, seed)
    draws = np.random.default_rng(seed).integers(0, truth.size, size=(4, truth.size))

    found = bootstrap.statistic(name, task, truth, scores)(draws)

    expected = [metrics.metric(name, task, truth[one], scores[one]) for one in draws]
    assert found == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_a_resample_of_one_class_is_nan():
    found = bootstrap.statistic("roc_auc", "binary", np.array([0, 1]), np.array([0.2, 0.7]))

    assert np.isnan(found(np.array([[0, 0]]))).all()


def test_several_statistics_see_the_same_resamples():
    truth, scores = _rows("binary", 1)
    statistic = bootstrap.statistic("roc_auc", "binary", truth, scores)

    first, second = bootstrap.resampled(
        [statistic, statistic], rows=truth.size, resamples=50, rng=np.random.default_rng(1)
    )

    assert first.shape == (50,)
    assert first.tolist() == second.tolist()


def test_many_rows_are_resampled_in_blocks_of_any_size():
    truth, scores = _rows("binary", 1, rows=30_000)
    statistic = bootstrap.statistic("accuracy", "binary", truth, scores)

    found = bootstrap.resampled(
        [statistic], rows=truth.size, resamples=5, rng=np.random.default_rng(1)
    )

    assert found.shape == (1, 5)


def test_a_score_of_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        bootstrap.statistic("accuracy", "binary", np.array([0, 1]), np.array([0.2, np.nan]))
