"""Tables of drift reports and of realised performance."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint

from storage.tables.catalog import key, needs, table
from storage.tables.types import Moment, Real, Whole

drift_reports = table(
    "drift_reports",
    key(),
    needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    Column("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    Column("model_version", Whole),
    needs("reference", Text),
    needs("verdict", Text),
    needs("rows", Whole),
    needs("reference_rows", Whole),
    needs("sentence", Text),
    needs("decision", Text),
    Column("window_start", Moment),
    Column("window_end", Moment),
    needs("created_at", Moment),
    Index("ix_drift_reports_version_id", "version_id"),
    Index("ix_drift_reports_model_id_id", "model_id", "id"),
)

drift_columns = table(
    "drift_columns",
    Column(
        "report_id", Whole, ForeignKey("drift_reports.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    needs("kind", Text),
    needs("verdict", Text),
    needs("effect", Real),
    needs("p_value", Real),
    needs("p_adjusted", Real),
    needs("limit", Real),
    needs("limit_source", Text),
    needs("rows", Whole),
    needs("psi", Real),
    Column("wasserstein", Real),
    needs("jensen_shannon", Real),
    needs("null_share_reference", Real),
    needs("null_share", Real),
    needs("new_value_share", Real),
    Column("importance", Real),
)

evaluations = table(
    "evaluations",
    key(),
    needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    needs("model_version", Whole),
    needs("role", Text),
    needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    needs("metric", Text),
    needs("value", Real),
    needs("low", Real),
    needs("high", Real),
    needs("rows", Whole),
    needs("source", Text),
    Column("window_start", Moment),
    Column("window_end", Moment),
    needs("created_at", Moment),
    UniqueConstraint("model_id", "version_id", "role"),
)
