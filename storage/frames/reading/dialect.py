"""How a CSV file is written: its delimiter, its quotes, and the names in its first line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.frames.quoting import literal
from storage.frames.reading.intake import Intake, unreadable
from storage.frames.reading.streams import HEAD_BYTES
from storage.records import ColumnKind, Schema

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 200
"""Rows that decide on the delimiter and on whether there is a header."""
NUMBER = re.compile(
    r"\s*[+-]?((\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?|nan|inf(inity)?)\s*", re.IGNORECASE
)
TIME = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\s*\d{1,2}:\d{2}(:\d{2})?\s*")
_QUOTED = re.compile(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|\r?$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a file is written, and the names of its columns."""

    delimiter: str
    quote: str
    """Empty: nothing is quoted."""
    decimal: str
    nulls: tuple[str, ...]
    """Texts that stand for no value, the empty one first."""
    names: tuple[str, ...]
    skipped: int
    """Lines and records before the first row, as DuckDB counts them."""
    first_line: int
    """Number of the line in which rows begin."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows as text."""
    is_misleading: bool = False
    """Whether DuckDB would take other lines for rows: a name has a line break in it, or one behind
    the mark of UTF-8 must be quoted."""
    notes: tuple[str, ...] = ()

    @property
    def options(self) -> str:
        """For DuckDB's reader, as SQL; it finds out nothing by itself."""
        quote, nulls = literal(self.quote), ", ".join(map(literal, self.nulls))
        return (
            "auto_detect = false, header = false, null_padding = false, strict_mode = true, "
            f"hive_partitioning = false, delim = {literal(self.delimiter)}, quote = {quote}, "
            f"escape = {quote}, decimal_separator = {literal(self.decimal)}, nullstr = [{nulls}]"
        )

    def first_texts(self, name: str) -> list[str]:
        """The texts of a column in the first lines that are rows."""
        place, width = self.names.index(name), len(self.names)
        return [
            row[place] for row in self.rows if len(row) >= width and not _reaches(row, width + 1)
        ]


def find(intake: Intake, head: bytes) -> Dialect:
    """The dialect of a file of UTF-8 text, as its rules and its first lines have it.

    Raises:
        FileUnreadable: Its first line holds no column names, or not those of its columns.
    """
    rules = intake.rules.csv
    text, is_whole = head.decode("utf-8-sig", errors="replace"), len(head) < HEAD_BYTES
    quote = quote_of(text) if rules.quote is None else rules.quote
    delimiter = rules.delimiter or _delimiter(intake, text, quote, is_whole=is_whole)
    blanks, line, records = _records(text, delimiter, quote, is_whole=is_whole)
    if not records:
        raise unreadable(intake.source, "it has no rows")
    if re.fullmatch(r"(?i)sep=.?", records[0][0]):
        reason = f"its first line ({text.splitlines()[blanks]}) is for a spreadsheet program"
        raise unreadable(intake.source, reason, "Remove that line")
    nulls = ("", *rules.nulls)
    first, *rows = records
    rows = [tuple("" if field in nulls else field for field in row) for row in rows]
    notes: tuple[str, ...] = ()
    if rules.header is False:
        names, skipped = _unnamed(intake, len(first)), 0
    else:
        if rules.header is None:
            _refuse_row(intake, first, rows)
        (names, notes), skipped = _names(intake, first, rows), blanks + 1
        _refuse_other_width(intake, names, rows, line)
    return Dialect(
        delimiter=delimiter,
        quote=quote,
        decimal=rules.decimal,
        nulls=nulls,
        names=names,
        skipped=skipped,
        first_line=line + 1 if skipped else 1,
        rows=tuple(rows if skipped else [first, *rows]),
        is_misleading=bool(skipped) and _is_misleading(head, first, delimiter, quote),
        notes=notes,
    )


def _is_misleading(head: bytes, names: Sequence[str], delimiter: str, quote: str) -> bool:
    signs = ["\n", "\r"]
    if quote and head.startswith(codecs.BOM_UTF8):
        signs += [delimiter, quote]
    return any(sign in name for name in names for sign in signs)


