"""The table of jobs."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text, text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Flag, Json, Moment, Real, Whole

jobs = table(
    "jobs",
    key(),
    needs("kind", Text),
    needs("subject", Text),
    needs("arguments", Json),
    Column("dedup_key", Text),
    needs("state", Text),
    needs("priority", Whole),
    needs("attempts", Whole),
    needs("max_attempts", Whole),
    needs("token", Whole),
    Column("worker", Text),
    Column("pid", Whole),
    Column("lease_until", Moment),
    needs("run_at", Moment),
    Column("progress", Real),
    needs("message", Text),
    needs("created_at", Moment),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("error", Text),
    Column("result", Json),
    needs("cancel_requested", Flag),
    Column("cause", Whole),
    Index("ix_jobs_claim", "state", "priority", "run_at", "id"),
    Index(
        "uq_jobs_dedup_key",
        "dedup_key",
        unique=True,
        sqlite_where=text("state IN ('queued', 'running')"),
        postgresql_where=text("state IN ('queued', 'running')"),
    ),
    sqlite_autoincrement=True,
)
