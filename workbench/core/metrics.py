"""How well scores agree with the truth: the metrics of binary, multiclass and regression models.

Every function takes `truth` and `scores` as the model's task has them:

    binary      truth 0 or 1, shape (rows,)              scores: probability of class 1, shape (rows,)
    multiclass  truth 0 … classes-1, shape (rows,)       scores: probabilities, shape (rows, classes)
    regression  truth a number, shape (rows,)            scores: the prediction, shape (rows,)

A metric that these rows leave undefined (one class only, no rows, a NaN score) is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.config import METRICS, Task
from workbench.core import ranks
from workbench.core.metric_order import is_lower_better

Truth = NDArray[np.int64] | NDArray[np.float64]
"""Class indexes, or numbers for regression; shape (rows,)."""

OF_TASK: Mapping[str, tuple[str, ...]] = {str(task): names for task, names in METRICS.items()}
"""The metrics of each task, in the order in which they are shown."""

_DEFAULTS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
_ECE_BINS = 10


def default_metric(task: Task) -> str:
    """The metric of an experiment that names none: roc_auc, log_loss or rmse."""
    return _DEFAULTS[task]


def larger_is_better(metric: str) -> bool:
    """Whether a larger value of `metric` is the better one.

    Raises:
        ValueError: No task has such a metric.
    """
    if not any(metric in names for names in OF_TASK.values()):
        raise ValueError(f"no metric is called {metric!r}")
    return not is_lower_better(metric)


def compute(
    task: Task, truth: Truth, scores: NDArray[np.float64], *, classes: Sequence[str] = ()
) -> dict[str, float]:
    """All metrics of a task by name.

    Args:
        task: Decides which metrics there are.
        truth: Shape (rows,).
        scores: Shape (rows,), or (rows, classes) for multiclass.
        classes: Class labels in the order of the probabilities; when given, the shapes must agree.

    Raises:
        ValueError: The shapes do not belong together.
    """
    if task == "multiclass" and classes and scores.shape[1:] != (len(classes),):
        raise ValueError(f"scores have shape {scores.shape}, expected (rows, {len(classes)})")
    return {name: metric(name, task, truth, scores) for name in OF_TASK[task]}


def metric(name: str, task: Task, truth: Truth, scores: NDArray[np.float64]) -> float:
    """One metric of a task.

    Raises:
        ValueError: The task has no such metric, or the shapes do not belong together.
    """
    check(name, task, truth, scores)
    if truth.size == 0 or bool(np.isnan(scores).any()):
        return float("nan")
    return float(_FUNCTIONS[name](truth, scores))


def check(name: str, task: Task, truth: Truth, scores: NDArray[np.float64]) -> None:
    """Raises a ValueError when the task has no such metric or the shapes do not belong together."""
    if name not in OF_TASK[task]:
        known = ", ".join(OF_TASK[task])
        raise ValueError(f"{name!r} is no metric of a {task} model; it has {known}")
    dimensions = 2 if task == "multiclass" else 1
    if truth.ndim != 1 or scores.ndim != dimensions or len(scores) != truth.size:
        raise ValueError(
            f"truth of shape {truth.shape} does not fit scores of shape {scores.shape}"
        )
    if task == "regression" or truth.size == 0:
        return
    classes = scores.shape[1] if task == "multiclass" else 2
    if truth.min() < 0 or truth.max() >= classes:
        raise ValueError(f"truth holds {truth.min()} to {truth.max()}, not 0 to {classes - 1}")


def labels(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class that scores of a classifier decide for; a binary tie at one half is class 0."""
    if scores.ndim == 1:
        return (scores > 0.5).astype(np.int64)
    decided: NDArray[np.int64] = np.argmax(scores, axis=1).astype(np.int64)
    return decided


