"""SQL that would do more than read the datasets it names."""

from __future__ import annotations

import pickle
import signal
from pathlib import Path

import pytest

from storage.blobs import Blobs
from storage.errors import BlobDamaged, StoreError
from storage.frames import Frames, QueryStopped, Selection, SqlRefused, View, literal, read_table
from storage.frames.lockdown import run_locked

ENDLESS = "SELECT count(*) FROM range(1000000000000) r(n) WHERE n % 7 = 8"


def kept(frames: Frames, name: str, select: str = "SELECT 1 AS n") -> Path:
    path = frames.blobs.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
    return path


@pytest.fixture
def mine(frames: Frames) -> View:
    """The one view that may be read."""
    path = kept(frames, "aa-mine", "SELECT n, '값' AS s FROM range(3) r(n)")
    return View(name="판매@v1", selection=Selection(paths=(path,)))


@pytest.fixture
def places(frames: Frames, mine: View, tmp_path: Path) -> dict[str, str]:
    """Files that are and are not the view's, as SQL strings by the names the cases use."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    return {
        "mine": literal(str(mine.selection.paths[0])),
        "other": literal(str(kept(frames, "aa-other"))),
        "secret": literal(str(tmp_path / "secret.csv")),
        "new": literal(str(tmp_path / "new.csv")),
        "folder": literal(str(tmp_path)),
    }


HOSTILE = {
    "a file of text": "SELECT * FROM read_csv('/etc/passwd')",
    "a file as text": "SELECT * FROM read_text('/etc/passwd')",
    "a file as bytes": "SELECT * FROM read_blob('/proc/self/environ')",
    "a file as a table": "FROM {secret}",
    "a file as a name": "FROM '/etc/passwd'",
    "json": "SELECT * FROM read_json({secret})",
    "what a file may be": "FROM sniff_csv({secret})",
    "a database": "FROM read_duckdb({secret})",
    "another blob": "SELECT * FROM read_parquet({other})",
    "another blob's footer": "FROM parquet_metadata({other})",
    "the names of files": "SELECT * FROM glob({folder} || '/*')",
    "the environment": "SELECT getenv('HOME')",
    "variables of Python": "FROM frames",
    "secrets": "FROM duckdb_secrets()",
    "a file to write": "COPY (SELECT 1) TO {new}",
    "a CTE that writes": "WITH a AS (COPY (SELECT 1) TO {new}) SELECT * FROM a",
    "a CTE that writes over the blob": (
        "WITH a AS (COPY (SELECT 1) TO {mine} (FORMAT parquet, USE_TMP_FILE false)) SELECT * FROM a"
    ),
    "a CTE in a query in a text": (
        "FROM query('WITH a AS (COPY (SELECT 1) TO ''x'') SELECT * FROM a')"
    ),
    "a CTE that creates": "WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a",
    "attach": "ATTACH {new} AS x",
    "a setting": "SET memory_limit = '1TB'",
    "a setting back": "RESET allowed_paths",
    "a pragma": "PRAGMA database_list",
    "an extension": "INSTALL httpfs",
    "an extension loaded": "LOAD icu",
    "a call": "CALL enable_logging()",
    "a log": "FROM enable_logging()",
    "a profile file": "FROM enable_profiling(save_location = {new})",
    "two statements": "SELECT 1; COPY (SELECT 1) TO {new}",
    "two statements that read": "SELECT 1; SELECT 2",
    "a table": "CREATE TABLE t AS SELECT 1",
    "a plan that runs": "EXPLAIN ANALYZE SELECT 1",
    "an export": "EXPORT DATABASE {new}",
    "the end of our subquery": "SELECT 1) TO {new}; --",
    "the end of our subquery, balanced": "SELECT 1) AS a, (SELECT 2",
    "a comment left open": "SELECT 1 /*",
    "a text left open": "SELECT 'a",
    "a prepared statement": "PREPARE p AS SELECT 1",
    "values that nobody gave": "SELECT ?",
    "no text": "SELECT '\udcff'",
    "nothing": "  -- nothing",
    "deep brackets": f"SELECT {'(' * 3000}1{')' * 3000}",
}


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE)
def test_a_query_reads_its_views_and_does_nothing_else(frames, mine, places, tmp_path, sql):
    before = mine.selection.paths[0].read_bytes()
    with pytest.raises(SqlRefused) as caught:
        read_table(frames, sql.format_map(places), [mine])

    assert caught.value.problem.endswith(".")
    assert "exception_type" not in str(caught.value)
    assert mine.selection.paths[0].read_bytes() == before
    assert not (tmp_path / "new.csv").exists()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT count(*) FROM "판매@v1"',
        "WITH a AS (SELECT 3 AS n) SELECT n FROM a",
        'FROM "판매@v1" SELECT count(*)',
        'SELECT count(*) FROM (DESCRIBE "판매@v1") UNION ALL SELECT 3 LIMIT 1 OFFSET 1',
        "VALUES (3)",
        "(SELECT 3)",
        "SELECT 3 -- and nothing more",
        "SELECT 3 /* and nothing more */",
    ],
)
def test_whatever_only_selects_is_run(frames, mine, sql):
    assert read_table(frames, sql, [mine]).rows == ((3,),)


@pytest.mark.parametrize("kind", ["DESCRIBE", "SUMMARIZE"])
def test_a_view_can_be_described(frames, mine, kind):
    found = read_table(frames, f'{kind} "판매@v1"', [mine])

    assert found.columns[:2] == ("column_name", "column_type")
    assert [row[0] for row in found.rows] == ["n", "s"]


@pytest.mark.parametrize("folder", ["[w]", "a*b", "wh?t", "month=3", "it's", "a b", "비행"])
def test_a_store_may_lie_in_any_folder(tmp_path, folder):
    root = tmp_path / folder
    frames = Frames(Blobs(root / "blobs", root / "staging"), root / "staging")
    view = View(name="v", selection=Selection(paths=(kept(frames, "aa-mine"),)))

    found = read_table(frames, "SELECT n FROM v", [view])
    frames.close()
    assert found.rows == ((1,),)


@pytest.mark.parametrize(
    ("sql", "position"),
    [
        ("SELECT '가나', x FROM \"판매@v1\"", 13),
        ("selec 1", 0),
        ("SELECT 1 +", 9),
        ("SELECT CAST('a' AS INT)", 7),
        ("SELECT *\nFROM nothing", 14),
        ("SELECT ?", None),
    ],
)
def test_a_refusal_tells_the_character_it_is_about(frames, mine, sql, position):
    with pytest.raises(SqlRefused) as caught:
        read_table(frames, sql, [mine])

    assert caught.value.position == position


def test_a_table_that_nobody_knows_is_named(frames, mine):
    with pytest.raises(SqlRefused) as caught:
        read_table(frames, "FROM 판매", [mine])

    assert caught.value.table == "판매"


def test_a_refusal_crosses_process_borders_whole():
    refused = SqlRefused("No.", "Yes.", position=3, table="t")
    again = pickle.loads(pickle.dumps(refused))

    assert (again.problem, again.remedy, again.position, again.table) == ("No.", "Yes.", 3, "t")


def test_a_query_that_takes_too_long_is_stopped(frames):
    with pytest.raises(QueryStopped, match=r"stopped after 0\.05 s"):
        read_table(frames, ENDLESS, [], timeout_s=0.05)


def test_rows_that_never_come_are_not_waited_for(frames):
    # DuckDB gives rows while it computes: an endless search for the first one is stopped as well.
    with pytest.raises(QueryStopped):
        read_table(frames, ENDLESS.replace("count(*)", "n"), [], timeout_s=0.05)


def test_ctrl_c_ends_a_query(frames):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            read_table(frames, ENDLESS, [])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_what_does_not_fit_into_memory_is_told(frames):
    big = "SELECT list(n) FROM range(400000000) r(n)"
    with pytest.raises(QueryStopped, match="needs more memory than it may have"):
        read_table(frames, big, [])


def test_a_missing_blob_is_named(frames, mine):
    path = mine.selection.paths[0]
    path.unlink()

    with pytest.raises(BlobDamaged, match=f"{path.name} is missing"):
        read_table(frames, "SELECT 1", [mine])


def test_a_blob_that_is_no_parquet_is_told(frames, mine):
    mine.selection.paths[0].write_bytes(b"not parquet at all, by any means")

    with pytest.raises(BlobDamaged, match="The rows of 판매@v1 cannot be read"):
        read_table(frames, "SELECT 1", [mine])


def test_nothing_is_left_in_the_staging_folder(frames, mine):
    read_table(frames, 'FROM "판매@v1"', [mine])
    with pytest.raises(StoreError):
        read_table(frames, "nothing", [mine])

    assert [one.name for one in frames.blobs.staging.iterdir()] == []


def test_what_spills_stays_within_the_querys_own_folder(frames, mine):
    def work(locked) -> list[str]:
        rows = locked.rows("SELECT * FROM ", "SELECT current_setting('temp_directory')")
        return [str(rows[0][0])]

    first, second = (run_locked(frames, [mine], work)[0] for _ in range(2))
    assert first != second
    assert not Path(first).exists()
