from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError

from storage import engine
from storage.errors import StoreUnusable
from storage.store import Store
from tests.storage import programs

PROCESSES = 2
INCREMENTS = 300


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Engine]:
    opened = engine.open_engine(tmp_path / "catalog.sqlite")
    with engine.writing(opened) as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT"))
    yield opened
    opened.dispose()


def add(catalog: Engine, number: int) -> None:
    with engine.writing(catalog) as connection:
        connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})


def numbers(catalog: Engine) -> list[int]:
    with engine.reading(catalog) as connection:
        return list(connection.execute(text("SELECT n FROM numbers ORDER BY n")).scalars())


def test_what_is_written_is_there_for_the_next_reader(catalog: Engine):
    add(catalog, 1)

    assert numbers(catalog) == [1]


def test_an_exception_takes_everything_back(catalog: Engine):
    def write_and_fail() -> None:
        with engine.writing(catalog) as connection:
            connection.execute(text("INSERT INTO numbers VALUES (1)"))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()

    assert numbers(catalog) == []


def test_a_statement_that_fails_takes_everything_back(catalog: Engine):
    def write_twice() -> None:
        with engine.writing(catalog) as connection:
            connection.execute(text("INSERT INTO numbers VALUES (1)"))
            connection.execute(text("INSERT INTO numbers VALUES (1)"))

    with pytest.raises(IntegrityError):
        write_twice()

    assert numbers(catalog) == []


def test_a_reader_keeps_its_view_while_a_writer_commits(catalog: Engine):
    add(catalog, 1)
    query = text("SELECT count(*) FROM numbers")
    with engine.reading(catalog) as connection:
        before = connection.execute(query).scalar_one()
        add(catalog, 2)
        meanwhile = connection.execute(query).scalar_one()

    assert (before, meanwhile, len(numbers(catalog))) == (1, 1, 2)


def test_every_connection_has_the_settings_that_keep_what_is_acknowledged(catalog: Engine):
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with engine.reading(catalog) as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in pragmas]

    assert found == ["wal", 2, 1, 30_000]


def test_an_idle_connection_notices_the_commits_of_others_and_only_those(catalog: Engine):
    with engine.idle_connection(catalog) as idle:
        first = engine.data_version(idle)
        unchanged = engine.data_version(idle)
        add(catalog, 1)
        changed = engine.data_version(idle)

    assert first == unchanged != changed


def test_a_full_disk_leaves_the_earlier_state_and_says_so(catalog: Engine):
    add(catalog, 0)
    catalog.dispose()
    event.listen(
        catalog, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 8").close()
    )
    rows = text(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) "
        "INSERT INTO numbers SELECT n FROM c"
    )

    def write_much() -> None:
        with engine.writing(catalog) as connection:
            connection.execute(rows)

    with pytest.raises(StoreUnusable, match=r"full\.\nFree some disk space") as raised:
        write_much()

    assert numbers(catalog) == [0]
    assert "catalog.sqlite" in raised.value.problem


def test_the_connection_goes_on_after_a_full_disk(catalog: Engine):
    with engine.writing(catalog) as connection:
        pages = connection.exec_driver_sql("PRAGMA max_page_count = 3").scalar_one()

    def write_a_table() -> None:
        with engine.writing(catalog) as connection:
            connection.execute(text("CREATE TABLE wide AS SELECT hex(randomblob(20000)) AS h"))

    with pytest.raises(StoreUnusable):
        write_a_table()
    add(catalog, 1)

    assert pages == 3
    assert numbers(catalog) == [1]


NOT_CATALOGS = {
    "a folder": lambda path: path.mkdir(),
    "another file": lambda path: path.write_bytes(b"not a database" * 1000),
}


@pytest.mark.parametrize("spoil", NOT_CATALOGS.values(), ids=NOT_CATALOGS.keys())
def test_what_is_no_catalog_is_refused_with_its_path(tmp_path: Path, spoil):
    spoil(tmp_path / "odd.sqlite")
    odd = engine.open_engine(tmp_path / "odd.sqlite")

    def read() -> None:
        with engine.reading(odd):
            pass

    with pytest.raises(StoreUnusable, match=r"odd\.sqlite cannot be used"):
        read()


def test_altering_keeps_the_children_of_a_table_that_is_dropped(catalog: Engine):
    with engine.writing(catalog) as connection:
        connection.execute(
            text("CREATE TABLE kids (n INTEGER REFERENCES numbers (n) ON DELETE CASCADE) STRICT")
        )
        connection.execute(text("INSERT INTO numbers VALUES (1)"))
        connection.execute(text("INSERT INTO kids VALUES (1)"))
    with engine.altering(catalog) as connection:
        connection.execute(text("CREATE TABLE new (n INTEGER PRIMARY KEY) STRICT"))
        connection.execute(text("INSERT INTO new SELECT n FROM numbers"))
        connection.execute(text("DROP TABLE numbers"))
        connection.execute(text("ALTER TABLE new RENAME TO numbers"))
    with engine.reading(catalog) as connection:
        kids = connection.execute(text("SELECT count(*) FROM kids")).scalar_one()
        keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()

    assert (kids, keys) == (1, 1)


@pytest.mark.slow
def test_processes_that_read_and_write_lose_no_update_and_find_nothing_locked(tmp_path: Path):
    store = Store.create(tmp_path, program="test")
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.starmap(programs.count_up, [(tmp_path, INCREMENTS)] * PROCESSES)
    with store.read() as tx:
        events = tx.events.newest(limit=2 * PROCESSES * INCREMENTS)
    store.close()

    counted = [event.payload["number"] for event in reversed(events)]
    assert counted == list(range(1, PROCESSES * INCREMENTS + 1))


@pytest.mark.slow
def test_a_disk_that_fills_up_keeps_what_was_acknowledged(tmp_path: Path):
    Store.create(tmp_path, program="test").close()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        kept, problem = pool.apply(programs.fill_disk, (tmp_path, 1_500_000))
    store = Store.open(tmp_path, program="test")
    with store.read() as tx:
        found = len(tx.events.newest(limit=kept + 10))
    store.close()

    assert found == kept > 0
    assert "nothing of this change was kept" in problem


def test_a_change_that_need_not_wait_for_the_disk_leaves_the_next_one_to(catalog: Engine):
    def waiting() -> int:
        with engine.reading(catalog) as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    with pytest.raises(LookupError), engine.writing(catalog, is_lasting=False):
        raise LookupError
    with engine.writing(catalog, is_lasting=False) as connection:
        connection.execute(text("INSERT INTO numbers VALUES (1)"))
        during = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    assert (during, waiting(), numbers(catalog)) == (1, 2, [1])
