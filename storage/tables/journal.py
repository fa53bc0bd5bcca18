"""Tables of what happened: events, alerts, tags, upgrades of the catalog itself."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text, text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Json, Moment, Whole

upgrades = table(
    "upgrades",
    key(),
    needs("revision", Text),
    needs("program", Text),
    needs("at", Moment),
)

events = table(
    "events",
    key(),
    needs("at", Moment),
    needs("kind", Text, index=True),
    needs("subject", Text),
    needs("message", Text),
    needs("severity", Text),
    needs("payload", Json),
    sqlite_autoincrement=True,
)

alerts = table(
    "alerts",
    key(),
    needs("key", Text),
    needs("severity", Text),
    needs("title", Text),
    needs("text", Text),
    needs("state", Text),
    needs("count", Whole),
    needs("first_at", Moment),
    needs("last_at", Moment),
    Column("acknowledged_by", Text),
    Index("ix_alerts_state_id", "state", "id"),
    Index(
        "uq_alerts_key",
        "key",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    sqlite_autoincrement=True,
)

tags = table(
    "tags",
    Column("noun", Text, primary_key=True),
    Column("owner_id", Whole, primary_key=True),
    Column("key", Text, primary_key=True),
    needs("value", Text),
)
