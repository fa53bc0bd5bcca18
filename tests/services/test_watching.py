"""How the watched folders stand, as others see it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.delivery import bad, look, take_in, through
from tests.services.project import CONFIG, month, opened
from workbench.engines import instance
from workbench.services import watching

HOLDS = "import sys, time; from workbench.engines import instance; \
from pathlib import Path; instance.hold(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def status(project):
    (sales,) = watching.status(project.context)
    return sales


def leave(project):
    watching.Record(project.context).leave(look(project))


def watched(project):
    """What holds the watcher's lock."""
    return instance.hold(project.store.layout.locks / "watch.lock")


def test_a_folder_that_nobody_has_looked_at_is_looked_at_now(project):
    project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(2, rows=50), age_s=0)
    project.configure('settle = "50ms"', 'settle = "30s"')
    sales = status(project)

    assert (sales.dataset, sales.folder) == ("sales", "inbox/sales")
    assert (sales.waiting, sales.settled) == (2, 1)
    assert (sales.is_watched, sales.last_scan_at) == (False, None)


def test_what_became_of_files_is_counted(project):
    project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(1, rows=50))
    through(project)
    project.file("c.csv", bad(2))
    through(project)
    project.file("d.csv", month(3, rows=50))
    sales = status(project)

    assert (sales.ingested, sales.duplicates, sales.quarantined) == (1, 1, 1)
    assert sales.waiting == 1


def test_a_living_watcher_tells_what_it_sees(project):
    with watched(project):
        leave(project)
        project.file("a.csv", month(1, rows=50))
        sales = status(project)

    assert (sales.waiting, sales.is_watched) == (0, True)
    assert sales.last_scan_at is not None


def test_a_dead_watcher_is_seen_as_dead_and_its_last_scan_is_still_known(project):
    with watched(project):
        leave(project)
        at = status(project).last_scan_at
    project.file("a.csv", month(1, rows=50))
    sales = status(project)

    assert (sales.waiting, sales.is_watched, sales.last_scan_at) == (1, False, at)


def test_a_watcher_that_was_killed_is_seen_as_dead(project):
    lock = project.store.layout.locks / "watch.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(lock)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        holder.stdout.readline()
        while_alive = status(project).is_watched
        holder.kill()
        holder.wait()

        assert (while_alive, status(project).is_watched) == (True, False)


def test_what_another_process_has_left_is_not_taken_for_the_watchers(project):
    leave(project)
    record = project.store.layout.locks / "last-scan.json"
    record.write_text(record.read_text().replace(str(os.getpid()), "1"))
    project.file("a.csv", month(1, rows=50))
    with watched(project):
        assert status(project).waiting == 1


@pytest.mark.parametrize("text", ["", "{}", '{"pid": 1, "at": "now", "datasets": {}}', "[]"])
def test_a_record_that_cannot_be_read_is_none(project, text):
    (project.store.layout.locks / "last-scan.json").write_text(text)

    assert status(project).last_scan_at is None


def test_a_dataset_that_the_watcher_does_not_know_yet_is_looked_at_now(project):
    with watched(project):
        leave(project)
        project.configure("[datasets.sales]", '[datasets.more]\nfiles = "more/*"\n[datasets.sales]')
        (project.folder / "more").mkdir()
        (project.folder / "more" / "a.csv").write_text("id\n1\n")
        more, _ = watching.status(project.context)

    assert (more.dataset, more.waiting) == ("more", 1)


def test_files_that_cannot_be_opened_are_named(project):
    (project.folder / "inbox" / "sales").mkdir(parents=True)
    (project.folder / "inbox" / "sales" / "round.csv").symlink_to("round.csv")

    assert status(project).problems == ("inbox/sales/round.csv: Too many levels of symbolic links",)


def test_the_same_scan_is_not_written_again_and_again(project):
    record, path = watching.Record(project.context), project.store.layout.locks / "last-scan.json"
    record.leave(look(project))
    first = path.stat().st_ino, path.read_text()
    record.leave(look(project))
    second = path.stat().st_ino, path.read_text()
    project.file("a.csv", month(1, rows=50))
    record.leave(look(project))

    assert first == second
    assert watching.last_scan(project.store.layout).datasets["sales"].waiting == 1


def test_a_dataset_without_files_has_no_folder(tmp_path):
    with opened(tmp_path, CONFIG.replace('files = "inbox/sales/*"\n', "")) as project:
        assert watching.status(project.context) == ()


@pytest.mark.parametrize("files", [1, 3])
def test_files_that_wait_for_checks_are_settled(project, files):
    project.file("a.csv", month(1, rows=50))
    take_in(project)
    for number in range(files):
        project.file(f"b{number}.csv", month(2 + number, rows=50))
    sales = status(project)

    assert (sales.waiting, sales.settled, sales.ingested) == (files, files, 1)
