"""The lines of a text file one by one, each with its number and what is wrong with it.

This is the slow and exact way to read: it is taken once the fast one has failed, to find the lines that
made it fail and to go on without them.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple, Protocol

import msgspec

from storage.frames.reading.dialect import Dialect
from storage.frames.reading.streams import CHUNK_BYTES

LONGEST_BYTES = 2_000_000  # DuckDB takes no longer line
LONGEST_LINES = 1_000
"""How many lines one row may have; a quote that is open for longer was never closed."""

Numbered = tuple[int, bytes]
UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Line(NamedTuple):
    """A row of a file, or a line that is none; a tuple, since there are millions of them."""

    number: int
    """Of its first line, from 1."""
    raw: bytes
    """As it stands in the file, without its line end."""
    clean: bytes
    """As the fast reader takes it without doubt, with its line end; empty when something is wrong."""
    fault: str = ""
    """What is wrong with it; empty when nothing is."""


class Lines(Protocol):
    """A way to cut a file into lines."""

    def read(self, stream: BinaryIO) -> Iterator[Line]:
        """The lines of `stream` that hold rows or should, in their order."""
        ...


class JsonLines:
    """One JSON object a line; `clean` begins with the line's number under the key `number`."""

    def __init__(self, number: str) -> None:
        self._number = msgspec.json.encode(number)

    def read(self, stream: BinaryIO) -> Iterator[Line]:
        """The lines of `stream` that are not blank."""
        decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
        for number, raw in _physical(stream):
            text = raw.strip()
            if not text:
                continue
            fault = _too_long(raw)
            keys: Mapping[str, object] | None = None
            try:
                text.decode()
                keys = decoder.decode(text)
            except UNREADABLE_JSON as error:
                keys = _lenient(text)
                if keys is None:
                    fault = fault or f"it is no JSON object ({_first(error)})"
            comma = b"," if keys else b""
            clean = b"{%b:%d%b%b\n" % (self._number, number, comma, text[1:].lstrip())
            yield Line(number, raw, b"" if fault else clean, fault)


