from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import Blobs
from storage.frames import (
    Frames,
    Remainders,
    Selection,
    joined,
    layouts,
    literal,
    without_doubles,
    without_keys,
)
from storage.records import NewPartition, Partition
from tests.storage.frames.files import left_behind

Row = tuple[int | None, str | None, int]
KEY = ("k", "이름")


@contextmanager
def engine() -> Iterator[Frames]:
    """An engine in a folder of its own, for one example of a property."""
    folder = Path(tempfile.mkdtemp(prefix="rewriting"))
    opened = Frames(Blobs(folder / "blobs", folder / "staging"), folder / "staging")
    try:
        yield opened
    finally:
        opened.close()
        shutil.rmtree(folder)


def kept(frames: Frames, select: str) -> str:
    """The rows of a SELECT as a blob."""
    staged = frames.blobs.stage(".parquet")
    frames.rows(f"COPY ({select}) TO {literal(str(staged))} (FORMAT parquet)")
    return frames.blobs.put_file(staged)


def blob_of(frames: Frames, rows: Sequence[Row]) -> str:
    """Rows with a key of two columns and a value called as a column of ours might be."""
    values = ", ".join(
        f"({'NULL' if k is None else k}::BIGINT, "
        f"{'NULL' if name is None else literal(name)}::VARCHAR, {value})"
        for k, name, value in rows
    )
    return kept(frames, f'FROM (VALUES {values}) AS t (k, "이름", rank)')


def partition(blob: str, rows: int, *, first_row: int = 0, of: int | None = None) -> Partition:
    return Partition(
        id=first_row,
        dataset_id=1,
        blob=blob,
        rows=rows,
        size_bytes=1,
        since_version=1,
        until_version=None,
        source="x",
        source_sha256="x",
        first_time=None,
        last_time=None,
        first_row=first_row,
        file_rows=of,
    )


def partitions_of(frames: Frames, blobs: Sequence[Sequence[Sequence[Row]]]) -> list[Partition]:
    """The parts of each blob as partitions."""
    found = []
    for parts in blobs:
        rows = [row for part in parts for row in part]
        if not rows:
            continue
        blob, first_row = blob_of(frames, rows), 0
        for part in parts:
            found.append(partition(blob, len(part), first_row=first_row, of=len(rows)))
            first_row += len(part)
    return found


def rows_of(frames: Frames, parts: Sequence[Partition | NewPartition]) -> list[list[Row]]:
    """The rows of each partition."""
    return [
        frames.rows(frames.select([one]).sql('k, "이름", rank')) if one.rows else []
        for one in parts
    ]


def after(frames: Frames, parts: Sequence[Partition], left: Remainders) -> list[list[Row]]:
    """The rows of each partition with those that lose rows rewritten."""
    found = rows_of(frames, parts)
    rows: list[Row] = []
    if left.staged is not None:
        rows = frames.rows(Selection(paths=(left.staged,)).sql('k, "이름", rank'))
    for place, count in zip(left.touched, left.rows, strict=True):
        found[place], rows = rows[:count], rows[count:]
    assert not rows
    return found


def key_of(row: Row) -> tuple[int, str] | None:
    k, name, _ = row
    return None if k is None or name is None else (k, name)


def test_rows_whose_key_is_there_again_are_left_out(frames: Frames):
    old = partitions_of(frames, [[[(1, "a", 1), (2, "a", 2)], [(3, "a", 3)]], [[(1, "b", 4)]]])
    new = partitions_of(frames, [[[(2, "a", 9), (1, "b", 9)]]])
    left = without_keys(frames, old, frames.select(new), KEY)

    assert (left.touched, left.rows) == ((0, 2), (1, 0))
    assert after(frames, old, left) == [[(1, "a", 1)], [(3, "a", 3)], []]


def test_nothing_is_staged_when_no_key_comes_again(frames: Frames):
    old = partitions_of(frames, [[[(1, "a", 1)]]])
    left = without_keys(frames, old, frames.select(partitions_of(frames, [[[(2, "a", 9)]]])), KEY)

    assert (left.staged, left.touched) == (None, ())
    assert left_behind(frames) == []


