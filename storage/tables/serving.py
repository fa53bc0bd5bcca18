"""Tables of serving: which aliases share a model's requests, and the keys that open the endpoint."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Moment, Whole

routes = table(
    "routes",
    Column("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    needs("weight", Whole),
)

api_keys = table(
    "api_keys",
    key(),
    needs("name", Text),
    needs("hash", Text, unique=True),
    needs("prefix", Text),
    needs("scope", Text),
    needs("created_at", Moment),
    needs("created_by", Text),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
    Column("last_used_at", Moment),
    Index(
        "uq_api_keys_name",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)
