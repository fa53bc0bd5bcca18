"""All metrics of a task with their intervals, from one set of bootstrap resamples.

A resample is a weight per row: how often the row was drawn. Whatever is a mean over rows is then one
product of matrices for all metrics and resamples at once, and what depends on the order of scores is a
running sum over rows that were sorted once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import intervals, means, metrics, ranks

RESAMPLES = 200
_CELLS_PER_BLOCK = 1 << 19

Weights = NDArray[np.float64]
"""How often each row is in each resample, shape (resamples, rows)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A metric with its 95 % interval; NaN where the rows leave it undefined."""

    value: float
    low: float
    high: float


def estimates(
    task: Task,
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    seed: int,
    resamples: int = RESAMPLES,
    only: Collection[str] = (),
) -> dict[str, Estimate]:
    """Every metric of a task with its interval: by DeLong for areas under ROC curves, else by bootstrap.

    Args:
        task: Says what truth and scores look like; see `metrics`.
        truth: Shape (rows,).
        scores: Shape (rows,), or (rows, classes) for multiclass.
        seed: Of the resamples; the same seed gives the same intervals.
        resamples: How many.
        only: The metrics that are asked for; empty: all of the task.

    Raises:
        ValueError: The shapes do not belong together.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
    """
    names = only or metrics.OF_TASK[task]
    values = {name: metrics.metric(name, task, truth, scores) for name in names}
    defined = [name for name, value in values.items() if not np.isnan(value)]
    bounds = _exact(truth, scores, defined)
    open_names = [name for name in defined if name not in bounds]
    if open_names:
        drawn = _resampled(open_names, truth, scores, seed=seed, resamples=resamples)
        bounds |= {
            name: intervals.percentiles(_unbiased(found, values[name]) if name == "ece" else found)
            for name, found in drawn.items()
        }
    unknown = (float("nan"), float("nan"))
    return {
        name: Estimate(
            value=value, low=bounds.get(name, unknown)[0], high=bounds.get(name, unknown)[1]
        )
        for name, value in values.items()
    }


def _unbiased(drawn: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Resamples of an error that is never negative, moved so that they lie around its value.

    The noise of a resample adds to a sum of absolute gaps, so that without this the interval may lie above
    the value. Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 10.
    """
    moved: NDArray[np.float64] = np.maximum(drawn - (drawn.mean() - value), 0.0)
    return moved


def _exact(
    truth: metrics.Truth, scores: NDArray[np.float64], names: list[str]
) -> dict[str, tuple[float, float]]:
    found = {}
    if "roc_auc" in names and min(np.bincount(truth.astype(np.intp), minlength=2)) > 1:
        found["roc_auc"] = intervals.roc_auc_interval(truth.astype(np.int64), scores)
    if "roc_auc_ovr" in names:
        found["roc_auc_ovr"] = intervals.roc_auc_ovr_interval(truth.astype(np.int64), scores)
    return found


def _resampled(
    names: list[str],
    truth: metrics.Truth,
    scores: NDArray[np.float64],
    *,
    seed: int,
    resamples: int,
) -> dict[str, NDArray[np.float64]]:
    """The values of metrics on the same resamples, each of shape (resamples,)."""
    if "pr_auc" in names:
        # Draws do not care for the order of rows, and sorted ones need no sorting later.
        order = np.argsort(-scores, kind="stable")
        truth, scores = truth[order], scores[order]
    linear = {
        name: one for name in names if (one := means.of_means(name, truth, scores)) is not None
    }
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in linear}
    ranked = ranks.weighted_precision(truth, scores) if "pr_auc" in names else None
    if ranked is not None:
        found["pr_auc"] = []
    matrix = np.concatenate([one.columns for one in linear.values()], axis=1) if linear else None
    for weights in _weights(truth.size, resamples, np.random.default_rng(seed)):
        if matrix is not None:
            drawn = weights @ matrix / truth.size
            for name, part in _parts(linear, drawn).items():
                found[name].append(linear[name].value(part))
        if ranked is not None:
            found["pr_auc"].append(ranked(weights))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _parts(linear: Mapping[str, means.OfMeans], drawn: means.Means) -> dict[str, means.Means]:
    ends = np.cumsum([one.columns.shape[1] for one in linear.values()])
    return dict(zip(linear, np.split(drawn, ends[:-1], axis=1), strict=True))


def _weights(rows: int, resamples: int, rng: np.random.Generator) -> Iterator[Weights]:
    """Rows drawn with replacement and counted, in blocks that stay near the processor."""
    per_block = max(1, _CELLS_PER_BLOCK // rows)
    for start in range(0, resamples, per_block):
        count = min(per_block, resamples - start)
        drawn = np.empty((count, rows))
        for resample in range(count):
            drawn[resample] = np.bincount(rng.integers(0, rows, size=rows), minlength=rows)
        yield drawn
