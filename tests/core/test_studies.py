from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Study, StudyState, TrialState
from workbench.core import studies

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STUDY = Study(
    id=3,
    experiment="late",
    recipe="default",
    run_id=1,
    version=1,
    metric="roc_auc",
    is_maximized=True,
    seed=7,
    source_hash="",
    budget=10,
    timeout_s=None,
    parallel=1,
    sampler="tpe",
    pruner="median",
    space=(),
    params={},
    created_by="ann",
    state=StudyState.RUNNING,
    reason="",
    trials={},
    best_trial=None,
    best_value=None,
    best_run_id=None,
    best_params={},
    importances=None,
    started_at=NOW,
    first_trial_at=None,
    ended_at=None,
)


def with_trials(**counts: int) -> Study:
    found = {TrialState(state): count for state, count in counts.items() if count}
    best = 0 if counts.get("finished") else None
    return replace(STUDY, trials=found, best_trial=best, first_trial_at=NOW)


def test_a_new_study_begins_as_many_trials_as_may_run_at_once():
    assert studies.after(replace(STUDY, parallel=3), now=NOW).numbers == (0, 1, 2)


def test_each_trial_that_ends_makes_room_for_the_next():
    study = replace(with_trials(finished=2, failed=1, running=1), parallel=2)

    assert studies.after(study, now=NOW).numbers == (4,)


def test_the_last_trials_are_waited_for():
    assert studies.after(with_trials(finished=9, running=1), now=NOW) == studies.Next()


def test_a_study_ends_when_its_trials_are_used_up():
    following = studies.after(with_trials(finished=6, pruned=3, failed=1), now=NOW)

    assert following.state is StudyState.FINISHED
    assert following.reason == "All 10 trials are done."


def test_a_study_without_a_finished_trial_has_failed():
    following = studies.after(with_trials(failed=4, cancelled=6), now=NOW)

    assert following.state is StudyState.FAILED


@pytest.mark.parametrize(("elapsed_s", "numbers"), [(59.0, (2,)), (60.0, ())])
def test_no_trial_begins_once_the_time_is_over(elapsed_s, numbers):
    study = replace(with_trials(finished=2), timeout_s=60.0)
    following = studies.after(study, now=NOW + timedelta(seconds=elapsed_s))

    assert following.numbers == numbers
    assert (following.state is StudyState.FINISHED) is (not numbers)


def test_a_study_whose_time_is_over_says_why_none_of_its_trials_came_to_its_end():
    study = replace(with_trials(failed=1), timeout_s=1.0)
    following = studies.after(study, now=NOW + timedelta(seconds=1), last_error="a typo.")

    assert following.state is StudyState.FAILED
    assert following.reason == (
        "Its time of 1 s was over after 1 trial, which failed; the last one: a typo."
    )


def test_the_time_of_a_study_that_has_not_begun_is_not_running():
    study = replace(STUDY, timeout_s=1.0)

    assert studies.after(study, now=NOW + timedelta(days=1)).numbers == (0,)


def test_five_failures_and_nothing_else_are_enough():
    following = studies.after(with_trials(failed=5), now=NOW, last_error="a typo.")

    assert following.state is StudyState.FAILED
    assert following.reason == "The first 5 trials all failed; the last one: a typo."


def test_failures_among_others_do_not_end_a_study():
    assert studies.after(with_trials(failed=7, pruned=1), now=NOW).numbers == (8,)


@pytest.mark.parametrize("state", [StudyState.STOPPED, StudyState.FINISHED, StudyState.FAILED])
def test_nothing_follows_once_a_study_has_ended(state):
    assert studies.after(replace(STUDY, state=state), now=NOW) == studies.Next()


@given(st.integers(1, 30), st.integers(1, 5), st.data())
def test_a_study_uses_its_budget_and_never_more(budget, parallel, data):
    study = replace(STUDY, budget=budget, parallel=parallel)
    ended, live = 0, 0
    while True:
        study = replace(
            study,
            trials={TrialState.PRUNED: ended, TrialState.RUNNING: live},
            first_trial_at=NOW,
        )
        following = studies.after(study, now=NOW)
        live += len(following.numbers)
        assert live <= parallel
        if following.state is not None:
            break
        gone = data.draw(st.integers(1, live))
        ended, live = ended + gone, live - gone

    assert (ended, live) == (budget, 0)


def test_a_trial_gives_way_to_what_keeps_the_project_going():
    job = studies.trial_job(STUDY, 4, cause=12)

    assert job.priority < 0
    assert (job.arguments, job.cause) == ({"study": 3, "number": 4}, 12)
