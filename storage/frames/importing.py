"""Reads a file of rows into a Parquet file with the dataset's types, and refuses what would change a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.errors import StoreUnusable
from storage.frames.database import Frames, Selection, identifier, literal
from storage.frames.reading import (
    FLOATS,
    RESERVED,
    FileUnreadable,
    Reading,
    look,
    parquet,
    reason_of,
    unreadable,
)
from storage.records import Column, ColumnKind, Schema

__all__ = ["FileUnreadable", "Imported", "import_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A file that was read: its rows stand in a staged Parquet file."""

    staged: Path
    schema: Schema
    rows: int
    first_time: datetime | None
    last_time: datetime | None


def import_file(
    frames: Frames,
    source: Path,
    *,
    pinned: Schema | None,
    time: str | None,
    kind_of: Callable[[str], ColumnKind],
) -> Imported:
    """Reads `source` into a staged Parquet file.

    Args:
        frames: The engine.
        source: CSV, TSV, JSON lines or Parquet; CSV and JSON may be .gz or .zst.
        pinned: The dataset's columns; None for its first file, whose own types are taken.
        time: Column of the event time; None when the dataset has none.
        kind_of: Says what kind of values a DuckDB type holds.

    Raises:
        FileUnreadable: It is empty, broken, or its columns or values do not fit `pinned`.
        StoreUnusable: There is no room for it on the disk or in memory.
    """
    staged = frames.blobs.stage(".parquet")
    try:
        with frames.connect() as cursor:
            reading = look(cursor, source, pinned)
            schema = pinned or _own(reading, kind_of)
            _compare(reading, schema, time)
            _keep(cursor, reading, schema, staged)
        rows, first, last = _extent(frames, source, staged, time)
    except duckdb.Error as error:
        staged.unlink(missing_ok=True)
        if _is_no_fault_of_the_file(error):
            raise StoreUnusable(
                f"{source.name} was not read: {reason_of(error)}.",
                "Free some disk space or memory, then try again; nothing of it was kept.",
            ) from error
        raise unreadable(source, reason_of(error)) from error
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return Imported(staged=staged, schema=schema, rows=rows, first_time=first, last_time=last)


def _is_no_fault_of_the_file(error: duckdb.Error) -> bool:
    return isinstance(error, duckdb.OutOfMemoryException) or "Could not write file" in str(error)


def _own(reading: Reading, kind_of: Callable[[str], ColumnKind]) -> Schema:
    return Schema(
        columns=tuple(
            Column(name=name, type=type_, kind=kind_of(type_))
            for name, type_ in reading.types.items()
        )
    )


def _compare(reading: Reading, schema: Schema, time: str | None) -> None:
    missing = [name for name in schema.names if name not in reading.types]
    extra = [name for name in reading.types if name not in schema.names]
    if missing or extra:
        parts = [f"without the column {name}" for name in missing]
        parts += [f"with the unknown column {name}" for name in extra]
        raise unreadable(reading.path, f"it comes {', '.join(parts)}")
    if time is not None and time not in reading.types:
        raise unreadable(reading.path, f"it has no time column '{time}'")
    if RESERVED in reading.types:
        raise unreadable(reading.path, f"a column may not be called {RESERVED}")


def _keep(
    cursor: duckdb.DuckDBPyConnection, reading: Reading, schema: Schema, staged: Path
) -> None:
    changed = [column for column in schema.columns if reading.types[column.name] != column.type]
    if not changed:
        _write(cursor, reading.scan, [identifier(name) for name in schema.names], staged)
        return
    if not reading.is_text:
        _fit(cursor, reading, reading.scan, schema, changed, staged)
        return
    # DuckDB pushes a cast of a column into its text readers, which then round and cut what they
    # read without a word. So the file is first kept with its own types, and cast from there.
    as_read = staged.with_suffix(".read.parquet")
    try:
        _write(cursor, reading.scan, [identifier(name) for name in schema.names], as_read)
        _fit(cursor, reading, parquet(as_read), schema, changed, staged)
    finally:
        as_read.unlink(missing_ok=True)


def _fit(
    cursor: duckdb.DuckDBPyConnection,
    reading: Reading,
    scan: str,
    schema: Schema,
    changed: list[Column],
    staged: Path,
) -> None:
    """Writes the rows with the schema's types, unless a value would change by that."""
    _refuse_loss(cursor, reading, scan, changed)
    casts = [
        f"CAST({identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
        for column in schema.columns
    ]
    _write(cursor, scan, casts, staged)


def _write(cursor: duckdb.DuckDBPyConnection, scan: str, columns: list[str], target: Path) -> None:
    cursor.execute(
        f"COPY (SELECT {', '.join(columns)} FROM {scan}) TO {literal(str(target))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def _refuse_loss(
    cursor: duckdb.DuckDBPyConnection, reading: Reading, scan: str, changed: list[Column]
) -> None:
    """Refuses a file whose values would change by being cast to the dataset's types."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE {lost}), min(CAST({name} AS VARCHAR)) FILTER (WHERE {lost})"
        for column in changed
        for name, lost in [(identifier(column.name), _lost(column, reading.types[column.name]))]
    )
    found = cursor.execute(f"SELECT {counts} FROM {scan}").fetchall()[0]
    for column, rows, value in zip(changed, found[::2], found[1::2], strict=True):
        if rows:
            values = f"{rows} values" if rows > 1 else "1 value"
            reason = f"{values} of {column.name} would not fit {column.type}, such as '{value}'"
            raise unreadable(reading.path, reason)


def _lost(column: Column, own: str) -> str:
    """The SQL condition of a value that does not come back from the column's type as it was."""
    name = identifier(column.name)
    cast = f"TRY_CAST({name} AS {column.type})"
    if own == "VARCHAR" and column.type in FLOATS:
        return f"{cast} IS NULL AND {name} IS NOT NULL"  # 1.50 comes back as 1.5
    return f"TRY_CAST({cast} AS {own}) IS DISTINCT FROM {name}"


def _extent(
    frames: Frames, source: Path, staged: Path, time: str | None
) -> tuple[int, datetime | None, datetime | None]:
    selection = Selection(paths=(staged,))
    rows = frames.count(selection)
    if not rows:
        raise unreadable(source, "it has no rows")
    if time is None:
        return rows, None, None
    column = f"CAST({identifier(time)} AS TIMESTAMP)"
    try:
        first, last = frames.rows(selection.sql(f"min({column}), max({column})"))[0]
    except duckdb.ConversionException as error:
        raise unreadable(source, f"its time column {time} holds no times") from error
    return rows, first, last
