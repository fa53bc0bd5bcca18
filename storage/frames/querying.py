"""Reads what somebody's SQL selects, as rows or into a file."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from storage.blobs import sync_folder
from storage.errors import StoreUnusable
from storage.frames.database import Frames, open_database
from storage.frames.lockdown import ColumnType, Locked, View, run_locked
from storage.frames.quoting import identifier, literal
from storage.frames.selection import Rows
from storage.records import Table

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
    "tsv": "FORMAT csv, HEADER true, DELIMITER '\t'",
    "jsonl": "FORMAT json",
}
"""The kinds of files that rows are written to, with the options of DuckDB's COPY."""

_ZONED = "TIMESTAMP WITH TIME ZONE"
_NO_VALUE_OF_PYTHON = re.compile(r"WITH TIME ZONE|INTERVAL")
_HUGE = re.compile(r"\bU?HUGEINT\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A file that rows are written to."""

    path: Path
    """In a folder that exists."""
    file_format: str
    """One of FORMATS."""
    packing: str | None = None
    """`gzip` or `zstd` for text; None: as the format has it."""

    def options(self) -> str:
        """What DuckDB's COPY is told."""
        # DuckDB's own temporary file would lie where nothing may be written.
        options = f"{FORMATS[self.file_format]}, USE_TMP_FILE false"
        return f"{options}, COMPRESSION {self.packing}" if self.packing else options


def read_table(
    frames: Frames,
    sql: str,
    views: Sequence[View],
    *,
    limit: int | None = None,
    timeout_s: float | None = None,
) -> Table:
    """The rows that `sql` selects.

    Args:
        frames: The engine of the store.
        sql: One statement without a final semicolon, which selects or describes.
        views: All it can name.
        limit: Rows at most; None: all.
        timeout_s: Seconds after which it is stopped; None: never.

    Raises:
        SqlRefused: It cannot be run.
        QueryStopped: It took too long or too much memory.
        BlobDamaged: A file of a view cannot be read.
    """

    def work(locked: Locked) -> Table:
        columns = locked.columns(sql)
        selected, alias = _projected(columns, _fetched)
        most = "" if limit is None else f" LIMIT {limit + 1}"
        rows = locked.rows(f"SELECT {selected} FROM ", sql, f" AS {alias}{most}")
        return _table(columns, rows, limit)

    return run_locked(frames, views, work, timeout_s=timeout_s)


def write_file(
    frames: Frames,
    sql: str,
    views: Sequence[View],
    destination: Destination,
    *,
    timeout_s: float | None = None,
) -> int:
    """Writes the rows that `sql` selects; the file appears whole or not at all, in place of an older one.

    Args:
        frames: The engine of the store.
        sql: As for `read_table`.
        views: All it can name.
        destination: The file.
        timeout_s: Seconds after which it is stopped; None: never.

    Returns:
        How many rows were written.

    Raises:
        SqlRefused: It cannot be run.
        QueryStopped: It took too long or too much memory.
        BlobDamaged: A file of a view cannot be read.
        StoreUnusable: The file cannot be written.
    """
    target = destination.path.resolve()
    staged = target.parent / f".{uuid.uuid4().hex}.tmp"

    def work(locked: Locked) -> int:
        shown = _kept if destination.file_format == "parquet" else _unchanged
        selected, alias = _projected(locked.columns(sql), shown)
        end = f" AS {alias}) TO {literal(str(staged))} ({destination.options()})"
        return int(locked.rows(f"COPY (SELECT {selected} FROM ", sql, end)[0][0])

    try:
        with _writing(target):
            staged.touch()
        rows = run_locked(frames, views, work, writable=staged, timeout_s=timeout_s)
        with _writing(target):
            _publish(staged, target)
    finally:
        staged.unlink(missing_ok=True)
    return rows


def all_rows(view: View) -> str:
    """The SQL of all rows of a view."""
    return f"SELECT * FROM {identifier(view.name)}"


def sampling(view: View, condition: str, *, rows: int, seed: int) -> tuple[str, int]:
    """The SQL of random rows of a view in their order; the same seed gives the same rows.

    Args:
        view: The rows to choose from.
        condition: What the chosen ones meet, as SQL; it closes no bracket that it has not opened.
        rows: How many.
        seed: Another one gives other rows.

    Returns:
        The SQL, and where the condition begins in it.
    """
    # A hash of the row's number decides: neither threads nor partitions change the choice.
    number = identifier(f"number in {view.name}")
    numbered = f"SELECT *, row_number() OVER () AS {number} FROM {identifier(view.name)}"
    before = f"SELECT * EXCLUDE ({number}) FROM ({numbered} WHERE (\n"
    chance = f"hash({number}, {seed % 2**63})"
    after = f"\n) ORDER BY {chance}, {number} LIMIT {rows}) ORDER BY {number}"
    return f"{before}{condition}{after}", len(before)


def relation(frames: Frames, selection: Rows, columns: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """The named columns of the selected rows as a relation, on a connection of its own.

    The connection lives as long as the relation; nothing about it is locked down.
    """
    connection = open_database(frames.blobs.stage())
    return connection.sql(selection.sql(_listed(columns)))


def frame(frames: Frames, selection: Rows, columns: Sequence[str]) -> pd.DataFrame:
    """The named columns of the selected rows as a pandas frame; moments with a zone are in UTC."""
    with frames.connect() as cursor:
        described = cursor.execute(f"DESCRIBE {selection.sql(_listed(columns))}").fetchall()
        types = {str(name): str(type_) for name, type_, *_ in described}
        shown = [f"{_framed(identifier(one), types[one])} AS {identifier(one)}" for one in columns]
        found = cursor.execute(selection.sql(", ".join(shown))).df()
    for name in columns:
        if types[name] == _ZONED:
            found[name] = found[name].dt.tz_localize("UTC")
    return found


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(identifier, columns))


def _projected(columns: Sequence[ColumnType], shown: Callable[[str, str], str]) -> tuple[str, str]:
    """The columns of a subquery as SQL, each through `shown`, and the alias they are named by."""
    # Names of ours, since nothing else tells columns of the same name apart.
    names = [identifier(f"column {number}") for number in range(len(columns))]
    selected = ", ".join(
        f"{shown(name, column.type)} AS {identifier(column.name)}"
        for name, column in zip(names, columns, strict=True)
    )
    return selected, f"query({', '.join(names)})"


def _fetched(name: str, type_: str) -> str:
    """A column as Python can hold it: what has a time zone would need a library for that."""
    if type_ == _ZONED:
        return f"CAST({name} AS TIMESTAMP)"
    return f"CAST({name} AS VARCHAR)" if _NO_VALUE_OF_PYTHON.search(type_) else name


def _framed(name: str, type_: str) -> str:
    """A column as pandas can take it from DuckDB, which needs a library for time zones."""
    if type_ == _ZONED:
        return f"CAST({name} AS TIMESTAMP)"
    return f"CAST({name} AS VARCHAR)" if "WITH TIME ZONE" in type_ else name


def _kept(name: str, type_: str) -> str:
    """A column as Parquet can hold it: it would round the largest whole numbers."""
    fitting = _HUGE.sub("DECIMAL(38,0)", type_)
    return name if fitting == type_ else f"CAST({name} AS {fitting})"


def _unchanged(name: str, _: str) -> str:
    return name


def _table(columns: Sequence[ColumnType], rows: list[tuple[Any, ...]], limit: int | None) -> Table:
    zoned = {place for place, column in enumerate(columns) if column.type == _ZONED}
    if zoned:
        rows = [
            tuple(_in_utc(value) if n in zoned else value for n, value in enumerate(row))
            for row in rows
        ]
    return Table(
        columns=tuple(column.name for column in columns),
        types=tuple(column.type for column in columns),
        rows=tuple(rows[:limit]),
        has_more=limit is not None and len(rows) > limit,
    )


def _in_utc(value: Any) -> Any:
    # A year that Python does not know comes as text.
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _publish(staged: Path, target: Path) -> None:
    with staged.open("rb+") as file:
        os.fsync(file.fileno())
    staged.replace(target)
    sync_folder(target.parent)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnusable(f"{target} cannot be written: {error.strerror}.") from error
