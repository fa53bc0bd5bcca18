"""scikit-learn estimators: wrapped in preprocessing, fitted, and watched where they learn in rounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from storage.records import Scalar
from workbench.engines import preprocessing
from workbench.engines.estimators import first_line
from workbench.engines.learnt import Learnt
from workbench.engines.native import PipelineModel, estimator_scores, frame, one_thread
from workbench.engines.progress import Progress, Report, stream_metrics
from workbench.engines.training_set import TrainingSet
from workbench.errors import TrainingFailed

ROUNDS = 10
"""Into how many parts the iterations of an estimator are cut, to see it learn."""

_TREES = (
    "sklearn.tree.",
    "sklearn.ensemble._forest",
    "sklearn.ensemble._gb",
    "sklearn.ensemble._hist_gradient_boosting.",
)
"""Where the estimators come from that cut a column anywhere, so that texts need no column each."""


def fit(estimator: BaseEstimator, rows: TrainingSet, *, metric: str, report: Report) -> Learnt:
    """Fits `estimator` on `rows`, behind the built-in preprocessing unless it brings its own.

    Args:
        estimator: Unfitted, with its random state set.
        rows: What to learn from and what to test on.
        metric: The experiment's metric, streamed besides the usual ones.
        report: Called after every round.

    Raises:
        TrainingFailed: The estimator refuses the rows or its parameters.
    """
    is_built_in = not _has_pipeline(estimator)
    pipeline = _wrapped(estimator, rows) if is_built_in else estimator
    if isinstance(pipeline, Pipeline) and _learns_in_rounds(pipeline[-1]):
        scores, messages = _fit_in_rounds(pipeline, rows, metric=metric, report=report)
    else:
        messages = _fitted(pipeline, frame(rows.train), rows)
        scores = _scored(pipeline, frame(rows.test), rows)
        report(Progress(step=1, steps=1, metrics=_measured(scores, rows, metric)))
    return Learnt(
        model=PipelineModel(signature=rows.signature, pipeline=pipeline, is_built_in=is_built_in),
        test_scores=scores,
        params=_plain_params(estimator),
        messages=messages,
    )


def _plain_params(estimator: BaseEstimator) -> dict[str, Scalar]:
    """The params of an estimator that are plain values."""
    return {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if isinstance(value, str | int | float | bool) and value != "deprecated"
    }


def _has_pipeline(estimator: BaseEstimator) -> bool:
    nested = estimator.get_params(deep=True).values()
    return any(isinstance(one, Pipeline) for one in (estimator, *nested))


def _wrapped(estimator: BaseEstimator, rows: TrainingSet) -> Pipeline:
    # Only linear models gain from sparse matrices; others would store and export them too.
    is_linear = type(estimator).__module__.startswith("sklearn.linear_model")
    is_sparse = is_linear and bool(get_tags(estimator).input_tags.sparse)
    is_tree = type(estimator).__module__.startswith(_TREES)
    columns = preprocessing.built_in(rows.signature, is_sparse=is_sparse, is_ordinal=is_tree)
    return Pipeline([("columns", columns), ("model", estimator)])


def _learns_in_rounds(estimator: BaseEstimator) -> bool:
    params = estimator.get_params(deep=False)
    iterations = params.get("max_iter")
    if "warm_start" not in params or not isinstance(iterations, int) or iterations < ROUNDS:
        return False
    # liblinear starts anew each time; histogram boosting counts its trees over all fits.
    return params.get("solver") != "liblinear" and "HistGradient" not in type(estimator).__name__


def _fit_in_rounds(
    pipeline: Pipeline, rows: TrainingSet, *, metric: str, report: Report
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The scores of the test rows after the last round, and what the user should know."""
    train, test = _preprocessed(pipeline, rows)
    final = pipeline[-1]
    asked = {name: final.get_params(deep=False)[name] for name in ("max_iter", "warm_start")}
    iterations, done, stalled = asked["max_iter"], 0, False
    scores: NDArray[np.float64] = np.empty(0)
    for step in range(1, ROUNDS + 1):
        limit = iterations * step // ROUNDS - done
        if step == ROUNDS and not hasattr(final, "partial_fit"):
            # Solvers lose their momentum with each round; the last one makes up for it.
            limit = iterations
        final.set_params(max_iter=limit, warm_start=True)
        # A round may well end before it converges; only the last one's warning is told.
        stalled = bool(_fitted(final, train, rows))
        scores = _scored(final, test, rows)
        report(Progress(step=step, steps=ROUNDS, metrics=_measured(scores, rows, metric)))
        if not stalled and _stopped_by_itself(final, limit):
            break
        done += limit
    final.set_params(**asked)
    if not stalled:
        return scores, ()
    return scores, (f"{_name(final)} did not converge in {iterations} iterations; raise max_iter.",)


def _stopped_by_itself(final: Any, limit: int) -> bool:
    """Whether the last fit ended before its `limit` of iterations."""
    # Neural networks count their iterations over all rounds, and warn when they reach the limit.
    counts_on = hasattr(final, "loss_curve_")
    return counts_on or int(np.max(getattr(final, "n_iter_", limit))) < limit


def _preprocessed(pipeline: Pipeline, rows: TrainingSet) -> tuple[Any, Any]:
    """Training and test rows as the last step sees them; the steps before it are fitted."""
    train, test = frame(rows.train), frame(rows.test)
    for step in pipeline[:-1]:
        if step == "passthrough":
            continue
        with _the_recipes_own(step), one_thread():
            train = step.fit_transform(train, _target(rows))
            test = step.transform(test)
    return train, test


def _fitted(estimator: Any, features: Any, rows: TrainingSet) -> tuple[str, ...]:
    """Fits `estimator`; a warning that it did not converge becomes a message."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        with _the_recipes_own(estimator), one_thread():
            estimator.fit(features, _target(rows))
    for one in caught:
        if not issubclass(one.category, ConvergenceWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    stalled = any(issubclass(one.category, ConvergenceWarning) for one in caught)
    return (f"{_name(estimator)} did not converge; raise max_iter.",) if stalled else ()


def _scored(estimator: Any, features: Any, rows: TrainingSet) -> NDArray[np.float64]:
    with _the_recipes_own(estimator):
        return estimator_scores(estimator, features, rows.task)


def _measured(scores: NDArray[np.float64], rows: TrainingSet, metric: str) -> dict[str, float]:
    return stream_metrics(rows.task, rows.test_target, scores, metric=metric)


def _target(rows: TrainingSet) -> NDArray[Any]:
    return rows.train_target.astype(np.int64) if rows.is_classification else rows.train_target


@contextmanager
def _the_recipes_own(estimator: Any) -> Iterator[None]:
    """Whatever fails within is the recipe's: its params, its code, or rows it cannot take."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise TrainingFailed(
            f"{_name(estimator)} could not be fitted: {first_line(error)}.",
            "Look at `params` of the recipe, and at the columns it is given.",
        ) from error


def _name(estimator: Any) -> str:
    return type(estimator[-1] if isinstance(estimator, Pipeline) else estimator).__name__
