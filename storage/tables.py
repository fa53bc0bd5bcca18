"""The catalog's tables (SQLAlchemy Core): what is kept, under which names, found by which index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# SQLite's STRICT tables know INTEGER, REAL and TEXT; PostgreSQL's plain Integer and REAL are 4 bytes wide.
Whole = BigInteger().with_variant(Integer(), "sqlite")
Real: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A point in time as microseconds since 1970, UTC; a time without a zone counts as UTC."""

    impl = Whole
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        del dialect
        if value is None:
            return None
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (aware - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        del dialect
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A value as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To text."""
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From text."""
        del dialect
        return None if value is None else msgspec.json.decode(value)


class Flag(TypeDecorator[bool]):
    """True or false as 1 or 0."""

    impl = Whole
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: FBT001
        """To 1 or 0."""
        del dialect
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """From 1 or 0."""
        del dialect
        return None if value is None else bool(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any, **options: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, **options)


def _id() -> Column[int]:
    return Column("id", Whole, primary_key=True)


def _needs(name: str, type_: Any, *constraints: Any, **options: Any) -> Column[Any]:
    return Column(name, type_, *constraints, nullable=False, **options)


upgrades = _table(
    "upgrades",
    _id(),
    _needs("revision", Text),
    _needs("program", Text),
    _needs("at", Moment),
)

datasets = _table(
    "datasets",
    _id(),
    _needs("name", Text, unique=True),
    Column("schema", Json),
    _needs("created_at", Moment),
)

versions = _table(
    "versions",
    _id(),
    _needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    _needs("number", Whole),
    _needs("state", Text),
    Column("parent", Whole),
    _needs("hash", Text),
    _needs("rows", Whole),
    _needs("rows_added", Whole),
    _needs("size_bytes", Whole),
    _needs("created_at", Moment),
    _needs("created_by", Text),
    _needs("sources", Json),
    Column("first_time", Moment),
    Column("last_time", Moment),
    Column("reason", Text),
    Column("profile_blob", Text),
    UniqueConstraint("dataset_id", "number"),
    Index("ix_versions_state", "dataset_id", "state", "number"),
    Index(
        "uq_versions_pending",
        "dataset_id",
        unique=True,
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

partitions = _table(
    "partitions",
    _id(),
    _needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    _needs("blob", Text, index=True),
    _needs("rows", Whole),
    _needs("size_bytes", Whole),
    _needs("since_version", Whole),
    Column("until_version", Whole),
    _needs("source", Text),
    _needs("source_sha256", Text),
    Column("first_time", Moment),
    Column("last_time", Moment),
    Index("ix_partitions_dataset_id_since_version", "dataset_id", "since_version"),
    Index("ix_partitions_dataset_id_source_sha256", "dataset_id", "source_sha256"),
)

arrivals = _table(
    "arrivals",
    _id(),
    _needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    _needs("path", Text),
    _needs("sha256", Text),
    _needs("size_bytes", Whole),
    _needs("modified_ns", Whole),
    _needs("state", Text),
    Column("version", Whole),
    Column("rows", Whole),
    Column("reason", Text),
    _needs("arrived_at", Moment),
    Column("moved_to", Text),
    Index("ix_arrivals_dataset_id_sha256", "dataset_id", "sha256"),
    Index("ix_arrivals_moved_to", "moved_to"),
    Index("ix_arrivals_path", "path"),
    sqlite_autoincrement=True,
)

check_results = _table(
    "check_results",
    _id(),
    _needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    _needs("check", Text),
    Column("column", Text),
    _needs("passed", Flag),
    _needs("on_fail", Text),
    _needs("rows", Whole),
    _needs("rows_failed", Whole),
    Column("value", Real),
    _needs("limit", Text),
    _needs("examples", Json),
    UniqueConstraint("version_id", "check"),
)

experiments = _table(
    "experiments",
    _id(),
    _needs("name", Text, unique=True),
    _needs("created_at", Moment),
)

runs = _table(
    "runs",
    _id(),
    _needs("uid", Text, unique=True),
    _needs("experiment_id", Whole, ForeignKey("experiments.id", ondelete="CASCADE")),
    _needs("name", Text),
    _needs("recipe", Text),
    _needs("model", Text),
    _needs("state", Text, index=True),
    _needs("params", Json),
    _needs("seed", Whole),
    _needs("source_hash", Text),
    Column("version_id", Whole, ForeignKey("versions.id"), index=True),
    _needs("train", Text),
    _needs("test", Text),
    _needs("environment", Json),
    _needs("created_by", Text),
    Column("job_id", Whole, index=True),
    Column("parent_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), index=True),
    Column("cycle_id", Whole, index=True),
    _needs("started_at", Moment),
    Column("ended_at", Moment),
    _needs("heartbeat_at", Moment),
    Column("error", Text),
    Index("ix_runs_experiment_id_id", "experiment_id", "id"),
)

# Several values of a metric at one step are legal, so the row's own id is the key.
metric_points = _table(
    "metric_points",
    _id(),
    _needs("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE")),
    _needs("key", Text),
    _needs("step", Whole),
    _needs("at", Moment),
    Column("value", Real),
    _needs("special", Text, server_default=""),
    Index("ix_metric_points_run_id_key_step", "run_id", "key", "step"),
)

metrics = _table(
    "metrics",
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    _needs("step", Whole),
    Column("value", Real),
    _needs("special", Text, server_default=""),
    Column("low", Real),
    Column("high", Real),
    Index("ix_metrics_key_value", "key", "value"),
)

artifacts = _table(
    "artifacts",
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    _needs("blob", Text, index=True),
    _needs("size_bytes", Whole),
)

models = _table(
    "models",
    _id(),
    _needs("name", Text, unique=True),
    _needs("experiment", Text),
    _needs("created_at", Moment),
)

model_versions = _table(
    "model_versions",
    _id(),
    _needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    _needs("number", Whole),
    _needs("run_id", Whole, ForeignKey("runs.id")),
    _needs("onnx_blob", Text),
    _needs("native_blob", Text),
    _needs("profile_blob", Text),
    _needs("sample_blob", Text),
    _needs("row_hashes_blob", Text),
    _needs("signature", Json),
    _needs("parity", Json),
    _needs("metrics", Json),
    _needs("importances", Json),
    _needs("created_by", Text),
    _needs("created_at", Moment),
    UniqueConstraint("model_id", "number"),
    UniqueConstraint("model_id", "run_id"),
)

aliases = _table(
    "aliases",
    Column("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    Column("alias", Text, primary_key=True),
    _needs("model_version_id", Whole, ForeignKey("model_versions.id")),
    _needs("moved_at", Moment),
)

alias_moves = _table(
    "alias_moves",
    _id(),
    _needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    _needs("alias", Text),
    Column("from_number", Whole),
    Column("to_number", Whole),
    _needs("who", Text),
    _needs("why", Text),
    _needs("at", Moment),
    Index("ix_alias_moves_model_id_alias_id", "model_id", "alias", "id"),
)

gate_reviews = _table(
    "gate_reviews",
    _id(),
    _needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    _needs("challenger", Whole),
    Column("champion", Whole),
    _needs("version_id", Whole, ForeignKey("versions.id")),
    _needs("verdict", Text),
    _needs("decision", Json),
    _needs("looks", Whole),
    Column("cycle_id", Whole, index=True),
    _needs("created_at", Moment),
    Index("ix_gate_reviews_model_id_id", "model_id", "id"),
)

cycles = _table(
    "cycles",
    _id(),
    _needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    _needs("state", Text),
    _needs("trigger", Text),
    _needs("version_id", Whole, ForeignKey("versions.id")),
    _needs("opened_at", Moment),
    _needs("policy_time", Moment),
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

drift_reports = _table(
    "drift_reports",
    _id(),
    _needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    Column("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    Column("model_version", Whole),
    _needs("reference", Text),
    _needs("verdict", Text),
    _needs("rows", Whole),
    _needs("reference_rows", Whole),
    _needs("sentence", Text),
    Column("window_start", Moment),
    Column("window_end", Moment),
    _needs("created_at", Moment),
    Index("ix_drift_reports_version_id", "version_id"),
    Index("ix_drift_reports_model_id_id", "model_id", "id"),
)

drift_columns = _table(
    "drift_columns",
    Column(
        "report_id", Whole, ForeignKey("drift_reports.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    _needs("kind", Text),
    _needs("verdict", Text),
    _needs("effect", Real),
    _needs("p_value", Real),
    _needs("p_adjusted", Real),
    _needs("limit", Real),
    _needs("limit_source", Text),
    _needs("rows", Whole),
    _needs("psi", Real),
    Column("wasserstein", Real),
    _needs("jensen_shannon", Real),
    _needs("null_share_reference", Real),
    _needs("null_share", Real),
    _needs("new_value_share", Real),
    Column("importance", Real),
)

evaluations = _table(
    "evaluations",
    _id(),
    _needs("model_id", Whole, ForeignKey("models.id", ondelete="CASCADE")),
    _needs("model_version", Whole),
    _needs("role", Text),
    _needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    _needs("metric", Text),
    _needs("value", Real),
    _needs("low", Real),
    _needs("high", Real),
    _needs("rows", Whole),
    _needs("source", Text),
    Column("window_start", Moment),
    Column("window_end", Moment),
    _needs("created_at", Moment),
    UniqueConstraint("model_id", "version_id", "role"),
)

jobs = _table(
    "jobs",
    _id(),
    _needs("kind", Text),
    _needs("subject", Text),
    _needs("arguments", Json),
    Column("dedup_key", Text),
    _needs("state", Text),
    _needs("priority", Whole),
    _needs("attempts", Whole),
    _needs("max_attempts", Whole),
    _needs("token", Whole),
    Column("worker", Text),
    Column("pid", Whole),
    Column("lease_until", Moment),
    _needs("run_at", Moment),
    Column("progress", Real),
    _needs("message", Text),
    _needs("created_at", Moment),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("error", Text),
    Column("result", Json),
    _needs("cancel_requested", Flag),
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

events = _table(
    "events",
    _id(),
    _needs("at", Moment),
    _needs("kind", Text, index=True),
    _needs("subject", Text),
    _needs("message", Text),
    _needs("severity", Text),
    _needs("payload", Json),
    sqlite_autoincrement=True,
)

alerts = _table(
    "alerts",
    _id(),
    _needs("key", Text),
    _needs("severity", Text),
    _needs("title", Text),
    _needs("text", Text),
    _needs("state", Text),
    _needs("count", Whole),
    _needs("first_at", Moment),
    _needs("last_at", Moment),
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

tags = _table(
    "tags",
    Column("noun", Text, primary_key=True),
    Column("owner_id", Whole, primary_key=True),
    Column("key", Text, primary_key=True),
    _needs("value", Text),
)
