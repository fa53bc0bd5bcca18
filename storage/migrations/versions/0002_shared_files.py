"""Partitions that share a file, versions that rewrite rows by key or change columns, lines set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Flag, Json, Whole

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Only adds: what an older program wrote means the same."""
    op.create_table(
        "schemas",
        sa.Column("id", Whole, nullable=False),
        sa.Column("dataset_id", Whole, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schemas"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_schemas_dataset_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_schemas_dataset_id", "schemas", ["dataset_id"])
    op.create_table(
        "superseded",
        sa.Column("id", Whole, nullable=False),
        sa.Column("version_id", Whole, nullable=False),
        sa.Column("partition_id", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_superseded"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name="fk_superseded_version_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partition_id"],
            ["partitions.id"],
            name="fk_superseded_partition_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "version_id", "partition_id", name="uq_superseded_version_id_partition_id"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_superseded_partition_id", "superseded", ["partition_id"])

    op.add_column("versions", _count("rows_replaced"))
    # As SQL, since Alembic cannot add a column with a foreign key to SQLite.
    op.execute("ALTER TABLE versions ADD COLUMN schema_id INTEGER REFERENCES schemas (id)")
    op.add_column("versions", _count("source_count"))
    op.add_column("partitions", _count("first_row"))
    op.add_column("partitions", sa.Column("file_rows", Whole))
    op.add_column("partitions", sa.Column("is_remainder", Flag, nullable=False, server_default="0"))
    op.add_column("arrivals", sa.Column("notes", Json))
    op.add_column("arrivals", _count("bad_lines"))
    op.add_column("arrivals", sa.Column("rejects_blob", sa.Text))
    op.create_index("ix_arrivals_dataset_id_state", "arrivals", ["dataset_id", "state"])


def downgrade() -> None:
    """A program of before does not know these; the copy under backups/ is what to go back to."""
    raise NotImplementedError


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, Whole, nullable=False, server_default="0")
