from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from storage.frames import Frames, Selection, literal
from storage.frames.selection import select
from storage.records import NewPartition


def partition(blob: str, *, first_row: int = 0, rows: int = 3, file_rows: int | None = None) -> Any:
    return NewPartition(
        blob=blob,
        rows=rows,
        size_bytes=1,
        source="x",
        source_sha256="x",
        first_time=None,
        last_time=None,
        first_row=first_row,
        file_rows=file_rows,
    )


@pytest.fixture
def put(frames: Frames):
    """Keeps numbers as a blob and gives its name."""

    def putting(*numbers: float, more: str = "") -> str:
        staged = frames.blobs.stage(".parquet")
        values = ", ".join(f"({number})" for number in numbers)
        sql = f"SELECT *{more} FROM (VALUES {values}) t(v)"
        frames.rows(f"COPY ({sql}) TO {literal(str(staged))} (FORMAT parquet)")
        return frames.blobs.put_file(staged)

    return putting


def values(frames: Frames, selection: Selection) -> list[Any]:
    return [row[0] for row in frames.rows(selection.sql("v"))]


def test_rows_of_a_part_of_a_file_are_those_alone(frames: Frames, put: Any):
    shared = put(1, 2, 3, 4, 5)
    chosen = frames.select([partition(shared, first_row=1, rows=2, file_rows=5)])

    assert values(frames, chosen) == [2, 3]
    assert frames.count(chosen) == 2


def test_parts_that_make_up_the_whole_file_are_read_as_one(frames: Frames, put: Any):
    shared = put(1, 2, 3, 4, 5)
    chosen = frames.select(
        [
            partition(shared, rows=2, file_rows=5),
            partition(shared, first_row=2, rows=3, file_rows=5),
        ]
    )

    assert chosen.spans == ()
    assert values(frames, chosen) == [1, 2, 3, 4, 5]


def test_a_part_beside_whole_files_keeps_their_order(frames: Frames, put: Any):
    one, shared, other = put(10, 20), put(1, 2, 3, 4), put(0.5)
    chosen = frames.select(
        [
            partition(one, rows=2),
            partition(shared, rows=1, file_rows=4),
            partition(shared, first_row=2, rows=1, file_rows=4),
            partition(other, rows=1),
        ]
    )

    assert values(frames, chosen) == [10, 20, 1, 3, 0.5]


def test_a_partition_without_rows_is_not_read(frames: Frames, put: Any):
    chosen = frames.select([partition(put(1, 2, 3)), partition("gone", rows=0)])

    assert values(frames, chosen) == [1, 2, 3]


def test_a_column_that_only_some_files_have_is_null_in_the_others(frames: Frames, put: Any):
    chosen = frames.select(
        [partition(put(1, 2, 3)), partition(put(4, 5, more=", 'x' AS w"), rows=1, file_rows=2)]
    )

    assert frames.rows(chosen.sql()) == [(1, None), (2, None), (3, None), (4, "x")]


def test_a_numbered_scan_tells_where_files_begin(frames: Frames, put: Any):
    shared = put(1, 2, 3, 4)
    chosen = frames.select(
        [
            partition(shared, rows=1, file_rows=4),
            partition(shared, first_row=1, rows=3, file_rows=4),
            partition(put(9, 8), rows=2),
        ]
    )
    begins = frames.rows(chosen.sql(f"v, {chosen.begins_file}", numbered=True))

    assert begins == [(1, True), (2, True), (3, False), (4, False), (9, True), (8, False)]


def test_a_numbered_scan_of_a_part_has_the_columns_it_names(frames: Frames, put: Any):
    chosen = frames.select([partition(put(1, 2, 3), first_row=1, rows=1, file_rows=3)])
    described = frames.rows(f"DESCRIBE {chosen.sql(numbered=True)}")

    assert [name for name, *_ in described] == ["v", *chosen.numbering]
    assert [name for name, *_ in frames.rows(f"DESCRIBE {chosen.sql()}")] == ["v"]


def test_a_span_of_time_holds_within_a_part(frames: Frames, put: Any):
    from datetime import UTC, datetime

    shared = put(1, 2, 3, 4, more=", TIMESTAMP '2026-01-01' + to_days(v::int) AS at")
    chosen = frames.select(
        [partition(shared, rows=3, file_rows=4)], time="at", start=datetime(2026, 1, 3, tzinfo=UTC)
    )

    assert values(frames, chosen) == [2, 3]


def test_parts_of_a_file_in_a_folder_with_signs_are_found(tmp_path: Path):
    from storage.blobs import Blobs

    folder = tmp_path / "*[비행]? 'x'"
    frames = Frames(Blobs(folder / "blobs", folder / "staging"), folder / "staging")
    try:
        staged = frames.blobs.stage(".parquet")
        frames.rows(
            f"COPY (SELECT 1 AS v FROM range(4)) TO {literal(str(staged))} (FORMAT parquet)"
        )
        blob = frames.blobs.put_file(staged)
        chosen = select(frames.blobs, [partition(blob, first_row=1, rows=2, file_rows=4)])

        assert frames.count(chosen) == 2
    finally:
        frames.close()


def test_the_same_rows_of_two_files_are_read_twice(frames: Frames, put: Any):
    shared = put(1, 2, 3)
    chosen = frames.select(
        [
            partition(shared),
            partition(put(9), rows=1),
            partition(shared),
            partition(shared, first_row=1, rows=1, file_rows=3),
        ]
    )

    assert frames.count(chosen) == 8
    assert sorted(values(frames, chosen)) == [1, 1, 2, 2, 2, 3, 3, 9]


def test_sql_may_name_rows_that_two_files_have(frames: Frames, put: Any):
    from storage.frames import View, read_table

    shared = put(1, 2, 3)
    view = View(name="t", selection=frames.select([partition(shared), partition(shared)]))

    assert read_table(frames, "SELECT count(*) AS n FROM t", [view], limit=9).rows == ((6,),)
