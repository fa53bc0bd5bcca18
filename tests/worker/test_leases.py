from __future__ import annotations

from sqlalchemy.exc import OperationalError

from storage.records import Job, JobState
from storage.store import Store
from tests.worker.conftest import Project
from tests.worker.waiting import eventually
from workbench.worker.leases import LeaseKeeper


def claim(project: Project, *, lease_s: float = 60.0) -> Job:
    project.enqueue("nothing", max_attempts=3)
    with project.store.write() as tx:
        job = tx.jobs.claim("w", lease_s=lease_s)
    assert job is not None
    return job


def test_a_held_job_keeps_its_lease_even_when_it_was_late(project: Project):
    job = claim(project, lease_s=-1)
    keeper = LeaseKeeper(project.store, lease_s=60)
    keeper.hold(job)
    keeper.renew()

    assert keeper.lost() == frozenset()
    assert project.job().lease_until > project.store.now()


def test_a_job_that_nobody_renews_is_taken(project: Project):
    claim(project, lease_s=-1)
    LeaseKeeper(project.store).renew()

    assert project.job().state is JobState.QUEUED


def test_a_held_job_that_is_over_is_lost_until_it_is_dropped(project: Project):
    job, other = claim(project), claim(project)
    keeper = LeaseKeeper(project.store)
    keeper.hold(job)
    keeper.hold(other)
    with project.store.write() as tx:
        tx.jobs.finish(job)
    keeper.renew()

    assert keeper.lost() == {job.id}
    keeper.drop(job)
    assert keeper.lost() == frozenset()


def test_the_thread_renews_by_itself(project: Project):
    job = claim(project)
    keeper = LeaseKeeper(project.store, lease_s=600)
    keeper.hold(job)
    keeper._lease_s = 0.03
    before = project.job().lease_until
    keeper.start()
    try:
        eventually(lambda: project.job().lease_until != before)
    finally:
        keeper.stop()


def test_a_thread_that_cannot_renew_says_so(project: Project):
    store = Store.open(project.folder, program="test")
    keeper = LeaseKeeper(store, lease_s=0.03)
    with project.store.write() as tx:
        tx.jobs._connection.exec_driver_sql("DROP TABLE jobs")
    keeper.start()

    def failed() -> BaseException | None:
        try:
            keeper.lost()
        except RuntimeError as error:
            return error.__cause__
        return None

    assert isinstance(eventually(failed), OperationalError)
    keeper.stop()
    store.close()
