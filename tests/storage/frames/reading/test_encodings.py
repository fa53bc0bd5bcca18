from __future__ import annotations

import gzip
from typing import Any

import pytest
import zstandard

from storage.frames import FileUnreadable, Frames
from storage.records import CsvRules, ReadingRules
from tests.storage.frames.files import left_behind, rows_of

TEXT = "도시,n\n서울,1\n부산,2\n"
ROWS = [("서울", 1), ("부산", 2)]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("it was read as UTF-16",)),
        ("utf-32", ("it was read as UTF-32",)),
        ("cp949", ("it was read as CP949",)),
        ("euc-kr", ("it was read as CP949",)),
    ],
)
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_text_is_read_in_the_encoding_it_has(
    frames: Frames, read: Any, encoding: str, note: tuple[str, ...], packing: str
):
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[packing]
    imported = read(f"cities.csv{packing}", pack(TEXT.encode(encoding)))

    assert imported.schema.names == ("도시", "n")
    assert (rows_of(frames, imported), imported.notes) == (ROWS, note)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be", "shift_jis"])
def test_an_encoding_that_is_said_is_taken(frames: Frames, read: Any, encoding: str):
    text = "name,n\nété,1\n" if encoding == "latin-1" else "name,n\n東京,1\n"
    imported = read("x.csv", text.encode(encoding), rules=CsvRules(encoding=encoding))

    assert rows_of(frames, imported) == [(text.split("\n")[1].split(",", maxsplit=1)[0], 1)]


def test_letters_of_cp949_are_read_where_euc_kr_is_said(frames: Frames, read: Any):
    content = "도시,n\n똠방각하,1\n".encode("cp949")

    assert rows_of(frames, read("x.csv", content, rules=CsvRules(encoding="euc-kr"))) == [
        ("똠방각하", 1)
    ]


def test_letters_far_down_tell_the_encoding_too(frames: Frames, read: Any):
    content = b"city,n\n" + b"Seoul,1\n" * 200_000 + "부산,2\n".encode("cp949")
    imported = read("x.csv", content)

    assert (imported.rows, imported.notes) == (200_001, ("it was read as CP949",))
    assert rows_of(frames, imported)[-1] == ("부산", 2)


REFUSED = {
    "neither UTF-8 nor CP949": (
        "name,n\nété,2\n".encode("latin-1"),
        "byte 8 (line 2) is not UTF-8, and byte 8 (line 2) is not CP949 either",
    ),
    "a damaged byte in UTF-8": (
        TEXT.replace("부산", "부?산").encode().replace(b"?", b"\xff"),
        "byte 22 (line 3) is not UTF-8",
    ),
    "half a letter at the end": (TEXT.encode()[:-5], "is not UTF-8"),
    "half a letter of UTF-16": (TEXT.encode("utf-16")[:-1], "is not UTF-16"),
    "UTF-16 without a mark": (
        TEXT.encode("utf-16-le"),
        "it holds zero bytes, as UTF-16 text without a mark does",
    ),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_text_that_fits_no_encoding_is_refused_by_its_place(
    frames: Frames, read: Any, content: bytes, reason: str
):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", content)

    assert reason in raised.value.problem
    assert left_behind(frames) == []


OTHERS = {
    "a gzip archive": gzip.compress(TEXT.encode()),
    "a Zstandard archive": zstandard.compress(TEXT.encode()),
    "a ZIP archive or a spreadsheet": b"PK\x03\x04",
    "Parquet": b"PAR1",
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_file_that_is_no_text_is_refused_by_what_it_is(read: Any, name: str, what: str):
    with pytest.raises(FileUnreadable, match=f"it is {what}, not text"):
        read(name, OTHERS[what])


def test_a_damaged_byte_costs_its_line_alone_where_lines_may_be_bad(frames: Frames, read: Any):
    content = TEXT.replace("서울", "서?울").encode().replace(b"?", b"\xff")
    imported = read("x.csv", content, rules=ReadingRules(max_bad_share=0.5))

    assert rows_of(frames, imported) == [("부산", 2)]
    assert [(one.line, one.reason) for one in imported.bad] == [(2, "its byte 4 is not UTF-8")]


def test_korean_text_that_is_cut_within_a_letter_is_not_taken_for_another_encoding(read: Any):
    content = ("도시,n\n" + "서울특별시,1\n" * 50).encode()

    for cut in range(len(content) - 30, len(content)):
        try:
            imported = read("x.csv", content[:cut])
        except FileUnreadable:
            continue
        assert "it was read as CP949" not in imported.notes
