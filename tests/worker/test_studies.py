"""Studies whose processes are killed: they go on, and no trial is lost or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.records import Trial, TrialState
from tests.services.project import Project, month, opened
from tests.worker.waiting import eventually, family, parent
from workbench.services import tuning

pytestmark = pytest.mark.slow

LONG = """
[experiments.returns.search]
trials = 4
pruner = "none"
[experiments.returns.search.params]
num_leaves = { low = 4, high = 12 }

[models.returns]"""

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project with a study of four trials that take their time."""
    with opened(tmp_path) as project:
        project.accept(month(1), month(2))
        project.configure("\n[models.returns]", LONG)
        tuning.start(project.context, "returns", params={"n_estimators": 3000})
        yield project


@pytest.fixture
def start(shop: Project) -> Iterator[Start]:
    """Starts workers as processes of their own, killed at the end."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "workbench", "-C", str(shop.folder), "worker"]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def trials(shop: Project) -> tuple[Trial, ...]:
    with shop.store.read() as tx:
        return tx.studies.trials(1)


def under_way(shop: Project) -> Trial | None:
    """The trial that has its params and is training."""
    found = [one for one in trials(shop) if one.state is TrialState.RUNNING]
    return found[0] if found else None


def child_of(worker: int) -> int | None:
    """The process of the job that a worker does: a child of its nursery."""
    found = [pid for pid in family(worker) if pid != worker and parent(parent(pid)) == worker]
    return found[0] if found else None


def is_over(shop: Project) -> bool:
    with shop.store.read() as tx:
        return tx.studies.get(1).ended_at is not None


@pytest.mark.parametrize("victim", ["child", "worker"])
def test_a_trial_whose_process_is_killed_is_done_again_with_the_same_params(
    shop: Project, start: Start, victim: str
):
    worker = start()
    lost = eventually(lambda: under_way(shop))
    if victim == "worker":
        worker.kill()
        worker.wait()
        start()
    else:
        os.kill(eventually(lambda: child_of(worker.pid)), signal.SIGKILL)
    eventually(lambda: is_over(shop))
    again = trials(shop)[lost.number]

    assert [one.state for one in trials(shop)] == [TrialState.FINISHED] * 4
    assert (again.params, again.run_id == lost.run_id) == (lost.params, False)
