from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.records import Job, NewJob
from storage.store import Store
from tests.worker.jobs import KINDS
from workbench.worker import run

CONFIG = '[project]\nname = "test"\n'
REPOSITORY = Path(__file__).parents[2]


class Project:
    """A project with a queue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configure("")
        self.store = Store.create(folder, program="test")

    def configure(self, text: str) -> None:
        """Writes workbench.toml."""
        (self.folder / "workbench.toml").write_text(CONFIG + text, encoding="utf-8")

    def enqueue(self, kind: str, *, max_attempts: int = 1, **arguments: object) -> Job:
        """Adds a job."""
        new = NewJob(kind=kind, arguments=arguments, max_attempts=max_attempts)
        with self.store.write() as tx:
            return tx.jobs.enqueue(new)

    def job(self, number: int = 1) -> Job:
        """A job as it is now."""
        with self.store.read() as tx:
            return tx.jobs.get(number)

    def log(self, number: int = 1) -> str:
        """What a job has said."""
        return self.store.layout.job_log(number).read_text(encoding="utf-8")

    def work(self, *, until_idle: bool = True) -> int:
        """Does the jobs in this process's children."""
        return run(self.folder, until_idle=until_idle, kinds=KINDS)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    opened = Project(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def start_worker(project: Project) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers as processes of their own, killed at the end."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.worker.main", str(project.folder)]
        worker = subprocess.Popen(command, cwd=REPOSITORY)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
