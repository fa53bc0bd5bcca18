from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames, Selection, literal, narrowing
from storage.records import ReadingRules
from tests.storage.frames.files import left_behind, rows_of, schema, types_of

PINNED = schema(도시="VARCHAR", n="BIGINT")


Rows = list[dict[str, Any]]


def csv(frames: Frames, path: Path, rows: Rows) -> bytes:
    del frames, path
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def json_lines(frames: Frames, path: Path, rows: Rows) -> bytes:
    del frames, path
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def parquet(frames: Frames, path: Path, rows: Rows) -> bytes:
    made = path.with_suffix(".jsonl")
    made.write_bytes(json_lines(frames, path, rows))
    frames.rows(
        f"COPY (FROM read_json({literal(str(made))})) TO {literal(str(path))} (FORMAT parquet)"
    )
    return path.read_bytes()


Write = Callable[[Frames, Path, Rows], bytes]
FORMATS: dict[str, Write] = {"x.csv": csv, "x.jsonl": json_lines, "x.parquet": parquet}


@pytest.fixture(params=FORMATS)
def take(request: Any, frames: Frames, read: Any, tmp_path: Path) -> Any:
    """Writes rows in one of the formats and imports them into a dataset of two columns."""

    def taking(rows: Rows, **rules: Any) -> Any:
        content = FORMATS[request.param](frames, tmp_path / "made.parquet", rows)
        return read(request.param, content, pinned=PINNED, rules=ReadingRules(**rules))

    return taking


def test_a_new_column_is_blocked_unless_something_else_is_said(frames: Frames, take: Any):
    with pytest.raises(FileUnreadable, match="with the unknown column 온도") as raised:
        take([{"도시": "서울", "n": 1, "온도": 2.5}])

    assert 'say new = "accept" under on_schema_change' in raised.value.remedy
    assert left_behind(frames) == []


def test_a_new_column_is_added_where_it_is_accepted(frames: Frames, take: Any):
    imported = take([{"온도": 2.5, "n": 1, "도시": "서울"}], new="accept")

    assert types_of(imported) == {"도시": "VARCHAR", "n": "BIGINT", "온도": "DOUBLE"}
    assert imported.notes == ("the new column 온도 was added",)
    assert rows_of(frames, imported) == [("서울", 1, 2.5)]


def test_a_new_column_is_left_out_where_it_is_ignored(frames: Frames, take: Any):
    imported = take([{"온도": 2.5, "n": 1, "도시": "서울"}], new="ignore")

    assert imported.schema == PINNED
    assert imported.notes == ("the new column 온도 was left out",)
    assert rows_of(frames, imported) == [("서울", 1)]


def test_a_missing_column_is_blocked_unless_something_else_is_said(frames: Frames, take: Any):
    with pytest.raises(FileUnreadable, match="without the column n") as raised:
        take([{"도시": "서울"}])

    assert 'say missing = "accept" under on_schema_change' in raised.value.remedy
    assert left_behind(frames) == []


def test_a_missing_column_is_filled_with_nulls_where_it_is_accepted(frames: Frames, take: Any):
    imported = take([{"도시": "서울"}], missing="accept")

    assert (imported.schema, rows_of(frames, imported)) == (PINNED, [("서울", None)])
    assert imported.notes == ("without the column n: filled with nulls",)


def test_a_value_of_a_wider_type_is_blocked_unless_something_else_is_said(
    frames: Frames, take: Any
):
    with pytest.raises(FileUnreadable, match=r"1\.5") as raised:
        take([{"도시": "서울", "n": 1}, {"도시": "부산", "n": 1.5}])

    assert 'say widened = "accept" under on_schema_change' in raised.value.remedy
    assert left_behind(frames) == []


def test_a_type_is_widened_where_it_is_accepted(frames: Frames, take: Any):
    imported = take([{"도시": "서울", "n": 1}, {"도시": "부산", "n": 1.5}], widened="accept")

    assert types_of(imported) == {"도시": "VARCHAR", "n": "DOUBLE"}
    assert imported.notes == ("the type of n was widened from BIGINT to DOUBLE",)
    assert rows_of(frames, imported) == [("서울", 1.0), ("부산", 1.5)]


@pytest.mark.parametrize("policy", ["accept", "block"])
def test_no_word_becomes_a_number_whatever_is_said(take: Any, policy: str):
    with pytest.raises(FileUnreadable):
        take([{"도시": "서울", "n": "many"}], widened=policy)


WIDER = {
    "a longer whole number": ("SMALLINT", "70000", "INTEGER", 70000),
    "more than 64 bits": ("BIGINT", str(2**63), "DECIMAL(38,0)", Decimal(2**63)),
    "a fraction": ("BIGINT", "0.5", "DOUBLE", 0.5),
    "more digits": ("DECIMAL(5,2)", "12345.67", "DECIMAL(18,2)", Decimal("12345.67")),
    "more decimals": ("DECIMAL(5,2)", "0.125", "DOUBLE", 0.125),
    "more than a small float": ("FLOAT", "1e300", "DOUBLE", 1e300),
}


@pytest.mark.parametrize(("before", "text", "after", "value"), WIDER.values(), ids=WIDER.keys())
def test_a_type_becomes_the_narrowest_that_holds_all_values(
    frames: Frames, read: Any, before: str, text: str, after: str, value: Any
):
    rules = ReadingRules(widened="accept")
    imported = read("x.csv", f"v\n1\n{text}\n", pinned=schema(v=before), rules=rules)

    assert types_of(imported) == {"v": after}
    assert rows_of(frames, imported) == [(1,), (value,)]


def test_a_day_becomes_a_time_where_one_has_hours(frames: Frames, read: Any):
    rules, pinned = ReadingRules(widened="accept"), schema(at="DATE")
    imported = read("x.csv", "at\n2013-01-01\n2013-01-02 10:00\n", pinned=pinned, rules=rules)

    assert types_of(imported) == {"at": "TIMESTAMP"}
    assert [row[0].hour for row in rows_of(frames, imported)] == [0, 10]


def test_all_changes_are_said_at_once(read: Any):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", "도시,a,b\n서울,1,2\n", pinned=PINNED)

    assert raised.value.problem == (
        "x.csv cannot be read: it comes without the column n, with the unknown column a, "
        "with the unknown column b."
    )
    assert 'say missing = "accept" and new = "accept"' in raised.value.remedy


def test_a_name_in_another_case_is_no_new_column(read: Any):
    rules = ReadingRules(new="accept", missing="accept")

    with pytest.raises(FileUnreadable, match="differ in upper and lower case alone"):
        read("x.csv", "도시,N\n서울,1\n", pinned=PINNED, rules=rules)


def test_the_time_column_must_be_there_whatever_is_said(read: Any):
    rules = ReadingRules(missing="accept")

    with pytest.raises(FileUnreadable, match="it has no time column 'at'"):
        read("x.csv", "n\n1\n", pinned=schema(n="BIGINT", at="DATE"), time="at", rules=rules)


def test_a_wider_type_must_hold_the_rows_of_before(frames: Frames, read: Any):
    earlier = Selection(paths=(read("x.csv", f"v\n{2**53 + 1}\n1\n").staged,))
    before, after = schema(v="BIGINT"), schema(v="DOUBLE", w="VARCHAR")
    told = narrowing(frames, earlier, before=before, after=after)

    assert told == "1 values of v that the dataset has would change in DOUBLE"
    assert narrowing(frames, earlier, before=before, after=schema(v="DECIMAL(38,0)")) is None
    assert narrowing(frames, earlier, before=before, after=before) is None
