from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.records import JobState
from tests.worker.conftest import Project
from tests.worker.waiting import eventually, family, lives, parent, written
from workbench.engines.instance import hold
from workbench.errors import AlreadyRunning

pytestmark = pytest.mark.slow


def work_while(project: Project, meanwhile: Callable[[], None], *, until_idle: bool = True) -> None:
    """Works in this thread, as a worker must, while another does `meanwhile`."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(meanwhile)
        project.work(until_idle=until_idle)
        other.result()


@pytest.mark.parametrize("kind", ["wait", "ignore_sigterm"])
def test_a_running_job_is_cancelled_even_when_it_ignores_being_asked(
    project: Project, tmp_path: Path, kind: str
):
    path = tmp_path / "child"
    project.enqueue(kind, max_attempts=3, path=str(path))

    def cancel() -> None:
        written(path)
        with project.store.write() as tx:
            tx.jobs.cancel(1)

    work_while(project, cancel)

    assert (project.job().state, project.job().attempts) == ("cancelled", 1)
    assert not lives(int(written(path)))


def test_a_worker_that_is_told_to_stop_puts_its_jobs_back_without_an_attempt(
    project: Project, tmp_path: Path
):
    path = tmp_path / "child"
    project.enqueue("wait", path=str(path))

    def stop() -> None:
        written(path)
        os.kill(os.getpid(), signal.SIGTERM)

    work_while(project, stop, until_idle=False)

    assert (project.job().state, project.job().attempts) == ("queued", 0)
    assert not lives(int(written(path)))


def test_a_worker_that_is_told_to_stop_lets_a_job_end_that_is_nearly_done(
    project: Project, tmp_path: Path
):
    path = tmp_path / "child"
    project.enqueue("wait", path=str(path))

    def stop() -> None:
        written(path)
        os.kill(os.getpid(), signal.SIGTERM)
        Path(f"{path}.go").touch()

    work_while(project, stop, until_idle=False)

    assert (project.job().state, project.job().attempts) == ("finished", 1)


def test_a_job_outlives_the_worker_that_is_killed_and_its_process_does_not(
    project: Project, tmp_path: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
):
    path = tmp_path / "child"
    project.enqueue("ignore_sigterm", max_attempts=2, path=str(path))
    worker = start_worker()
    child = int(written(path))
    everybody = family(worker.pid)
    worker.kill()
    worker.wait()

    assert child in everybody
    eventually(lambda: not any(map(lives, everybody)))
    project.work()
    assert (project.job().state, project.job().attempts) == ("finished", 2)


def test_a_nursery_that_is_killed_takes_its_children_along_and_is_started_again(
    project: Project, tmp_path: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
):
    path = tmp_path / "child"
    project.enqueue("wait", max_attempts=2, path=str(path))
    start_worker()
    child = int(written(path))
    nursery = parent(child)
    os.kill(nursery, signal.SIGKILL)

    eventually(lambda: project.job().state is JobState.FINISHED)
    assert project.job().attempts == 2
    assert not lives(child)


def test_an_idle_worker_takes_a_new_job_and_ends_when_told(
    project: Project, start_worker: Callable[[], subprocess.Popen[bytes]]
):
    worker = start_worker()
    project.enqueue("nothing")
    eventually(lambda: project.job().state is JobState.FINISHED)
    project.enqueue("conclude", n=1)
    eventually(lambda: project.job(2).state is JobState.FINISHED)
    everybody = family(worker.pid)
    worker.terminate()

    assert worker.wait() == 0
    eventually(lambda: not any(map(lives, everybody)))


def test_a_job_is_not_held_up_by_a_mistake_in_the_configuration(project: Project):
    project.configure("[serve]\nport = 1234\n")
    project.enqueue("configured")
    project.work()
    project.configure("[serve]\nport = -1\n")
    project.enqueue("configured")
    project.work()

    assert [project.job(number).result for number in (1, 2)] == [{"port": 1234}] * 2


def test_a_changed_configuration_reaches_the_next_jobs_of_a_running_worker(
    project: Project, start_worker: Callable[[], subprocess.Popen[bytes]]
):
    start_worker()

    def port_of_a_new_job() -> int:
        number = project.enqueue("configured").id
        eventually(lambda: not project.job(number).state.is_live)
        result = project.job(number).result
        assert result is not None
        return int(result["port"])

    assert port_of_a_new_job() == 8080
    project.configure("[serve]\nport = 1234\n")
    eventually(lambda: port_of_a_new_job() == 1234)


def test_a_project_has_one_worker(project: Project):
    lock = project.store.layout.locks / "worker.lock"
    with hold(lock), pytest.raises(AlreadyRunning, match="`workbench worker` runs already"):
        project.work()
