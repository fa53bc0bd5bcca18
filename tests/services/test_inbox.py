"""Watched folders: what waits, what has settled, and what is taken in."""

from __future__ import annotations

import os
import shutil
import threading
import time

import pytest

from storage.records import ArrivalState, VersionState
from tests.privileges import without_privileges
from tests.services.delivery import OLD_S, bad, look, lying, take_in, through
from tests.services.project import CONFIG, month, opened
from workbench.errors import FilesShut
from workbench.services import inbox, watched


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
    watched.make_folders(project.context)
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


def test_what_was_put_away_is_not_seen_again_below_a_pattern_that_reaches_it(project):
    project.configure('files = "inbox/sales/*"', 'files = "inbox/**/*.csv"')
    project.file("a.csv", month(1, rows=50))
    through(project)

    assert lying(project) == ["done/a.csv"]
    assert inbox.waiting(project.context) == ()


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
        assert watched.folders(project.context) == ()


def test_a_file_that_may_not_be_opened_is_told_and_does_not_keep_the_others(project):
    project.file("a.csv", month(1, rows=50)).chmod(0)
    project.file("b.csv", month(2, rows=50))
    with without_privileges():
        found = look(project)["sales"]
        with pytest.raises(FilesShut, match=r"1 file of sales cannot .*a\.csv: Permission denied"):
            inbox.take_in(project.context, found)

    assert [one.path for one in project.arrivals()] == ["inbox/sales/b.csv"]
    assert "inbox/sales/a.csv" in inbox.waiting(project.context)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_that_may_be_opened_at_last_is_taken_in(project, name):
    path = project.file(name, month(1, rows=50))
    path.chmod(0)
    with without_privileges():
        before = look(project)
        path.chmod(0o644)
        now = look(project, before)

    assert before["sales"].settled(project.context) == ()
    assert now["sales"].settled(project.context) == (path,)


def test_a_file_that_may_not_be_opened_any_more_is_found_out_by_the_next_scan(project):
    path = project.file("a.csv", month(1, rows=50))
    before = look(project)
    path.chmod(0)
    with without_privileges():
        now = look(project, before)

    assert now["sales"].problems == {"inbox/sales/a.csv": "Permission denied"}


def test_many_files_that_may_not_be_opened_are_counted_and_some_named(project):
    for number in range(9):
        project.file(f"{number}.csv", month(1, rows=10)).chmod(0)
    with without_privileges(), pytest.raises(FilesShut) as raised:
        take_in(project)

    assert raised.value.problem.startswith("9 files of sales cannot be opened: inbox/sales/0.csv:")
    assert raised.value.problem.endswith("; and 6 more.")


def test_a_file_that_vanishes_before_it_is_read_is_forgotten(project):
    path = project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(2, rows=50))
    found = look(project)["sales"]
    path.unlink()

    assert inbox.take_in(project.context, found).rows == 50
    assert set(look(project)["sales"].sightings) == set()


def test_a_file_that_was_written_to_after_the_scan_is_left_for_the_next_one(project):
    path = project.file("a.csv", month(1, rows=50))
    project.file("b.csv", month(2, rows=50))
    found = look(project)["sales"]
    with path.open("ab") as writing:
        writing.write(b"the begin of a row")

    assert inbox.take_in(project.context, found).sources == ("inbox/sales/b.csv",)


def test_files_may_vanish_at_any_moment(project):
    over = threading.Event()
    path = project.file("a.csv", month(1, rows=50))
    content, then = path.read_bytes(), path.stat().st_mtime - OLD_S

    def come_and_go():
        while not over.is_set():
            path.write_bytes(content)
            os.utime(path, (then, then))
            path.unlink()

    project.file("b.csv", month(2, rows=50))
    rows, comes = 0, threading.Thread(target=come_and_go)
    comes.start()
    try:
        while rows < 50:
            version = take_in(project)
            rows = version.rows if version else 0
    finally:
        over.set()
        comes.join()
    assert "inbox/sales/b.csv" in [one.path for one in project.arrivals()]