def _records(
    text: str, delimiter: str, quote: str, *, is_whole: bool
) -> tuple[int, int, list[tuple[str, ...]]]:
    """Blank lines before the first record, the line it ends in, and the first records."""
    is_old = "\r" in text and "\n" not in text
    lines = io.StringIO(text, newline="\r" if is_old else "\n")
    reader = (
        csv.reader(lines, delimiter=delimiter, quotechar=quote)
        if quote
        else csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    blanks, line, records = 0, 0, []
    try:
        for record in reader:
            if record:
                records.append(tuple(record))
                line = line or reader.line_num
            elif not records:
                blanks += 1
            if len(records) > LOOKED_AT:
                return blanks, line, records
    except csv.Error:
        # A quote that is never closed; the reader of all lines says in which.
        return blanks, line, records
    if not is_whole and len(records) > 1:
        records.pop()  # the head ends within it
    return blanks, line, records


def quote_of(text: str) -> str:
    """What quotes the fields of a text, as its first lines have it."""
    if '"' in text:
        return '"'
    lines = text.splitlines()[1 : LOOKED_AT + 1]
    quoted = sum(bool(_QUOTED.search(line)) for line in lines)
    return "'" if lines and quoted >= 0.9 * len(lines) else '"'


def _delimiter(intake: Intake, text: str, quote: str, *, is_whole: bool) -> str:
    # A guess would take the commas within a column's text for delimiters.
    if any(suffix.lower() == ".tsv" for suffix in intake.source.suffixes):
        return "\t"
    known = set(intake.pinned.names) if intake.pinned else set()
    best, chosen = (0, 0, 0), ","
    for delimiter in DELIMITERS:
        _, _, records = _records(text, delimiter, quote, is_whole=is_whole)
        width = len(records[0]) if records else 0
        if width < 2 or delimiter == intake.rules.csv.decimal:
            continue
        hits = sum(name.strip() in known for name in records[0])
        alike = sum(len(record) == width for record in records)
        if (hits, alike, width) > best:
            best, chosen = (hits, alike, width), delimiter
    return chosen


def _unnamed(intake: Intake, width: int) -> tuple[str, ...]:
    """Names for the columns of a file without any, by their places."""
    if intake.pinned is None:
        return tuple(f"column{place}" for place in range(1, width + 1))
    names = intake.pinned.names
    if len(names) != width:
        reason = f"its first line has {width} values, and the dataset {len(names)} columns"
        raise unreadable(intake.source, reason)
    return names


def _names(
    intake: Intake, first: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names in the first line, and what should be known about them."""
    given = [name.strip() for name in first]
    while len(given) > 1 and not given[-1] and not any(_reaches(row, len(given)) for row in rows):
        given.pop()  # a delimiter at the end of each line
    names = tuple(name or f"column{place}" for place, name in enumerate(given, start=1))
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            reason = f"two of its columns are called '{seen[name.casefold()]}' and '{name}'"
            raise unreadable(intake.source, reason, "Give each column a name of its own")
        seen[name.casefold()] = name
    unnamed = [name for name, own in zip(names, given, strict=True) if not own]
    return names, tuple(f"a column has no name; it is called {name}" for name in unnamed)


def _reaches(row: Sequence[str], width: int) -> bool:
    return len(row) >= width and any(row[width - 1 :])


def _refuse_row(intake: Intake, first: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuses a first line that looks like the rows below it."""
    if intake.pinned is not None and _has_names(intake.pinned, first):
        return
    kinds = [
        kind_of_texts([row[place] for row in rows if place < len(row)])
        for place in range(len(first))
    ]
    typed = [(kind, name) for kind, name in zip(kinds, first, strict=True) if kind is not None]
    if typed and all(kind.fullmatch(name) for kind, name in typed):
        raise unreadable(
            intake.source,
            f"its first line ({_shown(first)}) looks like a row, not like column names",
            "Add a line of names, or say header = false (or true) under csv",
        )


def _has_names(pinned: Schema, first: Sequence[str]) -> bool:
    return not {name.strip() for name in first}.isdisjoint(pinned.names)


def look_of(kind: ColumnKind) -> re.Pattern[str] | None:
    """What texts of a kind look like; None: like anything."""
    return {ColumnKind.NUMERIC: NUMBER, ColumnKind.TIMESTAMP: TIME}.get(kind)


def kind_of_texts(texts: Sequence[str]) -> re.Pattern[str] | None:
    """What all of these texts look like, numbers or times; None: neither, or there are none."""
    present = [text for text in texts if text.strip()]
    for pattern in (NUMBER, TIME):
        if present and all(pattern.fullmatch(text) for text in present):
            return pattern
    return None


def _refuse_other_width(
    intake: Intake, names: Sequence[str], rows: Sequence[Sequence[str]], line: int
) -> None:
    """Refuses a header that fits none of the rows: a title above it, or delimiters it lacks."""
    width = len(names)
    if not rows or any(len(row) >= width and not _reaches(row, width + 1) for row in rows):
        return
    raise unreadable(
        intake.source,
        f"its first line names {width} {'column' if width == 1 else 'columns'} ({_shown(names)}), "
        f"but line {line + 1} has {len(rows[0])} fields",
        "The first line must hold one name for each column; remove what stands above it",
    )


def _shown(fields: Sequence[str]) -> str:
    shown = ", ".join(fields)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
