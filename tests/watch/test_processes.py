"""A watcher that is killed again and again loses no row and brings none twice."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.http.project import eventually
from tests.services.project import month, write_csv
from workbench.services import inbox

pytestmark = pytest.mark.slow

FILES = 60
ROWS = 20
KILLS = 8
REPOSITORY = Path(__file__).parents[2]


class Service:
    """A process of the project, started anew whenever it was killed."""

    def __init__(self, project, name):
        self._command = [sys.executable, "-m", "workbench", "-C", str(project.folder), name]
        self._narration = project.folder / f"{name}.txt"
        self.start()

    def start(self):
        """Starts it."""
        with self._narration.open("ab") as written:
            self.process = subprocess.Popen(self._command, cwd=REPOSITORY, stderr=written)

    def kill(self):
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks it to end; it must end well."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, self._narration.read_text()


@contextmanager
def running(project, name):
    service = Service(project, name)
    try:
        yield service
        service.stop()
    finally:
        if service.process.poll() is None:
            service.kill()


def drop(project, names):
    """Delivers small files with rows of their own, one after the other."""
    for number in names:
        rows = month(1 + number % 12, rows=ROWS, year=2024 + number // 12)
        path = project.folder / "inbox" / "sales" / f"{number:02d}.csv"
        if number % 3:
            write_csv(path, rows)
        else:
            write_csv(path.with_suffix(".csv.part"), rows).rename(path)


def is_quiet(project):
    with project.store.read() as tx:
        is_idle = not tx.jobs.live() and not tx.arrivals.unmoved()
    return is_idle and not inbox.waiting(project.context)


def test_kill_9_at_any_moment_loses_no_row_and_brings_none_twice(project):
    chance = random.Random(60)
    names = iter(range(FILES))
    inbox.folders(project.context)
    with running(project, "worker"), running(project, "watch") as watcher:
        while share := list(itertools.islice(names, FILES // KILLS)):
            before = len(project.arrivals())
            drop(project, share)
            # The moment in which the catalog knows of a file, or one in which a file is being read.
            if chance.random() < 0.5:
                eventually(lambda before=before: len(project.arrivals()) > before)
            else:
                eventually(lambda: project.staged() or is_quiet(project))
            watcher.kill()
            watcher.start()
        eventually(lambda: is_quiet(project), within_s=120)

    expected = [
        key
        for number in range(FILES)
        for key in month(1 + number % 12, rows=ROWS, year=2024 + number // 12)["id"].tolist()
    ]
    assert sorted(project.ids()) == sorted(expected)
    done = project.folder / "inbox" / "sales" / "done"
    assert len(list(done.iterdir())) == FILES
    assert list(done.parent.iterdir()) == [done]