def _lenient(text: bytes) -> dict[str, object] | None:
    """An object with numbers such as NaN, which many programs write; None when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class CsvLines:
    """Rows of a CSV file; `clean` begins with the line's number as a first field."""

    def __init__(
        self, dialect: Dialect, hints: Sequence[re.Pattern[str] | None], *, is_utf8: bool
    ) -> None:
        """Rows as `dialect` has them.

        Args:
            dialect: How the file is written.
            hints: What each column's values look like, None where anything goes; they tell the end of
                a row from a text with line breaks.
            is_utf8: Whether the whole file is known to be UTF-8.
        """
        self._delimiter = dialect.delimiter.encode()
        self._quote = dialect.quote.encode()
        self._width = len(dialect.names)
        self._first = dialect.first_line
        self._hints = hints
        self._is_utf8 = is_utf8
        self._nulls = frozenset(dialect.nulls)
        self._waiting: deque[Numbered] = deque()
        d, q = re.escape(self._delimiter), re.escape(self._quote)
        if self._quote:
            quoted = rb" ?%b(?:[^%b]|%b%b)*+%b *+" % (q, q, q, q, q)
            plain = rb"(?! ?%b)[^%b\n]*+" % (q, d)
            field = rb"(?>%b|%b)" % (quoted, plain)
            self._field = re.compile(rb"(?:\A|%b)(%b)" % (d, field), re.DOTALL)
            self._row = re.compile(rb"%b(?:%b%b)*+" % (field, d, field), re.DOTALL)
            self._open = re.compile(
                rb"(?:%b%b)*+ ?%b(?:[^%b]|%b%b)*+" % (field, d, q, q, q, q), re.DOTALL
            )

    def read(self, stream: BinaryIO) -> Iterator[Line]:
        """The rows of `stream` in their order, and the lines that are none."""
        lines = _physical(stream)
        self._waiting.clear()
        quote, delimiter, commas = self._quote, self._delimiter, self._width - 1
        while True:
            numbered = self._waiting.popleft() if self._waiting else next(lines, None)
            if numbered is None:
                return
            number, raw = numbered
            text = raw.removesuffix(b"\r")
            is_simple = self._is_utf8 and len(text) <= LONGEST_BYTES
            if number < self._first or (not text and self._width > 1):
                continue
            if quote and quote in text:
                yield self._quoted(number, raw, lines)
            elif (
                is_simple
                and text.count(delimiter) == commas
                and b"\r" not in text
                and b"\0" not in text
            ):
                yield Line(number, text, b"%d%b%b\n" % (number, delimiter, text))
            else:
                yield self._plain(number, text)

    def _plain(self, number: int, raw: bytes) -> Line:
        extra = raw.count(self._delimiter) + 1 - self._width
        fault = _too_long(raw) or self._other_width(raw, extra) or self._wrong_letters(raw)
        if fault:
            return Line(number, raw, b"", fault)
        kept = raw[: len(raw) - extra * len(self._delimiter)] if extra else raw
        if b"\r" in kept:
            kept = self._rewritten(kept.split(self._delimiter))
        return Line(number, raw, b"%d%b%b\n" % (number, self._delimiter, kept))

    def _other_width(self, raw: bytes, extra: int) -> str:
        # Empty fields at the end are the delimiters that some programs write there.
        if extra == 0 or (extra > 0 and raw.endswith(self._delimiter * extra)):
            return ""
        width = self._width + extra
        return f"it has {width} {'field' if width == 1 else 'fields'} instead of {self._width}"

    def _wrong_letters(self, raw: bytes) -> str:
        if b"\0" in raw:
            return "it holds a zero byte"
        if self._is_utf8:
            return ""
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            return f"its byte {error.start + 1} is not UTF-8"
        return ""

    def _quoted(self, number: int, raw: bytes, lines: Iterator[Numbered]) -> Line:
        """The row that begins in a line with quotes, which may go on in the next ones."""
        following: list[Numbered] = []
        pieces = [raw]
        whole = text = raw.removesuffix(b"\r")
        while self._row.fullmatch(whole) is None:
            if self._open.fullmatch(whole) is None:
                fault = "a closing quote has text behind it"
                return self._given_up(number, text, following, fault)
            taken = self._until_quote(lines, following)
            if not taken or len(whole) > LONGEST_BYTES:
                fault = "it opens a quote that is never closed"
                return self._given_up(number, text, following, fault)
            pieces += taken
            whole = b"\n".join(pieces).removesuffix(b"\r")
        if following and all(map(self._is_row, [text, *(one for _, one in following)])):
            fault = "it opens a quote, and what the quote holds looks like rows"
            return self._given_up(number, text, following, fault)
        return self._of_fields(number, whole)

    def _until_quote(self, lines: Iterator[Numbered], following: list[Numbered]) -> list[bytes]:
        """The next lines up to one with a quote; none when none follows soon."""
        taken: list[bytes] = []
        while len(following) < LONGEST_LINES:
            numbered = self._waiting.popleft() if self._waiting else next(lines, None)
            if numbered is None:
                return []
            following.append(numbered)
            taken.append(numbered[1])
            if self._quote in numbered[1]:
                return taken
        return []

    def _given_up(self, number: int, raw: bytes, following: list[Numbered], fault: str) -> Line:
        """The line as a bad one; those behind it are read as if it were not there."""
        self._waiting.extendleft(reversed(following))
        return Line(number, raw, b"", fault)

    def _is_row(self, raw: bytes) -> bool:
        fields = raw.removesuffix(b"\r").split(self._delimiter)
        if len(fields) != self._width:
            return False
        texts = [field.decode("utf-8", "replace") for field in fields]
        typed = [(hint, text) for hint, text in zip(self._hints, texts, strict=True) if hint]
        return any(text for _, text in typed) and all(
            text in self._nulls or hint.fullmatch(text.strip('"')) for hint, text in typed
        )

    def _of_fields(self, number: int, whole: bytes) -> Line:
        fields = self._field.findall(whole)
        extra = len(fields) - self._width
        if extra > 0 and not any(map(self._has_text, fields[self._width :])):
            fields, extra = fields[: self._width], 0
        fault = _too_long(whole) or self._other_width(b"", extra) or self._wrong_letters(whole)
        clean = b"%d%b%b\n" % (number, self._delimiter, self._rewritten(fields))
        return Line(number, whole, b"" if fault else clean, fault)

    def _has_text(self, field: bytes) -> bool:
        return bool(field) and field.strip(b" ") != self._quote * 2

    def _rewritten(self, fields: Sequence[bytes]) -> bytes:
        """Fields as one row with a quote only where it is needed, and nothing beside a quote."""
        q = self._quote or b'"'
        return self._delimiter.join(_requoted(field, q, self._delimiter) for field in fields)


def _requoted(field: bytes, quote: bytes, delimiter: bytes) -> bytes:
    inner = field.removeprefix(b" ").rstrip(b" ")
    if inner.startswith(quote) and len(inner) > 1:
        return inner
    if quote in field or b"\r" in field or b"\n" in field or delimiter in field:
        return quote + field.replace(quote, quote + quote) + quote
    return field


def _physical(stream: BinaryIO) -> Iterator[Numbered]:
    """The lines of a stream with their numbers; of line ends, a carriage return may be left."""
    number, is_within = 0, False
    carriage = False
    for raw in iter(lambda: stream.readline(LONGEST_BYTES + 2), b""):
        if number == 0:
            raw = raw.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901
            carriage = b"\n" not in raw and b"\r" in raw
        if carriage:
            yield from _by_carriage_return(raw, stream)
            return
        is_end = raw.endswith(b"\n")
        if not is_within:
            number += 1
            yield number, raw.removesuffix(b"\n")
        is_within = not is_end


def _by_carriage_return(first: bytes, stream: BinaryIO) -> Iterator[Numbered]:
    """Lines that end with a carriage return alone, as old programs for the Macintosh wrote them."""
    number, rest = 0, first
    while rest:
        *whole, rest = rest.split(b"\r")
        for raw in whole:
            number += 1
            yield number, raw
        chunk = stream.read(CHUNK_BYTES)
        if not chunk or len(rest) > LONGEST_BYTES:
            if rest:
                yield number + 1, rest
            return
        rest += chunk


def _too_long(raw: bytes) -> str:
    return "it is longer than 2 MB" if len(raw) > LONGEST_BYTES else ""


def _first(error: Exception) -> str:
    said = str(error).removeprefix("JSON is malformed: ")
    return said.partition("\n")[0][:100] or type(error).__name__
