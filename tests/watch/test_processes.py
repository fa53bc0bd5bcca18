"""A watcher that is killed again and again loses no row and brings none twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forking import forking
from tests.http.project import eventually
from tests.services.project import month, write_csv
from workbench import watch
from workbench.services import inbox, watched

pytestmark = pytest.mark.slow

FILES = 300
ROWS = 20
KILLS = 30
REPOSITORY = Path(__file__).parents[2]


@contextmanager
def worker(project):
    """The process that checks what is brought."""
    command = [sys.executable, "-m", "workbench", "-C", str(project.folder), "worker"]
    narration = project.folder / "worker.txt"
    with narration.open("ab") as written:
        process = subprocess.Popen(command, cwd=REPOSITORY, stderr=written)
    try:
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, narration.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Watcher:
    """A watcher in a process of its own, started anew whenever it was killed."""

    def __init__(self, processes, project):
        self._processes = processes
        self._folder = project.folder
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()

    def start(self):
        """Starts it."""
        self.process = self._processes.Process(target=watch.run, args=(self._folder,))
        self.process.start()

    def kill(self):
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL

    def stop(self):
        """Asks it to end; it must end well."""
        self.process.terminate()
        self.process.join(60)
        assert self.process.exitcode == 0


def drop(project, names):
    """Delivers small files with rows of their own, one after the other."""
    for number in names:
        rows = month(1 + number % 12, rows=ROWS, year=2024 + number // 12)
        path = project.folder / "inbox" / "sales" / f"{number:03d}.csv"
        if number % 3:
            write_csv(path, rows)
        else:
            write_csv(path.with_suffix(".csv.part"), rows).rename(path)


def is_quiet(project):
    with project.store.read() as tx:
        is_idle = not tx.jobs.live() and not tx.arrivals.unmoved()
    return is_idle and not inbox.waiting(project.context)


def done(project):
    """The files that were put away."""
    return list((project.folder / "inbox" / "sales").glob("done/*"))


def noted(project):
    """How many files the catalog knows."""
    with project.store.read() as tx:
        return tx.arrivals.last_id()


def wait_for_a_moment(project, watcher, chance, before):
    """Waits until a file is being read, is noted, or is moved, or for any moment at all."""
    known, put_away = before
    moments = (
        project.staged,
        lambda: noted(project) > known,
        lambda: len(done(project)) > put_away,
    )
    which = chance.randrange(len(moments) + 1)
    if which == len(moments):
        watcher.process.join(chance.uniform(0.0, 0.5))
    else:
        eventually(lambda: moments[which]() or is_quiet(project))


def test_kill_9_at_any_moment_loses_no_row_and_brings_none_twice(project):
    chance = random.Random(60)
    watched.make_folders(project.context)
    with (
        worker(project),
        forking("workbench.watch", "storage.frames") as processes,
        Watcher(processes, project) as watcher,
    ):
        for first in range(0, FILES, FILES // KILLS):
            before = noted(project), len(done(project))
            drop(project, range(first, first + FILES // KILLS))
            wait_for_a_moment(project, watcher, chance, before)
            watcher.kill()
            watcher.start()
        eventually(lambda: is_quiet(project), within_s=120)
        watcher.stop()

    expected = Counter(
        key
        for number in range(FILES)
        for key in month(1 + number % 12, rows=ROWS, year=2024 + number // 12)["id"].tolist()
    )
    assert Counter(project.ids()) == expected
    assert len(done(project)) == FILES
    assert list((project.folder / "inbox" / "sales").iterdir()) == [done(project)[0].parent]
    assert {one.moved_to for one in project.arrivals()} == {
        path.relative_to(project.folder).as_posix() for path in done(project)
    }
