"""Versions are taken back and taken away: an ingest undone, a version or a dataset removed."""

from __future__ import annotations

from collections.abc import Sequence

from storage.errors import Conflict
from storage.records import Dataset, Job, NewEvent, Partition, Version, VersionState
from storage.store import Transaction
from workbench.core import policy, words
from workbench.core.words import plural
from workbench.errors import UsageError
from workbench.services import labels, quarantine
from workbench.services.context import Context

SHOWN = 5
"""Names in a reason before the rest is counted."""


def undo(context: Context, label: str) -> Version:
    """A pending version without the rows that a version added; its checks are queued.

    In replace mode it has the rows of the version before. The file that brought the rows may be
    added again once the checks have ended.

    Args:
        context: The project.
        label: `flights@v3`; `flights` for the latest version.

    Raises:
        NotFound: There is no such dataset or version.
        Conflict: A version is still being checked, or the rows are not in the latest version.
        UsageError: The version brought no rows, or nothing would be left without them.
    """
    with context.write() as tx:
        undone = labels.dataset_version(tx, label)
        dataset = tx.datasets.get(undone.dataset)
        _refuse_pending(tx, dataset)
        if undone.state is not VersionState.CURRENT or not undone.rows_added:
            raise _nothing_to_undo(undone)
        version = _begin_undo(tx, dataset, undone, who=context.who)
        tx.events.add(
            NewEvent(
                kind="version.pending",
                subject=version.label,
                message=f"{context.who} undoes {undone.label}; checks are under way",
            )
        )
        outcome = policy.Ingested(dataset=dataset.name, version=version.number)
        tx.jobs.enqueue_all(policy.after(outcome))
        return version


def remove(context: Context, label: str) -> Version:
    """Takes a version away that nothing needs; its bytes are freed by the next gc.

    Args:
        context: The project.
        label: `flights@v3`.

    Raises:
        NotFound: There is no such dataset or version.
        Conflict: Something needs it, or it is still being checked; nothing was changed.
    """
    with context.write() as tx:
        version = labels.dataset_version(tx, label)
        if version.state is VersionState.QUARANTINED:
            return quarantine.forget(tx, version, who=context.who)
        if version.state is VersionState.PENDING:
            _refuse_pending(tx, tx.datasets.get(version.dataset))
        _refuse_needed(context, tx, version)
        tx.removals.remove(version, reason=f"removed by {context.who}")
        tx.events.add(
            NewEvent(
                kind="version.removed",
                subject=version.label,
                message=f"{version.label} was removed by {context.who}",
            )
        )
        return tx.datasets.version(tx.datasets.get(version.dataset), version.number)


def remove_dataset(context: Context, name: str) -> Dataset:
    """Takes a dataset away with all its versions, if no run and no model names one.

    Raises:
        NotFound: There is none.
        Conflict: Something needs it, or a version of it is still being checked; nothing was changed.
    """
    with context.write() as tx:
        dataset = tx.datasets.get(name)
        _refuse_pending(tx, dataset)
        users = (*tx.removals.users_of_dataset(dataset), *_live_jobs(context, tx, name))
        if users:
            raise Conflict(
                f"{name} is kept: {_needed_by(users)}.",
                "Single versions that nothing needs go with `workbench data rm "
                f"{name}@v1`; nothing was changed.",
            )
        versions = tx.datasets.count(dataset)
        for arrival in tx.arrivals.unread(dataset=name):
            tx.events.resolve(quarantine.file_alert(arrival))
        tx.events.resolve(quarantine.version_alert(name))
        tx.removals.remove_dataset(dataset)
        message = f"{name} was removed by {context.who} with {plural(versions, 'version')}"
        tx.events.add(NewEvent(kind="dataset.removed", subject=name, message=message))
        return dataset


def _begin_undo(tx: Transaction, dataset: Dataset, undone: Version, *, who: str) -> Version:
    latest = tx.datasets.latest(dataset)
    assert latest is not None
    held = tx.partitions.of_version(dataset.id, latest.number)
    every = tx.partitions.of_dataset(dataset)
    own = [one for one in every if one.since_version == undone.number]
    still = _still_held(own, held)
    older = {one.source_sha256 for one in held if one.is_remainder}
    brought = [one for one in own if not one.is_remainder]
    if not any(one.id in still or one.source_sha256 in older for one in brought):
        raise Conflict(
            f"No rows of {undone.label} are in {latest.label}, the latest version.",
            "There is nothing to undo.",
        )
    if undone.replaces:
        return _begin_reversal(tx, undone, latest, held, who=who)
    if len(still) < len(own):
        raise Conflict(
            f"Later versions up to {latest.label} replaced rows of {undone.label} by their keys.",
            f"Undo {latest.label} first.",
        )
    superseded = tx.partitions.superseded_by(undone)
    if len(superseded) != sum(one.is_remainder for one in own):
        raise _not_known(undone)
    taken = tuple(still.values())
    gone = {one.id for one in taken}
    stays = [one for one in held if one.id not in gone]
    if sum(one.rows for one in (*stays, *superseded)) == 0:
        raise _nothing_left(undone)
    # Columns only ever become more: what the newest rows that stay have is what there is.
    newest = max(_brought_by(one, every) for one in (*stays, *superseded))
    return tx.datasets.begin_undo(
        undone,
        taken,
        who=who,
        revived=[one.as_new(is_remainder=True) for one in superseded],
        schema=tx.datasets.schema_of(tx.datasets.version(dataset, newest)),
    )


