from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StoreMissing, StoreUnusable
from storage.layout import network_file_system
from storage.store import Store
from tests.storage import programs
from tests.storage.examples import NOW, Clock, accepted_version
from tests.storage.programs import numbered


def test_a_store_is_opened_with_what_was_written(tmp_path: Path):
    first = Store.create(tmp_path, program="test")
    with first.write() as tx:
        accepted_version(tx, "a")
    first.close()
    second = Store.open(tmp_path, program="test")
    with second.read() as tx:
        names = [dataset.name for dataset in tx.datasets.all()]
    second.close()

    assert names == ["flights"]


def test_a_folder_without_a_store_is_named(tmp_path: Path):
    with pytest.raises(StoreMissing, match="no Workbench project"):
        Store.open(tmp_path, program="test")


def test_a_file_cannot_hold_a_store(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnusable, match="cannot hold a store: Not a directory"):
        Store.create(tmp_path / "file", program="test")


@pytest.mark.parametrize("name", ["a b", "c#d", "e?f=g", "g%20h", "it's", "[x]", "비행", "i&j"])
def test_a_store_lies_where_it_was_asked_for(tmp_path: Path, name: str):
    (tmp_path / name).mkdir()
    Store.create(tmp_path / name, program="test").close()

    assert (tmp_path / name / ".workbench" / "catalog.sqlite").is_file()
    assert [folder.name for folder in tmp_path.iterdir()] == [name]


def test_all_of_a_transaction_is_kept_or_nothing(store: Store):
    def write_and_fail() -> None:
        with store.write() as tx:
            accepted_version(tx, "a")
            tx.events.add(numbered(1))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    with store.read() as tx:
        assert (tx.datasets.all(), tx.events.last_id()) == ((), 0)


def test_a_reader_sees_one_view_of_all_repositories(store: Store):
    with store.read() as reader:
        before = reader.events.last_id()
        with store.write() as tx:
            accepted_version(tx, "a")
            tx.events.add(numbered(1))
        seen = (reader.events.last_id(), reader.datasets.all())

    assert (before, seen) == (0, (0, ()))


def test_everything_that_is_written_has_the_time_of_the_stores_clock(store: Store, clock: Clock):
    clock.advance(90)
    with store.write() as tx:
        version = accepted_version(tx, "a")

    assert store.now() == clock.now
    assert (version.created_at, (version.created_at - NOW).total_seconds()) == (clock.now, 90)


def test_the_change_token_differs_once_something_was_committed(store: Store):
    before = store.change_token()
    unchanged = store.change_token()
    with store.write() as tx:
        tx.events.add(numbered(1))

    assert before == unchanged != store.change_token()


def test_any_thread_may_use_the_store(store: Store):
    together = threading.Barrier(4)

    def add(number: int) -> None:
        together.wait()
        for _ in range(10):
            with store.write() as tx:
                tx.events.add(numbered(number))
            with store.read() as tx:
                tx.events.newest()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    with store.read() as tx:
        assert tx.events.last_id() == 40


def test_every_table_is_strict(store: Store):
    with closing(sqlite3.connect(store.layout.catalog)) as catalog:
        tables = catalog.execute("PRAGMA table_list").fetchall()

    loose = {name for _, name, kind, _, _, strict in tables if kind == "table" and not strict}
    assert loose <= {"alembic_version", "sqlite_schema", "sqlite_sequence", "sqlite_temp_schema"}


def test_a_store_warns_of_a_network_file_system_and_of_nothing_else(store: Store):
    kind = network_file_system(store.layout.root)

    assert [str(kind) in warning for warning in store.warnings] == ([True] if kind else [])


@pytest.mark.slow
def test_processes_that_make_the_same_store_at_once_all_get_it(tmp_path: Path):
    folders = [tmp_path / str(number) for number in range(12)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for folder in folders:
            folder.mkdir()
            pool.map(programs.create, [folder] * 4)

    made = [Store.open(folder, program="test") for folder in folders]
    for store in made:
        store.close()
    assert len(made) == len(folders)
