"""One row of a table per record: the headings of each kind and its cells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.core import words
from workbench.core.words import NOTHING

if TYPE_CHECKING:
    from storage.records import (
        Alert,
        CheckResult,
        ColumnDrift,
        DatasetSummary,
        DriftReport,
        Event,
        GateReview,
        HistoryWindow,
        InboxStatus,
        Job,
        ModelSummary,
        ModelVersion,
        Run,
        ServiceStatus,
        Version,
    )

# A heading that starts with > stands above numbers and is set on the right.
DATASETS = ("dataset", "latest", ">rows", ">last added", "pending", ">versions", "since")
INBOX = (
    "dataset",
    "folder",
    ">waiting",
    ">settled",
    ">read",
    ">duplicates",
    ">in quarantine",
    "last scan",
    "watcher",
)
VERSIONS = (
    "version",
    "state",
    ">rows",
    ">added",
    ">size",
    "builds on",
    "window",
    "made",
    "by",
    "from",
    "why",
)
CHECKS = ("check", "verdict", ">rows failed", ">measured", "allowed")
RUNS = ("run", "experiment", "recipe", "state", "rows of", "metrics", "started", ">took")
MODELS = ("model", "champion", "metric", ">value", "95 % interval", "drift", ">versions")
MODEL_VERSIONS = ("version", "aliases", "made of", "rows of", "metrics", "parity", "made")
REVIEWS = ("challenger", "champion", "verdict", "metric", ">gain", "95 % interval", ">rows", "why")
JOBS = ("job", "kind", "about", "state", ">done", "message", "made", ">took")
DRIFT_REPORTS = ("report", "version", "window", "verdict", ">rows", "against", "drifted")
DRIFT_COLUMNS = ("column", "kind", "verdict", ">effect", ">limit", ">p", ">psi", ">importance")
EVENTS = ("event", "at", "severity", "about", "message")
ALERTS = ("alert", "state", "severity", "title", "text", ">times", "last")
HISTORY = (
    "version",
    "window",
    "drift",
    "metric",
    ">champion",
    ">frozen",
    "trigger",
    "outcome",
    "serving",
)

_SHOWN_METRICS = 3


def service(status: ServiceStatus) -> str:
    """`serve running at http://127.0.0.1:8080`."""
    where = f" at {status.address}" if status.address else ""
    again = f" ({words.plural(status.restarts, 'restart')})" if status.restarts else ""
    return f"{status.name} {'running' if status.is_running else 'stopped'}{where}{again}"


def dataset(summary: DatasetSummary) -> tuple[str, ...]:
    """A row under DATASETS."""
    latest = summary.latest
    return (
        summary.dataset.name,
        latest.label if latest else NOTHING,
        words.count(latest.rows if latest else None),
        words.count(summary.rows_added[-1] if summary.rows_added else None),
        summary.pending.label if summary.pending else NOTHING,
        words.count(summary.versions),
        _ago(latest.created_at if latest else None),
    )


def inbox(one: InboxStatus) -> tuple[str, ...]:
    """A row under INBOX."""
    return (
        one.dataset,
        one.folder,
        words.count(one.waiting),
        words.count(one.settled),
        words.count(one.ingested),
        words.count(one.duplicates),
        words.count(one.quarantined),
        _ago(one.last_scan_at),
        "running" if one.is_watched else "stopped",
    )


def version(one: Version) -> tuple[str, ...]:
    """A row under VERSIONS."""
    return (
        one.label,
        one.state.value,
        words.count(one.rows),
        words.count(one.rows_added),
        words.size(one.size_bytes),
        f"v{one.parent}" if one.parent else NOTHING,
        words.days(one.first_time, one.last_time),
        _ago(one.created_at),
        one.created_by,
        words.listed(
            [source.rpartition("/")[2] for source in one.sources], most=2, total=one.source_count
        ),
        one.reason or "",
    )


def check_result(result: CheckResult) -> tuple[str, ...]:
    """A row under CHECKS."""
    failed = "warn" if result.on_fail.value == "warn" else "fail"
    return (
        result.check,
        "pass" if result.passed else failed,
        f"{words.count(result.rows_failed)} of {words.count(result.rows)}",
        words.number(result.value),
        result.limit,
    )


def run(one: Run) -> tuple[str, ...]:
    """A row under RUNS."""
    return (
        one.label,
        one.experiment,
        one.recipe,
        one.state.value,
        words.versioned(one.dataset, one.version),
        metrics({key: metric.value for key, metric in one.metrics.items()}),
        _ago(one.started_at),
        words.took(one.started_at, one.ended_at),
    )


def model(summary: ModelSummary) -> tuple[str, ...]:
    """A row under MODELS."""
    latest = summary.champion_evaluations[-1] if summary.champion_evaluations else None
    report = summary.drift_reports[-1] if summary.drift_reports else None
    return (
        summary.model.name,
        summary.champion.label if summary.champion else NOTHING,
        latest.metric if latest else NOTHING,
        words.metric(latest.value if latest else None),
        words.interval(latest.low, latest.high) if latest else NOTHING,
        report.comparison.verdict.value if report else NOTHING,
        words.count(summary.versions),
    )


def model_version(one: ModelVersion) -> tuple[str, ...]:
    """A row under MODEL_VERSIONS."""
    return (
        one.label,
        ", ".join(one.aliases) or NOTHING,
        one.origin,
        words.versioned(one.dataset, one.version),
        metrics(one.metrics),
        _parity(one),
        _ago(one.created_at),
    )


def _parity(one: ModelVersion) -> str:
    verdict = "pass" if one.parity.passed else "fail"
    return f"{verdict}, overridden" if one.override else verdict


def review(one: GateReview) -> tuple[str, ...]:
    """A row under REVIEWS."""
    decision = one.decision
    return (
        words.versioned(one.model, one.challenger),
        f"v{one.champion}" if one.champion else NOTHING,
        decision.verdict.value,
        decision.metric,
        words.delta(decision.gain),
        words.gain_interval(decision.low, decision.high),
        words.count(decision.rows),
        "; ".join(decision.reasons),
    )


def job(one: Job) -> tuple[str, ...]:
    """A row under JOBS."""
    return (
        one.label,
        one.kind,
        one.subject,
        one.state.value,
        words.percent(one.progress, 0),
        one.message,
        _ago(one.created_at),
        words.took(one.started_at, one.ended_at),
    )


def drift_report(report: DriftReport) -> tuple[str, ...]:
    """A row under DRIFT_REPORTS."""
    comparison = report.comparison
    return (
        str(report.id),
        words.versioned(report.dataset, report.version),
        words.days(report.window_start, report.window_end),
        comparison.verdict.value,
        words.count(comparison.rows),
        report.reference,
        ", ".join(f"{one.name} {words.number(one.effect)}" for one in comparison.drifted),
    )


def column_drift(column: ColumnDrift) -> tuple[str, ...]:
    """A row under DRIFT_COLUMNS."""
    return (
        column.name,
        column.kind.value,
        column.verdict.value,
        words.number(column.effect),
        f"{words.number(column.limit)} {column.limit_source}",
        words.p_value(column.p_adjusted),
        words.number(column.psi),
        words.number(column.importance),
    )


def event(one: Event) -> tuple[str, ...]:
    """A row under EVENTS."""
    return (str(one.id), words.moment(one.at), one.severity.value, one.subject, one.message)


def alert(one: Alert) -> tuple[str, ...]:
    """A row under ALERTS."""
    return (
        str(one.id),
        one.state.value,
        one.severity.value,
        one.title,
        one.text,
        words.count(one.count),
        _ago(one.last_at),
    )


def history_window(window: HistoryWindow) -> tuple[str, ...]:
    """A row under HISTORY."""
    report, cycle = window.report, window.cycle
    evaluation = window.champion or window.frozen
    return (
        window.version.label,
        words.days(window.version.first_time, window.version.last_time),
        report.comparison.verdict.value if report else NOTHING,
        evaluation.metric if evaluation else NOTHING,
        words.metric(window.champion.value if window.champion else None),
        words.metric(window.frozen.value if window.frozen else None),
        cycle.trigger if cycle else NOTHING,
        (cycle.outcome or cycle.state.value) if cycle else NOTHING,
        f"v{window.serving}" if window.serving else NOTHING,
    )


def metrics(values: dict[str, float]) -> str:
    """The first few metrics: `roc_auc 0.7123, log_loss 0.4410`."""
    from workbench.core.metric_order import in_order

    shown = in_order(values)[:_SHOWN_METRICS]
    return ", ".join(f"{key} {words.metric(values[key])}" for key in shown) or NOTHING


def _ago(at: datetime | None) -> str:
    return words.ago(at, datetime.now(UTC))
