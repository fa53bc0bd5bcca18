"""Files become versions whole, once, or not at all."""

from __future__ import annotations

import gzip
import itertools
import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from storage.errors import Conflict, NotFound
from storage.records import ArrivalState, Severity, VersionState
from tests.services.project import CONFIG, month, opened, write_csv
from workbench.services import datasets

UNREADABLE = {
    "empty.csv": b"",
    "picture.png": b"\x89PNG\r\n",
    "torn.parquet": b"PAR1 and then nothing",
    "other.csv": b"name,age\nmina,31\n",
    "less.csv": b"id,at\n1,2024-01-01 00:00:00\n",
    "broken.csv.gz": b"this is not gzip",
}


@pytest.fixture
def files(tmp_path):
    """Writes files outside of the watched folder."""

    def write(name, rows):
        return write_csv(tmp_path / "files" / name, rows)

    return write


@contextmanager
def no_arrival_can_be_written(project):
    """The catalog refuses the last rows of an ingest, as a full disk would."""
    with closing(sqlite3.connect(project.store.layout.catalog)) as catalog:
        catalog.execute(
            "CREATE TRIGGER cut BEFORE INSERT ON arrivals BEGIN SELECT RAISE(ABORT, 'cut'); END"
        )
        catalog.commit()
        yield
        catalog.execute("DROP TRIGGER cut")
        catalog.commit()


def ingest(project, *paths):
    return datasets.ingest(project.context, "sales", paths)


def test_a_file_becomes_a_pending_version_with_its_event_and_its_check(project, files):
    version = ingest(project, files("jan.csv", month(1, rows=200)))

    (arrival,), (event,), (job,) = project.arrivals(), project.events(), project.jobs()
    assert (version.label, version.state) == ("sales@v1", VersionState.PENDING)
    assert (version.rows, version.rows_added, version.parent) == (200, 200, None)
    assert (arrival.state, arrival.version, arrival.rows) == (ArrivalState.INGESTED, 1, 200)
    assert event.message == "jan.csv brought 200 rows; checks are under way"
    assert (job.kind, job.arguments) == ("check", {"dataset": "sales", "version": 1})


def test_a_version_spans_the_event_times_of_its_rows(project, files):
    rows = month(1, rows=200)
    version = ingest(project, files("jan.csv", rows))

    times = [one.replace(tzinfo=None) for one in (version.first_time, version.last_time)]
    assert times == [rows["at"].min().item(), rows["at"].max().item()]


def test_a_file_inside_the_project_is_named_by_where_it_lies_there(project, files):
    version = ingest(project, files("jan.csv", month(1, rows=20)))

    assert version.sources == ("files/jan.csv",)


def test_a_file_outside_of_the_project_is_named_in_full(project, tmp_path_factory):
    path = write_csv(tmp_path_factory.mktemp("elsewhere") / "jan.csv", month(1, rows=20))

    assert ingest(project, path).sources == (path.as_posix(),)


def test_a_file_is_named_alike_however_its_path_was_written(project, files, monkeypatch):
    files("jan.csv", month(1, rows=20))
    (project.folder / "link").symlink_to(project.folder)
    monkeypatch.chdir(project.folder / "files")
    paths = [
        "jan.csv",
        "./jan.csv",
        "../files/jan.csv",
        project.folder / "link/files/../files/jan.csv",
    ]

    names = {datasets.name_of(project.context, Path(path)) for path in paths}
    assert names == {"files/jan.csv"}


def test_several_files_in_one_call_are_one_version(project, files):
    paths = [files(f"{number}.csv", month(number, rows=100)) for number in (1, 2, 3)]
    version = ingest(project, *paths)

    assert (version.number, version.rows, len(version.sources)) == (1, 300, 3)
    assert [arrival.version for arrival in project.arrivals()] == [1, 1, 1]
    assert project.events()[0].message == "3 files brought 300 rows; checks are under way"


def test_a_second_version_adds_to_the_first(project):
    project.accept(month(1, rows=100))
    version = project.accept(month(2, rows=50))

    assert (version.number, version.parent, version.rows, version.rows_added) == (2, 1, 150, 50)
    assert len(set(project.ids())) == 150


def test_the_same_bytes_again_are_a_duplicate_and_no_version(project, files):
    project.accept(month(1, rows=100))
    again = ingest(project, files("again.csv", month(1, rows=100)))

    assert again is None
    assert project.arrivals()[-1].state is ArrivalState.DUPLICATE
    assert project.events()[-1].message == (
        "again.csv is a duplicate: the same bytes are in sales already"
    )
    assert len(project.ids()) == 100


def test_two_identical_files_in_one_call_bring_their_rows_once(project, files):
    version = ingest(
        project, files("a.csv", month(1, rows=100)), files("b.csv", month(1, rows=100))
    )

    assert version.rows == 100
    assert [arrival.state for arrival in project.arrivals()] == ["ingested", "duplicate"]


def test_a_call_without_files_does_nothing(project):
    assert ingest(project) is None
    assert project.events() == []


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_is_set_aside_with_an_alert_and_nothing_of_it_is_kept(
    project, tmp_path, name
):
    project.accept(month(1, rows=50))
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name])
    blobs = set(project.store.blobs.names())

    assert ingest(project, path) is None
    arrival, (alert,) = project.arrivals()[-1], project.alerts()
    assert (arrival.state, arrival.version) == (ArrivalState.QUARANTINED, None)
    assert arrival.reason.startswith(f"{name} cannot be read: ")
    assert (alert.title, alert.severity) == (f"{name} is in quarantine", Severity.ERROR)
    assert (set(project.store.blobs.names()), project.staged()) == (blobs, [])


