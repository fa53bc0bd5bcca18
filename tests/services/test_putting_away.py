"""Where files go once they were dealt with, whatever dies on the way."""

from __future__ import annotations

import os
import shutil

import pytest
from sqlalchemy import event

from storage.records import ArrivalState, VersionState
from tests.services.delivery import bad, lying, put_away, take_in, through
from tests.services.project import CONFIG, month, opened
from workbench.services import inbox, putting_away


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
    assert project.arrivals()[0].moved_to == "inbox/sales/done/a.csv"
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


def test_files_that_were_added_from_elsewhere_are_not_moved(project):
    project.accept(month(1, rows=50))
    put_away(project)

    assert (project.folder / "files" / "000.csv").is_file()
    assert project.arrivals()[0].moved_to == ""


def test_a_watched_folder_may_itself_be_called_done(tmp_path):
    with opened(tmp_path, CONFIG.replace("inbox/sales/*", "done/*")) as project:
        path = project.file("a.csv", month(1, rows=50))
        (tmp_path / "done").mkdir()
        path.rename(tmp_path / "done" / "a.csv")

        assert inbox.waiting(project.context) == ("done/a.csv",)
        through(project)
        assert project.arrivals()[0].moved_to == "done/done/a.csv"


def test_a_move_that_was_not_noted_is_recognised_beside_another_file_of_its_name(project):
    path = project.file("a.csv", month(1, rows=50))
    through(project)
    project.file("a.csv", month(2, rows=50))
    take_in(project)
    project.work()
    path.rename(path.parent / "done" / "a-2.csv")
    project.file("a.csv", month(3, rows=50))
    put_away(project)

    assert [one.moved_to for one in project.arrivals()] == [
        "inbox/sales/done/a.csv",
        "inbox/sales/done/a-2.csv",
    ]
    assert inbox.waiting(project.context) == ("inbox/sales/a.csv",)
    assert through(project).number == 3


def test_the_same_file_again_is_not_taken_for_the_one_that_was_put_away_before(project):
    path = project.file("a.csv", month(1, rows=50))
    through(project)
    for _ in range(2):
        shutil.copy2(path.parent / "done" / "a.csv", path)
        through(project)

    assert lying(project) == ["done/a-2.csv", "done/a-3.csv", "done/a.csv"]
    assert [one.state for one in project.arrivals()] == ["ingested", "duplicate", "duplicate"]
    assert len({one.moved_to for one in project.arrivals()}) == 3


def test_a_quarantined_file_whose_move_was_not_noted_can_be_read_again(project):
    path = project.file("a.csv", month(1, rows=50))
    path.write_bytes(b"")
    os.utime(path, (1, 1))
    take_in(project)
    (path.parent / "quarantine").mkdir()
    path.rename(path.parent / "quarantine" / "a.csv")
    put_away(project)

    assert project.arrivals()[0].moved_to == "inbox/sales/quarantine/a.csv"


def noted(project, files):
    """Files that lie in the folder and are known, as if they had been read."""
    known = []
    for number in range(files):
        path = project.folder / "inbox" / "sales" / f"{number:05d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"id\n{number}\n")
        seen = path.stat()
        known.append(
            {
                "path": f"inbox/sales/{path.name}",
                "sha256": path.name,
                "size_bytes": seen.st_size,
                "modified_ns": seen.st_mtime_ns,
                "state": ArrivalState.INGESTED.value,
            }
        )
    with project.store.write() as tx:
        tx.arrivals.record(tx.datasets.ensure("sales"), known)


def statements_of(project, step):
    """The statements that a step sends to the catalog."""
    sent = []
    engine = project.store._engine
    listener = lambda *call: sent.append(call[2].split()[0])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    try:
        step()
    finally:
        event.remove(engine, "before_cursor_execute", listener)
    return sent


@pytest.mark.parametrize("after", ["move", "leave", "delete"])
def test_thousands_of_files_are_put_away_by_a_few_transactions(project, after):
    project.configure('settle = "50ms"', f'settle = "50ms"\nafter = "{after}"')
    noted(project, files := 2 * putting_away.FILES_AT_ONCE + 1)
    sent = statements_of(project, lambda: put_away(project))

    assert (sent.count("UPDATE"), sent.count("BEGIN")) == (3, 3 + 4)
    lie = {"move": ["done"], "leave": [], "delete": []}[after]
    assert [one.name for one in (project.folder / "inbox/sales").iterdir() if one.is_dir()] == lie
    assert len(lying(project)) == (0 if after == "delete" else files)


def test_files_of_a_version_that_is_being_checked_are_not_even_looked_up(project):
    project.file("a.csv", month(1, rows=50))
    take_in(project)
    with project.store.read() as tx:
        assert tx.arrivals.unmoved() == ()
