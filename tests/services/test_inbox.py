"""Watched folders: what waits, what is taken in, and where it goes afterwards."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from storage.records import ArrivalState, VersionState
from tests.services.project import CONFIG, month, opened
from workbench.services import inbox

OLD_S = 60.0


def look(project, before=None):
    return inbox.scan(project.context, before or {})


def take_in(project):
    """Takes in what lies there, as one look of the watcher does; the version, if there is one."""
    return inbox.take_in(project.context, look(project)["sales"])


def put_away(project):
    return inbox.put_away(project.context)


def through(project):
    """A whole look with the checks in between."""
    version = take_in(project)
    project.work(kinds=("check",))
    put_away(project)
    return version and project.version(version.number)


def lying(project):
    """The files below the inbox, relative to it."""
    folder = project.folder / "inbox" / "sales"
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def bad(number):
    rows = month(number, rows=50)
    rows["가격"][0] = -1
    return rows


def test_the_watched_folders_are_made(project):
    assert inbox.folders(project.context) == (project.folder / "inbox" / "sales",)
    assert (project.folder / "inbox" / "sales").is_dir()


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("inbox/sales/*.csv", "inbox/sales"),
        ("inbox/*/sales.csv", "inbox"),
        ("*.csv", "."),
        ("들어옴/매출-[0-9]*.csv", "들어옴"),
    ],
)
def test_a_folder_ends_where_the_pattern_begins(tmp_path, pattern, folder):
    with opened(tmp_path, CONFIG.replace("inbox/sales/*", pattern)) as project:
        assert inbox.folders(project.context) == ((tmp_path / folder).resolve(),)


def test_an_old_file_is_taken_in_at_once(project):
    project.file("jan.csv", month(1, rows=50), age_s=OLD_S)

    assert take_in(project).rows == 50


def test_a_fresh_file_waits_until_it_was_quiet(project):
    project.configure('settle = "50ms"', 'settle = "1h"')
    project.file("jan.csv", month(1, rows=50), age_s=0)
    scans = look(project)

    assert scans["sales"].settled(project.context) == ()
    assert inbox.waiting(project.context) == ("inbox/sales/jan.csv",)
    assert inbox.take_in(project.context, look(project, scans)["sales"]) is None


def test_files_that_settle_in_one_scan_are_one_version_in_the_order_of_their_names(project):
    for name, number in (("b.csv", 2), ("a.csv", 1), ("c.csv", 3)):
        project.file(name, month(number, rows=50))
    version = take_in(project)

    assert [source.rpartition("/")[2] for source in version.sources] == ["a.csv", "b.csv", "c.csv"]
    assert version.rows == 150


def test_while_a_version_is_checked_further_files_wait(project):
    project.file("a.csv", month(1, rows=50))
    take_in(project)
    project.file("b.csv", month(2, rows=50))

    assert take_in(project) is None
    assert inbox.waiting(project.context) == ("inbox/sales/b.csv",)
    project.work()
    assert take_in(project).number == 2


@pytest.mark.parametrize("name", [".a.csv", "~a.csv", "a.csv.part", "a.csv.tmp", "a.crdownload"])
def test_a_file_that_is_named_as_not_whole_is_not_seen(project, name):
    project.file(name, month(1, rows=50))

    assert inbox.waiting(project.context) == ()


def test_a_renamed_file_is_seen_then(project):
    path = project.file("a.csv.part", month(1, rows=50))
    path.rename(path.with_suffix(""))

    assert take_in(project).rows == 50


def test_folders_and_pipes_are_no_files(project):
    inbox.folders(project.context)
    (project.folder / "inbox" / "sales" / "folder.csv").mkdir()
    os.mkfifo(project.folder / "inbox" / "sales" / "pipe.csv")

    assert inbox.waiting(project.context) == ()


def test_an_empty_file_waits_longer_and_is_set_aside(project):
    path = project.file("a.csv", month(1, rows=50))
    path.write_bytes(b"")
    then = time.time() - OLD_S
    os.utime(path, (then, then))

    assert take_in(project) is None
    assert project.arrivals()[0].state is ArrivalState.QUARANTINED


def test_text_that_ends_within_a_row_waits_longer(project):
    project.configure('settle = "50ms"', 'settle = "20s"')
    path = project.file("a.csv", month(1, rows=50), age_s=OLD_S)
    assert look(project)["sales"].settled(project.context) == (path,)
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    then = time.time() - OLD_S
    os.utime(path, (then, then))

    assert look(project)["sales"].settled(project.context) == ()


def test_what_was_taken_in_stays_until_its_checks_have_ended(project):
    project.file("a.csv", month(1, rows=50))
    take_in(project)

    assert (put_away(project), lying(project)) == (0, ["a.csv"])
    assert inbox.waiting(project.context) == ()
    project.work()
    assert (put_away(project), lying(project)) == (1, ["done/a.csv"])
    assert project.arrivals()[0].moved_to == "inbox/sales/done/a.csv"


@pytest.mark.parametrize(
    ("after", "accepted", "quarantined"),
    [
        ("move", ["done/a.csv"], ["quarantine/a.csv"]),
        ("leave", ["a.csv"], ["a.csv"]),
        ("delete", [], ["quarantine/a.csv"]),
    ],
)
@pytest.mark.parametrize("is_good", [True, False], ids=["accepted", "in quarantine"])
def test_where_a_file_goes_afterwards(project, after, accepted, quarantined, is_good):
    project.configure('settle = "50ms"', f'settle = "50ms"\nafter = "{after}"')
    project.file("a.csv", month(1, rows=50) if is_good else bad(1))
    version = through(project)

    assert version.state is (VersionState.CURRENT if is_good else VersionState.QUARANTINED)
    assert lying(project) == (accepted if is_good else quarantined)
    assert inbox.waiting(project.context) == ()
    assert (put_away(project), take_in(project)) == (0, None)


def test_an_unreadable_file_and_a_duplicate_are_put_away_too(project):
    project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(1, rows=50))
    (project.folder / "inbox" / "sales" / "c.png").write_bytes(b"no rows")
    os.utime(project.folder / "inbox" / "sales" / "c.png", (1, 1))
    through(project)

    assert lying(project) == ["done/a.csv", "done/b.csv", "quarantine/c.png"]
    assert [one.state for one in project.arrivals()] == ["ingested", "duplicate", "quarantined"]


def test_a_name_that_is_taken_gets_a_number(project):
    for number in (1, 2, 3):
        project.file("a.csv", month(number, rows=50))
        through(project)

    assert lying(project) == ["done/a-2.csv", "done/a-3.csv", "done/a.csv"]


def test_a_number_stands_before_all_suffixes(project):
    done = project.folder / "inbox" / "sales" / "done"
    project.file("매출.csv", month(1, rows=50))
    done.mkdir()
    (done / "매출.csv").write_text("here first")
    through(project)

    assert lying(project) == ["done/매출-2.csv", "done/매출.csv"]


def test_a_file_that_was_replaced_meanwhile_is_not_moved_and_is_seen_again(project):
    path = project.file("a.csv", month(1, rows=50))
    take_in(project)
    project.file("a.csv", month(2, rows=60))
    project.work(kinds=("check",))

    assert (put_away(project), lying(project)) == (1, ["a.csv"])
    assert path.is_file()
    assert through(project).rows_added == 60
    assert lying(project) == ["done/a.csv"]


def test_a_crash_between_commit_and_move_is_completed_at_the_next_look(project):
    project.file("a.csv", month(1, rows=50))
    take_in(project)
    project.work()
    project.close()

    with opened(project.folder, text=None) as again:
        assert inbox.waiting(again.context) == ()
        assert (put_away(again), lying(again)) == (1, ["done/a.csv"])


def test_a_crash_between_the_move_and_its_note_is_completed_at_the_next_look(project):
    path = project.file("a.csv", month(1, rows=50))
    take_in(project)
    project.work()
    (path.parent / "done").mkdir()
    path.rename(path.parent / "done" / "a.csv")

    assert (put_away(project), put_away(project)) == (1, 0)
    assert project.arrivals()[0].moved_to == ""
    assert len(project.ids()) == 50


def test_a_file_that_cannot_be_moved_does_not_keep_the_others(project):
    project.file("a.csv", month(1, rows=50))
    project.file("sub/b.csv", month(2, rows=50))
    (project.folder / "inbox" / "sales" / "done").write_text("a file where a folder should be")
    project.configure('files = "inbox/sales/*"', 'files = "inbox/sales/**/*.csv"')
    take_in(project)
    project.work()

    with pytest.raises(FileExistsError):
        put_away(project)
    assert lying(project) == ["a.csv", "done", "sub/done/b.csv"]
    (project.folder / "inbox" / "sales" / "done").unlink()
    assert put_away(project) == 1


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_that_is_delivered_again_with_its_old_time_is_dealt_with_again(project, after):
    project.configure('settle = "50ms"', f'settle = "50ms"\nafter = "{after}"')
    path = project.file("a.csv", bad(1))
    through(project)
    shutil.copy2(path.parent / "quarantine" / "a.csv", path)
    project.configure('"가격" = { min = 0 }', "")

    assert inbox.waiting(project.context) == ("inbox/sales/a.csv",)
    assert through(project).state is VersionState.CURRENT


def test_a_file_that_is_left_is_dealt_with_once_until_it_changes(project):
    project.configure('settle = "50ms"', 'settle = "50ms"\nafter = "leave"')
    project.file("a.csv", month(1, rows=50))
    through(project)
    assert (inbox.waiting(project.context), take_in(project)) == ((), None)
    project.file("a.csv", month(2, rows=50), age_s=30)

    assert inbox.waiting(project.context) == ("inbox/sales/a.csv",)
    assert through(project).number == 2


def test_files_that_were_added_from_elsewhere_are_not_moved(project):
    project.accept(month(1, rows=50))
    put_away(project)

    assert (project.folder / "files" / "000.csv").is_file()
    assert project.arrivals()[0].moved_to == ""


def test_what_was_put_away_is_not_seen_again_below_a_pattern_that_reaches_it(project):
    project.configure('files = "inbox/sales/*"', 'files = "inbox/**/*.csv"')
    project.file("a.csv", month(1, rows=50))
    through(project)

    assert lying(project) == ["done/a.csv"]
    assert inbox.waiting(project.context) == ()


def test_a_watched_folder_may_itself_be_called_done(tmp_path):
    with opened(tmp_path, CONFIG.replace("inbox/sales/*", "done/*")) as project:
        path = project.file("a.csv", month(1, rows=50))
        (tmp_path / "done").mkdir()
        path.rename(tmp_path / "done" / "a.csv")

        assert inbox.waiting(project.context) == ("done/a.csv",)
        through(project)
        assert project.arrivals()[0].moved_to == "done/done/a.csv"


def test_a_link_is_read_where_it_lies_and_what_it_points_to_stays(project, tmp_path_factory):
    path = project.file("a.csv", month(1, rows=50))
    target = path.rename(tmp_path_factory.mktemp("elsewhere") / "jan.csv")
    path.symlink_to(target)
    through(project)

    assert len(project.ids()) == 50
    assert (target.is_file(), (path.parent / "done" / "a.csv").is_symlink()) == (True, True)
    assert inbox.waiting(project.context) == ()


def test_a_watched_folder_may_be_a_link(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (project.folder / "inbox").mkdir()
    (project.folder / "inbox" / "sales").symlink_to(elsewhere)
    project.file("a.csv", month(1, rows=50))
    through(project)

    assert (elsewhere / "done" / "a.csv").is_file()
    assert inbox.waiting(project.context) == ()
    assert project.arrivals()[0].path == "inbox/sales/a.csv"


def test_a_dataset_without_files_is_not_watched(tmp_path):
    with opened(tmp_path, CONFIG.replace('files = "inbox/sales/*"\n', "")) as project:
        assert look(project) == {}
        assert inbox.folders(project.context) == ()
