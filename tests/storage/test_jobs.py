from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Conflict, LeaseLost, NotFound
from storage.jobs import retry_delay
from storage.records import Job, JobState, NewJob
from storage.store import Store

LEASE_S = 15.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.create(tmp_path, program="test", clock=clock)
    yield opened
    opened.close()


def enqueue(store: Store, **fields: object) -> Job:
    with store.write() as tx:
        return tx.jobs.enqueue(NewJob(**{"kind": "check", **fields}))


def claim(store: Store, worker: str = "w", **options: object) -> Job | None:
    with store.write() as tx:
        return tx.jobs.claim(worker, lease_s=LEASE_S, **options)


def claimed(store: Store, **fields: object) -> Job:
    enqueue(store, **fields)
    job = claim(store)
    assert job is not None
    return job


def state_of(store: Store, job: Job) -> JobState:
    with store.read() as tx:
        return tx.jobs.get(job.id).state


def test_a_new_job_is_queued_with_what_was_asked(store: Store, clock: Clock):
    job = enqueue(
        store, kind="train", arguments={"n": 3}, subject="late", priority=5, delay_s=60, cause=7
    )

    assert (job.state, job.kind, job.arguments, job.subject) == (
        "queued",
        "train",
        {"n": 3},
        "late",
    )
    assert (job.priority, job.cause, job.attempts, job.token) == (5, 7, 0, 0)
    assert job.run_at == clock.now + timedelta(seconds=60)


def test_a_claim_takes_the_highest_priority_then_the_job_due_longest(store: Store, clock: Clock):
    late = enqueue(store, subject="late", delay_s=1)
    first = enqueue(store, subject="first")
    second = enqueue(store, subject="second")
    urgent = enqueue(store, subject="urgent", priority=1)
    clock.advance(2)

    order = [claim(store) for _ in range(5)]

    assert [job and job.id for job in order] == [urgent.id, first.id, second.id, late.id, None]


def test_a_job_is_not_claimed_before_its_time(store: Store):
    enqueue(store, priority=9, delay_s=10)
    due = enqueue(store)

    first, second = claim(store), claim(store)

    assert first is not None
    assert (first.id, second) == (due.id, None)


def test_a_claim_can_be_limited_to_kinds(store: Store):
    enqueue(store, kind="train", priority=1)
    check = enqueue(store, kind="check")

    job = claim(store, kinds={"check", "drift"})

    assert job is not None
    assert job.id == check.id
    assert claim(store, kinds=[]) is None


def test_a_claim_counts_the_attempt_and_gives_a_new_token(store: Store, clock: Clock):
    job = claimed(store)

    assert (job.state, job.attempts, job.token, job.worker) == ("running", 1, 1, "w")
    assert job.lease_until == clock.now + timedelta(seconds=LEASE_S)


def test_equal_live_dedup_keys_give_the_live_job(store: Store):
    queued = enqueue(store, dedup_key="check:flights")
    again = enqueue(store, dedup_key="check:flights")
    running = claim(store)
    while_running = enqueue(store, dedup_key="check:flights")

    assert running is not None
    assert queued.id == again.id == running.id == while_running.id


def test_a_dedup_key_is_free_again_once_its_job_is_over(store: Store):
    job = claimed(store, dedup_key="k")
    with store.write() as tx:
        tx.jobs.finish(job)

    assert enqueue(store, dedup_key="k").id != job.id


def test_jobs_enqueued_together_keep_their_order_and_share_keys(store: Store):
    live = enqueue(store, dedup_key="live")
    new = [
        NewJob(kind="a"),
        NewJob(kind="b", dedup_key="k"),
        NewJob(kind="c", dedup_key="k"),
        NewJob(kind="d", dedup_key="live"),
        NewJob(kind="e"),
    ]
    with store.write() as tx:
        jobs = tx.jobs.enqueue_all(new)
        none = tx.jobs.enqueue_all([])

    assert [job.kind for job in jobs] == ["a", "b", "b", "check", "e"]
    assert jobs[3].id == live.id
    assert sorted({job.id for job in jobs}) == [1, 2, 3, 4]
    assert none == ()


def test_the_owner_of_a_job_renews_starts_and_reports(store: Store, clock: Clock):
    job = claimed(store)
    clock.advance(5)
    with store.write() as tx:
        tx.jobs.start(job, pid=123)
        tx.jobs.report(job, 0.5, "half")
        owned = tx.jobs.renew([job], lease_s=LEASE_S)
    with store.read() as tx:
        now = tx.jobs.get(job.id)

    assert owned == {job.id}
    assert (now.pid, now.progress, now.message) == (123, 0.5, "half")
    assert now.lease_until == clock.now + timedelta(seconds=LEASE_S)


