"""The catalog's tables (SQLAlchemy Core): what is kept, under which names, found by which index."""

from __future__ import annotations

from storage.tables.catalog import metadata
from storage.tables.ingest import (
    arrivals,
    check_results,
    datasets,
    partitions,
    schemas,
    superseded,
    versions,
)
from storage.tables.journal import alerts, events, tags, upgrades
from storage.tables.monitoring import drift_columns, drift_reports, evaluations
from storage.tables.queue import jobs
from storage.tables.registry import (
    alias_moves,
    aliases,
    cycles,
    gate_reviews,
    model_versions,
    models,
    verifications,
)
from storage.tables.serving import api_keys, routes
from storage.tables.studies import studies, trials
from storage.tables.training import (
    artifacts,
    experiments,
    metric_points,
    metrics,
    run_params,
    runs,
)
from storage.tables.types import EPOCH, Flag, Json, Moment, Real, Whole

__all__ = [
    "EPOCH",
    "Flag",
    "Json",
    "Moment",
    "Real",
    "Whole",
    "alerts",
    "alias_moves",
    "aliases",
    "api_keys",
    "arrivals",
    "artifacts",
    "check_results",
    "cycles",
    "datasets",
    "drift_columns",
    "drift_reports",
    "evaluations",
    "events",
    "experiments",
    "gate_reviews",
    "jobs",
    "metadata",
    "metric_points",
    "metrics",
    "model_versions",
    "models",
    "partitions",
    "routes",
    "run_params",
    "runs",
    "schemas",
    "studies",
    "superseded",
    "tags",
    "trials",
    "upgrades",
    "verifications",
    "versions",
]
