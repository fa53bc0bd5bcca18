"""Tables of datasets: versions, their partitions, the files that arrived, what checks found."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint, text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Flag, Json, Moment, Real, Whole

datasets = table(
    "datasets",
    key(),
    needs("name", Text, unique=True),
    Column("schema", Json),
    needs("created_at", Moment),
)

schemas = table(
    "schemas",
    key(),
    needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    needs("columns", Json),
    Index("ix_schemas_dataset_id", "dataset_id"),
)

versions = table(
    "versions",
    key(),
    needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    needs("number", Whole),
    needs("state", Text),
    Column("parent", Whole),
    needs("hash", Text),
    needs("rows", Whole),
    needs("rows_added", Whole),
    needs("replaces", Flag),
    needs("size_bytes", Whole),
    needs("created_at", Moment),
    needs("created_by", Text),
    needs("sources", Json),
    Column("first_time", Moment),
    Column("last_time", Moment),
    Column("reason", Text),
    Column("profile_blob", Text),
    Column("undoes", Whole),
    needs("rows_replaced", Whole, server_default="0"),
    Column("schema_id", Whole, ForeignKey("schemas.id")),
    needs("source_count", Whole, server_default="0"),
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

partitions = table(
    "partitions",
    key(),
    needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    needs("blob", Text, index=True),
    needs("rows", Whole),
    needs("size_bytes", Whole),
    needs("since_version", Whole),
    Column("until_version", Whole),
    needs("source", Text),
    needs("source_sha256", Text),
    Column("first_time", Moment),
    Column("last_time", Moment),
    needs("first_row", Whole, server_default="0"),
    Column("file_rows", Whole),
    needs("is_remainder", Flag, server_default="0"),
    Index("ix_partitions_dataset_id_since_version", "dataset_id", "since_version"),
    Index("ix_partitions_dataset_id_source_sha256", "dataset_id", "source_sha256"),
)

superseded = table(
    "superseded",
    key(),
    needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    needs("partition_id", Whole, ForeignKey("partitions.id", ondelete="CASCADE")),
    UniqueConstraint("version_id", "partition_id"),
    Index("ix_superseded_partition_id", "partition_id"),
)

arrivals = table(
    "arrivals",
    key(),
    needs("dataset_id", Whole, ForeignKey("datasets.id", ondelete="CASCADE")),
    needs("path", Text),
    needs("sha256", Text),
    needs("size_bytes", Whole),
    needs("modified_ns", Whole),
    needs("state", Text),
    Column("version", Whole),
    Column("rows", Whole),
    Column("reason", Text),
    needs("arrived_at", Moment),
    Column("moved_to", Text),
    Column("notes", Json),
    needs("bad_lines", Whole, server_default="0"),
    Column("rejects_blob", Text),
    Index("ix_arrivals_dataset_id_id", "dataset_id", "id"),
    Index("ix_arrivals_dataset_id_state", "dataset_id", "state"),
    Index("ix_arrivals_dataset_id_version", "dataset_id", "version"),
    Index("ix_arrivals_moved_to", "moved_to"),
    Index("ix_arrivals_path", "path"),
    sqlite_autoincrement=True,
)

check_results = table(
    "check_results",
    key(),
    needs("version_id", Whole, ForeignKey("versions.id", ondelete="CASCADE")),
    needs("check", Text),
    Column("column", Text),
    needs("passed", Flag),
    needs("on_fail", Text),
    needs("rows", Whole),
    needs("rows_failed", Whole),
    Column("value", Real),
    needs("limit", Text),
    needs("examples", Json),
    UniqueConstraint("version_id", "check"),
)