def test_a_file_that_changes_while_it_is_read_starts_over(project):
    path = project.file("a.csv", month(1, rows=50))
    found = look(project)
    path.write_bytes(path.read_bytes().replace(b"2024-01-00000", b"2024-01-99999"))
    now = look(project, found)

    assert now["sales"].settled(project.context) == ()
    project.configure('settle = "50ms"', 'settle = "0s"')
    assert inbox.take_in(project.context, look(project, now)["sales"]).rows == 50
    assert project.arrivals()[0].modified_ns == path.stat().st_mtime_ns


def test_a_folder_that_was_removed_and_made_again_brings_its_files_anew(project):
    project.file("a.csv", month(1, rows=50))
    before = look(project)
    shutil.rmtree(project.folder / "inbox")
    gone = look(project, before)
    watched.make_folders(project.context)
    path = project.file("b.csv", month(2, rows=50))
    now = look(project, gone)

    assert [set(scans["sales"].sightings) for scans in (before, gone, now)] == [
        {"inbox/sales/a.csv"},
        set(),
        {"inbox/sales/b.csv"},
    ]
    assert now["sales"].settled(project.context) == (path,)


def test_a_name_that_is_not_utf8_does_not_keep_the_others(project):
    path = project.file("b.csv", month(2, rows=50))
    shutil.copy(path, path.with_name(os.fsdecode("매출.csv".encode("cp949"))))

    with pytest.raises(FilesShut, match="its name is not UTF-8"):
        take_in(project)
    assert len(project.arrivals()) == 1


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.csv.gz"])
def test_an_empty_file_of_any_kind_may_be_about_to_be_filled(project, name):
    project.configure('settle = "50ms"', 'settle = "20s"')
    path = project.file(name, month(1, rows=50))
    path.write_bytes(b"")
    then = time.time() - OLD_S
    os.utime(path, (then, then))

    assert look(project)["sales"].settled(project.context) == ()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"id\n1\n", True),
        ("a.csv", b"id\n1", False),
        ("a.csv", "id\n매출\n".encode("utf-16-le"), True),
        ("a.csv", "id\n매출\n".encode("utf-16-be"), True),
        ("a.csv", "id\n매".encode("utf-16"), False),
        ("a.JSONL", b"{}", False),
        ("a.parquet", b"PAR1", True),
    ],
)
def test_text_without_a_final_newline_may_have_been_cut(project, name, content, expected):
    watched.make_folders(project.context)
    (project.folder / "inbox" / "sales" / name).write_bytes(content)

    assert look(project)["sales"].sightings[f"inbox/sales/{name}"].is_ended is expected


def test_a_file_is_opened_once_in_each_state(project):
    path = project.file("a.csv", month(1, rows=50), age_s=0)
    first = look(project)["sales"]
    second = look(project, {"sales": first})["sales"]
    path.write_bytes(path.read_bytes()[:-1])
    third = look(project, {"sales": second})["sales"]
    (one,), (two,), (three,) = (scan.sightings.values() for scan in (first, second, third))

    assert two is one
    assert (one.is_ended, three.is_ended) == (True, False)


def test_a_file_that_was_renamed_when_it_was_whole_counts_at_once(project):
    project.configure('settle = "50ms"', 'settle = "1h"')
    path = project.file("a.csv", month(1, rows=50), age_s=0)
    before = look(project)
    name = "inbox/sales/a.csv"
    now = inbox.scan(project.context, before, renamed=[name])
    later = look(project, now)

    assert before["sales"].settled(project.context) == ()
    assert (
        now["sales"].settled(project.context) == (path,) == later["sales"].settled(project.context)
    )
    path.write_bytes(path.read_bytes() + b"more\n")
    assert look(project, later)["sales"].settled(project.context) == ()


def test_where_folders_are_polled_a_files_own_time_says_nothing(project):
    project.configure('settle = "50ms"', 'settle = "1h"\npoll = true')
    project.file("a.csv", month(1, rows=50), age_s=2 * 3600)

    assert look(project)["sales"].settled(project.context) == ()


def test_what_is_written_in_a_hidden_folder_is_not_seen(project):
    project.configure('files = "inbox/sales/*"', 'files = "inbox/sales/**/*"')
    project.file(".~tmp~/a.csv", month(1, rows=50))

    assert inbox.waiting(project.context) == ()
