"""The watcher over a real folder, look by look."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager

import numpy as np
import pytest

from storage.records import AlertState, VersionState
from tests.privileges import without_privileges
from tests.services.project import month
from workbench.engines import instance
from workbench.errors import AlreadyRunning
from workbench.services import watching
from workbench.watch import run
from workbench.watch.loop import Watcher
from workbench.watch.waker import Waker


def once(project):
    """One run of the watcher, as cron would start it."""
    return run(project.folder, once=True)


def lying(project):
    folder = project.folder / "inbox" / "sales"
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_what_lies_there_is_taken_in(project):
    project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(2, rows=50))

    assert once(project) == 0
    assert project.version(1).rows == 100
    assert project.version(1).created_by == "watcher"


def test_an_empty_folder_is_made_and_is_fine(project):
    assert once(project) == 0
    assert lying(project) == []


@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "without a final newline"])
def test_a_fresh_file_is_waited_for(project, is_whole):
    path = project.file("a.csv", month(1, rows=50), age_s=0)
    if not is_whole:
        path.write_bytes(path.read_bytes().rstrip(b"\n"))

    assert once(project) == 0
    assert project.version(1).rows == 50


def test_the_next_run_puts_away_what_was_checked_meanwhile(project):
    project.file("a.csv", month(1, rows=50))
    once(project)
    project.work()

    assert (once(project), lying(project)) == (0, ["done/a.csv"])


def test_what_must_wait_for_a_check_is_said_by_the_exit_code(project):
    project.file("a.csv", month(1, rows=50))
    once(project)
    project.file("b.csv", month(2, rows=50))

    assert once(project) == 1
    project.work()
    assert once(project) == 0
    assert project.version(2).state is VersionState.PENDING


def test_an_unreadable_file_is_dealt_with_and_no_failure(project):
    path = project.file("a.csv", month(1, rows=50))
    path.write_text("torn\n")
    project.accept(month(1, rows=50))

    assert once(project) == 0
    assert lying(project) == ["quarantine/a.csv"]


def spoil(project):
    """The folder for what was dealt with cannot be made."""
    project.file("a.csv", month(1, rows=50))
    once(project)
    project.work()
    (project.folder / "inbox" / "sales" / "done").write_text("a file where a folder should be")
    project.configure('files = "inbox/sales/*"', 'files = "inbox/sales/*.csv"')


def test_what_goes_wrong_is_told_once_and_tried_at_every_look(project, capsys):
    spoil(project)
    watcher = Watcher(project.context)
    for _ in range(3):
        watcher.look()

    (alert,) = project.alerts()
    assert (alert.title, alert.count) == ("files of inbox cannot be taken in", 1)
    assert "File exists" in alert.text
    assert project.happened().count("watch.failed") == 1
    assert capsys.readouterr().err.count("File exists") == 1


def test_a_step_that_goes_well_again_settles_its_alert(project):
    spoil(project)
    watcher = Watcher(project.context)
    watcher.look()
    (project.folder / "inbox" / "sales" / "done").unlink()
    watcher.look()

    assert (project.alerts(), lying(project)) == ([], ["done/a.csv"])


def test_an_alert_of_a_watcher_that_has_ended_is_settled_by_the_next_one(project):
    spoil(project)
    assert once(project) == 1
    (project.folder / "inbox" / "sales" / "done").unlink()

    assert once(project) == 0
    assert project.alerts() == []
    assert [alert.key for alert in project.alerts(AlertState.RESOLVED)] == ["watch "]


def test_a_folder_that_was_removed_comes_back(project):
    watcher = Watcher(project.context)
    watcher.look()
    (project.folder / "inbox" / "sales").rmdir()
    watcher.look()

    assert (project.folder / "inbox" / "sales").is_dir()


def test_what_lies_in_the_place_of_a_watched_folder_keeps_no_other_from_being_read(project):
    project.file("a.csv", month(1, rows=50))
    project.configure("[datasets.sales]", '[datasets.more]\nfiles = "more/*"\n[datasets.sales]')
    (project.folder / "more").write_text("a file where a folder should be")
    watcher = Watcher(project.context)
    watcher.look()

    assert project.version(1).rows == 50
    assert [one.title for one in project.alerts()] == ["a watched folder cannot be made"]


def test_a_project_has_one_watcher(project):
    with (
        instance.hold(project.store.layout.locks / "watch.lock"),
        pytest.raises(AlreadyRunning, match="`workbench watch` runs already"),
    ):
        once(project)


def test_one_run_says_what_was_read_and_what_is_left(project, capsys):
    project.configure('settle = "50ms"', 'settle = "20ms"')
    project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(2, rows=50))
    project.file("c.csv", month(1, rows=50))
    (project.folder / "inbox" / "sales" / "d.csv").write_text("torn")
    os.utime(project.folder / "inbox" / "sales" / "d.csv", (1, 1))
    project.file("e.csv", month(3, rows=50)).chmod(0)
    with without_privileges():
        assert once(project) == 1

    assert capsys.readouterr().out.splitlines() == [
        "sales: 2 files read, 1 duplicate, 1 in quarantine",
        "sales: 1 file left: 1 cannot be opened",
    ]


def test_one_run_with_nothing_to_do_says_nothing(project, capsys):
    assert once(project) == 0
    assert capsys.readouterr() == ("", "")


def test_one_run_does_not_wait_for_checks(project, capsys):
    project.configure('settle = "50ms"', 'settle = "1h"')
    project.file("a.csv", month(1, rows=50), age_s=7200)
    once(project)
    project.file("b.csv", month(2, rows=50), age_s=7200)

    assert once(project) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "sales: 1 file left: 1 settled"


def test_a_file_that_may_not_be_opened_is_an_alert_until_it_may(project):
    path = project.file("a.csv", month(1, rows=50))
    path.chmod(0)
    watcher = Watcher(project.context)
    with without_privileges():
        watcher.look()
        watcher.look()
        (alert,) = project.alerts()
        path.chmod(0o644)
        watcher.look()

    assert (alert.title, alert.count) == ("files of sales cannot be taken in", 1)
    assert "inbox/sales/a.csv: Permission denied" in alert.text
    assert project.alerts() == []
    assert project.version(1).rows == 50


@contextmanager
def full_disk(limit_bytes):
    """No file grows beyond the limit."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("limit_bytes", "alerts"),
    [(0, 0), (4096, 0), (700_000, 1)],
    ids=["no byte", "none for the catalog", "none for the rows"],
)
def test_a_full_disk_is_told_and_everything_is_taken_in_once_there_is_room(
    project, capsys, limit_bytes, alerts
):
    rows = month(1, rows=60_000)
    rows["noise"] = np.random.default_rng(1).random(60_000)
    project.file("a.csv", rows)
    watcher = Watcher(project.context)
    with full_disk(limit_bytes):
        watcher.look()
        said = capsys.readouterr().err
        watcher.look()

        assert (project.arrivals(), len(project.alerts())) == ([], alerts)
        assert said.startswith("watch: ")
        assert capsys.readouterr().err == ""
    watcher.look()
    assert project.version(1).rows == 60_000
    assert (project.alerts(), project.staged()) == ([], [])


