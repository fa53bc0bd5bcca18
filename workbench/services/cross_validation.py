"""A recipe trained on several parts of the training rows, each time judged by rows it did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core import metrics, run_figures, splits
from workbench.core.run_figures import FoldScores
from workbench.engines import training
from workbench.engines.training import Progress, Rows
from workbench.errors import TrainingFailed
from workbench.services import truth
from workbench.services.context import Context
from workbench.services.material import Material, Plan, moments


def fold_scores(
    context: Context,
    plan: Plan,
    found: Material,
    *,
    metric: str,
    tell: Callable[[int, Progress], None],
) -> tuple[FoldScores, ...]:
    """Every metric of the task over the folds that the experiment asks for; none when it asks for none.

    Args:
        context: The project.
        plan: What is trained.
        found: Its rows; only the training rows are divided.
        metric: The experiment's metric, which comes first.
        tell: Called with the fold, from 0, and every step of its training.

    Raises:
        TrainingFailed: The rows cannot be divided so, or a fold cannot be trained on.
    """
    experiment = plan.experiment
    if not experiment.cv:
        return ()
    reached: dict[str, list[float]] = {}
    for fold, (is_train, is_test) in enumerate(_folds(plan, found)):
        values = _fold(context, plan, found, is_train, is_test, partial(tell, fold))
        for name, value in values.items():
            reached.setdefault(name, []).append(value)
    names = sorted(reached, key=lambda name: name != metric)
    return tuple(run_figures.fold_scores(name, reached[name]) for name in names)


def _fold(
    context: Context,
    plan: Plan,
    found: Material,
    is_train: NDArray[np.bool_],
    is_test: NDArray[np.bool_],
    report: Callable[[Progress], None],
) -> Mapping[str, float]:
    test = _some(found.train, is_test)
    fitted = training.fit(
        plan.recipe,
        task=found.task,
        train=_some(found.train, is_train),
        test=test,
        seed=plan.experiment.seed,
        metric=metrics.default_metric(found.task),
        project_dir=context.project_dir,
        report=report,
        looks_closer=False,
    )
    known = truth.is_known(found.task, test.target, fitted.classes)
    codes = truth.truth_of(found.task, test.target[known], fitted.classes)
    return metrics.compute(found.task, codes, fitted.test_scores[known])


def _some(rows: Rows, which: NDArray[np.bool_]) -> Rows:
    return replace(
        rows,
        features={name: values[which] for name, values in rows.features.items()},
        target=rows.target[which],
    )


def _folds(plan: Plan, found: Material) -> tuple[splits.Masks, ...]:
    experiment = plan.experiment
    split = experiment.split
    divided: dict[str, Any] = {}
    if split.by == "time" and plan.time is not None:
        divided["times"] = moments(found.train_columns[plan.time])
    elif split.by == "group" and split.group is not None:
        divided["groups"] = np.ma.filled(found.train_columns[split.group].astype(str), "")
    else:
        divided["strata"] = truth.strata(found.task, found.train.target)
    try:
        return splits.folds(len(found.train.target), experiment.cv, seed=experiment.seed, **divided)
    except ValueError as error:
        raise TrainingFailed(
            f"The training rows cannot be divided into {experiment.cv} folds by {split.by}: {error}.",
            f"Lower `cv` in [experiments.{experiment.name}], or leave it out.",
        ) from error