def losses(name: str, truth: Truth, scores: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """What each row adds to a metric that is a mean over rows (or the root of one), shape (rows,).

    Accuracy counts 1 for a row that is right; rmse has the squared error. None for any other metric.
    """
    function = _LOSSES.get(name)
    return None if function is None else function(truth, scores)


def ece_sums(
    truth: Truth, scores: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of the ten bins of confidence each row lies in, and its outcome minus its confidence.

    For a binary model the confidence is the probability of class 1; with a column per class it is the
    largest probability, and the outcome is whether that class is the true one.
    """
    if scores.ndim == 1:
        confidence, outcome = scores, truth.astype(np.float64)
    else:
        confidence, outcome = scores.max(axis=1), (labels(scores) == truth).astype(np.float64)
    bin_of = np.clip(np.ceil(confidence * _ECE_BINS) - 1, 0, _ECE_BINS - 1).astype(np.intp)
    return bin_of, outcome - confidence


def ece(truth: Truth, scores: NDArray[np.float64]) -> float:
    """Expected calibration error over ten bins of equal width, each weighed by its rows.

    Returns:
        0 to 1; NaN without rows or with a NaN score. Chance alone adds about 0.4 / sqrt(rows per bin).

    Source: Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning,
    AAAI (2015).
    """
    if truth.size == 0 or bool(np.isnan(scores).any()):
        return float("nan")
    bin_of, gaps = ece_sums(truth, scores)
    return float(np.abs(np.bincount(bin_of, weights=gaps)).sum() / truth.size)


def f1_of(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of each class from the rows by true class and decided class, shape (..., classes, classes).

    Returns:
        Shape (..., classes); NaN for a class that neither side has.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)
    named = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    gaps: NDArray[np.float64] = np.full(right.shape, np.nan)
    np.divide(2.0 * right, named, out=gaps, where=named > 0)
    return gaps


def f1_weighted_of(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of each class, weighed by the rows that are of it; shape (...,)."""
    rows = confusion.sum(axis=-1)
    # A class without rows on either side weighs nothing, so that its F1 need not be a number.
    found: NDArray[np.float64] = np.nansum(f1_of(confusion) * rows, axis=-1) / rows.sum(axis=-1)
    return found


def recall_of(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the rows of each class that were decided so, shape (..., classes); NaN without rows."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)
    rows = confusion.sum(axis=-1)
    found: NDArray[np.float64] = np.full(right.shape, np.nan)
    np.divide(right, rows, out=found, where=rows > 0)
    return found


def confusion_cells(truth: Truth, scores: NDArray[np.float64]) -> tuple[NDArray[np.intp], int]:
    """Each row's cell in the table of true and decided class, and how many classes there are."""
    classes = 2 if scores.ndim == 1 else scores.shape[1]
    return (truth.astype(np.intp) * classes + labels(scores)).astype(np.intp), classes


def confusion(truth: Truth, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows by true class (first axis) and decided class, shape (classes, classes)."""
    cells, classes = confusion_cells(truth, scores)
    table = np.bincount(cells, minlength=classes * classes).astype(np.float64)
    return table.reshape(classes, classes)


def _f1(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(f1_of(confusion(truth, scores))[1])


def _f1_macro(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(f1_of(confusion(truth, scores))))


def _f1_weighted(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(f1_weighted_of(confusion(truth, scores)))


def _balanced_accuracy(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(np.nanmean(recall_of(confusion(truth, scores))))


def _roc_auc_ovr(truth: Truth, scores: NDArray[np.float64]) -> float:
    """Mean over the classes that have rows of the AUC of each against all others."""
    found = [_roc_auc((truth == one).astype(np.int64), scores[:, one]) for one in present(truth)]
    return float(np.mean(found))


def present(truth: Truth) -> list[int]:
    """The classes that have rows."""
    return [int(one) for one in np.unique(truth)]


def _roc_auc(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(ranks.roc_auc(*_float_steps(truth, scores)))


def _pr_auc(truth: Truth, scores: NDArray[np.float64]) -> float:
    return float(ranks.average_precision(*_float_steps(truth, scores)))


def _float_steps(
    truth: Truth, scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(scores)
    negatives, positives, _ = ranks.groups(truth.astype(np.int64)[order], scores[order])
    return negatives.astype(np.float64), positives.astype(np.float64)


def _log_losses(truth: Truth, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    if scores.ndim == 1:
        of_truth = np.where(truth == 1, scores, 1.0 - scores)
    else:
        of_truth = scores[np.arange(truth.size), truth.astype(np.intp)]
    # A row that was sure and wrong counts 36, not infinity.
    losses_of_rows: NDArray[np.float64] = -np.log(np.clip(of_truth, _LEAST_PROBABILITY, 1.0))
    return losses_of_rows


def _r2(truth: Truth, scores: NDArray[np.float64]) -> float:
    spread = float(np.square(truth - truth.mean()).sum())
    if spread == 0.0:
        return float("nan")
    return 1.0 - float(np.square(truth - scores).sum()) / spread


def _percentages(truth: Truth, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error as a share of the truth; NaN for a truth of 0, where no share can be said."""
    size = np.abs(truth.astype(np.float64))
    gaps: NDArray[np.float64] = np.full(truth.shape, np.nan)
    np.divide(np.abs(truth - scores), size, out=gaps, where=size > 0.0)
    return gaps


def _pinball(quantile: float) -> Callable[[Truth, NDArray[np.float64]], NDArray[np.float64]]:
    """The loss whose least expectation is the quantile of the truth.

    Source: Koenker and Bassett, Econometrica 46 (1978).
    """

    def losses_of(truth: Truth, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        gaps = truth - scores
        found: NDArray[np.float64] = np.maximum(quantile * gaps, (quantile - 1.0) * gaps)
        return found

    return losses_of


_LOSSES: dict[str, Callable[[Truth, NDArray[np.float64]], NDArray[np.float64]]] = {
    "accuracy": lambda truth, scores: (labels(scores) == truth).astype(np.float64),
    "brier": lambda truth, scores: np.square(truth - scores),
    "log_loss": _log_losses,
    "rmse": lambda truth, scores: np.square(truth - scores),
    "mae": lambda truth, scores: np.abs(truth - scores),
    "mape": _percentages,
    "pinball_10": _pinball(0.1),
    "pinball_90": _pinball(0.9),
}


def _mean_of(name: str) -> Callable[[Truth, NDArray[np.float64]], float]:
    return lambda truth, scores: float(_LOSSES[name](truth, scores).mean())


_FUNCTIONS: dict[str, Callable[[Truth, NDArray[np.float64]], float]] = {
    **{name: _mean_of(name) for name in _LOSSES},
    "rmse": lambda truth, scores: float(np.sqrt(np.square(truth - scores).mean())),
    "roc_auc": _roc_auc,
    "pr_auc": _pr_auc,
    "f1": _f1,
    "f1_macro": _f1_macro,
    "f1_weighted": _f1_weighted,
    "balanced_accuracy": _balanced_accuracy,
    "roc_auc_ovr": _roc_auc_ovr,
    "ece": ece,
    "r2": _r2,
}