def test_a_full_disk_while_files_are_put_away_is_told_and_ends_well(project, capsys):
    project.file("a.csv", month(1, rows=50))
    once(project)
    project.work()
    watcher = Watcher(project.context)
    with full_disk(0):
        watcher.look()
    watcher.look()

    assert (lying(project), project.alerts()) == (["done/a.csv"], [])
    assert project.arrivals()[0].moved_to == "inbox/sales/done/a.csv"
    assert capsys.readouterr().err.startswith("watch: ")


def test_a_file_that_is_renamed_before_the_eyes_of_the_watcher_counts_at_once(project):
    project.configure('settle = "50ms"', 'settle = "1h"')
    folder = project.folder / "inbox" / "sales"
    folder.mkdir(parents=True)
    watcher = Watcher(project.context)
    with Waker([folder]) as waker:
        project.file("a.csv.part", month(1, rows=50), age_s=0).rename(folder / "a.csv")
        while not project.arrivals():
            waker.wait(0.1)
            watcher.look(waker)

    assert project.version(1).rows == 50


def test_a_scan_is_left_where_others_can_read_it(project):
    project.file("a.csv", month(1, rows=50), age_s=0)
    project.configure('settle = "50ms"', 'settle = "1h"')
    with instance.hold(project.store.layout.locks / "watch.lock"):
        Watcher(project.context).look()
        (sales,) = watching.status(project.context)

    assert (sales.waiting, sales.settled, sales.is_watched) == (1, 0, True)
    assert sales.last_scan_at is not None


def test_a_scan_that_cannot_be_left_keeps_no_file_from_being_taken_in(project):
    project.file("a.csv", month(1, rows=50))
    (project.store.layout.locks / "last-scan.json").mkdir()
    watcher = Watcher(project.context)
    watcher.look()

    assert project.version(1).rows == 50
    assert [one.title for one in project.alerts()] == ["the last scan cannot be told to others"]


def test_a_folder_that_may_not_be_read_is_an_alert_until_it_may(project):
    project.configure('files = "inbox/sales/*"', 'files = "inbox/*/*.csv"')
    path = project.file("a.csv", month(1, rows=50))
    path.parent.chmod(0)
    watcher = Watcher(project.context)
    with without_privileges():
        watcher.look()
        (alert,) = project.alerts()
        path.parent.chmod(0o755)
        watcher.look()

    assert "inbox/sales/: Permission denied" in alert.text
    assert (project.version(1).rows, project.alerts()) == (50, [])


def test_a_network_folder_is_read_without_a_word_of_the_system(project):
    project.configure('settle = "50ms"', 'settle = "50ms"\npoll = true')
    project.file("a.csv", month(1, rows=50))

    assert once(project) == 0
    assert project.version(1).rows == 50
