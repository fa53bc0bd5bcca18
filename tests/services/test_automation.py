"""What is done when a job ends badly."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from storage.records import AlertState, CycleState, JobState, NewJob, Severity
from tests.services.project import month
from workbench.services import automation


@pytest.fixture
def cycling(trained):
    """A project whose retraining cycle waits for its challenger."""
    trained.accept(month(4, slope=-3.0))
    trained.work(kinds=("drift",))
    return trained


def live(project):
    with project.store.read() as tx:
        (job,) = tx.jobs.live()
    return job


def fail(project, job, error="it went wrong"):
    with project.store.write() as tx:
        claimed = tx.jobs.claim("test", lease_s=60)
        ended = tx.jobs.fail(claimed, error, retry=False)
        automation.after_job_end(tx, ended)
    assert ended.id == job.id
    return ended


def test_a_job_that_fails_closes_its_cycle(cycling):
    ended = fail(cycling, live(cycling), "The target has one class only.")

    (cycle,) = cycling.cycles()
    assert (cycle.state, cycle.outcome) == (
        CycleState.FAILED,
        f"train {ended.subject} failed: The target has one class only.",
    )


def test_a_job_that_fails_raises_an_alert_with_the_way_to_its_log(cycling):
    ended = fail(cycling, live(cycling))

    alert, event = cycling.alerts()[-1], cycling.events()[-1]
    assert (alert.key, alert.severity) == (f"job train {ended.subject}", Severity.ERROR)
    assert alert.text == f"it went wrong. See `workbench jobs log {ended.label}`."
    assert (event.kind, event.subject, event.severity) == (
        "job.failed",
        ended.label,
        Severity.ERROR,
    )


def test_the_same_failure_again_counts_up(project):
    for _ in range(3):
        with project.store.write() as tx:
            tx.jobs.enqueue(NewJob(kind="check", subject="sales@v1"))
        fail(project, live(project))

    (alert,) = project.alerts()
    assert (alert.title, alert.count) == ("check sales@v1 failed", 3)


def test_a_lost_job_is_dead_and_says_so(project):
    with project.store.write() as tx:
        tx.jobs.enqueue(NewJob(kind="check", subject="sales@v1", max_attempts=1))
        tx.jobs.claim("gone", lease_s=60)
        _, (dead,) = tx.jobs.expire(except_of="another")
        automation.after_job_end(tx, dead)

    (alert,) = project.alerts()
    assert alert.title == "check sales@v1 is dead: it lost its last lease"
    assert "`workbench jobs log j1`" in alert.text


def test_a_job_that_is_tried_again_is_let_alone(cycling):
    with cycling.store.write() as tx:
        claimed = tx.jobs.claim("test", lease_s=60)
        automation.after_job_end(tx, tx.jobs.fail(claimed, "for now", retry=True))

    assert (cycling.alerts(), cycling.cycles()[0].state) == ([], CycleState.OPEN)


def test_who_cancels_a_queued_job_closes_its_cycle_and_is_not_alarmed(cycling):
    job = automation.cancel(cycling.context, live(cycling).id)

    assert job.state is JobState.CANCELLED
    assert cycling.cycles()[0].state is CycleState.FAILED
    assert cycling.cycles()[0].outcome.endswith("was cancelled")
    assert cycling.alerts() == []
    assert (cycling.events()[-1].kind, cycling.events()[-1].severity) == (
        "job.cancelled",
        Severity.INFO,
    )


def test_a_running_job_is_only_asked_to_end(cycling):
    with cycling.store.write() as tx:
        running = tx.jobs.claim("test", lease_s=60)
    job = automation.cancel(cycling.context, running.id)

    assert (job.state, job.cancel_requested) == (JobState.RUNNING, True)
    assert cycling.cycles()[0].state is CycleState.OPEN


def test_a_job_that_is_over_stays_as_it_was(trained):
    before = trained.happened()
    job = automation.cancel(trained.context, 1)

    assert (job.state, trained.happened()) == (JobState.FINISHED, before)


def test_an_unknown_job_is_named(trained):
    with pytest.raises(NotFound, match="'99'"):
        automation.cancel(trained.context, 99)


def test_after_a_closed_cycle_the_policy_may_fire_again(cycling):
    automation.cancel(cycling.context, live(cycling).id)
    cycling.accept(month(5, slope=-3.0))
    cycling.work(kinds=("drift",))

    assert [cycle.state for cycle in cycling.cycles()] == [CycleState.FAILED, CycleState.OPEN]


def test_a_failure_that_was_mended_settles_its_alert(project):
    project.configure('"가격" = { min = 0 }', '"할인" = { min = 0 }')
    project.add(month(1))
    project.work()
    assert len(project.alerts()) == 1
    project.configure('"할인" = { min = 0 }', '"가격" = { min = 0 }')
    with project.store.write() as tx:
        tx.jobs.retry(1)
    project.work()

    assert project.alerts() == []
    assert len(project.alerts(AlertState.RESOLVED)) == 1
