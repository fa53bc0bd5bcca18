from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.dialects import postgresql

from storage import tables
from storage.jobs import queries

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine: Engine = create_engine("sqlite://")
    with engine.begin() as opened:
        tables.metadata.create_all(opened)
        yield opened
    engine.dispose()


def plan(connection: Connection, query: Select[Any]) -> str:
    """SQLite's plan for `query` with its values bound as they are in use."""
    sent = []
    event.listen(
        connection, "before_cursor_execute", lambda *call: sent.append(call[2:4]), once=True
    )
    connection.execute(query)
    statement, values = sent[0]
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return "\n".join(row[3] for row in rows)


QUERIES = {
    "the next job to claim": (queries.next_due(NOW, None), "ix_jobs_claim"),
    "the next job of some kinds": (queries.next_due(NOW, ["check"]), "ix_jobs_claim"),
    "lost leases": (queries.lost(NOW, except_of=None), "ix_jobs_claim"),
    "cancel requests": (queries.cancel_requested("w"), "ix_jobs_claim"),
    "live jobs": (queries.live(), "ix_jobs_claim"),
    "live jobs with a key": (queries.live_with(["a", "b"]), "uq_jobs_dedup_key"),
    "jobs by id": (queries.with_ids([1, 2]), "PRIMARY KEY"),
    "counts": (queries.counts(), "ix_jobs_claim"),
}


@pytest.mark.parametrize(("query", "index"), QUERIES.values(), ids=QUERIES.keys())
def test_an_index_answers(connection: Connection, query: Select[Any], index: str):
    assert index in plan(connection, query)


def test_a_claim_sorts_nothing(connection: Connection):
    assert "TEMP B-TREE" not in plan(connection, queries.next_due(NOW, None))


def test_a_page_of_the_newest_jobs_sorts_nothing(connection: Connection):
    assert "TEMP B-TREE" not in plan(connection, queries.newest(limit=50, offset=100))


@pytest.mark.parametrize("query", [query for query, _ in QUERIES.values()], ids=QUERIES.keys())
def test_every_query_is_sql_for_postgresql_too(query: Select[Any]):
    assert str(query.compile(dialect=postgresql.dialect())).startswith("SELECT")
