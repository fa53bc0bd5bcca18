from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from storage import migrations
from storage.errors import StoreTooNew, StoreUnusable
from storage.layout import Layout
from storage.records import Column, ColumnKind, Schema
from storage.store import Store
from tests.storage import programs
from tests.storage.examples import accepted_version, new_run, pending_version

REPOSITORY = Path(__file__).parents[2]
FIRST = Path(__file__).parent / "revisions" / "first.sql"
"""A new store as the first program made it."""
WRITTEN = """
    INSERT INTO datasets (id, name, schema, created_at)
    VALUES (1, 'flights', '{"columns":[{"name":"a","type":"BIGINT","kind":"numeric"}]}', 0);
    INSERT INTO versions (dataset_id, number, state, hash, rows, rows_added, replaces, size_bytes,
                          created_at, created_by, sources)
    VALUES (1, 1, 'current', 'h', 10, 10, 0, 100, 0, 'ann', '["a.csv"]');
    INSERT INTO partitions (dataset_id, blob, rows, size_bytes, since_version, source, source_sha256)
    VALUES (1, 'b', 10, 100, 1, 'a.csv', 's');
"""
REGISTERED = """
    INSERT INTO experiments (id, name, created_at) VALUES (1, 'late', 0);
    INSERT INTO runs (id, uid, experiment_id, name, recipe, model, state, params, seed, source_hash,
                      version_id, train, test, environment, created_by, started_at, heartbeat_at)
    VALUES (7, 'u', 1, 'r', 'late', 'm', 'finished', '{}', 1, 'h', 1, 'flights@v1, May', '', '{}',
            'ann', 0, 0);
    INSERT INTO metrics (run_id, key, step, value, special, low, high)
    VALUES (7, 'auc', 0, 0.7, '', 0.6, 0.8), (7, 'rows', 0, 9, '', NULL, NULL);
    INSERT INTO models (id, name, experiment, created_at) VALUES (1, 'late', 'late', 0);
    INSERT INTO model_versions (id, model_id, number, run_id, onnx_blob, native_blob, profile_blob,
                                sample_blob, row_hashes_blob, signature, parity, metrics,
                                importances, created_by, created_at)
    VALUES (3, 1, 4, 7, 'o', 'n', 'p', 's', 'h', '{"task":"binary","inputs":[]}',
            '{"rows":9,"hostile_rows":3,"max_abs_diff":0.5,"p999_abs_diff":0.1,"flips":1,
              "limit":0.0001,"passed":false,"worst_rows":[3,5],"packages":{"numpy":"2"}}',
            '{"auc":0.7,"rows":9}', '{"a":1.0}', 'ann', 0);
    INSERT INTO aliases (model_id, alias, model_version_id, moved_at) VALUES (1, 'champion', 3, 0);
    INSERT INTO alias_moves (model_id, alias, to_number, who, why, at)
    VALUES (1, 'champion', 4, 'ann', 'first', 0);
"""
COUNTED = ("datasets", "versions", "partitions", "runs", "events", "check_results", "arrivals")


@pytest.fixture
def older(tmp_path: Path) -> Layout:
    """A store at the first revision, with rows in tables that point at each other."""
    store = Store.create(tmp_path, program="1.0")
    with store.write() as tx:
        version = accepted_version(tx, "a", "b")
        pending_version(tx, "c")
        parent = tx.runs.start(new_run(dataset="flights", version=version.number))
        tx.runs.start(new_run(parent_id=parent.id))
        tx.events.add(*[programs.numbered(number) for number in range(5)])
    store.close()
    return Layout(tmp_path)


def ask(catalog: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(catalog)) as connection:
        return connection.execute(sql).fetchall()


def write(catalog: Path, sql: str) -> None:
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute(sql)


def rows(catalog: Path) -> dict[str, object]:
    return {name: ask(catalog, f"SELECT * FROM {name} ORDER BY id") for name in COUNTED}


