"""Tables of models: versions, aliases and their moves, gate reviews, retraining cycles."""

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
)

model_versions = table(
    "model_versions",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("number", Whole),
    needs("run_id", Whole, ForeignKey("runs.id")),
    needs("onnx_blob", Text),
    needs("native_blob", Text),
    needs("profile_blob", Text),
    needs("sample_blob", Text),
    needs("row_hashes_blob", Text),
    needs("signature", Json),
    needs("parity", Json),
    needs("metrics", Json),
    needs("importances", Json),
    needs("created_by", Text),
    needs("created_at", Moment),
    UniqueConstraint("model_id", "number"),
    UniqueConstraint("model_id", "run_id"),
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
    Index("ix_alias_moves_model_id_alias_id", "model_id", "alias", "id"),
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
