"""What is drawn of a run, made from its test rows and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import metrics, run_figures, slices, uncertainty
from workbench.core.leakage import Leak
from workbench.core.run_figures import FoldScores, RunFigures
from workbench.engines.training import Fitted
from workbench.services import truth
from workbench.services.material import Material, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The test rows that a model can be judged by."""

    classes: tuple[str, ...]
    """Class names; empty for a regression."""
    known: NDArray[np.bool_]
    """Which of the test rows they are."""
    truth: metrics.Truth
    scores: NDArray[np.float64]


def judged(found: Material, fitted: Fitted) -> Judged:
    """The test rows whose label is there and was seen in training."""
    classes = fitted.signature.classes
    known = truth.is_known(found.task, found.test.target, classes)
    codes = truth.truth_of(found.task, found.test.target[known], classes)
    return Judged(classes=classes, known=known, truth=codes, scores=fitted.test_scores[known])


def drawn(
    plan: Plan,
    found: Material,
    rows: Judged,
    *,
    metric: str,
    leaks: Sequence[Leak],
    folds: Sequence[FoldScores],
) -> RunFigures:
    """The figures of a model that was just trained, all that come from its scores."""
    of_scores = run_figures.drawn(found.task, rows.truth, rows.scores, rows.classes)
    by_slice = slices.measure(
        {name: found.test_columns[name][rows.known] for name in plan.experiment.slices},
        task=found.task,
        metric=metric,
        truth=rows.truth,
        scores=rows.scores,
        seed=plan.experiment.seed,
    )
    return RunFigures(
        task=found.task,
        metric=metric,
        confusion=of_scores.confusion,
        roc=of_scores.roc,
        precision_recall=of_scores.precision_recall,
        calibration=of_scores.calibration,
        residuals=of_scores.residuals,
        slices=by_slice,
        folds=tuple(folds),
        leaks=tuple(leaks),
    )


def estimates(plan: Plan, task: Task, rows: Judged) -> Mapping[str, uncertainty.Estimate]:
    """Every metric of a model that was just trained, with its interval."""
    return uncertainty.estimates(task, rows.truth, rows.scores, seed=plan.experiment.seed)