def _still_held(own: Sequence[Partition], held: Sequence[Partition]) -> dict[int, Partition]:
    """Of a version's partitions, by id, those that the latest version has all rows of.

    It has them as they are, or as an undo of what had replaced some of them brought them back.
    """
    ids = {one.id for one in held}
    back = {one.source_sha256: one for one in held if one.is_remainder}
    found = {}
    for one in own:
        other = one if one.id in ids else back.get(one.source_sha256)
        if other is not None and other.rows == one.rows:
            found[one.id] = other
    return found


def _brought_by(one: Partition, every: Sequence[Partition]) -> int:
    """Number of the version that brought the rows of a partition, which may lie in a newer one."""
    if not one.is_remainder:
        return one.since_version
    brought = (
        other.since_version
        for other in every
        if other.source_sha256 == one.source_sha256
        and not other.is_remainder
        and other.since_version < one.since_version
    )
    return max(brought, default=one.since_version)


def _begin_reversal(
    tx: Transaction, undone: Version, latest: Version, held: Sequence[Partition], *, who: str
) -> Version:
    """A pending version with the rows that a replacement took the place of."""
    dataset = tx.datasets.get(undone.dataset)
    before = undone.parent and tx.partitions.of_version(dataset.id, undone.parent)
    if not before or not undone.parent:
        raise _nothing_left(undone)
    if any(one.since_version != undone.number for one in held):
        raise Conflict(
            f"{undone.label} replaced all rows, and later versions added to them.",
            f"Undo {latest.label} first.",
        )
    return tx.datasets.begin_version(
        dataset,
        [one.as_new(is_remainder=False) for one in before],
        replace=True,
        who=who,
        schema=tx.datasets.schema_of(tx.datasets.version(dataset, undone.parent)),
    )


def _refuse_pending(tx: Transaction, dataset: Dataset) -> None:
    pending = tx.datasets.pending(dataset)
    if pending is not None:
        raise Conflict(
            f"{pending.label} is still being checked; nothing was changed.",
            "Wait until its checks have ended; see `workbench jobs list`.",
        )


def _refuse_needed(context: Context, tx: Transaction, version: Version) -> None:
    users = (
        *tx.removals.users_of(version),
        *tx.removals.later_versions(version),
        *_live_jobs(context, tx, version.dataset, version.number),
    )
    if users:
        raise Conflict(
            f"{version.label} is kept: {_needed_by(users)}.",
            "To take its rows out of the next version, "
            f"`workbench data undo {version.label}`; nothing was changed.",
        )


def _live_jobs(
    context: Context, tx: Transaction, dataset: str, number: int | None = None
) -> list[str]:
    """Queued and running jobs on a version; on any version where none is named."""
    found = []
    for job in tx.jobs.live():
        numbers = {job.arguments.get(one) for one in ("version", "train_version", "holdout")}
        if _dataset_of(context, job) == dataset and (number is None or number in numbers):
            found.append(job.label)
    return found


def _dataset_of(context: Context, job: Job) -> str | None:
    """The dataset a job works on, by its name, its experiment or its model."""
    name: str | None = job.arguments.get("dataset")
    model = context.config.models.get(job.arguments.get("model", ""))
    experiment = job.arguments.get("experiment") or (model.experiment if model else "")
    known = context.config.experiments.get(experiment)
    return name or (known.dataset if known else None)


def _needed_by(users: Sequence[str]) -> str:
    verb = "needs" if len(users) == 1 else "need"
    return f"{words.listed(users, most=SHOWN)} {verb} it"


def _nothing_to_undo(version: Version) -> UsageError:
    if version.state is VersionState.CURRENT:
        return UsageError(
            f"{version.label} brought no rows, so there is nothing to undo.",
            "Add a file again that was undone: `workbench data add`.",
        )
    return UsageError(
        f"{version.label} is {version.state.value}: its rows are in no other version.",
        f"See the versions of {version.dataset}: `workbench data log {version.dataset}`.",
    )


def _not_known(version: Version) -> Conflict:
    return Conflict(
        f"The rows that {version.label} took the place of went with a version that was removed.",
        "Add a file with the rows that it shall have.",
    )


def _nothing_left(version: Version) -> UsageError:
    return UsageError(
        f"Without the rows of {version.label}, {version.dataset} would have none.",
        f"Remove the whole dataset: `workbench data rm {version.dataset} --yes`.",
    )
