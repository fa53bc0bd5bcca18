"""Laws of reading CSV: what a program wrote comes back, in both ways, and a cut file loses no row silently."""

from __future__ import annotations

import csv
import gzip
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from storage.blobs import Blobs
from storage.frames import FileUnreadable, Frames, Imported, import_file
from storage.frames.quoting import literal
from storage.records import CsvRules, ReadingRules
from tests.storage.frames.files import rows_of
from workbench.core.profile import kind_of

LETTERS = "abXY가나다힣 ,;|\t\"'\n.-_019/:"
"""Of UTF-8, UTF-16 and CP949 alike."""
PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}

texts = st.text(LETTERS, max_size=10)
columns = st.sampled_from(
    [
        st.integers(-(10**20), 10**20).map(str),
        st.integers(-9, 9).map(str),
        st.floats(allow_nan=False, allow_infinity=False).map(repr),
        st.dates(date(1900, 1, 1)).map(str),
        st.datetimes(datetime(1900, 1, 1)).map(str),  # noqa: DTZ001
        st.sampled_from(["true", "false"]),
        st.integers(0, 9999).map("{:05}".format),
        texts,
    ]
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows as text, and how they are written."""

    names: list[str]
    rows: list[tuple[str, ...]]
    delimiter: str
    quoting: Any
    line_end: str
    encoding: str
    packing: str

    def written(self, *more: Sequence[str]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.line_end
        )
        writer.writerows([self.names, *self.rows, *more])
        return text.getvalue().encode(self.encoding)

    @property
    def rules(self) -> CsvRules:
        return CsvRules(delimiter=self.delimiter, header=True)


@st.composite
def tables(draw: Any) -> Table:
    width = draw(st.integers(1, 5))
    kinds = [st.one_of(st.just(""), draw(columns)) for _ in range(width)]
    # Trimmed, and told apart from others by more than upper and lower case.
    names = [f"{draw(texts)}열{place}".strip() for place in range(width)]
    return Table(
        names=names,
        rows=draw(st.lists(st.tuples(*kinds), min_size=1, max_size=12)),
        delimiter=draw(st.sampled_from(",;\t|")),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
        line_end=draw(st.sampled_from(["\n", "\r\n"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"])),
        packing=draw(st.sampled_from(sorted(PACK))),
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[Frames]:
    with tempfile.TemporaryDirectory() as folder:
        opened = Frames(Blobs(Path(folder) / "blobs", Path(folder)), Path(folder))
        yield opened
        opened.close()


def imported(engine: Frames, table: Table, content: bytes, **rules: Any) -> Imported:
    path = engine.blobs.staging / f"table.csv{table.packing}"
    path.write_bytes(PACK[table.packing](content))
    return import_file(
        engine,
        path,
        pinned=None,
        time=None,
        kind_of=kind_of,
        rules=ReadingRules(csv=table.rules, **rules),
    )


def is_same(found: Any, text: str) -> bool:
    """Whether a value is what its text says."""
    if found is None or text == "":
        return found is None and text == ""
    if isinstance(found, bool):
        return str(found).lower() == text
    if isinstance(found, datetime):
        return found == datetime.fromisoformat(text)
    if isinstance(found, date):
        return found == date.fromisoformat(text)
    if isinstance(found, str):
        return found == text
    return bool(found == type(found)(text))


def are_same(found: list[tuple[Any, ...]], rows: list[tuple[str, ...]]) -> bool:
    return len(found) == len(rows) and all(
        is_same(value, text)
        for got, written in zip(found, rows, strict=True)
        for value, text in zip(got, written, strict=True)
    )


def is_taken_for_rows(refused: FileUnreadable) -> bool:
    """Whether a text of several lines was taken for rows behind an open quote, which is a guess."""
    return "what the quote holds looks like rows" in refused.problem


MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(table=tables())
@MANY
def test_what_a_program_wrote_comes_back(engine: Frames, table: Table):
    try:
        first = imported(engine, table, table.written())
    except FileUnreadable as refused:
        assume(not is_taken_for_rows(refused))
        raise
    found = rows_of(engine, first)
    first.discard()

    assert list(first.schema.names) == table.names
    assert are_same(found, table.rows)
    assert (first.rows, first.bad_lines) == (len(table.rows), 0)


@given(table=tables())
@MANY
def test_a_bad_line_changes_nothing_about_the_others(engine: Frames, table: Table):
    width = len(table.names)
    content = table.written(["1"] * (width + 2))
    # Just enough for the one line: more would let columns of few texts be read as numbers.
    share = 1.5 / (len(table.rows) + 1)
    assume(share < 1)
    try:
        first = imported(engine, table, content, max_bad_share=share)
    except FileUnreadable as refused:
        assume(re.search(r"\b2 of", refused.problem) is None)
        raise
    found = rows_of(engine, first)
    first.discard()

    assert list(first.schema.names) == table.names
    assert (first.rows, first.bad_lines) == (len(table.rows), 1)
    assert are_same(found, table.rows)


@given(table=tables(), share=st.sampled_from([0.0, 0.5]), data=st.data())
@MANY
def test_a_file_that_is_cut_anywhere_loses_no_row_silently(
    engine: Frames, table: Table, share: float, data: Any
):
    content = table.written()
    packed = PACK[table.packing](content)
    size = data.draw(st.integers(1, len(packed) - 1))
    path = engine.blobs.staging / f"table.csv{table.packing}"
    path.write_bytes(packed[:size])
    rules = ReadingRules(csv=table.rules, max_bad_share=share)
    try:
        first = import_file(engine, path, pinned=None, time=None, kind_of=kind_of, rules=rules)
    except FileUnreadable:
        return
    found = engine.rows(
        f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet({literal(str(first.staged))})"
    )
    first.discard()
    is_noted = "the last line has no line end: it may be cut" in first.notes
    is_whole = content[:size].decode(table.encoding, "replace").endswith(("\n", "\r"))

    assert not table.packing
    assert is_noted or is_whole
    # The last row may be cut within a value, which is what the note is for.
    read = [_canonical(row) for row in found[: len(found) - is_noted]]
    rows = [_canonical(row) for row in table.rows]
    # Where half may be bad, a column of few texts is read as numbers, and their lines are set aside.
    places = [-1]
    for row in read:
        places.append(rows.index(row, places[-1] + 1))
    assert places[-1] + 1 - len(read) <= first.bad_lines


def _canonical(row: Sequence[str | None]) -> list[object]:
    """Texts of numbers as numbers, since those of a float have another form."""
    kept: list[object] = []
    for text in row:
        try:
            kept.append(float(text or "") if text else None)
        except ValueError:
            kept.append((text or "").lower().removesuffix(".000").rstrip("0"))
    return kept
