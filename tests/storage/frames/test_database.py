from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from storage.blobs import Blobs
from storage.errors import BlobDamaged
from storage.frames import Frames, Selection, identifier, literal

START = datetime(2013, 1, 1, tzinfo=UTC)


def write(frames: Frames, path: Path, select: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return path


def hourly(frames: Frames, path: Path, type_: str = "TIMESTAMP") -> Path:
    hours = "TIMESTAMP '2013-01-01' + INTERVAL (n) HOUR"
    return write(frames, path, f"SELECT n, CAST({hours} AS {type_}) AS t FROM range(48) r(n)")


@pytest.mark.parametrize("name", ["plain", "it's", 'a"b', '"; --', "거리 (km)", ""])
def test_any_name_can_be_an_identifier_and_a_text(frames: Frames, name: str):
    if name:
        assert list(frames.query(f"SELECT 1 AS {identifier(name)}")) == [name]
    assert frames.rows(f"SELECT {literal(name)}") == [(name,)]


def test_rows_come_in_the_order_of_files_and_of_rows_in_them(frames: Frames, tmp_path: Path):
    paths = [
        write(frames, tmp_path / f"{name}.parquet", f"SELECT n FROM range({a}, {b}) r(n)")
        for name, a, b in (("z", 0, 20_000), ("a", 20_000, 40_000), ("m", 40_000, 60_000))
    ]
    fetched = frames.fetch(Selection(paths=tuple(paths)), ["n"])

    np.testing.assert_array_equal(fetched["n"], np.arange(60_000))


@pytest.mark.parametrize("every", [1, 3, 60_000])
def test_each_so_many_th_row_is_taken_over_all_files(frames: Frames, tmp_path: Path, every: int):
    paths = [
        write(frames, tmp_path / f"{name}.parquet", f"SELECT n FROM range({a}, {b}) r(n)")
        for name, a, b in (("z", 0, 20_000), ("a", 20_000, 40_000))
    ]
    fetched = frames.fetch(Selection(paths=tuple(paths)), ["n"], every=every)

    np.testing.assert_array_equal(fetched["n"], np.arange(0, 40_000, every))


@pytest.mark.parametrize(("left", "said"), [(None, "is missing"), (b"torn", "does not hold")])
def test_a_blob_that_cannot_be_read_is_named(frames: Frames, left: bytes | None, said: str):
    staged = write(frames, frames.blobs.stage(".parquet"), "SELECT 1 AS n")
    blob = frames.blobs.put_file(staged)
    path = frames.blobs.path(blob)
    path.unlink()
    if left is not None:
        path.write_bytes(left)

    with pytest.raises(BlobDamaged, match=f"{blob[:12]}… {said}"):
        frames.count(Selection(paths=(path,)))


def test_nulls_are_masked(frames: Frames, tmp_path: Path):
    path = write(frames, tmp_path / "p", "SELECT * FROM (VALUES (1, 'a'), (NULL, NULL)) v(n, s)")
    fetched = frames.fetch(Selection(paths=(path,)), ["s", "n"])

    assert list(fetched) == ["s", "n"]
    assert [column.mask.tolist() for column in fetched.values()] == [[False, True]] * 2
    assert (fetched["n"][0], fetched["s"][0]) == (1, "a")


def test_files_of_different_widths_are_one_table(frames: Frames, tmp_path: Path):
    narrow = write(frames, tmp_path / "a", "SELECT 2::BIGINT AS v")
    wide = write(frames, tmp_path / "b", "SELECT 1.5::DOUBLE AS v, 'x' AS extra")
    both = Selection(paths=(narrow, wide))

    assert frames.rows(both.sql("v")) == [(2.0,), (1.5,)]


@pytest.mark.parametrize("folder", ["[w]", "month=3", "it's", "a b", "wh?t", "비행"])
def test_a_store_may_lie_in_any_folder(tmp_path: Path, folder: str):
    root = tmp_path / folder
    frames = Frames(Blobs(root / "blobs", root / "staging"), root / "staging")
    path = write(frames, root / "blobs" / "p", "SELECT 7 AS n")
    found = frames.rows(Selection(paths=(path,)).sql())
    frames.close()

    assert found == [(7,)]


def test_a_selection_of_no_files_is_a_callers_mistake():
    with pytest.raises(ValueError, match="at least one file"):
        Selection(paths=()).sql()


SPANS = {
    "everything": (None, None, 48),
    "from": (START + timedelta(hours=10), None, 38),
    "until": (None, START + timedelta(hours=10), 10),
    "between": (START + timedelta(hours=10), START + timedelta(hours=12), 2),
    "nothing": (START + timedelta(days=5), None, 0),
    "a time without a zone is UTC": (datetime(2013, 1, 1, 10), None, 38),  # noqa: DTZ001
    "another zone": (datetime(2013, 1, 1, 19, tzinfo=timezone(timedelta(hours=9))), None, 38),
    "within an hour": (START + timedelta(hours=10, microseconds=1), None, 37),
}


@pytest.mark.parametrize("type_", ["TIMESTAMP", "TIMESTAMPTZ"])
@pytest.mark.parametrize(("start", "end", "rows"), SPANS.values(), ids=SPANS.keys())
def test_a_span_holds_its_start_and_not_its_end(
    frames: Frames, tmp_path: Path, type_: str, start: datetime, end: datetime, rows: int
):
    path = hourly(frames, tmp_path / "p", type_)
    span = Selection(paths=(path,), time="t", start=start, end=end)

    assert frames.count(span) == rows


def test_adjoining_spans_share_no_row_and_lose_none(frames: Frames, tmp_path: Path):
    path = hourly(frames, tmp_path / "p", "DATE")
    middle = START + timedelta(days=1)
    early = Selection(paths=(path,), time="t", end=middle)
    late = Selection(paths=(path,), time="t", start=middle)

    assert (frames.count(early), frames.count(late)) == (24, 24)


def test_without_a_time_column_a_span_means_all_rows(frames: Frames, tmp_path: Path):
    path = hourly(frames, tmp_path / "p")

    assert frames.count(Selection(paths=(path,), start=START + timedelta(hours=10))) == 48


def test_values_are_bound_not_pasted(frames: Frames):
    hostile = "'; DROP TABLE x; --"

    assert frames.rows("SELECT ?", [hostile]) == [(hostile,)]


def test_any_thread_may_ask(frames: Frames):
    together = threading.Barrier(8)

    def ask(number: int) -> int:
        together.wait()
        return frames.rows("SELECT ? + count(*) FROM range(1000)", [number])[0][0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == list(range(1000, 1008))


def test_a_closed_engine_opens_again_when_it_is_asked(frames: Frames):
    frames.rows("SELECT 1")
    frames.close()
    frames.close()

    assert frames.rows("SELECT 1") == [(1,)]


def test_nothing_is_installed_or_loaded_from_elsewhere(frames: Frames):
    names = ("autoinstall_known_extensions", "autoload_known_extensions", "TimeZone")
    found = [frames.rows(f"SELECT current_setting('{name}')")[0][0] for name in names]

    assert found[:2] == [False, False]
    assert found[2] in {"UTC", "Etc/UTC"}


def spill(folder: Path) -> int:
    """Sorts more than fits into memory; the sum of what comes back at 1,000 places."""
    frames = Frames(Blobs(folder / "blobs", folder / "staging"), folder / "staging")
    (folder / "staging").mkdir(exist_ok=True)
    frames.rows("SET memory_limit = '40MB'")
    frames.rows("SET threads = 1")
    sql = """
        SELECT sum(n) FROM (
            SELECT n, row_number() OVER (ORDER BY hash(n), repeat('x', 40)) AS place
            FROM range(700000) r(n)
        ) WHERE place % 700 = 0
    """
    total = int(frames.rows(sql)[0][0])
    frames.close()
    return total


@pytest.mark.slow
def test_processes_that_spill_into_the_same_folder_do_not_disturb_each_other(tmp_path: Path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        totals = pool.map(spill, [tmp_path] * 4, chunksize=1)

    assert len(set(totals)) == 1
