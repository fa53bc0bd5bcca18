"""Rows written many to a statement, as the driver takes them, for what is written all the time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table

MOST_VALUES = 960
"""In a statement; an old SQLite takes 999."""


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Inserts rows; one with the key of a row that is there takes its place.

    Values come as they are stored, past the column types of the tables. Many rows share a statement:
    the driver lets go of the interpreter at each, and would get it back late from a busy program.

    Args:
        connection: An open change.
        table: Where to; it has a key besides `id`, or none that `columns` names.
        columns: The columns of the values.
        rows: The values.
    """
    most = MOST_VALUES // len(columns)
    for start in range(0, len(rows), most):
        some = rows[start : start + most]
        statement = _statement(connection.dialect, table, columns, len(some))
        connection.exec_driver_sql(statement, tuple(value for row in some for value in row))


@lru_cache(maxsize=1024)
def _statement(dialect: Dialect, table: Table, columns: tuple[str, ...], rows: int) -> str:
    """The statement for so many rows, which SQLite and PostgreSQL understand alike."""
    assert dialect.paramstyle in {"qmark", "format"}
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    quote = dialect.identifier_preparer.quote
    row = f"({', '.join([mark] * len(columns))})"
    keys = [column.name for column in table.primary_key if column.name in columns]
    rest = [f"{quote(one)} = excluded.{quote(one)}" for one in columns if one not in keys]
    replacing = (
        f" ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {', '.join(rest)}"
        if keys
        else ""
    )
    return (
        f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, columns))}) "  # noqa: S608 - names of our own
        f"VALUES {', '.join([row] * rows)}{replacing}"
    )
