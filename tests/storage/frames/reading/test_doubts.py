"""Damage that a reader of CSV takes for a good file: it is refused, or noted."""

from __future__ import annotations

from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames
from storage.records import CsvRules, ReadingRules
from tests.storage.frames.files import left_behind, rows_of, schema, types_of

CUT = "the last line has no line end: it may be cut"


def test_a_row_that_is_cut_within_a_number_is_noted(frames: Frames, read: Any):
    imported = read("x.csv", "도시,n\n서울,100\n부산,15")

    assert rows_of(frames, imported) == [("서울", 100), ("부산", 15)]
    assert imported.notes == (CUT,)


def test_a_row_that_is_cut_before_its_last_field_is_refused(read: Any):
    with pytest.raises(FileUnreadable, match="line 3: it has 1 field instead of 2"):
        read("x.csv", "도시,n\n서울,100\n부산")


def test_a_row_that_is_cut_is_noted_where_lines_may_be_bad(read: Any):
    imported = read("x.csv", "도시,n\n서울,100\n부산", rules=ReadingRules(max_bad_share=0.5))

    assert ([one.text for one in imported.bad], imported.notes) == (["부산"], (CUT,))


def test_a_file_with_a_line_end_is_not_noted(read: Any):
    assert read("x.csv", "도시,n\n서울,100\n").notes == ()


@pytest.mark.parametrize("zeros", [1, 10, 5_000])
def test_zero_bytes_that_a_crash_leaves_are_no_row(frames: Frames, read: Any, zeros: int):
    content = "도시\n서울\n부산\n".encode() + b"\0" * zeros

    with pytest.raises(FileUnreadable, match="line 4: it holds a zero byte"):
        read("x.csv", content)

    imported = read("x.csv", content, rules=ReadingRules(max_bad_share=0.5))
    assert rows_of(frames, imported) == [("서울",), ("부산",)]


FOOTERS = {
    "a count": "(2 rows)",
    "a word": "Total",
    "a sentence": "Source: the office",
    "Korean": "합계",
}


@pytest.mark.parametrize("footer", FOOTERS.values(), ids=FOOTERS.keys())
def test_a_last_line_about_the_file_is_no_row(frames: Frames, read: Any, footer: str):
    with pytest.raises(FileUnreadable, match="line 4: it has 1 field instead of 2"):
        read("x.csv", f"도시,n\n서울,1\n부산,2\n{footer}\n")

    assert left_behind(frames) == []


@pytest.mark.parametrize("word", ["Total", "Grand total:", "합계", "총계", "Summe", "合計"])
def test_totals_below_numbers_are_refused(frames: Frames, read: Any, word: str):
    with pytest.raises(FileUnreadable, match=f"its last line looks like totals: id is '{word}'"):
        read("x.csv", f"id,n\n1,10\n2,20\n{word},30\n")

    assert left_behind(frames) == []


def test_totals_among_texts_are_noted(read: Any):
    assert read("x.csv", "도시,n\n서울,1\n부산,2\n합계,3\n").notes == (
        "the last line looks like totals ('합계,3'), and was read as a row",
    )


def test_totals_are_set_aside_where_lines_may_be_bad(frames: Frames, read: Any):
    text = "id,n\n1,10\n2,20\nTotal,30\n"
    imported = read("x.csv", text, rules=ReadingRules(max_bad_share=0.4))

    assert rows_of(frames, imported) == [(1, 10), (2, 20)]
    assert [one.line for one in imported.bad] == [4]


def test_a_column_that_is_text_for_its_last_row_alone_is_noted(read: Any):
    assert read("x.csv", "n\n1\n2\n3\nunknown\n").notes == (
        "n is text because of the last row alone ('unknown'); all others are numbers",
    )


def test_a_column_that_is_text_for_few_of_its_rows_is_noted(read: Any):
    imported = read("x.csv", "n\n" + "1\n" * 30_000 + "NA\n" + "2\n" * 1_000)

    assert types_of(imported) == {"n": "VARCHAR"}
    assert imported.notes == (
        "n is text because of 1 of 31001 values, such as 'NA'; all others are numbers",
    )


def test_a_column_of_times_that_is_text_for_few_of_its_rows_is_noted(read: Any):
    imported = read("x.csv", "t,n\n" + "2013-01-01 10:00,1\n" * 500 + "soon,2\n2013-01-02,3\n")

    assert imported.notes == (
        "t is text because of 1 of 502 values, such as 'soon'; all others are times",
    )


def test_a_column_without_a_value_is_noted_where_it_is_new(read: Any):
    first = read("x.csv", "n,도시,늦음\n1,,\n2,,\n" + "3,,\n" * 30_000 + "4,,x\n")
    again = read("y.csv", "n,도시,늦음\n1,,\n2,,\n", pinned=first.schema)

    assert first.notes == ("도시 has no values: it is text from now on",)
    assert again.notes == ()


