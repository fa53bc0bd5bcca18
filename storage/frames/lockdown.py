"""A DuckDB for somebody's SQL: it can read the files of some views, and do nothing else.

Its settings alone would not do: DuckDB 2.0 runs `WITH a AS (COPY … TO …) SELECT …` as a SELECT, and a file that
may be read may be written too. So SQL is never run as it came: it must parse as one statement that selects, and
is put into a subquery, where DuckDB refuses whatever writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb

from storage.errors import BlobDamaged
from storage.frames.database import Frames, open_database
from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.refusals import QueryStopped, SqlRefused, only_reads, reason_of, refusal
from storage.frames.selection import Rows

T = TypeVar("T")

SPILL_LIMIT = "10GB"
"""What a query may put on the disk when memory does not suffice."""
_INTERRUPT_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Rows under the name that SQL calls them by."""

    name: str
    selection: Rows


class ColumnType(NamedTuple):
    """A column that a query gives."""

    name: str
    type: str
    """As DuckDB writes it."""


class Locked:
    """A connection that is locked down."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, views: Sequence[View], writable: Path | None
    ) -> None:
        """Makes the views, then locks the connection down.

        Args:
            connection: A new one.
            views: All that SQL can name.
            writable: A file that may be written; None: none may.

        Raises:
            BlobDamaged: A file of a view cannot be read.
        """
        self._connection = connection
        connection.execute("SET errors_as_json = true")
        # Each statement would open all files again.
        connection.execute("SET parquet_metadata_cache = true")
        for view in views:
            self._show(view)
        paths = [path for view in views for path in view.selection.paths]
        # A path with a `*` in it is opened by a pattern, which must be allowed as such.
        allowed = {literal(str(path)) for path in paths} | {file_pattern(path) for path in paths}
        if writable is not None:
            allowed.add(literal(str(writable)))
        for setting in (
            "python_enable_replacements = false",
            f"max_temp_directory_size = {literal(SPILL_LIMIT)}",
            f"allowed_paths = [{', '.join(sorted(allowed))}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")

    def columns(self, sql: str) -> list[ColumnType]:
        """The columns that `sql` gives; ones of the same name are told apart by a number.

        Raises:
            SqlRefused: It is not one statement that only selects.
        """
        self._check(sql)
        found = self.rows("DESCRIBE SELECT * FROM ", sql)
        return [ColumnType(str(name), str(type_)) for name, type_, *_ in found]

    def rows(self, before: str, sql: str, after: str = "") -> list[tuple[Any, ...]]:
        """What a statement of ours gives around `sql`, which has been checked, as a subquery.

        Raises:
            StoreError: It cannot be run, or not to its end.
        """
        before += "(\n"
        try:
            return self._connection.execute(f"{before}{sql}\n){after}").fetchall()
        except duckdb.Error as error:
            raise refusal(error, sql, offset=len(before.encode())) from error

    def _check(self, sql: str) -> None:
        """Refuses what is not one statement that gives rows."""
        try:
            sql.encode()
            statements = self._connection.extract_statements(sql)
        except UnicodeEncodeError as error:
            raise SqlRefused("This is no text.", position=error.start) from error
        except duckdb.Error as error:
            raise refusal(error, sql) from error
        if not statements:
            raise SqlRefused("There is no SQL.", "Write a query such as: select * from flights")
        if len(statements) > 1:
            raise SqlRefused(
                f"These are {len(statements)} statements.", "Run them one by one, without the ;."
            )
        kind = statements[0].type
        if kind is duckdb.StatementType.MULTI:
            raise SqlRefused(
                "A PIVOT must name its values here.", "Write: pivot … on carrier in ('AA', 'UA')."
            )
        if kind is not duckdb.StatementType.SELECT:
            raise only_reads(kind.name)

    def _show(self, view: View) -> None:
        try:
            self._connection.execute(
                f"CREATE VIEW {identifier(view.name)} AS {view.selection.sql()}"
            )
        except duckdb.Error as error:
            missing = [path for path in view.selection.paths if not path.is_file()]
            reason = f"{missing[0]} is missing" if missing else reason_of(error)
            raise BlobDamaged(
                f"The rows of {view.name} cannot be read: {reason}.",
                "Restore the store's blobs folder from a backup, or import the file again.",
            ) from error


def run_locked(
    frames: Frames,
    views: Sequence[View],
    work: Callable[[Locked], T],
    *,
    writable: Path | None = None,
    timeout_s: float | None = None,
) -> T:
    """What `work` gives with a connection that is locked down; ctrl-c stops it at any moment.

    Args:
        frames: Whose staging folder takes what does not fit into memory.
        views: All that SQL can name.
        work: Uses the connection, in a thread of its own.
        writable: A file that may be written; None: none may.
        timeout_s: Seconds after which it is stopped; None: never.

    Raises:
        QueryStopped: It took too long.
        BlobDamaged: A file of a view cannot be read.
    """
    spill = frames.blobs.stage()
    connection = open_database(spill)
    try:
        return _interruptible(
            connection, lambda: work(Locked(connection, views, writable)), timeout_s
        )
    except TimeoutError:
        raise QueryStopped(
            f"The query was stopped after {timeout_s:g} s.",
            "Give it more time, or select fewer rows.",
        ) from None
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _interruptible(
    connection: duckdb.DuckDBPyConnection, work: Callable[[], T], timeout_s: float | None
) -> T:
    """Does `work` in another thread: DuckDB sees no signal while it fetches rows."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="query") as threads:
        running = threads.submit(work)
        try:
            return running.result(timeout_s)
        except BaseException:
            while not running.done():
                # Between two statements an interruption is forgotten.
                connection.interrupt()
                wait([running], timeout=_INTERRUPT_AGAIN_S)
            raise
