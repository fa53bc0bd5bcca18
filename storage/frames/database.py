"""The in-memory DuckDB of a process, and selections of rows from Parquet files."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from storage.blobs import Blobs

MEMORY_LIMIT = "1GB"

Columns = dict[str, NDArray[Any]]
"""Columns by name, each of shape (rows,); those with nulls are masked arrays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows of Parquet files: all of them, or those within a span of event time."""

    paths: tuple[Path, ...]
    time: str | None = None
    """Column of the event time; needed for a span."""
    start: datetime | None = None
    """Earliest event time, inclusive."""
    end: datetime | None = None
    """Event time before which rows lie, exclusive."""

    def sql(self, columns: str = "*", *, numbered: bool = False) -> str:
        """The selection as a SELECT statement.

        Args:
            columns: What to select, as SQL.
            numbered: Also gives `file_row_number`, the row's place in its file.
        """
        if not self.paths:
            raise ValueError("a selection needs at least one file")
        files = ", ".join(file_pattern(path) for path in self.paths)
        # A folder called `month=3` above the project is no column.
        options = "union_by_name = true, hive_partitioning = false"
        options += ", file_row_number = true" if numbered else ""
        source = f"read_parquet([{files}], {options})"
        return f"SELECT {columns} FROM {source}{self._where()}"

    def _where(self) -> str:
        terms = []
        if self.time is not None:
            column = identifier(self.time)
            if self.start is not None:
                terms.append(f"{column} >= {moment(self.start)}")
            if self.end is not None:
                terms.append(f"{column} < {moment(self.end)}")
        return f" WHERE {' AND '.join(terms)}" if terms else ""


class Frames:
    """An in-memory DuckDB engine; every call uses a cursor of its own, so any thread may call."""

    def __init__(self, blobs: Blobs, staging: Path) -> None:
        self.blobs = blobs
        self._staging = staging
        self._database: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A cursor of the process's database; close it after use."""
        with self._lock:
            if self._database is None:
                self._database = open_database(self._staging / "duckdb")
            return self._database.cursor()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Columns:
        """The outcome of `sql` as columns, in the order DuckDB gives the rows."""
        with self.connect() as cursor:
            return dict(cursor.execute(sql, list(parameters)).fetchnumpy())

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The outcome of `sql` as rows; for small ones."""
        with self.connect() as cursor:
            return cursor.execute(sql, list(parameters)).fetchall()

    def fetch(self, selection: Selection, columns: Sequence[str]) -> Columns:
        """The named columns of the selected rows, in the order of files and of rows in them."""
        wanted = ", ".join(identifier(name) for name in columns)
        fetched = self.query(selection.sql(wanted))
        return {name: np.ma.asanyarray(fetched[name]) for name in columns}

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        return int(self.rows(selection.sql("count(*)"))[0][0])

    def select(self, blobs: Sequence[str], **span: Any) -> Selection:
        """The rows of these blobs; `span` as in `Selection`."""
        return Selection(paths=tuple(self.blobs.path(blob) for blob in blobs), **span)

    def close(self) -> None:
        """Lets go of the database and its memory."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None


def open_database(spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory database of its own, which loads nothing from elsewhere.

    Args:
        spill: Folder for what does not fit into memory; made when it is needed.
    """
    settings = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "TimeZone": "UTC",
    }
    database = duckdb.connect(":memory:")
    for name, value in settings.items():
        database.execute(f"SET {name} = {literal(value)}")
    return database


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def file_pattern(path: Path) -> str:
    """`path` as a SQL string that means this file alone: readers take `*`, `?` and `[` for patterns."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def moment(at: datetime) -> str:
    """`at` as a SQL timestamp in UTC; a time without a zone counts as UTC."""
    naive = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return f"TIMESTAMP '{naive.isoformat(sep=' ')}'"
