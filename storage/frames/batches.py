"""Many small files that are written alike, read in one statement into one Parquet file.

A statement costs some milliseconds whatever it reads, and so does a file that is kept. A batch with a file
that wants a closer look is not read at all: whoever gave it tries fewer, down to that file alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.frames.database import Frames
from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.reading import dialect as dialects
from storage.frames.reading.dialect import Dialect
from storage.frames.reading.doubts import last_line_of_totals
from storage.frames.reading.encodings import UTF8
from storage.frames.reading.evolution import plan
from storage.frames.reading.intake import (
    FLOATS,
    FileUnreadable,
    Intake,
    is_files_fault,
    listed,
    reader_of,
    scratch,
    suffix_of,
)
from storage.frames.reading.streams import TAIL_BYTES
from storage.frames.reading.values import Shape, checked
from storage.frames.selection import FILE
from storage.records import ColumnKind, ReadingRules, Schema

SMALL_BYTES = 1024 * 1024
"""Up to this size a file is read together with others."""
BATCH_BYTES = 32 * 1024 * 1024
BATCH_FILES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A small file, and the bytes it had when it was looked at."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Where the rows of one file lie in a batch."""

    first_row: int
    rows: int
    first_time: datetime | None
    last_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The rows of several files, staged as one Parquet file."""

    staged: Path
    rows: int
    slices: tuple[Slice, ...]
    """One a file, in the order the files were given."""


def can_be_small(path: Path, size_bytes: int) -> bool:
    """Whether a file may be read together with others: CSV that is not packed, and not large."""
    packed = path.suffix.lower() != suffix_of(path)
    return size_bytes <= SMALL_BYTES and not packed and suffix_of(path) in {".csv", ".tsv", ".txt"}


def import_alike(
    frames: Frames,
    files: Sequence[Small],
    *,
    pinned: Schema,
    time: str | None,
    kind_of: Callable[[str], ColumnKind],
    rules: ReadingRules,
) -> Batch | None:
    """Reads files into one staged Parquet file, in their order.

    Args:
        frames: The engine, whose blob store holds the staged file.
        files: At least one.
        pinned: The dataset's columns.
        time: Column of the event time; None when the dataset has none.
        kind_of: Says what kind of values a DuckDB type holds.
        rules: As for `import_file`.

    Returns:
        None when a file is not like the first one, or holds anything that wants a closer look.
    """
    with scratch(frames.blobs) as made, frames.connect() as cursor:
        intake = Intake(
            cursor=cursor,
            source=files[0].path,
            pinned=pinned,
            time=time,
            kind_of=kind_of,
            rules=rules,
            scratch=made,
        )
        dialect = _shared_dialect(intake, files)
        if dialect is None:
            return None
        try:
            _load(intake, dialect, [one.path for one in files])
            if _has_infinite(intake):
                return None
            slices = _slices(intake, [one.path for one in files])
            if slices is None:
                return None
            columns = ", ".join(map(identifier, pinned.names))
            staged, rows = intake.write(f"SELECT {columns} FROM batch")
        except duckdb.Error as error:
            if not is_files_fault(error):
                raise
            return None
        finally:
            intake.ask("DROP TABLE IF EXISTS batch")
        made.keep(staged)
    return Batch(staged=staged, rows=rows, slices=slices)


def _shared_dialect(intake: Intake, files: Sequence[Small]) -> Dialect | None:
    """How all of the files are written; None when they differ, or when it is not plain."""
    rules = intake.rules.csv
    if rules.encoding not in {None, *UTF8} or rules.header is False:
        return None
    # The name of such a file says what its delimiter is.
    if len({".tsv" in map(str.lower, one.path.suffixes) for one in files}) > 1:
        return None
    try:
        reader_of(intake.source)
        dialect = dialects.find(intake, files[0].content)
        columns = plan(intake, dialect.names)
    except FileUnreadable:
        return None
    is_plain = not (columns.notes or columns.missing or dialect.notes)
    if not is_plain or (dialect.skipped, dialect.first_line) != (1, 2):
        return None
    header, _, _ = files[0].content.partition(b"\n")
    may_differ = rules.quote is None
    alike = all(_is_plain(one.content, header, dialect, may_differ=may_differ) for one in files)
    return dialect if alike else None


def _is_plain(content: bytes, header: bytes, dialect: Dialect, *, may_differ: bool) -> bool:
    """Whether the bytes are rows under this header, one a line, and nothing else.

    Args:
        content: All bytes of the file.
        header: Its first line, without the line end.
        dialect: How the first file is written.
        may_differ: Whether another file may be quoted otherwise.
    """
    delimiter, quote = dialect.delimiter.encode(), dialect.quote.encode()
    signs = (b"\r", b"\0", b"\n\n", *([quote] if quote else []))
    if not content.endswith(b"\n") or any(sign in content for sign in signs):
        return False
    lines = content.count(b"\n")
    is_alike = content.startswith(header + b"\n") and not content.startswith(b"\xef\xbb\xbf")
    if not is_alike or lines < 2:
        return False
    if content.count(delimiter) != lines * (len(dialect.names) - 1):
        return False
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    if may_differ and "'" in text and dialects.quote_of(text) != dialect.quote:
        return False
    return last_line_of_totals(content[-TAIL_BYTES:], dialect.delimiter) is None


def _load(intake: Intake, dialect: Dialect, paths: Sequence[Path]) -> None:
    """Reads the files into the temporary table `batch`, each row with the path it came from."""
    shapes = {
        name: Shape(type=intake.pinned_type(name) or "VARCHAR", decimal=dialect.decimal)
        for name in dialect.names
    }
    types = ", ".join(f"{literal(n)}: {literal(shapes[n].read_as)}" for n in dialect.names)
    values = {
        name: checked(identifier(name), shape, own=shape.read_as) for name, shape in shapes.items()
    }
    files = ", ".join(map(file_pattern, paths))
    intake.ask(
        f"CREATE OR REPLACE TEMP TABLE batch AS SELECT {listed(values)}, {identifier(FILE)} "
        f"FROM read_csv([{files}], {dialect.options}, skip = 1, columns = {{{types}}}, "
        f"filename = {literal(FILE)})"
    )


def _has_infinite(intake: Intake) -> bool:
    """Whether a float is infinite: the reader takes a number that is too large for such a one."""
    columns = intake.pinned.columns if intake.pinned else ()
    floats = [f"bool_or(isinf({identifier(one.name)}))" for one in columns if one.type in FLOATS]
    return bool(floats) and any(intake.ask(f"SELECT {', '.join(floats)} FROM batch")[0])


def _slices(intake: Intake, paths: Sequence[Path]) -> tuple[Slice, ...] | None:
    """Where each file's rows lie in the table; None when they do not lie one file after the other."""
    time = "NULL"
    if intake.time is not None:
        time = f"CAST({identifier(intake.time)} AS TIMESTAMP)"
    found = {
        path: tuple(rest)
        for path, *rest in intake.cursor.execute(
            f"SELECT {identifier(FILE)}, min(rowid), max(rowid), count(*), min({time}), max({time}) "
            f"FROM batch GROUP BY 1"
        ).fetchall()
    }
    slices, expected = [], 0
    for path in paths:
        first, last, rows, first_time, last_time = found.get(str(path), (-1, -1, 0, None, None))
        if first != expected or last - first + 1 != rows:
            return None
        slices.append(Slice(first_row=first, rows=rows, first_time=first_time, last_time=last_time))
        expected += rows
    return tuple(slices)
