"""Reads a file of rows into a Parquet file with the dataset's types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.errors import StoreError
from storage.frames.database import Frames, Selection, identifier, literal
from storage.records import Column, ColumnKind, Schema

PACKED = (".gz", ".zst")
READERS = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".txt": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}


class FileUnreadable(StoreError):
    """A file that cannot be read as rows of its dataset."""


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
    """
    staged = frames.blobs.stage(".parquet")
    try:
        with frames.connect() as cursor:
            found = _columns(cursor, source, kind_of)
            schema = pinned or Schema(columns=found)
            _compare(source, schema, found, time)
            _copy(cursor, source, schema, found, staged)
        rows, first, last = _extent(frames, staged, time)
    except duckdb.Error as error:
        staged.unlink(missing_ok=True)
        raise _unreadable(source, _first_line(error)) from error
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return Imported(staged=staged, schema=schema, rows=rows, first_time=first, last_time=last)


def _reader(source: Path) -> str:
    suffixes = [suffix.lower() for suffix in source.suffixes]
    suffix = next((one for one in reversed(suffixes) if one not in PACKED), "")
    reader = READERS.get(suffix)
    if reader is None:
        raise _unreadable(source, f"'{source.suffix}' is none of {', '.join(READERS)}")
    return reader


def _scan(source: Path, types: Schema | None) -> str:
    reader = _reader(source)
    options = ""
    if reader == "read_csv":
        # The whole file decides its types: a sample would let a late surprise fail or pass by chance.
        options = ", header = true, sample_size = -1"
        if types is not None:
            named = ", ".join(
                f"{literal(column.name)}: {literal(column.type)}" for column in types.columns
            )
            options += f", types = {{{named}}}"
    return f"{reader}({literal(str(source))}{options})"


def _columns(
    cursor: duckdb.DuckDBPyConnection, source: Path, kind_of: Callable[[str], ColumnKind]
) -> tuple[Column, ...]:
    described = cursor.execute(f"DESCRIBE SELECT * FROM {_scan(source, None)}").fetchall()
    return tuple(
        Column(name=name, type=type_, kind=kind_of(type_)) for name, type_, *_ in described
    )


def _compare(source: Path, schema: Schema, found: tuple[Column, ...], time: str | None) -> None:
    names = [column.name for column in found]
    missing = [name for name in schema.names if name not in names]
    extra = [name for name in names if name not in schema.names]
    if missing or extra:
        parts = [f"without the column {name}" for name in missing]
        parts += [f"with the unknown column {name}" for name in extra]
        raise _unreadable(source, f"it comes {', '.join(parts)}")
    if time is not None and time not in names:
        raise _unreadable(source, f"it has no time column '{time}'")


def _copy(
    cursor: duckdb.DuckDBPyConnection,
    source: Path,
    schema: Schema,
    found: tuple[Column, ...],
    staged: Path,
) -> None:
    scan = _scan(source, schema)
    is_text = _reader(source) == "read_csv"
    types = {column.name: column.type for column in found}
    if not is_text:
        _refuse_loss(cursor, source, scan, schema, types)
    columns = ", ".join(
        f"CAST({identifier(column.name)} AS {column.type}) AS {identifier(column.name)}"
        for column in schema.columns
    )
    cursor.execute(
        f"COPY (SELECT {columns} FROM {scan}) TO {literal(str(staged))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def _refuse_loss(
    cursor: duckdb.DuckDBPyConnection,
    source: Path,
    scan: str,
    schema: Schema,
    types: dict[str, str],
) -> None:
    """Refuses a file whose values would change by being cast to the dataset's types."""
    changed = [column for column in schema.columns if types[column.name] != column.type]
    if not changed:
        return
    counts = ", ".join(
        f"count(*) FILTER (WHERE TRY_CAST(TRY_CAST({name} AS {column.type}) AS "
        f"{types[column.name]}) IS DISTINCT FROM {name})"
        for column in changed
        for name in (identifier(column.name),)
    )
    lost = cursor.execute(f"SELECT {counts} FROM {scan}").fetchall()[0]
    for column, rows in zip(changed, lost, strict=True):
        if rows:
            was = types[column.name]
            reason = f"{rows} values of {column.name} ({was}) do not fit {column.type}"
            raise _unreadable(source, reason)


def _extent(
    frames: Frames, staged: Path, time: str | None
) -> tuple[int, datetime | None, datetime | None]:
    selection = Selection(paths=(staged,))
    if time is None:
        return frames.count(selection), None, None
    column = f"CAST({identifier(time)} AS TIMESTAMP)"
    rows, first, last = frames.rows(selection.sql(f"count(*), min({column}), max({column})"))[0]
    return rows, first, last


def _unreadable(source: Path, reason: str) -> FileUnreadable:
    return FileUnreadable(
        f"{source.name} cannot be read: {reason}.",
        "Mend the file and drop it again; nothing of it was kept.",
    )


def _first_line(error: duckdb.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")
