"""Tables of models: versions, their proofs, aliases and their moves, gate reviews, retraining cycles."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint, text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Json, Moment, Whole

models = table(
    "models",
    key(),
    needs("name", Text, unique=True),
    needs("experiment", Text),
    needs("created_at", Moment),
    needs("next_number", Whole, server_default="1"),
    needs("sticky", Text, server_default=""),
)

model_versions = table(
    "model_versions",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("number", Whole),
    Column("run_id", Whole, ForeignKey("runs.id"), index=True),
    needs("source", Text, server_default=""),
    Column("version_id", Whole, ForeignKey("versions.id"), index=True),
    needs("train", Text, server_default=""),
    needs("onnx_blob", Text),
    Column("native_blob", Text),
    needs("profile_blob", Text),
    needs("sample_blob", Text),
    Column("row_hashes_blob", Text),
    needs("signature", Json),
    needs("parity", Json),
    needs("metrics", Json),
    needs("intervals", Json, server_default="{}"),
    needs("importances", Json),
    needs("created_by", Text),
    needs("created_at", Moment),
    needs("note", Text, server_default=""),
    needs("tags", Json, server_default="{}"),
    UniqueConstraint("model_id", "number"),
    UniqueConstraint("model_id", "run_id"),
)

verifications = table(
    "verifications",
    key(),
    needs("model_version_id", Whole, ForeignKey("model_versions.id", ondelete="CASCADE")),
    needs("parity", Json),
    needs("who", Text),
    needs("at", Moment),
    Index("ix_verifications_model_version_id_id", "model_version_id", "id"),
)

aliases = table(
    "aliases",
    Column("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", Text, primary_key=True),
    needs("model_version_id", Whole, ForeignKey("model_versions.id")),
    needs("moved_at", Moment),
    Index("ix_aliases_model_version_id_alias", "model_version_id", "alias"),
)

alias_moves = table(
    "alias_moves",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("alias", Text),
    Column("from_number", Whole),
    Column("to_number", Whole),
    needs("who", Text),
    needs("why", Text),
    needs("at", Moment),
    Column("override", Text),
    Index("ix_alias_moves_model_id_alias_id", "model_id", "alias", "id"),
    # Looked up with every page of versions, and nearly always empty.
    Index(
        "ix_alias_moves_overridden",
        "model_id",
        sqlite_where=text("override IS NOT NULL"),
        postgresql_where=text("override IS NOT NULL"),
    ),
)

gate_reviews = table(
    "gate_reviews",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("challenger", Whole),
    Column("champion", Whole),
    needs("version_id", Whole, ForeignKey("versions.id")),
    needs("verdict", Text),
    needs("decision", Json),
    needs("looks", Whole),
    Column("cycle_id", Whole, index=True),
    needs("created_at", Moment),
    Index("ix_gate_reviews_model_id_id", "model_id", "id"),
)

cycles = table(
    "cycles",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("state", Text),
    needs("trigger", Text),
    needs("version_id", Whole, ForeignKey("versions.id")),
    needs("opened_at", Moment),
    needs("policy_time", Moment),
    Column("closed_at", Moment),
    Column("outcome", Text),
    Column("run_id", Whole),
    Column("challenger", Whole),
    Index("ix_cycles_model_id_id", "model_id", "id"),
    Index(
        "uq_cycles_open",
        "model_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)
