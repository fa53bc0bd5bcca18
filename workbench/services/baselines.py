"""The baseline beside an experiment's first run on a dataset version: a run of its own, without a model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Metric, NewRun, Run, RunState, Scalar
from storage.store import Transaction
from workbench.core import baseline, uncertainty
from workbench.core import classes as class_rules
from workbench.services import truth
from workbench.services.baseline_runs import NAME
from workbench.services.context import Context
from workbench.services.material import Material, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A guess with what it reaches on the test rows."""

    strategy: str
    metrics: tuple[Metric, ...]


def measured(plan: Plan, found: Material, *, metric: str) -> Baseline | None:
    """The best guess for the test rows from the labels of the training rows; None where there is none."""
    is_class = found.task != "regression"
    classes = class_rules.class_names(found.train.target) if is_class else ()
    known, learnt = (
        target[truth.is_known(found.task, target, classes)]
        for target in (found.test.target, found.train.target)
    )
    codes = truth.truth_of(found.task, known, classes)
    if not codes.size or not len(learnt) or (is_class and len(classes) < 2):
        return None
    split = plan.experiment.split
    is_by_time = split.by == "time" and plan.time is not None
    guesses = baseline.guesses(
        found.task,
        truth.truth_of(found.task, learnt, classes).astype(np.float64),
        classes=classes,
        rows=codes.size,
        times=_known_times(found, classes) if is_by_time else None,
    )
    best = baseline.best(guesses, metric=metric, task=found.task, truth=codes)
    reached = uncertainty.estimates(found.task, codes, best.scores, seed=plan.experiment.seed)
    return Baseline(
        strategy=best.strategy,
        metrics=tuple(run_metric(key, one) for key, one in reached.items()),
    )


def _known_times(found: Material, classes: tuple[str, ...]) -> NDArray[np.datetime64] | None:
    if found.train_times is None:
        return None
    return found.train_times[truth.is_known(found.task, found.train.target, classes)]


def keep(context: Context, tx: Transaction, plan: Plan, run: Run, found: Baseline) -> None:
    """Writes a baseline as a child of the run that it stands beside."""
    params: dict[str, Scalar] = {"strategy": found.strategy, "target": plan.experiment.target}
    meaning = json.dumps([params, run.train, run.test, run.seed], sort_keys=True)
    child = tx.runs.start(
        NewRun(
            experiment=run.experiment,
            name=NAME,
            recipe=NAME,
            model=NAME,
            params=params,
            seed=run.seed,
            source_hash=hashlib.sha256(meaning.encode()).hexdigest(),
            dataset=run.dataset,
            version=run.version,
            train=run.train,
            test=run.test,
            environment=run.environment,
            created_by=context.who,
            parent_id=run.id,
        )
    )
    tx.runs.set_metrics(child.id, found.metrics)
    tx.runs.end(child.id, state=RunState.FINISHED)


def run_metric(key: str, one: uncertainty.Estimate) -> Metric:
    """A metric with its interval as a run keeps it."""
    has_bounds = not np.isnan([one.low, one.high]).any()
    return Metric(
        key=key,
        value=one.value,
        step=0,
        low=one.low if has_bounds else None,
        high=one.high if has_bounds else None,
    )