UNCLOSED = {
    "never": ('1,가\n2,"나\n3,다\n4,라\n', "line 3: it opens a quote that is never closed"),
    "in a later row": (
        '1,가\n2,"나\n3,다\n4,라"\n5,마\n',
        "line 3: it opens a quote, and what the quote holds looks like rows",
    ),
    "far below": (
        '1,"가\n' + "2,나\n" * 5_000 + '3,다"\n4,라\n',
        "line 2: it opens a quote that is never closed",
    ),
}


@pytest.mark.parametrize(("rows", "reason"), UNCLOSED.values(), ids=UNCLOSED.keys())
def test_a_quote_that_was_not_closed_swallows_no_rows(
    frames: Frames, read: Any, rows: str, reason: str
):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", f"n,이름\n{rows}")

    assert reason in raised.value.problem
    assert left_behind(frames) == []


def test_the_rows_behind_an_open_quote_are_read_where_lines_may_be_bad(frames: Frames, read: Any):
    text = 'n,이름\n1,가\n2,"나\n3,다\n4,라\n'
    imported = read("x.csv", text, rules=ReadingRules(max_bad_share=0.5))

    assert rows_of(frames, imported) == [(1, "가"), (3, "다"), (4, "라")]
    assert [one.text for one in imported.bad] == ['2,"나']


TEXTS = {
    "in the first column": 'note,n\n"line 1\nline 2",1\nx,2\n',
    "with delimiters": 'n,note\n1,"a, b\nc, d"\n2,x\n',
    "with a list": 'n,note\n1,"items:\n1. x\n2. y"\n2,x\n',
    "without numbers": 'a,b\n"x\ny","z\nw"\np,q\n',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_of_several_lines_is_a_text(frames: Frames, read: Any, text: str):
    assert len(rows_of(frames, read("x.csv", text))) == 2


DATES = {
    "said": ("01/02/2013", "dmy", "2013-02-01"),
    "said otherwise": ("01/02/2013", "mdy", "2013-01-02"),
    "with hours": ("01/02/2013 10:30", "dmy", "2013-02-01 10:30:00"),
    "a short year": ("01.02.13", "dmy", "2013-02-01"),
    "the year first": ("2013/01/02", None, "2013-01-02"),
    "the day tells": ("13/02/2013", None, "2013-02-13"),
    "the day tells against what is said": ("13/02/2013", "mdy", "2013-02-13"),
    "both are the same": ("02/02/2013", None, "2013-02-02"),
}


@pytest.mark.parametrize(("text", "order", "day"), DATES.values(), ids=DATES.keys())
def test_a_day_is_read_where_its_order_is_certain(
    frames: Frames, read: Any, text: str, order: Any, day: str
):
    (row,) = rows_of(frames, read("x.csv", f"t\n{text}\n", rules=CsvRules(date_order=order)))

    assert str(row[0]) == day


@pytest.mark.parametrize("text", ["01/02/2013", "01.02.13", "1-2-2013", "01/02/2013 10:30"])
@pytest.mark.parametrize("pinned", [None, schema(t="TIMESTAMP")], ids=["first", "later"])
def test_day_and_month_are_not_guessed(read: Any, text: str, pinned: Any):
    with pytest.raises(FileUnreadable, match="the order of day and month in t is not certain"):
        read("x.csv", f"t\n{text}\n", pinned=pinned)


def test_the_order_of_days_is_that_of_the_file_not_of_each_value(frames: Frames, read: Any):
    pinned = schema(t="DATE")
    imported = read("x.csv", "t\n01/02/2013\n13/02/2013\n02/03/2013\n", pinned=pinned)

    assert [row[0].isoformat() for row in rows_of(frames, imported)] == [
        "2013-02-01",
        "2013-02-13",
        "2013-03-02",
    ]


def test_an_order_that_only_a_late_row_tells_holds_for_all(frames: Frames, read: Any):
    text = "t\n" + "01/02/2013\n" * 30_000 + "13/02/2013\n"
    imported = read("x.csv", text)

    assert {row[0].isoformat() for row in rows_of(frames, imported)} == {"2013-02-01", "2013-02-13"}


def test_numbers_with_a_decimal_comma_are_noted(read: Any):
    (note,) = read("x.csv", "가격;n\n1,5;2\n2,5;3\n").notes

    assert note.startswith("가격 is text, but looks like numbers with a decimal comma")


def test_a_number_that_is_too_large_for_a_float_does_not_become_infinite(frames: Frames, read: Any):
    with pytest.raises(FileUnreadable, match="v is '1e400', which would not fit DOUBLE"):
        read("x.csv", "v\n1e308\n1e400\n", pinned=schema(v="DOUBLE"))

    with pytest.raises(FileUnreadable, match="v is '1e400', which would not fit DOUBLE"):
        read("x.jsonl", '{"v":1e308}\n{"v":1e400}\n', pinned=schema(v="DOUBLE"))

    imported = read("x.csv", "v\ninf\n-Infinity\nnan\n1e308\n", pinned=schema(v="DOUBLE"))
    assert [str(row[0]) for row in rows_of(frames, imported)] == ["inf", "-inf", "nan", "1e+308"]
