"""Checks a pending version and makes it current, or sets it aside."""

from __future__ import annotations

from collections.abc import Sequence

from storage import frames
from storage.frames import Selection
from storage.records import (
    CheckResult,
    Column,
    Dataset,
    NewAlert,
    NewEvent,
    Severity,
    Version,
    VersionState,
    Window,
)
from storage.store import Transaction
from workbench.core import checks as rules
from workbench.core import policy
from workbench.core.checks import Check
from workbench.errors import UsageError
from workbench.services import datasets as dataset_services
from workbench.services import rows as row_services
from workbench.services.context import Context


def run(context: Context, *, dataset: str, version: int) -> None:
    """Checks and profiles the rows that a pending version adds, and decides what becomes of it."""
    config = dataset_services.config_of(context, dataset)
    with context.store.read() as tx:
        known = tx.datasets.get(dataset)
        pending = tx.datasets.version(known, version)
        whole = row_services.select(context, tx, Window(dataset=dataset, version=version))
        added = row_services.select(
            context, tx, Window(dataset=dataset, version=version, added_only=True)
        )
    if pending.state is not VersionState.PENDING:
        return  # an earlier attempt came to its end
    columns = row_services.dataset_schema(known)
    declared = rules.declared(config)
    _refuse_senseless(dataset, declared, columns)
    context.progress(0.1, f"checking {pending.rows_added} rows")
    results = _measure(context, declared, added, whole)
    context.progress(0.5, "profiling")
    profile = row_services.profile_of(context, added, columns)
    blob = row_services.keep_profile(context, profile)
    with context.conclude() as tx:
        tx.checks.keep(pending.id, results)
        if rules.is_blocked(results):
            _set_aside(tx, pending, results, blob)
        else:
            tx.datasets.accept(pending, replace=pending.replaces, profile_blob=blob)
            _announce(context, tx, known, pending, results)


def _refuse_senseless(dataset: str, declared: Sequence[Check], columns: Sequence[Column]) -> None:
    remedy = "Mend workbench.toml, then `workbench jobs retry`."
    missing = rules.missing_columns(declared, [column.name for column in columns])
    if missing:
        raise UsageError(
            f"Checks of {dataset} name columns it does not have: {', '.join(missing)}.",
            f"Its columns are {', '.join(column.name for column in columns)}. {remedy}",
        )
    for column in rules.misfits(declared, columns):
        raise UsageError(
            f"Checks of {dataset} compare {column.name} with numbers, but it holds {column.type}.",
            remedy,
        )


def _measure(
    context: Context, declared: Sequence[Check], added: Selection, whole: Selection
) -> list[CheckResult]:
    engine = context.store.frames
    results = []
    for is_whole, selection in ((False, added), (True, whole)):
        group = [check for check in declared if check.whole_version is is_whole]
        if not group:
            continue
        counted = frames.measure(engine, selection, [check.probe for check in group])
        total = engine.count(selection)
        for check in group:
            result = rules.judge(check, counted[check.probe.name], rows=total)
            if not result.passed:
                bad = frames.examples(engine, selection, check.probe)
                result = rules.judge(check, counted[check.probe.name], rows=total, examples=bad)
            results.append(result)
    return results


def _announce(
    context: Context,
    tx: Transaction,
    dataset: Dataset,
    version: Version,
    results: Sequence[CheckResult],
) -> None:
    warned = any(not result.passed for result in results)
    tx.events.add(
        NewEvent(
            kind="version.current",
            subject=version.label,
            message=f"{version.label} is current: {rules.summary(results)}",
            severity=Severity.WARNING if warned else Severity.INFO,
        )
    )
    tx.events.resolve(f"quarantine {dataset.name}")
    models = tuple(
        champion.model
        for champion in tx.models.champions()
        if _feeds_on(context, champion.model, dataset.name)
    )
    outcome = policy.Accepted(dataset=dataset.name, version=version.number, models=models)
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
