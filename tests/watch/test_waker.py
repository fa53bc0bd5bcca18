"""The waker rings when something changes, and survives what happens to folders and observers."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import threading
from pathlib import Path

import pytest

from tests.http.project import eventually
from workbench.watch.waker import Waker


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def write(path):
    path.write_text("id\n1\n")


def rename(path):
    path.with_suffix(".part").write_text("id\n1\n")
    path.with_suffix(".part").rename(path)


def copy_below(path):
    (path.parent / "sub").mkdir(exist_ok=True)
    (path.parent / "sub" / path.name).write_text("id\n1\n")


@pytest.mark.parametrize("deliver", [write, rename, copy_below])
def test_it_rings_when_a_file_is_delivered(folder, deliver):
    with Waker([folder]) as waker:
        deliver(folder / "a.csv")

        assert eventually(lambda: waker.wait(0.1))


def test_it_does_not_ring_when_a_file_is_read(folder):
    write(folder / "a.csv")
    with Waker([folder]) as waker:
        assert [(folder / "a.csv").read_text() and waker.wait(0.05) for _ in range(3)] == [
            False
        ] * 3


def test_it_rings_once_for_what_has_happened(folder):
    with Waker([folder]) as waker:
        write(folder / "a.csv")
        eventually(lambda: waker.wait(0.1))
        eventually(lambda: not waker.wait(0.2))

        assert not waker.wait(0.05)


def test_it_rings_again_in_a_folder_that_was_removed_and_came_back(folder):
    with Waker([folder]) as waker:
        shutil.rmtree(folder)
        eventually(lambda: not waker.wait(0.05))
        folder.mkdir()

        def rings():
            write(folder / "a.csv")
            return waker.wait(0.1)

        assert eventually(rings)


def test_a_folder_that_is_not_there_yet_is_watched_once_it_is(folder):
    late = folder / "late"
    with Waker([folder.parent / "other", late]) as waker:
        late.mkdir()

        def rings():
            write(late / "a.csv")
            return waker.wait(0.1)

        assert eventually(rings)


def test_it_leaves_no_thread_behind(folder):
    before = threading.active_count()
    with Waker([folder]) as waker:
        shutil.rmtree(folder)
        eventually(lambda: not waker.wait(0.05))

    assert threading.active_count() == before


def test_where_the_system_gives_no_more_watches_the_waker_waits_in_vain(folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    full = max(int(one.name) for one in Path("/proc/self/fd").iterdir()) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (full, hard))
    spare: list[int] = []
    with contextlib.suppress(OSError):
        while True:
            spare.append(os.open(os.devnull, os.O_RDONLY))
    try:
        with Waker([folder]) as waker:
            rang = [waker.wait(0.02) for _ in range(3)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in spare:
            os.close(descriptor)

    assert rang == [False] * 3