def test_nothing_is_staged_when_nothing_is_left(frames: Frames):
    old = partitions_of(frames, [[[(1, "a", 1)], [(1, "a", 2)]]])
    left = without_keys(frames, old, frames.select(old), KEY)

    assert (left.staged, left.touched, left.rows) == (None, (0, 1), (0, 0))
    assert left_behind(frames) == []


def test_a_null_in_a_key_is_equal_to_nothing(frames: Frames):
    rows: list[Row] = [(None, "a", 1), (1, None, 2), (None, None, 3)]
    old = partitions_of(frames, [[rows]])

    assert without_keys(frames, old, frames.select(old), KEY).touched == ()
    assert without_doubles(frames, [*old, *old], KEY).touched == ()


def test_of_doubles_the_last_row_stays_in_its_place(frames: Frames):
    new = partitions_of(
        frames, [[[(1, "a", 1), (2, "a", 2), (1, "a", 3)], [(3, "a", 4)]], [[(2, "a", 5)]]]
    )
    left = without_doubles(frames, new, KEY)

    assert after(frames, new, left) == [[(1, "a", 3)], [(3, "a", 4)], [(2, "a", 5)]]


def test_a_key_of_a_wider_type_is_the_same_key(frames: Frames):
    old = partition(kept(frames, "SELECT 1::INTEGER AS k UNION ALL SELECT 2"), 2)
    new = partition(kept(frames, "SELECT 2::DOUBLE AS k UNION ALL SELECT 2.5"), 2)
    left = without_keys(frames, [old], frames.select([new]), ["k"])

    assert (left.touched, left.rows) == ((0,), (1,))


def test_columns_that_only_some_rewritten_rows_have_stay(frames: Frames):
    narrow = partition(kept(frames, "SELECT 1 AS k UNION ALL SELECT 2"), 2)
    wide = partition(kept(frames, "SELECT 3 AS k, 'x' AS more UNION ALL SELECT 4, 'y'"), 2)
    new = partition(kept(frames, "SELECT 2 AS k UNION ALL SELECT 3"), 2)
    left = without_keys(frames, [narrow, wide], frames.select([new]), ["k"])

    assert left.staged is not None
    assert frames.rows(Selection(paths=(left.staged,)).sql()) == [(1, None), (4, "y")]


def test_rows_with_the_names_of_our_own_columns_are_rewritten(frames: Frames):
    names = '"rank", "place", "file", "first", "ending", "rows", "spans"'
    select = f"FROM (VALUES (1, 2, 3, 4, 5, 6, 7), (8, 2, 3, 4, 5, 6, 7)) AS t ({names})"
    old = partition(kept(frames, select), 2)
    new = partition(kept(frames, "SELECT 8 AS rank"), 1)
    left = without_keys(frames, [old], frames.select([new]), ["rank"])

    assert left.staged is not None
    assert frames.rows(Selection(paths=(left.staged,)).sql()) == [(1, 2, 3, 4, 5, 6, 7)]


def test_the_same_rows_of_two_files_count_twice(frames: Frames):
    blob = blob_of(frames, [(1, "a", 1), (None, "b", 2)])
    twice = [partition(blob, 2), partition(blob, 2)]
    staged, rows = joined(frames, twice)

    assert rows == frames.count(frames.select(twice)) == 4
    assert frames.rows(Selection(paths=(staged,)).sql("rank")) == [(1,), (2,), (1,), (2,)]
    left = without_doubles(frames, twice, KEY)
    assert after(frames, twice, left) == [[(None, "b", 2)], [(1, "a", 1), (None, "b", 2)]]


def test_joined_rows_keep_the_order_of_their_partitions(frames: Frames):
    parts = partitions_of(frames, [[[(1, "a", 1)], [(2, "a", 2), (3, "a", 3)]], [[(4, "a", 4)]]])
    staged, rows = joined(frames, [parts[2], parts[0], parts[1]])

    assert rows == 4
    assert frames.rows(Selection(paths=(staged,)).sql("rank")) == [(4,), (1,), (2,), (3,)]


