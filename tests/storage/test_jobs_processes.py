from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from storage.records import Job, JobState, NewJob
from storage.store import Store

PROCESSES = 3
JOBS = 120
INCREMENTS = 60


def claim_all(project: Path, worker: str) -> list[int]:
    """Claims and finishes jobs until none is left; a third are released once first."""
    store = Store.open(project, program="test")
    claimed = []
    while True:
        with store.write() as tx:
            job = tx.jobs.claim(worker, lease_s=60)
        if job is None:
            break
        claimed.append(job.id)
        with store.write() as tx:
            if job.id % 3 == 0 and job.token == 1:
                tx.jobs.release(job)
            else:
                tx.jobs.finish(job, {"worker": worker})
    store.close()
    return claimed


def count_up(project: Path, job: Job) -> None:
    """Reads a number and writes the next one, over and over."""
    store = Store.open(project, program="test")
    for _ in range(INCREMENTS):
        with store.write() as tx:
            before = int(tx.jobs.get(job.id).message or 0)
            tx.jobs.report(job, None, str(before + 1))
    store.close()


def enqueue_same(project: Path, key: str) -> set[int]:
    """Enqueues one piece of work again and again; the ids that it got."""
    store = Store.open(project, program="test")
    ids = set()
    for _ in range(INCREMENTS):
        with store.write() as tx:
            ids.add(tx.jobs.enqueue(NewJob(kind="check", dedup_key=key)).id)
    store.close()
    return ids


@pytest.fixture
def project(tmp_path: Path) -> Path:
    Store.create(tmp_path, program="test").close()
    return tmp_path


@pytest.mark.slow
def test_processes_that_hammer_the_queue_claim_each_job_exactly_once(project: Path):
    store = Store.open(project, program="test")
    with store.write() as tx:
        tx.jobs.enqueue_all([NewJob(kind="check")] * JOBS)
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        workers = [(project, f"w{number}") for number in range(PROCESSES)]
        claims = Counter(id_ for ids in pool.starmap(claim_all, workers) for id_ in ids)
    with store.read() as tx:
        jobs = tx.jobs.newest(limit=2 * JOBS)
    store.close()

    assert claims == {id_: 2 if id_ % 3 == 0 else 1 for id_ in range(1, JOBS + 1)}
    assert {(job.state, job.attempts) for job in jobs} == {(JobState.FINISHED, 1)}
    assert all(job.token == claims[job.id] for job in jobs)


@pytest.mark.slow
def test_no_update_is_lost_and_none_finds_the_catalog_locked(project: Path):
    store = Store.open(project, program="test")
    with store.write() as tx:
        tx.jobs.enqueue(NewJob(kind="check"))
        job = tx.jobs.claim("w", lease_s=600)
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.starmap(count_up, [(project, job)] * PROCESSES)
    with store.read() as tx:
        counted = tx.jobs.get(1).message
    store.close()

    assert int(counted) == PROCESSES * INCREMENTS


@pytest.mark.slow
def test_processes_that_ask_for_the_same_work_at_once_get_one_job(project: Path):
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        ids = pool.starmap(enqueue_same, [(project, "check:flights")] * PROCESSES)

    assert set.union(*ids) == {1}
