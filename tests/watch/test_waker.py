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


def test_an_observer_that_has_ended_is_replaced(folder):
    with Waker([folder]) as waker:
        waker._observer.stop()
        waker._observer.join()

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


def test_it_keeps_the_names_of_files_that_were_renamed_and_of_no_others(folder):
    names = set()
    with Waker([folder]) as waker:
        rename(folder / "a.csv")
        write(folder / "b.csv")
        (folder.parent / "c.csv").write_text("id\n1\n")
        (folder.parent / "c.csv").rename(folder / "c.csv")

        def heard():
            names.update(waker.renamed(folder.parent))
            return names

        eventually(heard)
        eventually(lambda: not waker.wait(0.2))
        names.update(waker.renamed(folder.parent))

    assert names == {"inbox/a.csv"}


def test_a_name_is_told_once(folder):
    with Waker([folder]) as waker:
        rename(folder / "a.csv")
        eventually(lambda: waker.renamed(folder.parent))

        assert waker.renamed(folder.parent) == frozenset()


def test_without_folders_nothing_is_observed():
    before = threading.active_count()
    with Waker([]) as waker:
        assert (waker.wait(0.01), threading.active_count()) == (False, before)
