from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from storage.frames.reading.dialect import NUMBER, Dialect
from storage.frames.reading.lines import CsvLines, JsonLines, Line


def dialect(width: int, *, delimiter: str = ",", quote: str = '"') -> Dialect:
    return Dialect(
        delimiter=delimiter,
        quote=quote,
        decimal=".",
        nulls=("",),
        names=tuple(f"c{place}" for place in range(width)),
        skipped=0,
        first_line=1,
        rows=(),
    )


def lines(
    text: str | bytes, width: int = 2, *, hints: Sequence[object] = (), **how: str
) -> list[Line]:
    content = text.encode() if isinstance(text, str) else text
    reader = CsvLines(
        dialect(width, **how), [None, NUMBER] if hints else [None] * width, is_utf8=False
    )
    return list(reader.read(io.BytesIO(content)))


CLEAN = {
    "a plain line": ("a,1\n", [b"1,a,1\n"]),
    "no line end": ("a,1", [b"1,a,1\n"]),
    "a carriage return at the end": ("a,1\r\n", [b"1,a,1\n"]),
    "carriage returns alone": ("a,1\rb,2\r", [b"1,a,1\n", b"2,b,2\n"]),
    "a carriage return within": ("a\rb,1\n", [b'1,"a\rb",1\n']),
    "quotes": ('"a",1\n', [b'1,"a",1\n']),
    "a quote within quotes": ('"a""b",1\n', [b'1,"a""b",1\n']),
    "a quote within text": ('a"b,1\n', [b'1,"a""b",1\n']),
    "a delimiter within quotes": ('"a,b",1\n', [b'1,"a,b",1\n']),
    "a line break within quotes": ('"a\nb",1\nc,2\n', [b'1,"a\nb",1\n', b"3,c,2\n"]),
    "a Windows line break within": ('"a\r\nb",1\r\n', [b'1,"a\r\nb",1\n']),
    "spaces beside quotes": (' "a" ,1\n', [b'1,"a",1\n']),
    "empty fields": (",\n", [b"1,,\n"]),
    "empty fields at the end": ("a,1,,\n", [b"1,a,1\n"]),
    "empty quotes at the end": ('"a",1,"",\n', [b'1,"a",1\n']),
    "blank lines": ("\na,1\n\n\r\nb,2\n", [b"2,a,1\n", b"5,b,2\n"]),
    "a mark": ("\ufeffa,1\n", [b"1,a,1\n"]),
    "Korean": ("가,나\n", ["1,가,나\n".encode()]),
}


@pytest.mark.parametrize(("text", "clean"), CLEAN.values(), ids=CLEAN.keys())
def test_a_line_of_fields_is_rewritten_without_doubt(text: str, clean: list[bytes]):
    found = lines(text)

    assert [one.fault for one in found] == [""] * len(clean)
    assert [one.clean for one in found] == clean


FAULTY = {
    "too few fields": ("a\n", "it has 1 field instead of 2"),
    "too many fields": ("a,1,x\n", "it has 3 fields instead of 2"),
    "too many quoted fields": ('"a",1,"x"\n', "it has 3 fields instead of 2"),
    "an open quote": ('a,"b\n', "it opens a quote that is never closed"),
    "text behind a quote": ('"a"b,1\n', "a closing quote has text behind it"),
    "another encoding": (b"a,\xff\n", "its byte 3 is not UTF-8"),
    "another encoding in quotes": (b'"a\xff",1\n', "its byte 3 is not UTF-8"),
    "a zero byte": ("a,\0\n", "it holds a zero byte"),
    "a zero byte in quotes": ('"a\0",1\n', "it holds a zero byte"),
    "two megabytes": ("a," + "x" * 2_000_001 + "\n", "it is longer than 2 MB"),
}


@pytest.mark.parametrize(("text", "fault"), FAULTY.values(), ids=FAULTY.keys())
def test_a_line_that_is_no_row_says_why(text: str | bytes, fault: str):
    (line,) = lines(text)

    assert (line.fault, line.clean, line.number) == (fault, b"", 1)


def test_an_open_quote_costs_its_own_line_alone():
    found = lines('a,1\nb,"2\nc,3\nd,4\n')

    assert [(one.number, bool(one.fault)) for one in found] == [
        (1, False),
        (2, True),
        (3, False),
        (4, False),
    ]


def test_an_open_quote_that_a_later_row_closes_is_told_by_the_rows_within():
    found = lines('"a,1\nb,2\nc",3\nd,4\n', hints=(NUMBER,))

    assert [one.number for one in found if one.fault] == [1]
    assert found[0].fault == "it opens a quote, and what the quote holds looks like rows"


def test_where_nothing_is_quoted_quotes_are_text():
    assert [one.clean for one in lines('"a,1\n', quote="")] == [b'1,"a,1\n']


def test_another_delimiter_and_quote_are_taken():
    (line,) = lines("'a;b';1\n", delimiter=";", quote="'")

    assert line.clean == b"1;'a;b';1\n"


def test_a_line_is_numbered_by_the_lines_of_the_file():
    text = '"a\nb\nc",1\n\nd\n"e\n",2\n'

    assert [one.number for one in lines(text)] == [1, 5, 6]


def test_json_lines_begin_with_their_number():
    found = list(JsonLines("n").read(io.BytesIO('{}\n\n {"가": 1} \n{"a"\n[1]\n'.encode())))

    assert [one.clean for one in found] == [b'{"n":1}\n', '{"n":3,"가": 1}\n'.encode(), b"", b""]
    assert [bool(one.fault) for one in found] == [False, False, True, True]