WRITES = {
    "guard": lambda jobs, job: jobs.guard(job),
    "start": lambda jobs, job: jobs.start(job, pid=1),
    "report": lambda jobs, job: jobs.report(job, None, ""),
    "finish": lambda jobs, job: jobs.finish(job, {"n": 1}),
    "fail": lambda jobs, job: jobs.fail(job, "no", retry=True),
    "cancelled": lambda jobs, job: jobs.cancelled(job),
    "release": lambda jobs, job: jobs.release(job),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_stale_token_changes_nothing(store: Store, clock: Clock, write):
    stale = claimed(store)
    clock.advance(LEASE_S + 1)
    with store.write() as tx:
        tx.jobs.expire()
    clock.advance(60)
    fresh = claim(store, "other")

    with pytest.raises(LeaseLost), store.write() as tx:
        write(tx.jobs, stale)
    with store.write() as tx:
        assert tx.jobs.renew([stale], lease_s=LEASE_S) == set()
    with store.read() as tx:
        assert tx.jobs.get(stale.id) == fresh


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_an_ended_job_is_not_changed_by_the_claim_that_ended_it(store: Store, write):
    job = claimed(store)
    with store.write() as tx:
        finished = tx.jobs.finish(job, {"auc": 0.7})

    with pytest.raises(LeaseLost), store.write() as tx:
        write(tx.jobs, job)
    with store.read() as tx:
        assert tx.jobs.get(job.id) == finished


def test_a_failed_attempt_waits_longer_each_time_until_none_is_left(store: Store, clock: Clock):
    enqueue(store, max_attempts=3)
    waits = []
    for _ in range(3):
        job = claim(store)
        assert job is not None
        with store.write() as tx:
            after = tx.jobs.fail(job, "no luck", retry=True)
        waits.append((after.state, (after.run_at - clock.now).total_seconds()))
        clock.advance(1000)

    assert waits[:2] == [("queued", 1), ("queued", 2)]
    assert (after.state, after.error, after.attempts) == ("failed", "no luck", 3)


def test_a_failure_that_no_attempt_can_mend_ends_the_job(store: Store):
    job = claimed(store, max_attempts=3)
    with store.write() as tx:
        after = tx.jobs.fail(job, "No dataset is called 'loan'.", retry=False)

    assert (after.state, after.attempts) == ("failed", 1)


@given(st.integers(min_value=1, max_value=10_000))
def test_a_delay_never_shrinks_and_never_passes_five_minutes(attempts: int):
    shorter, longer = retry_delay(attempts), retry_delay(attempts + 1)

    assert timedelta(seconds=1) <= shorter <= longer <= timedelta(minutes=5)


def test_a_lost_lease_is_requeued_with_a_delay_and_dead_after_the_last(store: Store, clock: Clock):
    enqueue(store, max_attempts=2)
    claim(store)
    clock.advance(LEASE_S + 1)
    with store.write() as tx:
        requeued, over = tx.jobs.expire()
    assert [(job.state, job.run_at) for job in requeued] == [
        ("queued", clock.now + timedelta(seconds=1))
    ]
    assert over == ()

    clock.advance(2)
    claim(store)
    clock.advance(LEASE_S + 1)
    with store.write() as tx:
        requeued, over = tx.jobs.expire()

    assert requeued == ()
    assert [(job.state, job.attempts) for job in over] == [("dead", 2)]
    assert over[0].error == "Its worker stopped before it was done."


def test_a_lease_that_is_renewed_does_not_expire(store: Store, clock: Clock):
    job = claimed(store)
    clock.advance(LEASE_S + 1)
    with store.write() as tx:
        tx.jobs.renew([job], lease_s=LEASE_S)
        assert tx.jobs.expire() == ((), ())


def test_jobs_of_workers_that_are_gone_are_taken_before_their_lease_is_over(store: Store):
    enqueue(store)
    enqueue(store)
    gone, own = claim(store, "gone"), claim(store, "own")
    with store.write() as tx:
        requeued, _ = tx.jobs.expire(except_of="own")

    assert gone is not None
    assert own is not None
    assert [job.id for job in requeued] == [gone.id]
    assert state_of(store, own) is JobState.RUNNING


def test_many_lost_leases_expire_together(store: Store, clock: Clock):
    with store.write() as tx:
        tx.jobs.enqueue_all([NewJob(kind="a", max_attempts=1 + n % 3) for n in range(30)])
        for _ in range(30):
            tx.jobs.claim("w", lease_s=LEASE_S)
        tx.jobs.cancel(3)
    clock.advance(LEASE_S + 1)
    with store.write() as tx:
        requeued, over = tx.jobs.expire()

    assert {job.max_attempts for job in requeued} == {2, 3}
    assert sorted(job.state for job in over) == ["cancelled"] + ["dead"] * 10


def test_a_queued_job_is_cancelled_at_once(store: Store):
    job = enqueue(store)
    with store.write() as tx:
        cancelled = tx.jobs.cancel(job.id)

    assert cancelled.state is JobState.CANCELLED
    assert claim(store) is None


def test_a_running_job_is_asked_to_end_and_then_cancelled_by_its_worker(store: Store):
    job = claimed(store)
    with store.write() as tx:
        asked = tx.jobs.cancel(job.id)
        requests = tx.jobs.cancel_requests("w")
        others = tx.jobs.cancel_requests("other")
        ended = tx.jobs.cancelled(job)

    assert (asked.state, asked.cancel_requested) == ("running", True)
    assert (requests, others) == ({job.id}, set())
    assert ended.state is JobState.CANCELLED


ENDS = {
    "it fails": lambda jobs, job: jobs.fail(job, "no", retry=True),
    "its worker stops": lambda jobs, job: jobs.release(job),
    "its worker is gone": lambda jobs, _: jobs.expire(except_of="other"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_job_that_somebody_wants_cancelled_is_not_tried_again_when(store: Store, end):
    job = claimed(store)
    with store.write() as tx:
        tx.jobs.cancel(job.id)
        end(tx.jobs, job)

    assert state_of(store, job) is JobState.CANCELLED


def test_cancelling_a_job_that_is_over_changes_nothing(store: Store):
    job = claimed(store)
    with store.write() as tx:
        finished = tx.jobs.finish(job)
        assert tx.jobs.cancel(job.id) == finished


def test_a_released_job_has_not_used_an_attempt_but_its_token_is_spent(store: Store):
    job = claimed(store)
    with store.write() as tx:
        released = tx.jobs.release(job)
    again = claim(store)

    assert (released.state, released.attempts) == ("queued", 0)
    assert again is not None
    assert (again.attempts, again.token) == (1, 2)


def test_a_retried_job_has_all_its_attempts_again(store: Store):
    job = claimed(store, max_attempts=1)
    with store.write() as tx:
        tx.jobs.fail(job, "no", retry=True)
        again = tx.jobs.retry(job.id)

    assert (again.id, again.state, again.attempts, again.error) == (job.id, "queued", 0, None)
    assert (again.ended_at, again.cancel_requested, again.token) == (None, False, 1)


def test_a_retry_gives_the_live_job_that_does_the_same_work(store: Store):
    job = enqueue(store, dedup_key="k")
    with store.write() as tx:
        tx.jobs.cancel(job.id)
        twin = tx.jobs.enqueue(NewJob(kind="check", dedup_key="k"))

        assert tx.jobs.retry(job.id) == twin


def test_a_live_or_finished_job_is_not_retried(store: Store):
    job = claimed(store)
    with store.write() as tx, pytest.raises(Conflict, match="j1 is running"):
        tx.jobs.retry(job.id)
    with store.write() as tx:
        tx.jobs.finish(job)
        with pytest.raises(Conflict, match="j1 is finished"):
            tx.jobs.retry(job.id)


@pytest.mark.parametrize("name", ["j1", "J1", "1", 1, " j1 "])
def test_a_job_is_found_by_its_label_or_id(store: Store, name: str | int):
    job = enqueue(store)
    with store.read() as tx:
        assert tx.jobs.find(name) == job


@pytest.mark.parametrize("name", ["j2", "", "j", "jj1", "-1", "\u0661", "9" * 30, 2, "j1; --"])
def test_an_unknown_job_is_reported_with_the_known_ones(store: Store, name: str | int):
    enqueue(store)
    with store.read() as tx, pytest.raises(NotFound, match="Known jobs: j1"):
        tx.jobs.find(name)


def test_live_jobs_show_running_ones_first_then_the_order_of_claims(store: Store):
    enqueue(store, subject="running")
    claim(store)
    for subject, priority in (("low", 0), ("high", 2), ("low too", 0)):
        enqueue(store, subject=subject, priority=priority)
    over = enqueue(store, subject="over")
    with store.write() as tx:
        tx.jobs.cancel(over.id)
        live = tx.jobs.live()

    assert [job.subject for job in live] == ["running", "high", "low", "low too"]


def test_pages_of_jobs_run_from_the_newest(store: Store):
    with store.write() as tx:
        tx.jobs.enqueue_all([NewJob(kind="a")] * 5)
        pages = tx.jobs.newest(limit=2), tx.jobs.newest(limit=2, offset=2)

    assert [[job.id for job in page] for page in pages] == [[5, 4], [3, 2]]


def test_counts_name_every_state(store: Store):
    enqueue(store)
    claimed(store)
    with store.read() as tx:
        counts = tx.jobs.counts()

    assert counts == {**dict.fromkeys(JobState, 0), JobState.QUEUED: 1, JobState.RUNNING: 1}
