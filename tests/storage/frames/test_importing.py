from __future__ import annotations

import gzip
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from storage.errors import StoreUnusable
from storage.frames import FileUnreadable, Frames, Selection, import_file
from storage.frames.quoting import literal
from storage.records import ColumnKind
from tests.storage.frames.files import (
    CSV,
    JSON_LINES,
    ROWS,
    left_behind,
    rows_of,
    schema,
    types_of,
)


def parquet(frames: Frames, path: Path, select: str) -> bytes:
    frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
    return path.read_bytes()


FILES = {
    "flights.csv": CSV.encode(),
    "flights.CSV": CSV.encode(),
    "flights.txt": CSV.encode(),
    "with a mark.csv": CSV.encode("utf-8-sig"),
    "windows.csv": CSV.replace("\n", "\r\n").encode(),
    "semicolons.csv": CSV.replace(",", ";").replace("s; ", "s, ").encode(),
    "flights.tsv": CSV.replace(",", "\t").replace("s\t ", "s, ").encode(),
    "flights.csv.gz": gzip.compress(CSV.encode()),
    "FLIGHTS.CSV.GZ": gzip.compress(CSV.encode()),
    "flights.jsonl": JSON_LINES.encode(),
    "flights.ndjson": JSON_LINES.encode(),
    "flights.jsonl.gz": gzip.compress(JSON_LINES.encode()),
    "flights.json": ("[" + ",".join(JSON_LINES.splitlines()) + "]").encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_rows(frames: Frames, read: Any, name: str):
    imported = read(name, FILES[name])

    assert rows_of(frames, imported) == ROWS
    assert types_of(imported) == {"id": "BIGINT", "이름": "VARCHAR", "x": "DOUBLE"}
    assert (imported.rows, imported.first_time, imported.last_time) == (3, None, None)


@pytest.mark.parametrize("plain", ["flights.csv", "flights.jsonl"])
def test_a_file_packed_by_zstd_gives_the_same_rows(
    frames: Frames, read: Any, tmp_path: Path, plain: str
):
    unpacked = read(plain, FILES[plain]).staged
    packed = tmp_path / f"{plain}.zst"
    kind = "csv" if plain.endswith("csv") else "json"
    frames.rows(
        f"COPY (FROM read_parquet({literal(str(unpacked))})) TO {literal(str(packed))} "
        f"(FORMAT {kind}, COMPRESSION zstd)"
    )

    assert rows_of(frames, read(packed.name, packed.read_bytes())) == ROWS


def test_parquet_keeps_its_own_types(frames: Frames, read: Any, tmp_path: Path):
    content = parquet(frames, tmp_path / "p", "SELECT 7::SMALLINT AS n, true AS b, '가' AS s")
    imported = read("flights.parquet", content)

    assert types_of(imported) == {"n": "SMALLINT", "b": "BOOLEAN", "s": "VARCHAR"}
    assert rows_of(frames, imported) == [(7, True, "가")]


HOSTILE = [
    "it's.csv",
    'a"b.csv',
    "a;--.csv",
    "f[1].csv",
    "wh?t.csv",
    "st*r.csv",
    "{x}.csv",
    "가.csv",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_is_read_by_its_own_name_alone(frames: Frames, read: Any, name: str):
    for other in ("f1.csv", "what.csv", "star.csv"):
        (frames.blobs.staging.parent / other).write_text("n\n666\n", encoding="utf-8")
    imported = read(name, "n\n7\n")

    assert rows_of(frames, imported) == [(7,)]


@pytest.mark.parametrize("folder", ["month=3", "[work]", "it's"])
def test_the_folders_above_a_file_add_nothing_to_it(frames: Frames, read: Any, folder: str):
    imported = read(f"{folder}/flights.csv", "n\n7\n")

    assert (types_of(imported), rows_of(frames, imported)) == ({"n": "BIGINT"}, [(7,)])


def test_hostile_column_names_are_names(frames: Frames, read: Any):
    text = '"it\'s","a""b","); DROP TABLE x; --","열 [1]"\n1,2,3,4\n'
    first = read("first.csv", text)
    again = read("again.csv", text, pinned=first.schema)

    assert first.schema.names == ("it's", 'a"b', "); DROP TABLE x; --", "열 [1]")
    assert rows_of(frames, first) == rows_of(frames, again) == [(1, 2, 3, 4)]


def test_columns_are_found_by_name_in_any_order(frames: Frames, read: Any):
    pinned = schema(a="BIGINT", b="VARCHAR")

    assert rows_of(frames, read("x.csv", "b,a\nz,1\n", pinned=pinned)) == [(1, "z")]
    assert rows_of(frames, read("x.jsonl", '{"b":"z","a":1}\n', pinned=pinned)) == [(1, "z")]


SNIFFED_OTHERWISE = {
    "digits as text": ("VARCHAR", "code\n007\n12\n", [("007",), ("12",)]),
    "a date as text": ("VARCHAR", "code\n2013-1-1\n", [("2013-1-1",)]),
    "whole numbers as decimals": ("DOUBLE", "code\n1\n2\n", [(1.0,), (2.0,)]),
    "no value at all": ("BIGINT", "code,z\n,1\n,2\n", [(None,), (None,)]),
    "a decimal without a fraction": ("BIGINT", "code\n1.0\n2\n", [(1,), (2,)]),
    "a date as a time": ("TIMESTAMP", "code\n2013-01-02\n", [(datetime(2013, 1, 2),)]),  # noqa: DTZ001
    "an offset from UTC": (
        "TIMESTAMP",
        "code\n2013-01-02 09:00:00+09:00\n2013-01-02T00:00:00Z\n",
        [(datetime(2013, 1, 2),), (datetime(2013, 1, 2),)],  # noqa: DTZ001
    ),
    "a narrow float": ("FLOAT", "code\n0.5\n", [(0.5,)]),
    "cents": ("DECIMAL(10,2)", "code\n1.25\n", [(1.25,)]),
    "truth as numbers": ("BOOLEAN", "code\n1\n0\n", [(True,), (False,)]),
    "text that is a number": ("DOUBLE", "code,z\n1.50,1\n", [(1.5,)]),
}


@pytest.mark.parametrize(
    ("type_", "text", "values"), SNIFFED_OTHERWISE.values(), ids=SNIFFED_OTHERWISE.keys()
)
def test_a_later_file_gets_the_pinned_types(
    frames: Frames, read: Any, type_: str, text: str, values: list[tuple[Any, ...]]
):
    pinned = schema(code=type_, z="BIGINT") if ",z" in text else schema(code=type_)
    imported = read("later.csv", text, pinned=pinned)
    found = frames.rows(Selection(paths=(imported.staged,)).sql("code"))

    assert [tuple(map(_plain, row)) for row in found] == values
    assert imported.schema == pinned


def _plain(value: Any) -> Any:
    return float(value) if type(value).__name__ == "Decimal" else value


NOT_FITTING = {
    "a fraction": ("BIGINT", "1.5"),
    "a word": ("BIGINT", "abc"),
    "a word for a float": ("DOUBLE", "n/a"),
    "too large": ("SMALLINT", "70000"),
    "a time for a date": ("DATE", "2013-01-01 10:00:00"),
    "a third decimal": ("DECIMAL(10,2)", "1.255"),
    "neither true nor false": ("BOOLEAN", "2"),
    "no such day": ("DATE", "2013-02-30"),
}


@pytest.mark.parametrize(("type_", "value"), NOT_FITTING.values(), ids=NOT_FITTING.keys())
def test_a_value_that_would_change_is_refused_with_its_line(
    frames: Frames, read: Any, type_: str, value: str
):
    with pytest.raises(FileUnreadable) as raised:
        read("later.csv", f"v,z\n{value},1\n", pinned=schema(v=type_, z="BIGINT"))

    assert raised.value.problem == (
        "later.csv cannot be read: 1 of 1 lines is bad: "
        f"line 2: v is '{value}', which would not fit {type_}."
    )
    assert left_behind(frames) == []


@pytest.mark.parametrize("rows", [1, 30_000])
def test_the_values_that_would_change_are_counted_wherever_they_stand(read: Any, rows: int):
    text = "v\n" + "1\n" * rows + "1.5\n2.5\n"

    with pytest.raises(
        FileUnreadable, match=rf"2 of {rows + 2} lines are bad: line {rows + 2}: v is '1.5'"
    ):
        read("later.csv", text, pinned=schema(v="BIGINT"))


JSON_NOT_FITTING = {
    "a fraction": ("BIGINT", "1.5", "line 1: v is '1.5', which would not fit BIGINT"),
    "a word": ("BIGINT", '"abc"', "would not fit BIGINT"),
    "a number in quotes": ("BIGINT", '"1.5"', "would not fit BIGINT"),
}


@pytest.mark.parametrize(
    ("type_", "value", "reason"), JSON_NOT_FITTING.values(), ids=JSON_NOT_FITTING.keys()
)
def test_a_json_value_that_would_change_is_refused(
    frames: Frames, read: Any, type_: str, value: str, reason: str
):
    with pytest.raises(FileUnreadable, match=reason):
        read("later.jsonl", f'{{"v": {value}}}\n', pinned=schema(v=type_))

    assert left_behind(frames) == []


def test_json_text_stays_as_it_is_written(frames: Frames, read: Any):
    text = '{"v": "2013-1-1"}\n{"v": 7}\n'

    assert rows_of(frames, read("later.jsonl", text, pinned=schema(v="VARCHAR"))) == [
        ("2013-1-1",),
        ("7",),
    ]


def test_the_end_of_a_json_file_decides_its_columns_too(read: Any):
    text = '{"a": 1}\n' * 25_000 + '{"a": 1.5, "b": true}\n'
    imported = read("first.jsonl", text)

    assert types_of(imported) == {"a": "DOUBLE", "b": "BOOLEAN"}
    assert imported.rows == 25_001


def test_whole_numbers_wider_than_64_bits_stay_whole(frames: Frames, read: Any):
    wide = 12345678901234567890123
    imported = read("first.csv", f"id\n{wide}\n{wide + 1}\n")

    assert types_of(imported) == {"id": "DECIMAL(38,0)"}
    assert [int(row[0]) for row in rows_of(frames, imported)] == [wide, wide + 1]


PARQUET_FITS = {
    "a wider whole number": ("BIGINT", "7::INTEGER", [(7,)]),
    "a narrower one that holds it": ("SMALLINT", "7::BIGINT", [(7,)]),
    "a whole number as a float": ("DOUBLE", "7::BIGINT", [(7.0,)]),
    "a float that is whole": ("BIGINT", "7.0::DOUBLE", [(7,)]),
    "a float in a wider one": ("DOUBLE", "0.5::FLOAT", [(0.5,)]),
    "nanoseconds that are none": (
        "TIMESTAMP",
        "'2013-01-02'::TIMESTAMP_NS",
        [(datetime(2013, 1, 2),)],  # noqa: DTZ001
    ),
    "a time with its zone": (
        "TIMESTAMP",
        "'2013-01-02 09:00:00+09'::TIMESTAMPTZ",
        [(datetime(2013, 1, 2),)],  # noqa: DTZ001
    ),
    "no number": ("DOUBLE", "'nan'::FLOAT", None),
}


@pytest.mark.parametrize(("type_", "value", "rows"), PARQUET_FITS.values(), ids=PARQUET_FITS.keys())
def test_another_parquet_type_is_taken_when_nothing_is_lost(
    frames: Frames, read: Any, tmp_path: Path, type_: str, value: str, rows: Any
):
    content = parquet(frames, tmp_path / "p", f"SELECT {value} AS v")
    imported = read("later.parquet", content, pinned=schema(v=type_))

    assert types_of(imported) == {"v": type_}
    assert rows is None or rows_of(frames, imported) == rows


PARQUET_LOSES = {
    "a fraction": ("BIGINT", "7.5::DOUBLE"),
    "the last digit": ("DOUBLE", "9007199254740993::BIGINT"),
    "precision": ("FLOAT", "0.1::DOUBLE"),
    "range": ("TINYINT", "300::BIGINT"),
    "the time of day": ("DATE", "'2013-01-02 10:00:00'::TIMESTAMP"),
    "nanoseconds": ("TIMESTAMP", "'2013-01-02 00:00:00.123456789'::TIMESTAMP_NS"),
    "text": ("BIGINT", "'x'"),
}


@pytest.mark.parametrize(("type_", "value"), PARQUET_LOSES.values(), ids=PARQUET_LOSES.keys())
def test_another_parquet_type_is_refused_when_something_is_lost(
    frames: Frames, read: Any, tmp_path: Path, type_: str, value: str
):
    content = parquet(frames, tmp_path / "p", f"SELECT {value} AS v")

    with pytest.raises(FileUnreadable, match="1 value of v would not fit"):
        read("later.parquet", content, pinned=schema(v=type_))

    assert left_behind(frames) == []


OTHER_COLUMNS = {
    "one is missing": ("a\n1\n", "without the column b"),
    "one is unknown": ("a,b,c\n1,2,3\n", "with the unknown column c"),
    "one is called otherwise": ("a,B\n1,2\n", "without the column b, with the unknown column B"),
    "a last line about the file": ("a,b\n1,2\n(2 rows)\n", "line 3: it has 1 field instead of 2"),
}


@pytest.mark.parametrize(("text", "reason"), OTHER_COLUMNS.values(), ids=OTHER_COLUMNS.keys())
def test_other_columns_are_refused_by_name(frames: Frames, read: Any, text: str, reason: str):
    with pytest.raises(FileUnreadable, match=reason):
        read("later.csv", text, pinned=schema(a="BIGINT", b="BIGINT"))

    assert left_behind(frames) == []


BROKEN = {
    "nothing": ("empty.csv", b"", "it is empty"),
    "no json": ("empty.jsonl", b"", "it is empty"),
    "a header alone": ("header.csv", b"a,b\n", "it has no rows"),
    "a line break alone": ("blank.csv", b"\n", "it has no rows"),
    "lines of different lengths": (
        "ragged.csv",
        b"a,b\n1,2\n3\n",
        "line 3: it has 1 field instead of 2",
    ),
    "no parquet": ("x.parquet", b"not a parquet file", "No magic bytes"),
    "half an object": ("x.jsonl", b'{"a": 1\n{"a": 2}\n', "line 1: it is no JSON object"),
    "a cut archive": ("x.csv.gz", gzip.compress(CSV.encode() * 9999)[:99], "its archive is cut"),
    "an unknown suffix": ("x.xlsx", b"PK", "'.xlsx' is none of .parquet, .csv"),
    "no suffix": ("README", b"a,b\n1,2\n", "'' is none of"),
    "a reserved name": ("x.csv", b"file_row_number\n1\n", "may not be called file_row_number"),
    "a reserved name in another case": ("x.csv", b"Path of the file\n1\n", "may not be called"),
    "day and month": (
        "x.csv",
        b"t\n01/02/2013\n03/04/2013\n",
        "the order of day and month in t is not certain",
    ),
    "two digits of a year": (
        "x.csv",
        b"t\n01.02.13\n",
        "the order of day and month in t is not certain",
    ),
}


@pytest.mark.parametrize(("name", "content", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_and_nothing_is_left_behind(
    frames: Frames, read: Any, name: str, content: bytes, reason: str
):
    with pytest.raises(FileUnreadable) as raised:
        read(name, content)

    assert reason in raised.value.problem
    assert raised.value.problem.startswith(f"{name} cannot be read: ")
    assert "\n" not in raised.value.problem
    assert left_behind(frames) == []


DECIDED = {
    "day first": "t,u\n01/02/2013,03/02/2013\n13/02/2013,04/02/2013\n",
    "month first": "t,u\n02/01/2013,02/03/2013\n02/13/2013,02/04/2013\n",
    "year first": "t,u\n2013/02/01,2013/02/03\n2013/02/13,2013/02/04\n",
    "as ISO has it": "t,u\n2013-02-01,2013-02-03\n2013-02-13,2013-02-04\n",
}


@pytest.mark.parametrize("text", DECIDED.values(), ids=DECIDED.keys())
def test_dates_are_read_when_a_day_above_12_tells_their_order(frames: Frames, read: Any, text: str):
    found = rows_of(frames, read("x.csv", text))

    assert [tuple(day.isoformat() for day in row) for row in found] == [
        ("2013-02-01", "2013-02-03"),
        ("2013-02-13", "2013-02-04"),
    ]


def test_ambiguous_dates_are_read_where_they_are_text(frames: Frames, read: Any):
    imported = read("x.csv", "t\n01/02/2013\n", pinned=schema(t="VARCHAR"))

    assert rows_of(frames, imported) == [("01/02/2013",)]


def test_commas_within_a_tsv_are_text(frames: Frames, read: Any):
    imported = read("x.tsv", "name\tnote\nx\ta,b,c\ny\td,e,f\n")

    assert rows_of(frames, imported) == [("x", "a,b,c"), ("y", "d,e,f")]


def test_the_span_of_event_time_is_measured(read: Any):
    text = "t,n\n2013-01-02 10:00:00,1\n2013-01-01,2\n,3\n"
    imported = read("x.csv", text, time="t")

    assert imported.first_time == datetime(2013, 1, 1)  # noqa: DTZ001
    assert imported.last_time == datetime(2013, 1, 2, 10)  # noqa: DTZ001


NO_TIMES = {
    "no such column": ("n\n1\n", "it has no time column 't'"),
    "words": ("t\nsoon\n", "its time column t holds no times"),
    "numbers": ("t\n7\n", "its time column t holds no times"),
}


@pytest.mark.parametrize(("text", "reason"), NO_TIMES.values(), ids=NO_TIMES.keys())
def test_a_file_without_event_times_is_refused(frames: Frames, read: Any, text: str, reason: str):
    with pytest.raises(FileUnreadable, match=reason):
        read("x.csv", text, time="t")

    assert left_behind(frames) == []


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_not_the_files_fault(frames: Frames, read: Any):
    text = "v,w\n" + "".join(f"{i * 7919 % 1000003},{i * 31337 % 999983}\n" for i in range(50_000))
    read("x.csv", text).staged.unlink()

    with (
        pytest.raises(StoreUnusable, match=r"x\.csv was not read: .*\nFree some disk space"),
        files_of_at_most(20_000),
    ):
        import_file(
            frames,
            frames.blobs.staging.parent / "x.csv",
            pinned=None,
            time=None,
            kind_of=lambda _: ColumnKind.NUMERIC,
        )

    assert left_behind(frames) == []