def test_only_files_with_the_same_columns_have_the_same_layout(frames: Frames):
    blobs = {
        name: kept(frames, f"SELECT {select}")
        for name, select in {
            "whole": "1::BIGINT AS v",
            "other rows": "2::BIGINT AS v",
            "small": "1::INTEGER AS v",
            "decimal": "1::DECIMAL(9,2) AS v",
            "other decimal": "1::DECIMAL(9,3) AS v",
            "time": "TIMESTAMP '2013-01-01' AS v",
            "time in ns": "TIMESTAMP_NS '2013-01-01' AS v",
            "text": "'x' AS v",
            "other name": "1::BIGINT AS w",
            "more": "1::BIGINT AS v, 1 AS w",
        }.items()
    }
    found = layouts(frames, blobs.values())
    names = {
        layout: [n for n, blob in blobs.items() if found[blob] == layout]
        for layout in found.values()
    }

    assert [of for of in names.values() if len(of) > 1] == [["whole", "other rows"]]


ROWS = st.tuples(
    st.sampled_from([None, 1, 2, 3]), st.sampled_from([None, "a", "가"]), st.integers(0, 3)
)
BLOBS = st.lists(
    st.lists(st.lists(ROWS, max_size=3), min_size=1, max_size=3), min_size=1, max_size=3
)


def check_keys(old: list[list[list[Row]]], new: list[list[list[Row]]]) -> None:
    with engine() as frames:
        held, came = partitions_of(frames, old), partitions_of(frames, new)
        if not any(one.rows for one in held) or not any(one.rows for one in came):
            return
        before = rows_of(frames, held)
        keys = {key_of(row) for part in rows_of(frames, came) for row in part} - {None}
        left = without_keys(frames, held, frames.select(came), KEY)

        expected = [[row for row in part if key_of(row) not in keys] for part in before]
        assert after(frames, held, left) == expected
        assert left.touched == tuple(
            place for place, part in enumerate(before) if part != expected[place]
        )


def check_doubles(new: list[list[list[Row]]]) -> None:
    with engine() as frames:
        came = partitions_of(frames, new)
        if not any(one.rows for one in came):
            return
        before = rows_of(frames, came)
        seen: set[tuple[int, str] | None] = set()
        expected: list[list[Row]] = []
        for part in reversed(before):
            stay = []
            for row in reversed(part):
                if key_of(row) is None or key_of(row) not in seen:
                    stay.append(row)
                seen.add(key_of(row))
            expected.insert(0, stay[::-1])

        assert after(frames, came, without_doubles(frames, came, KEY)) == expected


def check_joining(blobs: list[list[list[Row]]]) -> None:
    with engine() as frames:
        parts = [one for one in partitions_of(frames, blobs) if one.rows]
        if not parts:
            return
        before = rows_of(frames, parts)
        staged, rows = joined(frames, parts)
        blob = frames.blobs.put_file(staged)
        moved, first_row = [], 0
        for one in parts:
            moved.append(replace(one, blob=blob, first_row=first_row, file_rows=rows))
            first_row += one.rows

        assert rows == first_row
        assert rows_of(frames, moved) == before


few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(BLOBS, BLOBS)
def test_rewriting_leaves_what_has_no_newer_row(old: Any, new: Any):
    check_keys(old, new)


@few
@given(BLOBS)
def test_of_the_same_key_only_the_last_row_stays(new: Any):
    check_doubles(new)


@few
@given(BLOBS)
def test_joining_changes_no_partition(blobs: Any):
    check_joining(blobs)


@pytest.mark.slow
@many
@given(BLOBS, BLOBS)
def test_much_rewriting_and_joining_is_as_in_plain_python(old: Any, new: Any):
    check_keys(old, new)
    check_doubles(new)
    check_joining(old)
