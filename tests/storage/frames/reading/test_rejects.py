from __future__ import annotations

from typing import Any

import pytest

from storage.frames import FileUnreadable, Frames, Imported, bad_lines
from storage.records import BadLine, ReadingRules
from tests.storage.frames.files import left_behind, rows_of, schema

PINNED = schema(도시="VARCHAR", n="BIGINT")
TEXT = '도시,n\n서울,1\n부산,many\n"광주\n광역시",2\n대구\n"대전,3\n인천,4,5\n울산,6\n'
BAD = (
    BadLine(line=3, reason="n is 'many', which would not fit BIGINT", text="부산,many"),
    BadLine(line=6, reason="it has 1 field instead of 2", text="대구"),
    BadLine(line=7, reason="it opens a quote that is never closed", text='"대전,3'),
    BadLine(line=8, reason="it has 3 fields instead of 2", text="인천,4,5"),
)


def sharing(share: float) -> ReadingRules:
    return ReadingRules(max_bad_share=share)


def test_bad_lines_are_kept_with_their_number_their_text_and_the_reason(frames: Frames, read: Any):
    imported = read("x.csv", TEXT, pinned=PINNED, rules=sharing(0.6))

    assert imported.bad == BAD
    assert (imported.bad_lines, imported.rows) == (4, 3)
    assert rows_of(frames, imported) == [("서울", 1), ("광주\n광역시", 2), ("울산", 6)]


def test_all_bad_lines_stand_in_a_file_of_their_own(read: Any):
    rejects = read("x.csv", TEXT, pinned=PINNED, rules=sharing(0.6)).rejects

    assert bad_lines(rejects) == BAD
    assert bad_lines(rejects, limit=2, offset=1) == BAD[1:3]


def test_a_first_file_sets_lines_aside_too(frames: Frames, read: Any):
    text = "n,x\n" + "1,a\n" * 97 + "many,b\n2\n3,c,d\n"
    imported = read("x.csv", text, rules=sharing(0.03))

    assert [one.line for one in imported.bad] == [99, 100, 101]
    assert rows_of(frames, imported) == [(1, "a")] * 97


def test_a_file_without_bad_lines_has_no_file_of_them(read: Any):
    imported = read("x.csv", "도시,n\n서울,1\n", pinned=PINNED, rules=sharing(0.5))

    assert (imported.bad, imported.bad_lines, imported.rejects) == ((), 0, None)


def test_over_the_share_the_file_is_refused_and_the_first_lines_are_named(
    frames: Frames, read: Any
):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", TEXT, pinned=PINNED, rules=sharing(0.5))

    assert raised.value.problem == (
        "x.csv cannot be read: 4 of 7 lines are bad, and at most 50 % may be: "
        "line 3: n is 'many', which would not fit BIGINT; "
        "line 6: it has 1 field instead of 2 ('대구'); "
        "line 7: it opens a quote that is never closed ('\"대전,3'); and 1 more."
    )
    assert left_behind(frames) == []


@pytest.mark.parametrize(("share", "is_taken"), [(0.01, True), (0.0099, False)])
def test_the_share_is_of_all_lines_and_may_be_reached(read: Any, share: float, is_taken: bool):
    text = "n\n" + "1\n" * 99 + "many\n"

    def taken() -> Imported:
        return read("x.csv", text, pinned=schema(n="BIGINT"), rules=sharing(share))

    if is_taken:
        assert taken().bad_lines == 1
        return
    with pytest.raises(FileUnreadable, match=r"1 of 100 lines is bad, and at most 0\.99 % may be"):
        taken()


def test_lines_are_counted_to_the_end_of_the_file_whatever_is_read_of_it(read: Any):
    text = "n,x\n" + "1,a\n" * 30_000 + "many,b\n" + "2,c\n" * 30_000 + "3\n"
    imported = read(
        "x.csv",
        text,
        pinned=schema(n="BIGINT"),
        rules=ReadingRules(max_bad_share=0.1, new="ignore"),
    )

    assert (imported.rows, imported.bad_lines) == (60_000, 2)
    assert [one.line for one in imported.bad] == [30_002, 60_003]


def test_a_thousand_bad_lines_are_given_at_once_and_the_rest_by_page(read: Any):
    text = "n\n" + "1\nmany\n" * 1_500
    imported = read("x.csv", text, pinned=schema(n="BIGINT"), rules=sharing(0.5))

    assert (len(imported.bad), imported.bad_lines) == (1_000, 1_500)
    assert [one.line for one in bad_lines(imported.rejects, offset=1_499)] == [3001]


def test_of_a_long_line_the_beginning_is_kept(read: Any):
    text = "n\n1\n" + "가" * 5_000 + "\n"
    (bad,) = read("x.csv", text, pinned=schema(n="BIGINT"), rules=sharing(0.5)).bad

    assert bad.text == "가" * 1_000


def test_a_reason_stays_on_one_line(read: Any):
    with pytest.raises(FileUnreadable) as raised:
        read("x.csv", 'n,x\n1,a\n"two\nlines\t",b\n', pinned=schema(n="BIGINT", x="VARCHAR"))

    assert "line 3: n is 'two lines ', which would not fit BIGINT" in raised.value.problem


def test_what_is_set_aside_goes_with_the_import(frames: Frames, read: Any):
    imported = read("x.csv", TEXT, pinned=PINNED, rules=sharing(0.6))
    imported.discard()

    assert left_behind(frames) == []


def test_a_file_whose_lines_are_all_bad_has_no_rows(frames: Frames, read: Any):
    with pytest.raises(FileUnreadable, match="it has no rows"):
        read("x.csv", "n\nmany\n", pinned=schema(n="BIGINT"), rules=sharing(1.0))

    assert left_behind(frames) == []
