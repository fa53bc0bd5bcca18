"""Every record has a row with a cell per heading, and says what it must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import records
from workbench.cli import rows

AT = datetime(2013, 4, 1, 12, 30, tzinfo=UTC)
LATER = AT + timedelta(days=29)

VERSION = records.Version(
    id=3,
    dataset_id=1,
    dataset="flights",
    number=3,
    state=records.VersionState.QUARANTINED,
    parent=2,
    hash="ab" * 32,
    rows=1_050_000,
    rows_added=12_400,
    size_bytes=10,
    created_at=AT,
    created_by="watcher",
    sources=("a.csv",),
    first_time=AT,
    last_time=LATER,
    reason="distance min 0",
)
DATASET = records.Dataset(id=1, name="flights", schema=None, created_at=AT)
CHECK = records.CheckResult(
    check="distance min 0",
    column="distance",
    passed=False,
    on_fail=records.OnFail.WARN,
    rows=100,
    rows_failed=3,
    value=None,
    limit="at least 0",
)
RUN = records.Run(
    id=12,
    uid="0" * 32,
    experiment="late",
    name="late-12",
    recipe="default",
    model="lightgbm.LGBMClassifier",
    state=records.RunState.FINISHED,
    params={"n_estimators": 200},
    metrics={"roc_auc": records.Metric(key="roc_auc", value=0.71234, step=0)},
    seed=7,
    source_hash="cd" * 32,
    dataset="flights",
    version=3,
    train="",
    test="",
    environment={},
    created_by="ann",
    job_id=None,
    parent_id=None,
    cycle_id=None,
    started_at=AT,
    ended_at=AT + timedelta(seconds=131),
    heartbeat_at=AT,
    error=None,
)
MODEL = records.Model(id=1, name="late", experiment="late", created_at=AT)
MODEL_VERSION = records.ModelVersion(
    id=7,
    model_id=1,
    model="late",
    number=7,
    run_id=12,
    dataset="flights",
    version=3,
    train="flights@v3",
    onnx_blob="",
    native_blob="",
    profile_blob="",
    sample_blob="",
    row_hashes_blob="",
    signature=records.Signature(task="binary", inputs=()),
    parity=records.Parity(
        rows=10, hostile_rows=2, max_abs_diff=0, p999_abs_diff=0, flips=0, limit=1e-5, passed=True
    ),
    metrics={"roc_auc": 0.71234},
    importances={},
    created_by="ann",
    created_at=AT,
    aliases=("champion",),
)
DRIFT = records.ColumnDrift(
    name="temp",
    kind=records.ColumnKind.NUMERIC,
    verdict=records.DriftVerdict.DRIFT,
    effect=0.312,
    p_value=1e-9,
    p_adjusted=1e-8,
    limit=0.1,
    limit_source="default",
    rows=12_400,
    psi=0.4,
    wasserstein=0.5,
    jensen_shannon=0.3,
    null_share_reference=0,
    null_share=0,
    new_value_share=0,
    importance=0.2,
)
REPORT = records.DriftReport(
    id=4,
    dataset="flights",
    version=3,
    model="late",
    model_version=7,
    reference="training rows of late v7",
    comparison=records.Comparison(
        verdict=records.DriftVerdict.DRIFT, rows=12_400, reference_rows=50_000, columns=(DRIFT,)
    ),
    sentence="temp drifted",
    decision="no action",
    window_start=AT,
    window_end=LATER,
    created_at=AT,
)
EVALUATION = records.Evaluation(
    id=1,
    model="late",
    model_version=7,
    role=records.EvaluationRole.CHAMPION,
    dataset="flights",
    version=3,
    metric="roc_auc",
    value=0.6912,
    low=0.68,
    high=0.7,
    rows=12_400,
    source="scored",
    window_start=AT,
    window_end=LATER,
    created_at=AT,
)
REVIEW = records.GateReview(
    id=1,
    model="late",
    challenger=8,
    champion=7,
    dataset="flights",
    version=3,
    decision=records.GateDecision(
        verdict=records.GateVerdict.REJECT,
        reasons=("worse by 0.01",),
        metric="roc_auc",
        rows=12_400,
        champion_value=0.69,
        challenger_value=0.68,
        gain=-0.01,
        low=-0.02,
        high=0.001,
        p_value=0.01,
        test="DeLong",
    ),
    looks=1,
    cycle_id=2,
    created_at=AT,
)
CYCLE = records.Cycle(
    id=2,
    model="late",
    state=records.CycleState.OPEN,
    trigger="drift in 2 of 3 windows: temp",
    dataset="flights",
    version=3,
    opened_at=AT,
    policy_time=AT,
    closed_at=None,
    outcome=None,
    run_id=None,
    challenger=None,
)
JOB = records.Job(
    id=5,
    kind="train",
    subject="late",
    arguments={},
    dedup_key=None,
    state=records.JobState.RUNNING,
    priority=0,
    attempts=1,
    max_attempts=3,
    token=1,
    worker="w1",
    pid=77,
    lease_until=AT,
    run_at=AT,
    progress=0.425,
    message="fitting",
    created_at=AT,
    started_at=AT,
    ended_at=None,
    error=None,
    result=None,
    cancel_requested=False,
    cause=None,
)
SUMMARY = records.DatasetSummary(
    dataset=DATASET, latest=VERSION, pending=None, versions=3, rows_added=(10, 12_400)
)
MODEL_SUMMARY = records.ModelSummary(
    model=MODEL,
    champion=MODEL_VERSION,
    versions=7,
    champion_evaluations=(EVALUATION,),
    frozen_evaluations=(),
    drift_reports=(REPORT,),
)
WINDOW = records.HistoryWindow(
    version=VERSION,
    report=REPORT,
    champion=EVALUATION,
    frozen=None,
    cycle=CYCLE,
    review=REVIEW,
    serving=7,
)
NEW_DATASET = records.DatasetSummary(
    dataset=DATASET, latest=None, pending=VERSION, versions=1, rows_added=()
)
NEW_MODEL = records.ModelSummary(
    model=MODEL,
    champion=None,
    versions=0,
    champion_evaluations=(),
    frozen_evaluations=(),
    drift_reports=(),
)
BARE_WINDOW = records.HistoryWindow(
    version=VERSION, report=None, champion=None, frozen=None, cycle=None, review=None, serving=None
)

CASES = {
    "dataset": (rows.DATASETS, rows.dataset, SUMMARY, "flights@v3|1 050 000|12 400"),
    "new dataset": (rows.DATASETS, rows.dataset, NEW_DATASET, "flights|-|-|-|flights@v3|1|-"),
    "version": (
        rows.VERSIONS,
        rows.version,
        VERSION,
        "quarantined|1 050 000|12 400|10 B|v2|2013-04-01 to",
    ),
    "check": (rows.CHECKS, rows.check_result, CHECK, "distance min 0|warn|3 of 100|-|at least 0"),
    "run": (rows.RUNS, rows.run, RUN, "finished|flights@v3|roc_auc 0.7123|2013-04-01|2 min 11 s"),
    "model": (rows.MODELS, rows.model, MODEL_SUMMARY, "roc_auc|0.6912|0.6800 to 0.7000|drift|7"),
    "new model": (rows.MODELS, rows.model, NEW_MODEL, "late|-|-|-|-|-|0"),
    "model version": (
        rows.MODEL_VERSIONS,
        rows.model_version,
        MODEL_VERSION,
        "late@v7|champion|r12",
    ),
    "review": (
        rows.REVIEWS,
        rows.review,
        REVIEW,
        "late@v8|v7|reject|roc_auc|-0.0100|-0.0200 to +0.0010",
    ),
    "job": (rows.JOBS, rows.job, JOB, "j5|train|late|running|42 %|fitting|2013-04-01|-"),
    "drift report": (
        rows.DRIFT_REPORTS,
        rows.drift_report,
        REPORT,
        "drift|12 400|training rows of late v7|temp 0.312",
    ),
    "drift column": (
        rows.DRIFT_COLUMNS,
        rows.column_drift,
        DRIFT,
        "drift|0.312|0.100 default|<.001|0.400|0.200",
    ),
    "window": (
        rows.HISTORY,
        rows.history_window,
        WINDOW,
        "drift|roc_auc|0.6912|-|drift in 2 of 3 windows: temp|open|v7",
    ),
    "bare window": (rows.HISTORY, rows.history_window, BARE_WINDOW, "-|-|-|-|-|-|-"),
}


@pytest.mark.parametrize(("headings", "row", "record", "cells"), CASES.values(), ids=CASES)
def test_a_record_is_a_row_with_a_cell_per_heading(headings, row, record, cells):
    written = row(record)

    assert len(written) == len(headings)
    assert cells in "|".join(written)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (records.ServiceStatus(name="worker", is_running=False), "worker stopped"),
        (
            records.ServiceStatus(
                name="serve", is_running=True, address="http://127.0.0.1:1", restarts=1
            ),
            "serve running at http://127.0.0.1:1 (1 restart)",
        ),
    ],
)
def test_a_service_is_told_in_words(status, words):
    assert rows.service(status) == words
