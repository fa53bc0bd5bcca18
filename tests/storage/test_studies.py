"""Studies and trials on a real catalog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from storage.errors import NotFound
from storage.records import (
    MetricPoint,
    NewStudy,
    RunState,
    SearchParam,
    Study,
    StudyState,
    TrialState,
)
from storage.store import Store, Transaction
from tests.storage.examples import accepted_version, new_run

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = (
    SearchParam(name="rate", low=0.01, high=0.3, log=True),
    SearchParam(name="kind", choices=("gbdt", 1, True)),
)


@pytest.fixture
def started(store: Store) -> Callable[..., Study]:
    """Starts studies over one dataset version."""
    with store.write() as tx:
        accepted_version(tx, "a")

    def start(**fields: object) -> Study:
        with store.write() as tx:
            run = tx.runs.start(new_run())
            common = {
                "experiment": "late",
                "recipe": "default",
                "run_id": run.id,
                "version": 1,
                "metric": "roc_auc",
                "is_maximized": True,
                "seed": 7,
                "source_hash": "",
                "budget": 9,
                "timeout_s": None,
                "parallel": 1,
                "sampler": "tpe",
                "pruner": "median",
                "space": SPACE,
            }
            return tx.studies.start(NewStudy(**{**common, **fields}))

    return start


def end(
    tx: Transaction, study: Study, number: int, value: float, *, state: TrialState | None = None
) -> bool:
    """Begins and ends a trial."""
    tx.studies.add_trials(study.id, [number])
    run = tx.runs.start(new_run())
    trial = tx.studies.trial(study.id, number)
    tx.studies.begin(trial, params={"rate": value}, run_id=run.id, job_id=None)
    tx.runs.log(run.id, [MetricPoint(key="roc_auc", value=value, step=n, at=AT) for n in (4, 5)])
    trial = tx.studies.trial(study.id, number)
    return tx.studies.end_trial(trial, state=state or TrialState.FINISHED, value=value)


def test_a_study_is_kept_as_it_was_started(store, started):
    study = started(timeout_s=600.0)

    with store.read() as tx:
        found = tx.studies.get(study.id)
    assert found == study
    assert found.space == SPACE
    assert [type(one) for one in found.space[1].choices] == [str, int, bool]


@pytest.mark.parametrize(("is_maximized", "best"), [(True, 1), (False, 2)])
def test_the_best_finished_trial_is_kept_with_its_study(store, started, is_maximized, best):
    study = started(is_maximized=is_maximized)
    with store.write() as tx:
        for number, value in enumerate([0.6, 0.7, 0.5]):
            end(tx, study, number, value)
        end(tx, study, 3, 0.1, state=TrialState.PRUNED)

        found = tx.studies.get(study.id)
    assert (found.best_trial, found.best_params["rate"]) == (best, found.best_value)
    assert found.trials == {TrialState.FINISHED: 3, TrialState.PRUNED: 1}


def test_the_first_of_equal_trials_is_the_best(store, started):
    study = started()
    with store.write() as tx:
        for number in range(2):
            end(tx, study, number, 0.6)

        assert tx.studies.get(study.id).best_trial == 0


def test_a_trial_that_is_over_is_never_changed_again(store, started):
    study = started()
    with store.write() as tx:
        end(tx, study, 0, 0.6)
        trial = tx.studies.trial(study.id, 0)
        changed = tx.studies.end_trial(trial, state=TrialState.FAILED, error="late")

        assert not changed
        assert tx.studies.trial(study.id, 0) == trial


def test_a_study_ends_once(store, started):
    study = started()
    with store.write() as tx:
        ends = [
            tx.studies.end(study.id, state=state, reason=state.value)
            for state in (StudyState.STOPPED, StudyState.FINISHED)
        ]

        assert ends == [True, False]
        assert tx.studies.get(study.id).reason == "stopped"


def test_curves_are_those_of_finished_trials_at_the_steps_asked_for(store, started):
    study = started()
    with store.write() as tx:
        end(tx, study, 0, 0.6)
        end(tx, study, 1, 0.5, state=TrialState.PRUNED)

        assert tx.studies.curves(study.id, "roc_auc", every=5) == {0: {5: 0.6}}


def test_studies_of_an_experiment_are_found_newest_first(store, started):
    for experiment in ("late", "other", "late"):
        started(experiment=experiment)

    with store.read() as tx:
        assert [one.id for one in tx.studies.newest(experiment="late")] == [3, 1]
        assert [one.id for one in tx.studies.newest(limit=1, offset=1)] == [2]


def test_an_unknown_study_is_told_which_there_are(store, started):
    started()

    with store.read() as tx, pytest.raises(NotFound, match="s1"):
        tx.studies.get(9)


def test_a_list_of_studies_asks_the_same_however_many_there_are(store, started, recorded):
    for _ in range(3):
        started()
    with recorded() as sent, store.read() as tx:
        tx.studies.newest()

    assert len([one for one, _ in sent if one.startswith("SELECT")]) == 2


def test_a_study_outlives_no_run_of_its_own(store, started):
    study = started()
    with store.write() as tx:
        tx.runs.end(study.run_id, state=RunState.FINISHED)
        tx.runs.remove(study.run_id)

        assert not tx.studies.newest()