def test_a_good_file_beside_an_unreadable_one_is_taken(project, files, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("neither,this\n1,2\n")
    project.accept(month(1, rows=100))
    version = ingest(project, bad, files("good.csv", month(2, rows=100)))

    assert version.rows_added == 100
    assert [one.state for one in project.arrivals()][1:] == ["quarantined", "ingested"]


def test_a_compressed_file_brings_the_same_rows(project, files):
    plain = files("jan.csv", month(1, rows=100))
    packed = plain.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    ingest(project, packed)
    project.work(kinds=("check",))

    assert len(project.ids()) == 100


def test_what_stops_the_commit_leaves_the_catalog_as_it_was_and_a_retry_works(project, files):
    path = files("jan.csv", month(1, rows=100))
    with no_arrival_can_be_written(project), pytest.raises(IntegrityError, match="cut"):
        ingest(project, path)

    assert (project.jobs(), project.events(), project.arrivals()) == ([], [], [])
    with project.store.read() as tx:
        dataset = tx.datasets.get("sales")
        assert (tx.datasets.newest(dataset), dataset.schema) == ((), None)
    assert ingest(project, path).rows == 100


def test_a_dataset_is_busy_while_a_version_is_checked(project, files):
    ingest(project, files("jan.csv", month(1, rows=100)))

    assert datasets.is_busy(project.context, "sales")
    with pytest.raises(Conflict, match="A version of sales is still being checked"):
        ingest(project, files("feb.csv", month(2, rows=100)))
    project.work()
    assert not datasets.is_busy(project.context, "sales")
    assert ingest(project, files("feb.csv", month(2, rows=100))).number == 2


class Meanwhile(list):
    """Paths; once the first has been read, something else happens."""

    def __init__(self, paths, happens):
        super().__init__(paths)
        self.happens = happens

    def __iter__(self):
        for number, path in enumerate(super().__iter__()):
            if number == 1:
                self.happens()
            yield path


def test_what_was_ingested_by_somebody_else_meanwhile_is_not_ingested_twice(project, files):
    jan, feb = files("jan.csv", month(1, rows=100)), files("feb.csv", month(2, rows=100))
    paths = Meanwhile([jan, feb], lambda: project.accept(month(1, rows=100)))

    with pytest.raises(Conflict):
        datasets.ingest(project.context, "sales", paths)
    assert (len(project.ids()), len(project.arrivals())) == (100, 1)
    assert ingest(project, jan, feb).rows == 200


def test_a_file_that_is_written_to_while_it_is_read_is_not_taken(project, files):
    path = files("jan.csv", month(1, rows=20_000))
    over = threading.Event()

    def keep_writing():
        for number in itertools.count(1):
            os.utime(path, ns=(number, number))
            if over.is_set():
                return

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        with pytest.raises(Conflict, match=r"jan\.csv changed while it was read"):
            ingest(project, path)
    finally:
        over.set()
        writer.join()
    assert (project.arrivals(), project.staged()) == ([], [])
    assert ingest(project, path).rows == 20_000


def test_a_dataset_without_files_is_not_busy(project):
    assert not datasets.is_busy(project.context, "sales")


def test_a_file_that_waits_for_a_check_is_not_called_a_duplicate_of_it(project, files):
    path = files("jan.csv", month(1, rows=100))
    ingest(project, path)

    with pytest.raises(Conflict):
        ingest(project, path)
    assert len(project.arrivals()) == 1


def test_an_unknown_dataset_is_named_with_its_likeness(project, files):
    with pytest.raises(NotFound, match=r"'sale'\.\nDid you mean 'sales'"):
        datasets.ingest(project.context, "sale", [files("jan.csv", month(1))])


def test_who_brought_a_version_is_kept(project, files):
    assert ingest(project, files("jan.csv", month(1, rows=20))).created_by == "test"


def test_columns_count_from_the_first_accepted_version_on(project, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("at,amount\n2024-01-01 00:00:00,3\n")
    ingest(project, wrong)
    project.configure('key = ["id"]', "")
    project.configure('"가격" = { min = 0 }', "amount = { min = 100 }")
    project.work()
    project.configure("amount = { min = 100 }", '"가격" = { min = 0 }')

    assert project.version(1).state is VersionState.QUARANTINED
    assert project.accept(month(1, rows=100)).state is VersionState.CURRENT
    with pytest.raises(AssertionError):
        project.accept({"at": month(2)["at"], "amount": np.ones(1500)})
    assert project.arrivals()[-1].state is ArrivalState.QUARANTINED


def test_in_replace_mode_a_file_is_the_whole_table(tmp_path):
    text = CONFIG.replace('key = ["id"]', 'key = ["id"]\nmode = "replace"')
    with opened(tmp_path, text) as project:
        first = project.accept(month(1, rows=100))
        second = project.accept(month(2, rows=50))
        assert (first.rows, second.rows, second.rows_added) == (100, 50, 50)
        assert project.ids() == month(2, rows=50)["id"].tolist()


def test_in_replace_mode_going_back_to_an_earlier_file_is_a_new_version(tmp_path):
    text = CONFIG.replace('key = ["id"]', 'key = ["id"]\nmode = "replace"')
    with opened(tmp_path, text) as project:
        for number in (1, 2, 1):
            project.accept(month(number, rows=50))
        assert project.add(month(1, rows=50)) is None
        assert project.version(3).state is VersionState.CURRENT
        assert project.ids() == month(1, rows=50)["id"].tolist()


def test_another_mode_while_a_version_is_checked_does_not_change_that_version(project):
    project.accept(month(1, rows=100))
    project.add(month(2, rows=50))
    project.configure('time = "at"', 'time = "at"\nmode = "replace"')
    project.work()

    assert (project.version(2).state, len(project.ids())) == (VersionState.CURRENT, 150)
