"""Tables of experiments: runs, their metrics step by step, their artifacts."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Text

from storage.tables.catalog import key, needs, table
from storage.tables.types import Json, Moment, Real, Whole

experiments = table(
    "experiments",
    key(),
    needs("name", Text, unique=True),
    needs("created_at", Moment),
)

runs = table(
    "runs",
    key(),
    needs("uid", Text, unique=True),
    needs("experiment_id", Whole, ForeignKey("experiments.id", ondelete="CASCADE")),
    needs("name", Text),
    needs("recipe", Text),
    needs("model", Text),
    needs("state", Text, index=True),
    needs("params", Json),
    needs("seed", Whole),
    needs("source_hash", Text),
    Column("version_id", Whole, ForeignKey("versions.id"), index=True),
    needs("train", Text),
    needs("test", Text),
    needs("environment", Json),
    needs("created_by", Text),
    Column("job_id", Whole, index=True),
    Column("parent_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), index=True),
    Column("cycle_id", Whole, index=True),
    needs("started_at", Moment),
    Column("ended_at", Moment),
    needs("heartbeat_at", Moment),
    Column("error", Text),
    needs("note", Text, server_default=""),
    Index("ix_runs_experiment_id_id", "experiment_id", "id"),
)

# Beside the run's own JSON, so that a filter on a param is found by an index.
run_params = table(
    "run_params",
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    needs("text", Text),
    Column("number", Real),
    Index("ix_run_params_key_number", "key", "number"),
    Index("ix_run_params_key_text", "key", "text"),
)

# Several values of a metric at one step are legal, so the row's own id is the key.
metric_points = table(
    "metric_points",
    key(),
    needs("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE")),
    needs("key", Text),
    needs("step", Whole),
    needs("at", Moment),
    Column("value", Real),
    needs("special", Text, server_default=""),
    # With the values, so that a curve is drawn from the index alone.
    Index("ix_metric_points_curve", "run_id", "key", "step", "value", "special"),
)

metrics = table(
    "metrics",
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    needs("step", Whole),
    Column("value", Real),
    needs("special", Text, server_default=""),
    Column("low", Real),
    Column("high", Real),
    Index("ix_metrics_key_value", "key", "value"),
)

artifacts = table(
    "artifacts",
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    needs("blob", Text, index=True),
    needs("size_bytes", Whole),
)
