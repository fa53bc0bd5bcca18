"""Pieces of SQL that people write into checks: whether each is one expression, and fits some columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import duckdb

from storage.frames.quoting import identifier, literal
from storage.records import Column

_REFUSED = {
    "SUBQUERY": "it holds a query of its own",
    "WINDOW": "it looks at other rows than its own",
    "STAR": "it does not name its columns one by one",
    "PARAMETER": "it has a parameter, and nothing to put there",
    "POSITIONAL_REFERENCE": "it counts columns where it must name them",
    "DEFAULT": "DEFAULT means nothing in it",
}
_UNKNOWN_COLUMN = re.compile(r'Referenced column "(.*)" not found')
_MANY = "it is more than one expression"
_CLAUSES = ("modifiers", "where_clause", "group_expressions", "having", "qualify", "sample")


def expression_mistake(text: str) -> str | None:
    """Why `text` is no expression about one row; None when it is one.

    Nothing of it is run: it is parsed, and may neither end the statement it is put into, nor hold a
    query, an aggregate, a window or a function whose answer differs from call to call.
    """
    # Alone it must be balanced, and in brackets it must not be more than one value.
    alone, in_brackets = _parsed(f"SELECT {text}"), _parsed(f"SELECT ({text}\n)")
    for parsed in (alone, in_brackets):
        if isinstance(parsed, str):
            return parsed
        if not _is_one_value(parsed):
            return _MANY
    return next(_refusals(in_brackets), None)


def pattern_mistake(pattern: str) -> str | None:
    """Why `pattern` is no regular expression of RE2; None when it is one."""
    try:
        with _parser().cursor() as cursor:
            cursor.execute("SELECT regexp_matches('', ?)", [pattern])
    except duckdb.Error as error:
        return reason(error)
    return None


def type_named(name: str) -> str | None:
    """The DuckDB type that `name` means, as DuckDB writes it: VARCHAR for `text`; None when it means none."""
    sql = f"SELECT CAST(NULL AS {name}\n)"
    parsed = _parsed(sql)
    if isinstance(parsed, str) or not _is_one_value(parsed):
        return None
    (value,) = parsed[0]["node"]["select_list"]
    if value["class"] != "CAST" or value["child"]["class"] != "CONSTANT":
        return None
    try:
        with _parser().cursor() as cursor:
            return str(cursor.execute(f"SELECT typeof(CAST(NULL AS {name}\n))").fetchall()[0][0])
    except duckdb.Error:
        return None


def condition_mistakes(columns: Sequence[Column], conditions: Sequence[str]) -> dict[str, str]:
    """Why conditions cannot be asked of rows with these columns; those that can are left out.

    Args:
        columns: The columns of the rows.
        conditions: Expressions, each of which must be true or false of a row.
    """
    if not conditions:
        return {}
    nulls = ", ".join(f"CAST(NULL AS {one.type}) AS {identifier(one.name)}" for one in columns)
    no_rows = f"(SELECT {nulls}) AS no_rows"
    with _parser().cursor() as cursor:
        found = {sql: _condition_mistake(cursor, sql, no_rows) for sql in conditions}
    return {sql: mistake for sql, mistake in found.items() if mistake is not None}


def reason(error: duckdb.Error) -> str:
    """What DuckDB said, in one line without its advice."""
    said = str(error).partition("\n")[0]
    return _said(said.partition("Error: ")[2] or said)


def _condition_mistake(cursor: duckdb.DuckDBPyConnection, sql: str, no_rows: str) -> str | None:
    # Whoever wrote it, nothing reaches the rows that could do more than look at one.
    mistake = expression_mistake(sql)
    if mistake is not None:
        return mistake
    try:
        # As a WHERE clause it cannot hold what is not about one row.
        described = cursor.execute(
            f"DESCRIBE SELECT (\n{sql}\n) FROM {no_rows} WHERE (\n{sql}\n)"
        ).fetchall()
    except duckdb.Error as error:
        return reason(error)
    found = str(described[0][1])
    if found == "BOOLEAN":
        return None
    gives = "nothing" if found == '"NULL"' else found
    return f"it gives {gives}, where true or false is needed"


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database without rows that can reach no file, for the life of the process."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": "1",
    }
    return duckdb.connect(":memory:", config=settings)


def _parsed(sql: str) -> list[dict[str, Any]] | str:
    """The statements of `sql` as DuckDB's parser sees them, or what it says is wrong."""
    with _parser().cursor() as cursor:
        tree = cursor.execute(f"SELECT json_serialize_sql({literal(sql)})").fetchall()[0][0]
    parsed = json.loads(tree)
    if parsed["error"]:
        return _said(str(parsed["error_message"]).partition("\n")[0])
    statements: list[dict[str, Any]] = parsed["statements"]
    return statements


def _said(line: str) -> str:
    unknown = _UNKNOWN_COLUMN.match(line)
    if unknown is not None:
        return f"there is no column {unknown[1]}"
    if line.startswith("Only SELECT statements"):
        return _MANY
    return line.partition(". Use ")[0].rstrip(".!")


def _is_one_value(statements: list[dict[str, Any]]) -> bool:
    node = statements[0]["node"]
    return (
        len(statements) == 1
        and node["type"] == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and not node["select_list"][0]["alias"]
        and node["from_table"]["type"] == "EMPTY"
        and not any(node[clause] for clause in _CLAUSES)
        and not node["cte_map"]["map"]
    )


def _refusals(tree: object) -> Iterator[str]:
    """What may not stand in an expression about one row, as it is met."""
    aggregates, volatile = _kinds_of_functions()
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, dict):
            nodes.extend(node.values())
            function = str(node.get("function_name", "")).lower()
            if node.get("class") in _REFUSED:
                yield _REFUSED[node["class"]]
            if node.get("type") == "OPERATOR_UNPACK":
                yield _REFUSED["STAR"]
            if function in aggregates:
                yield f"{function} is about many rows, not about one"
            if function in volatile:
                yield f"{function} does not give the same answer each time"


@cache
def _kinds_of_functions() -> tuple[frozenset[str], frozenset[str]]:
    """The names of functions that are aggregates and nothing else, and of those that are volatile."""
    sql = """
        SELECT lower(function_name), bool_and(function_type = 'aggregate'),
               coalesce(bool_or(stability = 'VOLATILE'), false)
        FROM duckdb_functions() GROUP BY 1
    """
    with _parser().cursor() as cursor:
        found = cursor.execute(sql).fetchall()
    return (
        frozenset(name for name, is_aggregate, _ in found if is_aggregate),
        frozenset(name for name, _, is_volatile in found if is_volatile),
    )
