"""Adds a study that runs to a stocked project: six trials, of which one is under way."""

from __future__ import annotations

from pathlib import Path

from storage.records import Metric, NewRun, NewStudy, RunState, SearchParam, TrialState
from tests.tui.stock import LIVE_JOB, RUNS, Stocking

PARENT = RUNS + 1
BEST = RUNS + 6
LAST = RUNS + 7
"""The run of the best trial, the one before the last."""
VALUES = (0.701, 0.719, 0.694, 0.723, 0.731, None)


def with_study(project: Path) -> Path:
    """The project with study s1, whose run is `PARENT`, and the runs of its trials after that."""
    stocking = Stocking(project)
    with stocking.moment(seconds=30) as tx:
        parent = tx.runs.start(_run("study of default", None))
        study = tx.studies.start(
            NewStudy(
                experiment="late",
                recipe="default",
                run_id=parent.id,
                version=12,
                metric="roc_auc",
                is_maximized=True,
                seed=7,
                source_hash="f" * 64,
                budget=10,
                timeout_s=None,
                parallel=1,
                sampler="tpe",
                pruner="median",
                space=(SearchParam(name="num_leaves", low=4, high=64, is_whole=True),),
            )
        )
        tx.studies.add_trials(study.id, range(len(VALUES)))
    for number, value in enumerate(VALUES):
        _try(stocking, study.id, number, value)
    stocking.store.close()
    return project


def _try(stocking: Stocking, study: int, number: int, value: float | None) -> None:
    begun_s = 29 - 4 * number
    with stocking.moment(seconds=begun_s) as tx:
        # The one under way belongs to a job, so that nobody takes it for lost.
        run = tx.runs.start(_run(f"trial {number}", PARENT, job=None if value else LIVE_JOB))
        trial = tx.studies.trial(study, number)
        params = {"num_leaves": 20 + number}
        tx.studies.begin(trial, params=dict(params), run_id=run.id, job_id=None)
    if value is None:
        return
    with stocking.moment(seconds=begun_s - 3) as tx:
        for one in (run.id, *([PARENT] if value == max(filter(None, VALUES)) else [])):
            tx.runs.set_metrics(one, [Metric(key="roc_auc", value=value, step=200)])
        tx.runs.end(run.id, state=RunState.FINISHED)
        trial = tx.studies.trial(study, number)
        tx.studies.end_trial(trial, state=TrialState.FINISHED, value=value)


def _run(name: str, parent: int | None, job: int | None = None) -> NewRun:
    return NewRun(
        experiment="late",
        name=name,
        recipe="default",
        model="lightgbm.LGBMClassifier",
        params={"num_leaves": 31},
        seed=7,
        source_hash="f" * 64,
        dataset="flights",
        version=12,
        created_by="worker",
        parent_id=parent,
        job_id=job,
    )
