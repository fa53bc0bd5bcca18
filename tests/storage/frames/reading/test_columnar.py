from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames, Selection
from storage.frames.quoting import literal
from storage.records import ReadingRules
from tests.storage.frames.files import left_behind, rows_of, schema, types_of

WIDER = ReadingRules(widened="accept")


@pytest.fixture
def take(frames: Frames, read: Any, tmp_path: Path) -> Any:
    """Imports the outcome of a SELECT as a Parquet file."""

    def taking(select: str, **how: Any) -> Any:
        path = tmp_path / "made.parquet"
        frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
        return read("x.parquet", path.read_bytes(), **how)

    return taking


KEPT = {
    "an enum as text": ("'나'::ENUM('가', '나')", "VARCHAR", "나"),
    "lists": ("[1, 2]", "INTEGER[]", [1, 2]),
    "structs": ("{'가': 1}", 'STRUCT("가" INTEGER)', {"가": 1}),
    "bytes": ("'x'::BLOB", "BLOB", b"x"),
    "nothing as text": ("NULL", "VARCHAR", None),
    "64 bits without a sign": ("18446744073709551615::UBIGINT", "UBIGINT", 2**64 - 1),
    "infinity": ("'inf'::DOUBLE", "DOUBLE", float("inf")),
}


@pytest.mark.parametrize(("value", "type_", "kept"), KEPT.values(), ids=KEPT.keys())
def test_a_first_file_keeps_its_values(
    frames: Frames, take: Any, value: str, type_: str, kept: Any
):
    imported = take(f'SELECT {value} AS "값"')

    assert types_of(imported) == {"값": type_}
    assert rows_of(frames, imported) == [(kept,)]


def test_files_of_whole_numbers_and_of_fractions_are_one_dataset_of_fractions(
    frames: Frames, take: Any
):
    first = take("SELECT 1::BIGINT AS v")
    second = take("SELECT 1.5::DOUBLE AS v", pinned=first.schema, rules=WIDER)
    for paths in ((first.staged, second.staged), (second.staged, first.staged)):
        rows = frames.rows(Selection(paths=paths).sql())

        assert sorted(rows) == [(1.0,), (1.5,)]


def test_the_types_of_the_dataset_hold_for_later_files(frames: Frames, take: Any):
    imported = take(
        "SELECT 7::TINYINT AS n, 0.5::FLOAT AS x", pinned=schema(n="BIGINT", x="DOUBLE")
    )

    assert types_of(imported) == {"n": "BIGINT", "x": "DOUBLE"}
    assert rows_of(frames, imported) == [(7, 0.5)]


def test_text_that_looks_like_a_number_is_one_only_when_it_stays_as_it_is(
    frames: Frames, take: Any
):
    assert rows_of(frames, take("SELECT '7' AS n", pinned=schema(n="BIGINT"))) == [(7,)]
    with pytest.raises(FileUnreadable, match="1 value of n would not fit BIGINT, such as '007'"):
        take("SELECT '007' AS n", pinned=schema(n="BIGINT"))


def test_a_value_that_does_not_fit_refuses_the_file_whatever_share_may_be_bad(
    frames: Frames, take: Any
):
    with pytest.raises(FileUnreadable, match=r"2 values of n would not fit BIGINT"):
        take(
            "SELECT unnest([1.5, 2.5, 3.0]) AS n",
            pinned=schema(n="BIGINT"),
            rules=ReadingRules(max_bad_share=1.0),
        )

    assert left_behind(frames) == []


def test_a_file_without_rows_is_refused(take: Any):
    with pytest.raises(FileUnreadable, match="it has no rows"):
        take("SELECT 1 AS n WHERE false")


def test_a_file_that_is_cut_is_refused_at_any_length(frames: Frames, read: Any, take: Any):
    content = take("SELECT range AS n FROM range(100)").staged.read_bytes()
    before = left_behind(frames)
    for size in range(1, len(content), 50):
        with pytest.raises(FileUnreadable):
            read("cut.parquet", content[:size])

    assert left_behind(frames) == before
