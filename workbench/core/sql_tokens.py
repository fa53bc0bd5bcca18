"""Splits DuckDB's SQL into tokens without being misled by texts and comments, and points at places in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

# Letters, digits, _ and, as for DuckDB, every character beyond ASCII.
_LETTER = r"[^\x00-\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\x7F\s]"
_MORE = rf"(?:{_LETTER}|-(?={_LETTER}))"  # two hyphens begin a comment
# What is not closed goes on to the end, as it does for DuckDB.
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+|--[^\r\n]*)
    | (?P<comment>/\*)
    | (?P<text>
          [eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)
        | '(?:[^']|'')*(?:'|\Z)
        | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
      )
    | (?P<reference>(?:"(?:[^"]|"")*"|{_LETTER}{_MORE}{{0,99}})@{_LETTER}{_MORE}*)
    | (?P<quoted>"(?:[^"]|"")*(?:"|\Z))
    | (?P<word>[0-9]{_LETTER}*|{_LETTER}(?:{_LETTER}|\$)*)
    | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"/\*|\*/")
_BEFORE, _AFTER = 50, 30
"""Characters of a line that are shown before and after the place pointed at."""


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    """A keyword, a number, or a name without quotes."""
    QUOTED = "quoted"
    """A name in double quotes."""
    REFERENCE = "reference"
    """A name, with or without quotes, an @ and a version or period: `flights@v3`."""
    TEXT = "text"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL that means something."""

    kind: TokenKind
    text: str
    start: int
    """Where it begins, in characters."""

    @property
    def end(self) -> int:
        """Where it ends, in characters."""
        return self.start + len(self.text)


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of `sql` in their order, without spaces and comments."""
    position = 0
    while found := _TOKEN.match(sql, position):
        group = found.lastgroup
        assert group is not None
        position = _end_of_comment(sql, position) if group == "comment" else found.end()
        if group not in {"space", "comment"}:
            yield Token(TokenKind(group), found[0], found.start())


def unquoted(name: str) -> str:
    """A name as it is called: without the double quotes it may stand in."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def place(sql: str, position: int) -> str:
    """Where a character stands, as people count: `line 1, column 15`."""
    line = sql.count("\n", 0, position) + 1
    column = position - (sql.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}"


def pointing(sql: str, position: int) -> str:
    """The line around a character, and below it a caret that points at the character."""
    start = sql.rfind("\n", 0, position) + 1
    end = sql.find("\n", position)
    end = len(sql) if end < 0 else end
    first, last = max(start, position - _BEFORE), min(end, position + _AFTER)
    before = ("…" if first > start else "") + _one_line(sql[first:position])
    after = _one_line(sql[position:last]) + ("…" if last < end else "")
    return f"  {before}{after}\n  {' ' * _width(before)}^"


def _end_of_comment(sql: str, start: int) -> int:
    """Where the comment that begins at `start` ends; comments nest."""
    depth = 0
    for found in _COMMENT_ENDS.finditer(sql, start):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    return len(sql)


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def _width(text: str) -> int:
    """Columns that `text` takes on a terminal: Hangul takes two, a combining mark none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )
