"""Fitting a recipe: from rows to a model with its test scores, and to what it looks at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMModel
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from storage.records import Scalar, Signature
from workbench.config import RecipeConfig, Task
from workbench.core import leakage
from workbench.core.leakage import Leak
from workbench.core.run_figures import Loss
from workbench.engines import boosting, estimators, importances, pipelines, training_set
from workbench.engines.learnt import Learnt
from workbench.engines.native import NativeModel
from workbench.engines.progress import Progress, Report
from workbench.engines.rows import Rows, row_hashes
from workbench.engines.training_set import TrainingSet

__all__ = ["Fitted", "Insight", "Progress", "Report", "Rows", "fit", "insight", "row_hashes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A trained model and what is known of it."""

    model: NativeModel
    rows: TrainingSet
    """What it learnt from and was tested on."""
    test_scores: NDArray[np.float64]
    """For every test row the probability of class 1 (n,), of every class (n, classes), or the
    value (n,)."""
    leaks: tuple[Leak, ...]
    """What the rows show of a leak; each was reported as well."""
    params: dict[str, Scalar]
    """The parameters as used, with seeds and threads."""
    messages: tuple[str, ...]
    """What the user should know; each was reported as well."""

    @property
    def signature(self) -> Signature:
        """What the model takes."""
        return self.rows.signature

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the probabilities; empty for a regression."""
        return self.signature.classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a model looks at."""

    importances: dict[str, float]
    """Share per input column; sums to 1."""
    permutation: dict[str, Loss]
    """What shuffling each column costs."""


def fit(  # noqa: PLR0913 - the one call of this floor, all of it named
    recipe: RecipeConfig,
    *,
    task: Task,
    train: Rows,
    test: Rows,
    seed: int,
    metric: str,
    project_dir: Path | None,
    report: Report,
    looks_closer: bool = True,
) -> Fitted:
    """Trains what `recipe` names on `train` and scores `test` with it.

    Args:
        recipe: An estimator and its parameters.
        task: binary, multiclass or regression.
        train: Rows to learn from.
        test: Rows to score; they decide nothing about the model.
        seed: Fixes everything that chance decides.
        metric: The experiment's metric, streamed besides the usual ones.
        project_dir: Where recipes.py stands; None: there is no project.
        report: Called after every step and with every message; raises to cancel.
        looks_closer: Whether leaks are looked for, which a fold can do without.

    Raises:
        TrainingFailed: Names the recipe, column or parameter that cannot be trained with.
    """
    estimator = estimators.resolve(recipe, task=task, seed=seed, project_dir=project_dir)
    rows = training_set.prepare(task, train, test)
    _tell(rows.messages, report)
    # LightGBM lets go of the interpreter, so that what only looks at rows goes on beside it.
    with ThreadPoolExecutor(1, thread_name_prefix="leaks") as beside:
        leaks = beside.submit(_leaks, rows, seed=seed) if looks_closer else None
        learnt = _learnt(recipe, estimator, rows, seed=seed, metric=metric, report=report)
        found = leaks.result() if leaks else ()
    _tell((*learnt.messages, *(leak.sentence for leak in found)), report)
    return Fitted(
        model=learnt.model,
        rows=rows,
        test_scores=learnt.test_scores,
        leaks=found,
        params=learnt.params,
        messages=(*rows.messages, *learnt.messages),
    )


def _learnt(
    recipe: RecipeConfig,
    estimator: BaseEstimator,
    rows: TrainingSet,
    *,
    seed: int,
    metric: str,
    report: Report,
) -> Learnt:
    if isinstance(estimator, LGBMModel):
        params = _boosting_params(recipe, estimator)
        return boosting.fit(params, rows, seed=seed, metric=metric, report=report)
    learnt = pipelines.fit(estimator, rows, metric=metric, report=report)
    return replace(learnt, params={**recipe.params, **learnt.params})


def insight(fitted: Fitted, *, seed: int) -> Insight:
    """What a model looks at, asked of its rows; it is not called while another model is fitted.

    Args:
        fitted: The model.
        seed: Of the rows that are asked.
    """
    return Insight(
        importances=importances.shares(fitted.model, fitted.rows, seed=seed),
        permutation=importances.permutation(fitted.model, fitted.rows, seed=seed),
    )


def _leaks(rows: TrainingSet, *, seed: int) -> tuple[Leak, ...]:
    """What the typed rows themselves show: rows on both sides, and features that know the target."""
    sides = [
        np.column_stack([matrix, target])
        for matrix, target in (
            (rows.train_matrix, rows.train_target),
            (rows.test_matrix, rows.test_target),
        )
    ]
    twice = leakage.duplicates(*sides)
    columns = dict(zip(rows.signature.names, rows.train_matrix.T, strict=True))
    telling = leakage.telling(columns, rows.train_target, task=rows.task, seed=seed)
    return (*([twice] if twice else []), *telling)


def _tell(messages: tuple[str, ...], report: Report) -> None:
    for message in messages:
        report(Progress(step=0, steps=None, message=message))


def _boosting_params(recipe: RecipeConfig, estimator: LGBMModel) -> dict[str, Any]:
    """What the recipe sets: its own params, or what a recipe function changed from the defaults."""
    if ":" not in recipe.model:
        return dict(recipe.params)
    defaults = type(estimator)().get_params()
    return {
        name: value
        for name, value in estimator.get_params().items()
        if name not in defaults or value != defaults[name]
    }
