"""A registration that is cut off at any moment leaves nothing half, and is made whole by the next one."""

from __future__ import annotations

import resource
import shutil
import signal
from collections.abc import Iterator
from itertools import count
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from storage.records import JobState
from tests.forking import forking
from tests.services.conftest import copied
from tests.services.dying import change
from tests.services.project import Project, opened
from workbench.services import registry, upkeep

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run_folder(quarter_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a project with a run lies that was not registered; not to be changed."""
    with copied(quarter_folder, tmp_path_factory.mktemp("run")) as project:
        project.train()
    return project.folder


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    with forking("tests.services.dying", "workbench.services.registry") as context:
        yield context


def versions(project: Project) -> int:
    with project.store.read() as tx:
        return sum(tx.models.count(model.name) for model in tx.models.all())


def test_a_killed_registration_leaves_a_whole_version_or_none(
    processes: ForkServerContext, run_folder: Path, tmp_path: Path
):
    for at in count():
        folder = tmp_path / str(at)
        shutil.copytree(run_folder, folder)
        process = processes.Process(target=change, args=(folder, "register", at))
        process.start()
        process.join(60)
        assert process.exitcode in {0, -signal.SIGKILL}
        with opened(folder, None) as project:
            told = project.happened().count("model.registered")
            assert versions(project) == told
            registry.register(project.context, run=1, model="returns")
            with project.store.read() as tx:
                version = tx.models.version("returns", 1)
            upkeep.free(project.context, grace_s=-1)
            assert upkeep.verify(project.context).damaged == ()
            assert (versions(project), version.parity.passed) == (1, True)
            assert project.staged() == []
        shutil.rmtree(folder)
        if process.exitcode == 0:
            break

    assert at >= 7


def test_a_registration_without_room_on_the_disk_says_so_and_succeeds_later(
    run_folder: Path, tmp_path: Path
):
    shutil.copytree(run_folder, tmp_path / "shop")
    with opened(tmp_path / "shop", None) as project:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        # Enough for the catalog's own files, and too little for a graph.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
        try:
            with pytest.raises(Exception, match=r"A blob cannot be kept in .*: File too large"):
                registry.register(project.context, run=1, model="returns")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert versions(project) == 0

        job = project.do("register", run=1, model="returns")
        assert (job.state, versions(project)) == (JobState.FINISHED, 1)
