"""Params of runs as rows of their own, and a note on each run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import tables
from storage.runs.params import param_rows
from storage.tables import Real, Whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the table, and fills it from what each run has kept."""
    op.add_column("runs", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "run_params",
        sa.Column("run_id", Whole, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("number", Real),
        sa.PrimaryKeyConstraint("run_id", "key", name="pk_run_params"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_params_run_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_run_params_key_number", "run_params", ["key", "number"])
    op.create_index("ix_run_params_key_text", "run_params", ["key", "text"])
    connection = op.get_bind()
    kept = sa.select(tables.runs.c.id, tables.runs.c.params)
    rows = [
        row for run_id, params in connection.execute(kept) for row in param_rows(run_id, params)
    ]
    if rows:
        connection.execute(sa.insert(tables.run_params), rows)


def downgrade() -> None:
    """A program of before does not know these; the copy under backups/ is what to go back to."""
    raise NotImplementedError
