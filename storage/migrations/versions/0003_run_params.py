"""Params of runs as rows of their own, a note on each run, curves from an index alone, studies with their trials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import tables
from storage.runs.params import param_rows
from storage.tables import Flag, Json, Moment, Real, Whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the tables, and fills the params from what each run has kept."""
    _add_studies()
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
    op.drop_index("ix_metric_points_run_id_key_step", "metric_points")
    curve = ["run_id", "key", "step", "value", "special"]
    op.create_index("ix_metric_points_curve", "metric_points", curve)
    connection = op.get_bind()
    kept = sa.select(tables.runs.c.id, tables.runs.c.params)
    rows = [
        row for run_id, params in connection.execute(kept) for row in param_rows(run_id, params)
    ]
    if rows:
        connection.execute(sa.insert(tables.run_params), rows)


def _add_studies() -> None:
    op.create_table(
        "studies",
        sa.Column("id", Whole, nullable=False),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("run_id", Whole, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("is_maximized", Flag, nullable=False),
        sa.Column("seed", Whole, nullable=False),
        sa.Column("source_hash", sa.Text, nullable=False),
        sa.Column("budget", Whole, nullable=False),
        sa.Column("timeout_s", Real),
        sa.Column("parallel", Whole, nullable=False),
        sa.Column("sampler", sa.Text, nullable=False),
        sa.Column("pruner", sa.Text, nullable=False),
        sa.Column("space", Json, nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("best_trial", Whole),
        sa.Column("best_value", Real),
        sa.Column("best_run_id", Whole),
        sa.Column("best_params", Json, nullable=False),
        sa.Column("importances", Json),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("first_trial_at", Moment),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_studies"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_studies_run_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["best_run_id"], ["runs.id"], name="fk_studies_best_run_id", ondelete="SET NULL"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_studies_run_id", "studies", ["run_id"])
    op.create_index("ix_studies_best_run_id", "studies", ["best_run_id"])
    op.create_index("ix_studies_state", "studies", ["state"])
    op.create_table(
        "trials",
        sa.Column("id", Whole, nullable=False),
        sa.Column("study_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("params", Json),
        sa.Column("value", Real),
        sa.Column("step", Whole),
        sa.Column("run_id", Whole),
        sa.Column("job_id", Whole),
        sa.Column("error", sa.Text),
        sa.Column("started_at", Moment),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_trials"),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name="fk_trials_study_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_trials_run_id", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("study_id", "number", name="uq_trials_study_id_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_trials_run_id", "trials", ["run_id"])


def downgrade() -> None:
    """A program of before does not know these; the copy under backups/ is what to go back to."""
    raise NotImplementedError
