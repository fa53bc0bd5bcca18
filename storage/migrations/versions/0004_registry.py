"""Model versions that keep their own dataset version, verifications, overrides, numbers given once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import tables
from storage.tables import Json, Moment, Whole

revision = "0004"
down_revision = "0003"

KEPT = (
    "id, model_id, number, run_id, onnx_blob, native_blob, profile_blob, sample_blob, row_hashes_blob, "
    "signature, parity, metrics, importances, created_by, created_at"
)


def upgrade() -> None:
    """Makes model_versions anew, since a column cannot become nullable in place; only adds elsewhere."""
    op.add_column(
        "models", sa.Column("next_number", Whole, nullable=False, server_default=sa.text("'1'"))
    )
    op.execute(
        "UPDATE models SET next_number = 1 + coalesce("
        "(SELECT max(number) FROM model_versions WHERE model_id = models.id), 0)"
    )
    op.add_column("alias_moves", sa.Column("override", sa.Text))
    op.create_index(
        "ix_alias_moves_overridden",
        "alias_moves",
        ["model_id"],
        sqlite_where=sa.text("override IS NOT NULL"),
    )
    _remake_versions()
    _fill_from_runs()
    op.create_table(
        "verifications",
        sa.Column("id", Whole, nullable=False),
        sa.Column("model_version_id", Whole, nullable=False),
        sa.Column("parity", Json, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verifications"),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_versions.id"],
            name="fk_verifications_model_version_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_verifications_model_version_id_id", "verifications", ["model_version_id", "id"]
    )


def _remake_versions() -> None:
    op.create_table(
        "model_versions_anew",
        sa.Column("id", Whole, nullable=False),
        sa.Column("model_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("run_id", Whole),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("version_id", Whole),
        sa.Column("train", sa.Text, nullable=False, server_default=""),
        sa.Column("onnx_blob", sa.Text, nullable=False),
        sa.Column("native_blob", sa.Text),
        sa.Column("profile_blob", sa.Text, nullable=False),
        sa.Column("sample_blob", sa.Text, nullable=False),
        sa.Column("row_hashes_blob", sa.Text),
        sa.Column("signature", Json, nullable=False),
        sa.Column("parity", Json, nullable=False),
        sa.Column("metrics", Json, nullable=False),
        sa.Column("intervals", Json, nullable=False, server_default="{}"),
        sa.Column("importances", Json, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("tags", Json, nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("id", name="pk_model_versions"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name="fk_model_versions_model_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_model_versions_run_id"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name="fk_model_versions_version_id"
        ),
        sa.UniqueConstraint("model_id", "number", name="uq_model_versions_model_id_number"),
        sa.UniqueConstraint("model_id", "run_id", name="uq_model_versions_model_id_run_id"),
        sqlite_strict=True,
    )
    op.execute(f"INSERT INTO model_versions_anew ({KEPT}) SELECT {KEPT} FROM model_versions")  # noqa: S608 - names
    op.drop_table("model_versions")
    op.rename_table("model_versions_anew", "model_versions")
    op.create_index("ix_model_versions_run_id", "model_versions", ["run_id"])
    op.create_index("ix_model_versions_version_id", "model_versions", ["version_id"])


def _fill_from_runs() -> None:
    """What each version was trained on, and the intervals of its metrics, as its run has them."""
    op.execute(
        "UPDATE model_versions SET (version_id, train) = "
        "(SELECT version_id, train FROM runs WHERE runs.id = model_versions.run_id)"
    )
    connection, versions, metrics = op.get_bind(), tables.model_versions, tables.metrics.c
    bounds = (
        sa.select(versions.c.id, metrics.key, metrics.low, metrics.high)
        .join(tables.metrics, metrics.run_id == versions.c.run_id)
        .where(metrics.low.is_not(None), metrics.high.is_not(None))
    )
    intervals: dict[int, dict[str, tuple[float, float]]] = {}
    for version_id, key, low, high in connection.execute(bounds):
        intervals.setdefault(version_id, {})[key] = (low, high)
    for version_id, found in intervals.items():
        mine = sa.update(versions).where(versions.c.id == version_id)
        connection.execute(mine.values(intervals=found))


def downgrade() -> None:
    """A program of before does not know these; the copy under backups/ is what to go back to."""
    raise NotImplementedError
