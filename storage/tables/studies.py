"""Tables of studies and their trials."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Text, UniqueConstraint

from storage.tables.catalog import key, needs, table
from storage.tables.types import Flag, Json, Moment, Real, Whole

studies = table(
    "studies",
    key(),
    needs("experiment", Text),
    needs("recipe", Text),
    needs("run_id", Whole, ForeignKey("runs.id", ondelete="CASCADE"), index=True),
    needs("version", Whole),
    needs("metric", Text),
    needs("is_maximized", Flag),
    needs("seed", Whole),
    needs("source_hash", Text),
    needs("budget", Whole),
    Column("timeout_s", Real),
    needs("parallel", Whole),
    needs("sampler", Text),
    needs("pruner", Text),
    needs("space", Json),
    needs("params", Json),
    needs("created_by", Text),
    needs("state", Text, index=True),
    needs("reason", Text),
    # The best trial stands here too, so that a list of studies reads no trial.
    Column("best_trial", Whole),
    Column("best_value", Real),
    Column("best_run_id", Whole, ForeignKey("runs.id", ondelete="SET NULL"), index=True),
    needs("best_params", Json),
    Column("importances", Json),
    needs("started_at", Moment),
    Column("first_trial_at", Moment),
    Column("ended_at", Moment),
)

trials = table(
    "trials",
    key(),
    needs("study_id", Whole, ForeignKey("studies.id", ondelete="CASCADE")),
    needs("number", Whole),
    needs("state", Text),
    Column("params", Json),
    Column("value", Real),
    Column("step", Whole),
    Column("run_id", Whole, ForeignKey("runs.id", ondelete="SET NULL"), index=True),
    Column("job_id", Whole),
    Column("error", Text),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    UniqueConstraint("study_id", "number"),
)
