from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames
from storage.records import BadLine, ReadingRules
from tests.storage.frames.files import left_behind, rows_of, schema, types_of

TYPES: dict[str, tuple[list[str], str, list[Any]]] = {
    "whole numbers": (["1", "-2"], "BIGINT", [1, -2]),
    "numbers": (["1", "1.5"], "DOUBLE", [1.0, 1.5]),
    "more than 64 bits": ([str(2**64), "1"], "DECIMAL(38,0)", [Decimal(2**64), Decimal(1)]),
    "23 digits": (["9" * 23, "1"], "DECIMAL(38,0)", [Decimal("9" * 23), Decimal(1)]),
    "truth": (["true", "null"], "BOOLEAN", [True, None]),
    "Korean": (['"가"', '"\\ub098"'], "VARCHAR", ["가", "나"]),
    "codes": (['"007"', '"12"'], "VARCHAR", ["007", "12"]),
    "days": (['"2013-01-31"'], "DATE", [date(2013, 1, 31)]),
    "offsets": (
        ['"2013-01-01T09:00:00+09:00"', '"2013-01-01T00:00:00Z"'],
        "TIMESTAMP",
        [datetime(2013, 1, 1)] * 2,  # noqa: DTZ001
    ),
    "days of any order": (['"01/02/2013"'], "VARCHAR", ["01/02/2013"]),
    "lists": (["[1, 2]", "[]"], "BIGINT[]", [[1, 2], []]),
    "objects": (['{"가": 1}', "null"], 'STRUCT("가" BIGINT)', [{"가": 1}, None]),
    "nothing": (["null", "null"], "VARCHAR", [None, None]),
    "several kinds": (["1", '"x"', "true"], "VARCHAR", ["1", "x", "true"]),
    "a zero byte in a text": (['"x\\u0000y"'], "VARCHAR", ["x\0y"]),
}


@pytest.mark.parametrize(("texts", "type_", "values"), TYPES.values(), ids=TYPES.keys())
def test_the_values_tell_the_type_of_a_column(
    frames: Frames, read: Any, texts: list[str], type_: str, values: list[Any]
):
    imported = read("x.jsonl", "".join(f'{{"값": {text}}}\n' for text in texts))

    assert types_of(imported) == {"값": type_}
    assert [row[0] for row in rows_of(frames, imported)] == values


@pytest.mark.parametrize(("texts", "type_", "values"), TYPES.values(), ids=TYPES.keys())
def test_the_values_tell_the_type_in_the_careful_way_too(
    frames: Frames, read: Any, texts: list[str], type_: str, values: list[Any]
):
    text = "".join(f'{{"값": {text}}}\n' for text in texts) + '{"값":\n'
    imported = read("x.jsonl", text, rules=ReadingRules(max_bad_share=0.5))

    assert (types_of(imported), imported.bad_lines) == ({"값": type_}, 1)
    assert [row[0] for row in rows_of(frames, imported)] == values


def test_keys_that_a_line_does_not_have_are_null(frames: Frames, read: Any):
    imported = read("x.jsonl", '{"a": 1}\n{}\n{"b": "가"}\n')

    assert rows_of(frames, imported) == [(1, None), (None, None), (None, "가")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"], ids=["lf", "crlf", "blank lines"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_the_way_a_file_is_written_does_not_change_its_rows(
    frames: Frames, read: Any, end: str, encoding: str
):
    text = end.join(['{"도시": "서울"}', '{"도시": "부산"}', ""])

    assert rows_of(frames, read("x.jsonl", text.encode(encoding))) == [("서울",), ("부산",)]


def test_bad_lines_are_kept_with_their_number_their_text_and_the_reason(frames: Frames, read: Any):
    text = '{"n": 1}\n\n{"n": 2\n[3]\n{"n": "many"}\n{"n": 4}\n'
    rules = ReadingRules(max_bad_share=0.6)
    imported = read("x.jsonl", text, pinned=schema(n="BIGINT"), rules=rules)

    assert rows_of(frames, imported) == [(1,), (4,)]
    assert imported.bad == (
        BadLine(line=3, reason="it is no JSON object (Input data was truncated)", text='{"n": 2'),
        BadLine(line=4, reason="it is no JSON object (Expected `object`, got `array`)", text="[3]"),
        BadLine(line=5, reason="n is 'many', which would not fit BIGINT", text='{"n": "many"}'),
    )


BROKEN = {
    "a cut line": ("x.jsonl", '{"a": 1}\n{"a": 2', "line 2: it is no JSON object"),
    "zero bytes": ("x.jsonl", '{"a": 1}\n' + "\0" * 999, "line 2: it is no JSON object"),
    "numbers alone": ("x.jsonl", "1\n2\n", "line 1: it is no JSON object"),
    "a cut array": ("x.json", '[{"a": 1},{"a": 2}', "Malformed JSON"),
    "text behind an array": ("x.json", '[{"a": 1}]x', "Malformed JSON"),
    "keys in two cases": ("x.jsonl", '{"a": 1, "A": 2}\n', "called 'A' and 'a'"),
    "keys in two cases over lines": ("x.jsonl", '{"n": 1}\n{"N": 2}\n', "called 'N' and 'n'"),
    "a key twice": ("x.jsonl", '{"a": 1, "a": 2}\n', 'duplicate key "a"'),
    "no objects": ("x.jsonl", "\n\n", "it has no rows"),
    "objects without keys": ("x.jsonl", "{}\n{}\n", "it has no rows"),
    "an empty array": ("x.json", " [ ]\n", "it has no rows"),
}


@pytest.mark.parametrize(("name", "text", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused(frames: Frames, read: Any, name: str, text: str, reason: str):
    with pytest.raises(FileUnreadable) as raised:
        read(name, text)

    assert reason in raised.value.problem
    assert left_behind(frames) == []


def test_numbers_that_are_none_are_read_in_both_ways(frames: Frames, read: Any):
    text = '{"x": NaN}\n{"x": 1.5}\n'
    rules = ReadingRules(max_bad_share=0.4)
    quick, careful = read("x.jsonl", text), read("y.jsonl", f'{text}{{"x"\n', rules=rules)

    assert str(rows_of(frames, quick)) == str(rows_of(frames, careful)) == "[(nan,), (1.5,)]"


def test_a_column_may_be_called_as_the_reader_calls_its_own(frames: Frames, read: Any):
    text = '{"line": 1, "json": 2}\n{"line"\n'
    imported = read("x.jsonl", text, rules=ReadingRules(max_bad_share=0.5))

    assert rows_of(frames, imported) == [(1, 2)]
