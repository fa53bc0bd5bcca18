"""What is drawn of a run, made from its test rows and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.records import Artifact
from workbench.core import metrics, run_figures, slices, uncertainty
from workbench.core.leakage import Leak
from workbench.core.run_figures import FoldScores, RunFigures
from workbench.engines.training import Fitted
from workbench.services import truth
from workbench.services.context import Context
from workbench.services.material import Material, Plan


def kept(context: Context, name: str, content: bytes) -> Artifact:
    """A file put where a run can name it."""
    return Artifact(path=name, blob=context.store.blobs.put(content), size_bytes=len(content))


def judged(found: Material, fitted: Fitted) -> tuple[metrics.Truth, NDArray[np.float64]]:
    """The truth and scores of the test rows that a model can be judged by."""
    classes = fitted.signature.classes
    known = truth.is_known(found.task, found.test.target, classes)
    codes = truth.truth_of(found.task, found.test.target[known], classes)
    return codes, fitted.test_scores[known]


def drawn(
    plan: Plan,
    found: Material,
    fitted: Fitted,
    *,
    metric: str,
    leaks: Sequence[Leak],
    folds: Sequence[FoldScores],
) -> RunFigures:
    """The figures of a model that was just trained."""
    codes, scores = judged(found, fitted)
    known = truth.is_known(found.task, found.test.target, fitted.signature.classes)
    of_scores = run_figures.drawn(found.task, codes, scores, fitted.signature.classes)
    by_slice = slices.measure(
        {name: found.test_columns[name][known] for name in plan.experiment.slices},
        task=found.task,
        metric=metric,
        truth=codes,
        scores=scores,
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
        importances=fitted.importances,
        permutation=fitted.permutation,
        slices=by_slice,
        folds=tuple(folds),
        leaks=tuple(leaks),
        notes=fitted.messages,
    )


def estimates(plan: Plan, found: Material, fitted: Fitted) -> Mapping[str, uncertainty.Estimate]:
    """Every metric of a model that was just trained, with its interval."""
    codes, scores = judged(found, fitted)
    return uncertainty.estimates(found.task, codes, scores, seed=plan.experiment.seed)
