"""How a catalog is opened and its transactions begin, so that no update is lost and none waits forever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from storage.errors import StoreUnusable

BUSY_TIMEOUT_S = 30.0


def open_engine(catalog: Path) -> Engine:
    """An engine over the SQLite file `catalog`, in WAL mode, made when it is missing."""
    engine = create_engine(
        f"sqlite:///{catalog}",
        isolation_level="AUTOCOMMIT",  # transactions begin and end by the statements below
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: an answered commit survives a power cut too, as the files beside it do.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the catalog; nothing may be written through it."""
    with _transaction(engine, "BEGIN") as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """The single writer: everything inside is kept whole or not at all."""
    # A deferred BEGIN would read first and fail when it turns out that somebody else wrote meanwhile.
    with _transaction(engine, "BEGIN IMMEDIATE") as connection:
        yield connection


@contextmanager
def _transaction(engine: Engine, begin: str) -> Iterator[Connection]:
    with _connect(engine) as connection:
        connection.exec_driver_sql(begin)
        try:
            yield connection
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            # By the driver: it does nothing where SQLite has rolled back already (a full disk).
            connection.connection.rollback()
            raise


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as error:
        raise StoreUnusable(
            f"The catalog {engine.url.database} cannot be opened: {error.orig}.",
            "Check that the folder exists, is writable and not full.",
        ) from error


def data_version(connection: Connection) -> int:
    """A number that differs once any other connection has committed.

    Args:
        connection: One that stays open and idle between calls, with no transaction of its own.
    """
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())


def idle_connection(engine: Engine) -> Connection:
    """A connection for `data_version` alone."""
    return _connect(engine)
