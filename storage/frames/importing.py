"""Reads a file of rows into a Parquet file with the dataset's types, and refuses what would change a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.errors import StoreUnusable
from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.reading.columnar import read_parquet
from storage.frames.reading.delimited import read_csv
from storage.frames.reading.intake import (
    FileUnreadable,
    Intake,
    Read,
    is_files_fault,
    reader_of,
    reason_of,
    scratch,
    unreadable,
)
from storage.frames.reading.json_lines import read_json
from storage.frames.selection import Selection
from storage.records import BadLine, ColumnKind, ReadingRules, Schema

__all__ = ["FileUnreadable", "Imported", "import_file"]

READERS: dict[str, Callable[[Intake], Read]] = {
    "read_csv": read_csv,
    "read_json": read_json,
    "read_parquet": read_parquet,
}
STRICT = ReadingRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A file that was read: its rows stand in a staged Parquet file."""

    staged: Path
    schema: Schema
    """The dataset's columns after this file; other than before where its rules allow that."""
    rows: int
    first_time: datetime | None
    last_time: datetime | None
    bad: tuple[BadLine, ...] = ()
    """The first 1 000 lines that were set aside."""
    bad_lines: int = 0
    """How many lines were set aside."""
    notes: tuple[str, ...] = ()
    """What somebody should know: changed columns, another encoding, signs of a cut file."""
    rejects: Path | None = None
    """All lines that were set aside, staged as JSON lines; None when there are none."""

    def discard(self) -> None:
        """Deletes what is staged."""
        self.staged.unlink(missing_ok=True)
        if self.rejects is not None:
            self.rejects.unlink(missing_ok=True)


def import_file(
    frames: Frames,
    source: Path,
    *,
    pinned: Schema | None,
    time: str | None,
    kind_of: Callable[[str], ColumnKind],
    rules: ReadingRules = STRICT,
) -> Imported:
    """Reads `source` into a staged Parquet file.

    Args:
        frames: The engine.
        source: CSV, TSV, JSON lines or Parquet; CSV and JSON may be .gz or .zst.
        pinned: The dataset's columns; None for its first file, whose own types are taken.
        time: Column of the event time; None when the dataset has none.
        kind_of: Says what kind of values a DuckDB type holds.
        rules: How text is written, what the file may change about the columns, and how many of its
            lines may be bad.

    Raises:
        FileUnreadable: It is empty, broken, or its columns or values do not fit `pinned`.
        StoreUnusable: There is no room for it on the disk or in memory.
    """
    reader = READERS[reader_of(source)]
    if not source.stat().st_size:
        raise unreadable(source, "it is empty", "Write it anew and drop it again")
    with problems_named(source), scratch(frames.blobs) as files, frames.connect() as cursor:
        intake = Intake(
            cursor=cursor,
            source=source,
            pinned=pinned,
            time=time,
            kind_of=kind_of,
            rules=rules,
            scratch=files,
        )
        read = reader(intake)
        if not read.rows:
            raise unreadable(source, "it has no rows")
        first, last = _extent(intake, read)
        files.keep(read.staged)
        if read.rejects is not None:
            files.keep(read.rejects)
    return Imported(
        staged=read.staged,
        schema=read.schema,
        rows=read.rows,
        first_time=first,
        last_time=last,
        bad=read.bad,
        bad_lines=read.bad_lines,
        notes=read.notes,
        rejects=read.rejects,
    )


@contextmanager
def problems_named(source: Path) -> Iterator[None]:
    """Turns what DuckDB and the disk say into a problem of the file or of the store."""
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        if is_files_fault(error):
            reason = reason_of(error).replace(str(source), source.name)
            raise unreadable(source, reason) from error
        raise _no_room(source, reason_of(error)) from error
    except OSError as error:
        if error.filename == str(source):
            raise  # it vanished, or may not be read
        raise _no_room(source, error.strerror or str(error)) from error


def _no_room(source: Path, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"{source.name} was not read: {reason}.",
        "Free some disk space or memory, then try again; nothing of it was kept.",
    )


def _extent(intake: Intake, read: Read) -> tuple[datetime | None, datetime | None]:
    if intake.time is None:
        return None, None
    column = f"CAST({identifier(intake.time)} AS TIMESTAMP)"
    sql = Selection(paths=(read.staged,)).sql(f"min({column}), max({column})")
    try:
        ((first, last),) = intake.cursor.execute(sql).fetchall()
    except duckdb.ConversionException as error:
        raise unreadable(intake.source, f"its time column {intake.time} holds no times") from error
    return first, last
