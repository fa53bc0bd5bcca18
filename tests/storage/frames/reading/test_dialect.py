from __future__ import annotations

import gzip
from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames
from storage.records import CsvRules
from tests.storage.frames.files import left_behind, rows_of, schema

WRITTEN = {
    "commas": "도시,n\n서울,1\n부산,2\n",
    "semicolons": "도시;n\n서울;1\n부산;2\n",
    "tabs": "도시\tn\n서울\t1\n부산\t2\n",
    "bars": "도시|n\n서울|1\n부산|2\n",
    "quotes everywhere": '"도시","n"\n"서울","1"\n"부산","2"\n',
    "single quotes": "'도시','n'\n'서울','1'\n'부산','2'\n",
    "spaces around names": " 도시 , n\n서울,1\n부산,2\n",
    "carriage returns": "도시,n\r\n서울,1\r\n부산,2\r\n",
    "carriage returns alone": "도시,n\r서울,1\r부산,2\r",
    "both line ends": "도시,n\r\n서울,1\n부산,2\r\n",
    "a mark": "\ufeff도시,n\n서울,1\n부산,2\n",
    "blank lines": "\n\n도시,n\n\n서울,1\n\n\n부산,2\n\n",
    "delimiters at the end": "도시,n,\n서울,1,\n부산,2,\n",
    "delimiters at the end of rows": "도시,n\n서울,1,\n부산,2,,\n",
    "no line end": "도시,n\n서울,1\n부산,2",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_the_way_a_file_is_written_does_not_change_its_rows(frames: Frames, read: Any, text: str):
    imported = read("cities.csv", text)

    assert imported.schema.names == ("도시", "n")
    assert rows_of(frames, imported) == [("서울", 1), ("부산", 2)]


def test_the_names_of_the_dataset_tell_the_delimiter(frames: Frames, read: Any):
    text = "a,b;c\n1,2;3\n"

    assert rows_of(frames, read("x.csv", text, pinned=schema(**{"a,b": "VARCHAR", "c": "BIGINT"})))
    assert rows_of(frames, read("x.csv", text, pinned=schema(**{"a": "BIGINT", "b;c": "VARCHAR"})))


def test_a_decimal_comma_is_no_delimiter(frames: Frames, read: Any):
    imported = read("x.csv", "가격;n\n1,5;2\n2,25;3\n", rules=CsvRules(decimal=","))

    assert rows_of(frames, imported) == [(1.5, 2), (2.25, 3)]


def test_what_is_said_of_a_file_is_not_guessed(frames: Frames, read: Any):
    rules = CsvRules(delimiter=":", quote="'", header=False)
    imported = read("x.csv", "'a:b':1\n'it''s':2\n", rules=rules)

    assert imported.schema.names == ("column1", "column2")
    assert rows_of(frames, imported) == [("a:b", 1), ("it's", 2)]


def test_where_nothing_is_quoted_a_quote_is_text(frames: Frames, read: Any):
    imported = read("x.csv", 'inch,n\n3",1\n"4,2\n', rules=CsvRules(quote=""))

    assert rows_of(frames, imported) == [('3"', 1), ('"4', 2)]


def test_rows_without_names_are_those_of_the_dataset_in_its_order(frames: Frames, read: Any):
    pinned = schema(도시="VARCHAR", n="BIGINT")
    imported = read("x.csv", "서울,1\n", pinned=pinned, rules=CsvRules(header=False))

    assert (imported.schema, rows_of(frames, imported)) == (pinned, [("서울", 1)])


def test_numbers_are_names_where_a_header_is_said_to_be_there(read: Any):
    assert read("x.csv", "2012,2013\n1,2\n", rules=CsvRules(header=True)).schema.names == (
        "2012",
        "2013",
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("within", ["\n", "\r", "\r\n"], ids=["lf", "cr", "crlf"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_a_line_break_within_a_name_costs_no_row(
    frames: Frames, read: Any, name: str, within: str, end: str
):
    text = end.join([f'"a{within}b","n"', '"x","1"', '"y","2"', ""])
    content = gzip.compress(text.encode()) if name.endswith("gz") else text
    imported = read(name, content)

    assert imported.schema.names == (f"a{within}b", "n")
    assert rows_of(frames, imported) == [("x", 1), ("y", 2)]


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_a_mark_before_names_that_are_quoted_costs_no_row(frames: Frames, read: Any, name: str):
    content = '\ufeff"a ,""b","n"\r\n"x","1"\r\n"y\nz","2"\r\n'.encode()
    imported = read(name, gzip.compress(content) if name.endswith("gz") else content)

    assert imported.schema.names == ('a ,"b', "n")
    assert rows_of(frames, imported) == [("x", 1), ("y\nz", 2)]


def test_a_column_without_a_name_gets_one_from_its_place(read: Any):
    imported = read("x.csv", "a,,c\n1,2,3\n")

    assert imported.schema.names == ("a", "column2", "c")
    assert imported.notes == ("a column has no name; it is called column2",)


REFUSED = {
    "a row in place of names": ("1,2\n3,4\n", "its first line (1, 2) looks like a row"),
    "a time in place of names": ("서울,2013-01-01\n부산,2013-01-02\n", "looks like a row"),
    "a title": ("Report of May\na,b\n1,2\n", "its first line names 1 column (Report of May)"),
    "too few names": ("a,b\n1,2,3\n", "its first line names 2 columns (a, b), but line 2 has 3"),
    "a name twice": ("a,b,a\n1,2,3\n", "two of its columns are called 'a' and 'a'"),
    "a name twice in another case": ("n,N\n1,2\n", "two of its columns are called 'n' and 'N'"),
    "a line for a spreadsheet": ("sep=;\na;b\n1;2\n", "its first line (sep=;) is for a spread"),
    "no rows": ("a,b\n", "it has no rows"),
    "blank lines alone": ("\n\r\n\n", "it has no rows"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_without_clear_names_is_refused(frames: Frames, read: Any, text: str, reason: str):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", text)

    assert reason in raised.value.problem
    assert left_behind(frames) == []


def test_rows_without_names_must_have_the_width_of_the_dataset(read: Any):
    with pytest.raises(FileUnreadable, match="its first line has 3 values, and the dataset 1"):
        read("x.csv", "1,2,3\n", pinned=schema(a="BIGINT"), rules=CsvRules(header=False))


@pytest.mark.slow
def test_a_file_may_have_five_thousand_columns(frames: Frames, read: Any):
    names = [f"열{place}" for place in range(5_000)]
    rows = [",".join(str(place + row) for place in range(5_000)) for row in range(3)]
    pinned = schema(**dict.fromkeys(names, "BIGINT"))
    imported = read("wide.csv", "\n".join([",".join(names), *rows, ""]), pinned=pinned)

    assert rows_of(frames, imported) == [tuple(range(row, row + 5_000)) for row in range(3)]
