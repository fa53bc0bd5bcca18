"""How a catalog is opened and its transactions begin, so that no update is lost and none waits forever."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.errors import StoreUnusable

BUSY_TIMEOUT_S = 30.0
RETRY_S = 0.01

REMEDIES = {
    "SQLITE_FULL": "Free some disk space, then try again; nothing of this change was kept.",
    "SQLITE_IOERR": "Check the disk and its free space; nothing of this change was kept.",
    "SQLITE_BUSY": "Another process has been writing for long; see `workbench status`.",
    "SQLITE_READONLY": "Make the store's folder and its files writable.",
    "SQLITE_CANTOPEN": "Check that the folder exists, is writable and not full.",
    "SQLITE_NOTADB": "Restore the catalog from a copy in the store's backups folder.",
    "SQLITE_CORRUPT": "Restore the catalog from a copy in the store's backups folder.",
}
"""What to do when SQLite itself cannot go on, by the name of its error or the name's beginning."""


def open_engine(catalog: Path) -> Engine:
    """An engine over the SQLite file `catalog`, in WAL mode, made when it is missing."""
    engine = create_engine(
        URL.create("sqlite", database=str(catalog)),
        isolation_level="AUTOCOMMIT",  # transactions begin and end by the statements below
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        _switch_to_wal(cursor)
        # FULL: an answered commit survives a power cut too, as the files beside it do.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switches the catalog to WAL mode; the busy timeout does not hold for this statement."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)  # another process makes the same catalog at this moment
        else:
            return


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the catalog; nothing may be written through it."""
    with _transaction(engine, "BEGIN") as connection:
        yield connection


@contextmanager
def writing(engine: Engine, *, is_lasting: bool = True) -> Iterator[Connection]:
    """The single writer: everything inside is kept whole or not at all.

    Args:
        engine: Over the catalog.
        is_lasting: Whether it survives a power cut from its end on; otherwise from that of the next
            change that does, by whichever connection. Both survive a killed process.

    Raises:
        StoreUnusable: The disk is full or broken, or another writer does not come to its end.
    """
    # A deferred BEGIN would read first and fail when it turns out that somebody else wrote meanwhile.
    with _transaction(engine, "BEGIN IMMEDIATE", is_lasting=is_lasting) as connection:
        yield connection


@contextmanager
def altering(engine: Engine) -> Iterator[Connection]:
    """The single writer with foreign keys off, for a change of the tables themselves.

    Raises:
        StoreUnusable: The disk is full or broken, or another writer does not come to its end.
    """
    with _problems_named(engine), engine.connect() as connection:
        # Inside a transaction this pragma is ignored, and dropping a table would empty its children.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        try:
            with _begun(connection, "BEGIN IMMEDIATE"):
                yield connection
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


@contextmanager
def _transaction(engine: Engine, begin: str, *, is_lasting: bool = True) -> Iterator[Connection]:
    with (
        _problems_named(engine),
        engine.connect() as connection,
        nullcontext() if is_lasting else _unhurried(connection),
        _begun(connection, begin),
    ):
        yield connection


@contextmanager
def _unhurried(connection: Connection) -> Iterator[None]:
    """Leaves it to a later commit to wait for the disk."""
    connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA synchronous = FULL")


@contextmanager
def _begun(connection: Connection, begin: str) -> Iterator[None]:
    connection.exec_driver_sql(begin)
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        # By the driver: it does nothing where SQLite has rolled back already (a full disk).
        connection.connection.rollback()
        raise


@contextmanager
def _problems_named(engine: Engine) -> Iterator[None]:
    """Turns what SQLite says when it cannot go on into a problem with its remedy."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        # An error of the connect event comes as the driver's own.
        cause = error.orig if isinstance(error, DBAPIError) else error
        name = getattr(cause, "sqlite_errorname", "")
        remedy = next((text for key, text in REMEDIES.items() if name.startswith(key)), None)
        if remedy is None:
            raise
        raise StoreUnusable(
            f"The catalog {engine.url.database} cannot be used: {cause}.", remedy
        ) from error


def data_version(connection: Connection) -> int:
    """A number that differs once any other connection has committed.

    Args:
        connection: One that stays open and idle between calls, with no transaction of its own.
    """
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def idle_connection(engine: Engine) -> Connection:
    """A connection for `data_version` alone."""
    with _problems_named(engine):
        return engine.connect()
