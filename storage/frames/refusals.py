"""Why somebody's SQL was not run to its end: DuckDB's errors as sentences, with the place they are about."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb

from storage.errors import StoreError, StoreUnusable

_FILE = re.compile(r'Cannot access (?:file|directory) "(.*?)" - ')
_WRITES = re.compile(r"WITH clause containing an? (\w+) statement")


class SqlRefused(StoreError):
    """SQL that cannot be run: it is no SQL, means nothing here, or would do more than read."""

    exit_code = 2

    def __init__(
        self,
        problem: str,
        remedy: str = "",
        *,
        position: int | None = None,
        table: str | None = None,
    ) -> None:
        """Makes the error.

        Args:
            problem: What is wrong.
            remedy: What would be right.
            position: The character of the SQL it is about; None: it cannot be told.
            table: The table that the SQL names and nobody knows; None: it is about something else.
        """
        super().__init__(problem, remedy)
        self.position = position
        self.table = table

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.problem, self.remedy, self.position, self.table)


class QueryStopped(StoreError):
    """A query that would have taken too long, or more memory than it may have."""


def refusal(error: duckdb.Error, sql: str, *, offset: int = 0) -> StoreError:
    """What a user is told of an error that a connection with `errors_as_json` raised.

    Args:
        error: The error.
        sql: What the user asked for.
        offset: Where `sql` begins in what DuckDB was given, in characters.
    """
    details = _details(error)
    message, *hints = _sentence(details, error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryStopped(
            f"The query needs more memory than it may have: {message}.",
            "Select fewer columns, filter the rows, or aggregate them.",
        )
    if isinstance(error, duckdb.IOException):
        return StoreUnusable(f"The query was not run to its end: {message}.")
    position = _position(details, sql, offset)
    if (denied := _FILE.search(message)) and isinstance(error, duckdb.PermissionException):
        return SqlRefused(
            f"A query reads datasets only, and '{denied[1]}' is none.",
            "Add a file to a dataset with `workbench data add NAME FILE`.",
            position=position,
        )
    if writes := _WRITES.match(message):
        return only_reads(writes[1])
    is_table = details.get("error_subtype") == "MISSING_ENTRY" and details.get("type") == "Table"
    return SqlRefused(
        f"{message}.",
        " ".join(hints).replace("Candidate bindings:", "The nearest ones:"),
        position=position,
        table=str(details["name"]) if is_table else None,
    )


def only_reads(statement: str) -> SqlRefused:
    """Says that a statement such as COPY is not run."""
    return SqlRefused(
        f"A query only reads; {statement} is not allowed.",
        "Begin it with SELECT, WITH, FROM, DESCRIBE or SUMMARIZE.",
    )


def reason_of(error: duckdb.Error) -> str:
    """What DuckDB said, in one sentence without its full stop."""
    return _sentence(_details(error), error)[0]


def _rebuilt(
    kind: type[SqlRefused], problem: str, remedy: str, position: int | None, table: str | None
) -> SqlRefused:
    return kind(problem, remedy, position=position, table=table)


def _details(error: duckdb.Error) -> dict[str, Any]:
    """What DuckDB says of an error, by name; empty where it is plain text."""
    _, brace, rest = str(error).partition("{")
    try:
        found = json.loads(brace + rest)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sentence(details: dict[str, Any], error: duckdb.Error) -> list[str]:
    """What DuckDB said in one sentence, then what it advises, without the picture of the line."""
    text = str(details.get("exception_message", error)).partition("\n\nLINE ")[0]
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["DuckDB gave up"]
    sentence = lines[0].rstrip("!.: ")
    return [f"{sentence[:1].upper()}{sentence[1:]}", *lines[1:]]


def _position(details: dict[str, Any], sql: str, offset: int) -> int | None:
    """The place an error is about, in characters of `sql`; DuckDB counts bytes."""
    if "position" not in details:
        return None
    found = int(details["position"]) - offset
    encoded = sql.encode()
    if not 0 <= found <= len(encoded):
        return None
    return len(encoded[:found].decode(errors="ignore"))
