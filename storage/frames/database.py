"""The in-memory DuckDB of a process."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from storage.blobs import Blobs
from storage.frames.quoting import identifier, literal
from storage.frames.selection import Rows, Selection, select
from storage.records import NewPartition, Partition

MEMORY_LIMIT = "1GB"
_BLOB = re.compile(r"\b[0-9a-f]{64}\b")

Columns = dict[str, NDArray[Any]]
"""Columns by name, each of shape (rows,); those with nulls are masked arrays."""


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
        """The outcome of `sql` as columns, in the order DuckDB gives the rows.

        Raises:
            BlobDamaged: A blob that it reads is gone, or is no Parquet file.
        """
        with self._cursor() as cursor:
            return dict(cursor.execute(sql, list(parameters)).fetchnumpy())

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The outcome of `sql` as rows; for small ones.

        Raises:
            BlobDamaged: A blob that it reads is gone, or is no Parquet file.
        """
        with self._cursor() as cursor:
            return cursor.execute(sql, list(parameters)).fetchall()

    def fetch(self, selection: Selection, columns: Sequence[str], *, every: int = 1) -> Columns:
        """The named columns of the selected rows, in the order of files and of rows in them.

        Args:
            selection: The rows.
            columns: Which of their columns.
            every: Only each so-many-th row, the first among them.
        """
        wanted = ", ".join(identifier(name) for name in columns)
        sql = selection.sql(wanted)
        if every > 1:
            kept = f"(row_number() OVER () - 1) % {int(every)} = 0"
            sql = f"SELECT * FROM ({sql}) QUALIFY {kept}"
        fetched = self.query(sql)
        return {name: np.ma.asanyarray(fetched[name]) for name in columns}

    def count(self, selection: Rows) -> int:
        """How many rows are selected."""
        return int(self.rows(selection.sql("count(*)"))[0][0])

    def select(self, partitions: Sequence[Partition | NewPartition], **span: Any) -> Selection:
        """The rows of these partitions; `span` is the time, start and end of `Selection`."""
        return select(self.blobs, partitions, **span)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self.connect() as cursor:
                yield cursor
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            named = _BLOB.search(str(error))
            if named is None or str(self.blobs.path(named[0])) not in str(error):
                raise
            raise self.blobs.unreadable(named[0]) from error

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
        # Standard output is for data.
        "enable_progress_bar": "false",
        # Written by other threads, a Parquet file whose statement fails midway can block forever.
        "async_threads": "0",
    }
    database = duckdb.connect(":memory:")
    for name, value in settings.items():
        database.execute(f"SET {name} = {literal(value)}")
    return database
