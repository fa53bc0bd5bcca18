"""The watcher over a real folder, look by look."""

from __future__ import annotations

import pytest

from storage.records import AlertState, VersionState
from tests.services.project import month
from workbench.engines import instance
from workbench.errors import AlreadyRunning
from workbench.watch import run
from workbench.watch.loop import _Watcher


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
    watcher = _Watcher(project.context)
    for _ in range(3):
        watcher._look()

    (alert,) = project.alerts()
    assert (alert.title, alert.count) == ("files of inbox cannot be taken in", 1)
    assert "File exists" in alert.text
    assert project.happened().count("watch.failed") == 1
    assert capsys.readouterr().err.count("File exists") == 1


def test_a_step_that_goes_well_again_settles_its_alert(project):
    spoil(project)
    watcher = _Watcher(project.context)
    watcher._look()
    (project.folder / "inbox" / "sales" / "done").unlink()
    watcher._look()

    assert (project.alerts(), lying(project)) == ([], ["done/a.csv"])


def test_an_alert_of_a_watcher_that_has_ended_is_settled_by_the_next_one(project):
    spoil(project)
    assert once(project) == 1
    (project.folder / "inbox" / "sales" / "done").unlink()

    assert once(project) == 0
    assert project.alerts() == []
    assert [alert.key for alert in project.alerts(AlertState.RESOLVED)] == ["watch "]


def test_a_folder_that_was_removed_comes_back(project):
    watcher = _Watcher(project.context)
    watcher._look()
    (project.folder / "inbox" / "sales").rmdir()
    watcher._look()

    assert (project.folder / "inbox" / "sales").is_dir()


def test_a_project_has_one_watcher(project):
    with (
        instance.hold(project.store.layout.locks / "watch.lock"),
        pytest.raises(AlreadyRunning, match="`workbench watch` runs already"),
    ):
        once(project)
