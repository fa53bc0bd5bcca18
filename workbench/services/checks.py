"""Checks a pending version and makes it current, or sets it aside."""

from __future__ import annotations

from collections.abc import Sequence

from storage.records import (
    CheckResult,
    Dataset,
    NewAlert,
    NewEvent,
    Profile,
    Severity,
    Version,
    VersionState,
    Window,
)
from storage.store import Transaction
from workbench.core import checks as rules
from workbench.core import compaction, policy
from workbench.core.words import plural
from workbench.services import measuring
from workbench.services import rows as row_services
from workbench.services.context import Context


def run(context: Context, *, dataset: str, version: int) -> None:
    """Checks and profiles the rows that a pending version adds, and decides what becomes of it."""
    with context.store.read() as tx:
        known = tx.datasets.get(dataset)
        pending = tx.datasets.version(known, version)
        added = row_services.select(
            context, tx, Window(dataset=dataset, version=version, added_only=True)
        )
        columns = row_services.columns_of(tx, pending)
    if pending.state is not VersionState.PENDING:
        return  # an earlier attempt came to its end
    context.progress(0.1, f"checking {plural(pending.rows_added, 'row')}")
    results = measuring.results(context, known, pending)
    context.progress(0.5, "profiling")
    profile = Profile(rows=0, columns=())
    if pending.undoes is None:
        profile = row_services.profile_of(context, added, columns)
    blob = row_services.keep_profile(context, profile)
    with context.conclude() as tx:
        tx.checks.keep(pending.id, results)
        if rules.is_blocked(results):
            _set_aside(tx, pending, results, blob)
        else:
            tx.datasets.accept(pending, replace=pending.replaces, profile_blob=blob)
            announce(context, tx, known, pending, results)


def announce(
    context: Context,
    tx: Transaction,
    dataset: Dataset,
    version: Version,
    results: Sequence[CheckResult],
    *,
    why: str = "",
) -> None:
    """Says that a version is current, and queues what follows from that.

    Args:
        context: The project.
        tx: The transaction that made it current.
        dataset: Its dataset.
        version: The version.
        results: What its checks found.
        why: Why somebody took it out of quarantine; empty: its checks let it pass.
    """
    warned = any(not result.passed for result in results)
    tx.events.add(
        NewEvent(
            kind="version.current",
            subject=version.label,
            message=f"{version.label} is current: {why or rules.summary(results)}",
            severity=Severity.WARNING if warned else Severity.INFO,
        )
    )
    tx.events.resolve(f"quarantine {dataset.name}")
    models = tuple(
        champion.model
        for champion in tx.models.champions()
        if version.undoes is None and _feeds_on(context, champion.model, dataset.name)
    )
    outcome = policy.Accepted(
        dataset=dataset.name,
        version=version.number,
        models=models,
        fragments=tx.partitions.fragments(dataset, below_bytes=compaction.SMALL_BYTES),
    )
    cause = context.job.id if context.job else None
    tx.jobs.enqueue_all(policy.after(outcome, cause=cause))


def _feeds_on(context: Context, model: str, dataset: str) -> bool:
    config = context.config.models.get(model)
    return config is not None and context.config.experiments[config.experiment].dataset == dataset


def _set_aside(
    tx: Transaction, version: Version, results: Sequence[CheckResult], profile_blob: str
) -> None:
    reason = rules.summary(results)
    tx.datasets.quarantine(version, reason=reason, profile_blob=profile_blob)
    tx.arrivals.quarantine(version, reason)
    tx.events.add(
        NewEvent(
            kind="version.quarantined",
            subject=version.label,
            message=f"{version.label} is in quarantine: {reason}",
            severity=Severity.ERROR,
        )
    )
    tx.events.raise_alert(
        NewAlert(
            key=f"quarantine {version.dataset}",
            severity=Severity.ERROR,
            title=f"{version.label} is in quarantine",
            text=reason,
        )
    )
