"""Fitting a recipe: from rows to a model with its signature, test scores and importances."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMModel
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from storage.records import Scalar, Signature
from workbench.config import RecipeConfig, Task
from workbench.engines import boosting, estimators, importances, pipelines, training_set
from workbench.engines.native import NativeModel
from workbench.engines.progress import Progress, Report
from workbench.engines.rows import Rows, row_hashes

__all__ = ["Fitted", "Progress", "Report", "Rows", "fit", "row_hashes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A trained model and what is known of it."""

    model: NativeModel
    signature: Signature
    test_scores: NDArray[np.float64]
    """For every test row the probability of class 1 (n,), of every class (n, classes), or the
    value (n,)."""
    importances: dict[str, float]
    """Share per input column; sums to 1."""
    classes: tuple[str, ...]
    """Class names in the order of the probabilities; empty for a regression."""
    params: dict[str, Scalar]
    """The parameters as used, with seeds and threads."""
    messages: tuple[str, ...]
    """What the user should know; each was reported as well."""


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

    Raises:
        TrainingFailed: Names the recipe, column or parameter that cannot be trained with.
    """
    estimator = estimators.resolve(recipe, task=task, seed=seed, project_dir=project_dir)
    rows = training_set.prepare(task, train, test)
    _tell(rows.messages, report)
    model: NativeModel
    if isinstance(estimator, LGBMModel):
        params = _boosting_params(recipe, estimator)
        model, used, messages = boosting.fit(params, rows, seed=seed, metric=metric, report=report)
    else:
        model, messages = pipelines.fit(estimator, rows, metric=metric, report=report)
        used = _estimator_params(recipe, estimator)
    _tell(messages, report)
    return Fitted(
        model=model,
        signature=rows.signature,
        test_scores=model.scores(rows.test),
        importances=importances.shares(model, rows, seed=seed),
        classes=rows.signature.classes,
        params=used,
        messages=(*rows.messages, *messages),
    )


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


def _estimator_params(recipe: RecipeConfig, estimator: BaseEstimator) -> dict[str, Scalar]:
    """The params of an estimator that are plain values; a recipe function's own come first."""
    plain = {
        name: value
        for name, value in estimator.get_params(deep=True).items()
        if isinstance(value, str | int | float | bool) and value != "deprecated"
    }
    return {**recipe.params, **plain}