def shapes(catalog: Path) -> dict[str, list[object]]:
    """What each table is like, however its CREATE statement is written."""
    found: dict[str, list[object]] = {}
    for (name,) in ask(catalog, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        options = ask(catalog, f"SELECT wr, strict FROM pragma_table_list WHERE name = '{name}'")
        sql = ask(
            catalog, f"SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = '{name}'"
        )
        indexes = ask(
            catalog,
            f"""SELECT i.name, i."unique", i.partial, c.name, c.desc, lower(m.sql)
                FROM pragma_index_list('{name}') i, pragma_index_xinfo(i.name) c
                LEFT JOIN sqlite_master m ON m.name = i.name
                WHERE i.origin = 'c' OR i.origin = 'u'""",
        )
        keys = f"""SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list('{name}')"""
        found[str(name)] = [
            ask(catalog, f"PRAGMA table_info({name})"),
            options,
            sql,
            sorted(map(repr, (row[1:] if "autoindex" in str(row[0]) else row for row in indexes))),
            sorted(map(repr, ask(catalog, keys))),
        ]
    return found


def test_the_newest_script_is_the_revision_the_program_knows():
    settings = Config()
    settings.set_main_option("script_location", str(migrations.SCRIPTS))

    assert ScriptDirectory.from_config(settings).get_current_head() == migrations.HEAD


def test_a_new_store_is_at_the_newest_revision_and_says_who_made_it(tmp_path: Path):
    Store.create(tmp_path, program="1.0").close()
    catalog = Layout(tmp_path).catalog

    assert ask(catalog, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    assert ask(catalog, "SELECT revision, program FROM upgrades") == [(migrations.HEAD, "1.0")]


def test_opening_a_store_that_is_up_to_date_changes_nothing(older: Layout):
    before = ask(older.catalog, "SELECT * FROM upgrades")
    Store.open(older.project, program="1.1").close()

    assert ask(older.catalog, "SELECT * FROM upgrades") == before
    assert not older.backups.exists()


def test_opening_a_store_that_is_up_to_date_does_not_load_alembic(older: Layout):
    code = (
        "import sys; from pathlib import Path; from storage.store import Store; "
        "Store.open(Path(sys.argv[1]), program='1.0'); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(older.project)]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "False"


def test_an_upgrade_keeps_every_row_and_notes_itself(older: Layout):
    before = rows(older.catalog)
    programs.upgrade(older.project)

    assert rows(older.catalog) == before
    assert ask(older.catalog, "SELECT version_num FROM alembic_version") == [(programs.NEXT,)]
    assert ask(older.catalog, "SELECT revision, program FROM upgrades ORDER BY id") == [
        (migrations.HEAD, "1.0"),
        (programs.NEXT, "2.0"),
    ]


def test_an_upgraded_store_is_shaped_like_a_new_one(older: Layout):
    new = shapes(older.catalog)
    programs.upgrade(older.project)

    assert shapes(older.catalog) == new


def test_the_first_catalog_becomes_shaped_like_a_new_one(tmp_path: Path):
    Store.create(tmp_path, program="1.0").close()
    new, first = Layout(tmp_path), Layout(tmp_path / "first")
    first.catalog.parent.mkdir(parents=True)
    with closing(sqlite3.connect(first.catalog)) as connection:
        connection.executescript(FIRST.read_text())
    Store.open(first.project, program="2.0").close()

    assert shapes(first.catalog) == shapes(new.catalog)


def test_what_the_first_program_wrote_means_the_same(tmp_path: Path):
    first = Layout(tmp_path)
    first.catalog.parent.mkdir(parents=True)
    with closing(sqlite3.connect(first.catalog)) as connection:
        connection.executescript(FIRST.read_text())
        connection.executescript(WRITTEN)
    store = Store.open(tmp_path, program="2.0")
    with store.read() as tx:
        dataset = tx.datasets.get("flights")
        version = tx.datasets.version(dataset, 1)
        (held,) = tx.partitions.of_version(dataset.id, 1)
        schema = tx.datasets.schema_of(version)
    store.close()

    assert (held.rows, held.first_row, held.file_rows, held.is_remainder) == (10, 0, None, False)
    assert schema == Schema(columns=(Column(name="a", type="BIGINT", kind=ColumnKind.NUMERIC),))
    assert version.rows_replaced == 0


def test_what_the_first_program_registered_says_of_itself_what_its_run_said(tmp_path: Path):
    first = Layout(tmp_path)
    first.catalog.parent.mkdir(parents=True)
    with closing(sqlite3.connect(first.catalog)) as connection:
        for script in (FIRST.read_text(), WRITTEN, REGISTERED):
            connection.executescript(script)
    store = Store.open(tmp_path, program="2.0")
    with store.read() as tx:
        version = tx.models.at("late")
        model, (move,) = tx.models.get("late"), tx.models.moves("late")
    store.close()

    assert version is not None
    assert (version.label, version.run_id, version.source) == ("late@v4", 7, "")
    assert (version.dataset, version.version) == ("flights", 1)
    assert (version.train, version.intervals) == ("flights@v1, May", {"auc": (0.6, 0.8)})
    assert (version.parity.flips, version.parity.worst, version.parity.against) == (1, (), "model")
    assert (version.note, version.tags, version.override) == ("", {}, None)
    assert (model.next_number, move.override) == (5, None)


def test_an_upgrade_copies_the_older_catalog_first(older: Layout):
    before = rows(older.catalog)
    programs.upgrade(older.project)
    copy = older.backups / f"catalog-{migrations.HEAD}.sqlite"

    assert [path.name for path in older.backups.iterdir()] == [copy.name]
    assert rows(copy) == before
    assert ask(copy, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]


def test_an_upgrade_never_gives_an_events_id_again(older: Layout):
    write(older.catalog, "DELETE FROM events WHERE id > 2")
    programs.upgrade(older.project)
    write(
        older.catalog,
        "INSERT INTO events (at, kind, subject, message, severity, payload)"
        " VALUES (0, 'k', 's', 'm', 'info', '{}')",
    )

    assert ask(older.catalog, "SELECT max(id) FROM events") == [(6,)]


def test_an_upgrade_copies_a_catalog_in_any_folder(tmp_path: Path):
    project = tmp_path / "100%20 #1? 비행"
    project.mkdir()
    Store.create(project, program="1.0").close()
    programs.upgrade(project)

    assert (Layout(project).backups / f"catalog-{migrations.HEAD}.sqlite").is_file()


def test_an_upgrade_that_would_orphan_rows_changes_nothing(older: Layout):
    before = rows(older.catalog)

    with pytest.raises(StoreUnusable, match="without their parent; nothing was changed"):
        programs.upgrade(older.project, "orphans")

    assert rows(older.catalog) == before
    assert ask(older.catalog, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]


def test_a_newer_store_is_refused_with_the_program_that_wrote_it(older: Layout):
    programs.upgrade(older.project)

    with pytest.raises(
        StoreTooNew, match=rf"revision 0099; .* {migrations.HEAD}\.\n.*workbench 2\.0"
    ):
        Store.open(older.project, program="1.0")


@pytest.mark.slow
def test_a_process_that_is_killed_within_an_upgrade_leaves_the_older_store(older: Layout):
    before = rows(older.catalog)
    command = [sys.executable, "-m", "tests.storage.programs", "upgrade", older.project, "killed"]
    ended = subprocess.run(command, cwd=REPOSITORY, check=False)

    assert ended.returncode == -signal.SIGKILL
    assert rows(older.catalog) == before
    assert ask(older.catalog, "PRAGMA integrity_check") == [("ok",)]
    Store.open(older.project, program="1.0").close()


@pytest.mark.slow
def test_an_upgrade_after_a_killed_one_reaches_its_end(older: Layout):
    before = rows(older.catalog)
    command = [sys.executable, "-m", "tests.storage.programs", "upgrade", older.project, "killed"]
    subprocess.run(command, cwd=REPOSITORY, check=False)
    programs.upgrade(older.project)

    assert rows(older.catalog) == before
    assert ask(older.catalog, "SELECT version_num FROM alembic_version") == [(programs.NEXT,)]


@pytest.mark.slow
def test_processes_that_upgrade_at_once_upgrade_once(older: Layout):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(programs.upgrade, [older.project] * 2)

    assert ask(older.catalog, "SELECT count(*) FROM upgrades") == [(2,)]
    assert ask(older.catalog, "SELECT count(*) FROM partitions") == [(3,)]
