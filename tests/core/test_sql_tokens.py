"""SQL in tokens, and places in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.sql_tokens import TokenKind, place, pointing, tokens, unquoted


def texts(sql: str) -> list[str]:
    return [token.text for token in tokens(sql)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("a 'it''s' b", ["a", "'it''s'", "b"]),
        (r"a e'it\'s b' c", ["a", r"e'it\'s b'", "c"]),
        (r"a 'it\' b", ["a", r"'it\'", "b"]),
        ('a "b ""c"" d" e', ["a", '"b ""c"" d"', "e"]),
        ("a $$b'c$$ d", ["a", "$$b'c$$", "d"]),
        ("a $매출$ $$ b $매출$ d", ["a", "$매출$ $$ b $매출$", "d"]),
        ("a$b$c $1", ["a$b$c", "$", "1"]),
        ("a -- b\nc", ["a", "c"]),
        ("a -- b", ["a"]),
        ("a /* b /* c */ d */ e", ["a", "e"]),
        ("a -/* b */- c", ["a", "-", "-", "c"]),
        ("a 'b", ["a", "'b"]),
        (r"a e'b\ "[:-1], ["a", r"e'b\ "[:-1]]),
        ('a "b', ["a", '"b']),
        ("a $$b", ["a", "$$b"]),
        ("a /* b /* c */", ["a"]),
        ("판매.가격>=1.5", ["판매", ".", "가격", ">", "=", "1", ".", "5"]),
        ("f@v3 \"매 출\"@2013-04 a-b@v1 'f@v3'", ["f@v3", '"매 출"@2013-04', "a-b@v1", "'f@v3'"]),
        ("f@v3--a@v1\na--b@v1", ["f@v3", "a"]),
        ("1$$a$$", ["1", "$$a$$"]),
        ("@ -3 @>a", ["@", "-", "3", "@", ">", "a"]),
        ("", []),
    ],
)
def test_texts_names_and_comments_are_told_apart(sql, found):
    assert texts(sql) == found


@given(st.text("ab판'\"$-/*@\\\n e1", max_size=40))
def test_a_token_stands_where_it_says(sql):
    found = list(tokens(sql))

    assert all(sql[token.start : token.end] == token.text for token in found)
    assert sorted(found, key=lambda token: token.start) == found


@pytest.mark.parametrize("unit", ["판", "a", "-a", "판-", '"', '""', "'", "/*", "$", "\\", "e'"])
def test_long_text_takes_no_time_to_speak_of(unit):
    # A pattern that goes back and forth would not end within a lifetime.
    assert list(tokens(unit * 20_000)) is not None


@pytest.mark.parametrize(
    ("name", "called"), [("a", "a"), ('"a b"', "a b"), ('"a""b"', 'a"b'), ("판매", "판매")]
)
def test_a_name_is_called_without_its_quotes(name, called):
    assert unquoted(name) == called


def test_the_kinds_are_told():
    kinds = [token.kind for token in tokens("a \"b\" c@v1 'd' +")]

    assert kinds == list(TokenKind)


@pytest.mark.parametrize(
    ("position", "told"),
    [(0, "line 1, column 1"), (3, "line 1, column 4"), (4, "line 2, column 1"), (7, "line 3, column 1")],
)  # fmt: skip
def test_a_place_is_counted_from_one(position, told):
    assert place("abc\nde\nf", position) == told


def test_the_caret_stands_below_the_character_though_hangul_is_wide():
    line, caret = pointing("select 1;\nfrom 판매, xy where z", 17).splitlines()

    assert line == "  from 판매, xy where z"
    assert caret == "  " + " " * len("from 판매") + "  " + "^"


def test_a_long_line_is_cut_on_both_sides():
    line, caret = pointing("a" * 500 + "!" + "b" * 500, 500).splitlines()

    assert line[caret.index("^")] == "!"
    assert len(line) < 100
    assert line.strip()[0] == line[-1] == "…"


@given(st.text(max_size=60), st.integers(0, 60))
def test_any_place_in_any_text_can_be_pointed_at(sql, position):
    found = min(position, len(sql))
    line, caret = pointing(sql, found).split("\n")

    assert place(sql, found)
    assert caret.endswith("^")
    assert line.isprintable()
