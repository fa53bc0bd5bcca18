"""Runs and what they kept to draw, for tests of what shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from storage.records import Metric, Run, RunState
from tests.report import lives
from workbench.config import METRICS
from workbench.core import run_figures
from workbench.core.leakage import Leak
from workbench.core.run_figures import Loss, RunFigures
from workbench.core.slices import Slice

CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}


def a_run(task="binary", **changed):
    run = Run(
        id=3,
        uid="0" * 32,
        experiment="late",
        name="boosted",
        recipe="boosted",
        model="lightgbm.LGBMClassifier",
        state=RunState.FINISHED,
        params={"num_leaves": 31},
        metrics={
            name: Metric(key=name, value=0.7, step=0, low=0.6, high=0.8) for name in METRICS[task]
        },
        seed=7,
        source_hash="f" * 64,
        dataset="flights",
        version=3,
        train="flights@v3",
        test="the last 31 days",
        environment={"python": "3.11"},
        created_by="j1",
        job_id=1,
        parent_id=None,
        cycle_id=None,
        started_at=lives.MADE_AT,
        ended_at=lives.MADE_AT,
        heartbeat_at=lives.MADE_AT,
        error=None,
    )
    return replace(run, **changed)


def figures(task="binary", *, name="carrier", classes=None):
    rng = np.random.default_rng(1)
    classes = classes or CLASSES[task]
    truth = rng.normal(size=60) if task == "regression" else rng.integers(0, len(classes), 60)
    scores = rng.dirichlet(np.ones(3), 60) if task == "multiclass" else rng.random(60)
    drawn = run_figures.drawn(task, truth, scores, classes)
    return RunFigures(
        task=task,
        metric=METRICS[task][0],
        confusion=drawn.confusion,
        roc=drawn.roc,
        precision_recall=drawn.precision_recall,
        calibration=drawn.calibration,
        residuals=drawn.residuals,
        importances={name: 0.75, "dow": 0.25},
        permutation={name: Loss(mean=0.1, low=-0.1, high=0.3)},
        slices=(Slice(column=name, value=name, rows=120, metric=0.6, low=None, high=None),),
        folds=(run_figures.fold_scores(METRICS[task][0], [0.6, 0.7]),),
        leaks=(Leak(kind="feature", column=name, measure=1.0, sentence=f"{name} knows it."),),
        notes=(f"{name} was left out.",),
    )
