"""Files become dataset versions: read, staged, kept and announced in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from storage import frames
from storage.errors import Conflict, NotFound
from storage.records import (
    ArrivalState,
    BadLine,
    Dataset,
    NewAlert,
    NewEvent,
    NewPartition,
    Partition,
    Rewritten,
    Schema,
    Severity,
    Version,
)
from storage.store import Transaction
from workbench.config import DatasetConfig
from workbench.core import policy
from workbench.core.words import plural
from workbench.services import arriving, naming, upserts
from workbench.services.arriving import Arrived
from workbench.services.context import Context

name_of = naming.name_of
DUPLICATES_TOLD = 20
"""Duplicates of one ingest up to which each has an event of its own."""
NOTES_SHOWN = 3
"""Different notes on files in an event; `data show` has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """A dataset as it was before files were read into it."""

    dataset: Dataset
    versions: int
    """How many it had; another one that comes meanwhile may have brought the same bytes."""
    latest: int | None
    """Number of its last accepted version, which may be taken away meanwhile; None before the first."""
    pinned: Schema | None
    held: tuple[Partition, ...]
    """The partitions of its last accepted version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    """What was read, and what it does to the rows that are there."""

    arrived: tuple[Arrived, ...]
    schema: Schema | None
    rewritten: tuple[Rewritten, ...] = ()

    @property
    def added(self) -> list[NewPartition]:
        """The partitions that came, in the order of their files."""
        return [one.partition for one in self.arrived if one.partition is not None]


def config_of(context: Context, name: str) -> DatasetConfig:
    """What workbench.toml says of a dataset.

    Raises:
        NotFound: It says nothing of it.
    """
    found = context.config.datasets.get(name)
    if found is None:
        raise NotFound.named("dataset", name, known=context.config.datasets)
    return found


def ingest(context: Context, name: str, paths: Sequence[Path]) -> Version | None:
    """Reads files that have settled into one pending version of a dataset.

    Each file is read, staged and fsynced first; then versions, partitions, what became of every file,
    the event and the job that checks the version are one transaction. A process that dies before it
    leaves nothing but staged files; one that dies after it leaves a file that is known already.

    Args:
        context: The project.
        name: The dataset.
        paths: Files, none of which changes any more.

    Returns:
        The pending version; None when no file brought new rows.

    Raises:
        Conflict: A version of the dataset is still being checked, another one came while the files
            were read, or a file was still being written. Nothing was kept; try again.
        NotFound: workbench.toml has no such dataset.
    """
    config = config_of(context, name)
    before = _before(context, name)
    brought = _brought(context, config, before, paths)
    with context.write() as tx:
        if tx.datasets.count(before.dataset) != before.versions:
            raise _busy(name)  # the same bytes or other columns may have come with it
        latest = tx.datasets.latest(before.dataset)
        if (latest.number if latest is not None else None) != before.latest:
            raise Conflict(
                f"{name}@v{before.latest} was removed while files were read; nothing was kept.",
                "Try again.",
            )
        return _record(tx, config, before.dataset, brought, who=context.who)


def bad_lines(context: Context, arrival: int, *, limit: int, offset: int) -> tuple[BadLine, ...]:
    """The lines of a file that were set aside.

    Raises:
        NotFound: There is no such file.
    """
    with context.store.read() as tx:
        found = tx.arrivals.get(arrival)
    if found.rejects_blob is None:
        return ()
    path = context.store.blobs.path(found.rejects_blob)
    return frames.bad_lines(path, limit=limit, offset=offset)


def is_busy(context: Context, name: str) -> bool:
    """Whether a version of the dataset is still being checked, so that nothing may be ingested."""
    with context.store.read() as tx:
        known = {dataset.name: dataset for dataset in tx.datasets.all()}
        return name in known and tx.datasets.pending(known[name]) is not None


def _busy(name: str) -> Conflict:
    return Conflict(
        f"A version of {name} is still being checked.",
        "Wait until its checks have ended; see `workbench jobs list`.",
    )


def _before(context: Context, name: str) -> _Before:
    with context.write() as tx:
        dataset = tx.datasets.ensure(name)
        if tx.datasets.pending(dataset) is not None:
            raise _busy(name)
        latest = tx.datasets.latest(dataset)
        return _Before(
            dataset=dataset,
            versions=tx.datasets.count(dataset),
            latest=latest.number if latest is not None else None,
            # A wrong first file must not bind the others: columns count once they are accepted.
            pinned=dataset.schema if latest is not None else None,
            held=tx.partitions.of_version(dataset.id, latest.number) if latest else (),
        )


def _brought(
    context: Context, config: DatasetConfig, before: _Before, paths: Sequence[Path]
) -> _Brought:
    is_kept = config.mode != "replace" and any(one.rows for one in before.held)
    arrived, schema = arriving.read(
        context,
        config,
        before.dataset,
        paths,
        pinned=before.pinned,
        earlier=context.store.frames.select(before.held) if is_kept else None,
    )
    brought = _Brought(arrived=arrived, schema=schema)
    if config.mode != "upsert" or not brought.added:
        return brought
    added = upserts.without_doubles(context, brought.added, config.key)
    left = iter(added)
    return _Brought(
        arrived=tuple(
            one if one.partition is None else replace(one, partition=next(left)) for one in arrived
        ),
        schema=schema,
        rewritten=upserts.rewritten(context, before.held, added, config.key, columns=before.pinned),
    )


def _record(
    tx: Transaction, config: DatasetConfig, dataset: Dataset, brought: _Brought, *, who: str
) -> Version | None:
    added, arrived = brought.added, brought.arrived
    version = None
    if added:
        version = tx.datasets.begin_version(
            dataset,
            added,
            replace=config.mode == "replace",
            who=who,
            schema=brought.schema,
            rewritten=brought.rewritten,
        )
        tx.events.add(_ingested(version, arrived))
        tx.jobs.enqueue_all(
            policy.after(policy.Ingested(dataset=dataset.name, version=version.number))
        )
    tx.arrivals.record(dataset, [one.row(version.number if version else None) for one in arrived])
    _report_duplicates(tx, dataset, arrived)
    for one in arrived:
        if one.state is ArrivalState.QUARANTINED:
            _report_unreadable(tx, dataset, one)
    return version


def _report_duplicates(tx: Transaction, dataset: Dataset, arrived: Sequence[Arrived]) -> None:
    """An event a file, or one for all when they are many."""
    found = [one for one in arrived if one.state is ArrivalState.DUPLICATE]
    told = [f"{Path(one.path).name} is a duplicate: {one.reason}" for one in found]
    if len(found) > DUPLICATES_TOLD:
        told = [f"{len(found)} files are duplicates, such as {told[0]}"]
    for message in told:
        tx.events.add(NewEvent(kind="arrival.duplicate", subject=dataset.name, message=message))


def _report_unreadable(tx: Transaction, dataset: Dataset, one: Arrived) -> None:
    name = Path(one.path).name
    tx.events.add(
        NewEvent(
            kind="arrival.quarantined",
            subject=dataset.name,
            message=f"{name} is in quarantine: {one.reason}",
            severity=Severity.ERROR,
        )
    )
    tx.events.raise_alert(
        NewAlert(
            key=f"arrival {one.sha256}",
            severity=Severity.ERROR,
            title=f"{name} is in quarantine",
            text=one.reason or "",
        )
    )


def _ingested(version: Version, arrived: Sequence[Arrived]) -> NewEvent:
    files = version.sources[0] if version.source_count == 1 else f"{version.source_count} files"
    brought = f"{Path(files).name} brought {plural(version.rows_added, 'row')}"
    if version.rows_replaced:
        brought += f" in place of {version.rows_replaced}"
    bad = sum(one.bad_lines for one in arrived)
    told = [f"{plural(bad, 'line')} set aside"] if bad else []
    told += list(dict.fromkeys(note for one in arrived for note in one.notes))[:NOTES_SHOWN]
    return NewEvent(
        kind="version.pending",
        subject=version.label,
        message="; ".join([brought, *told, "checks are under way"]),
        severity=Severity.WARNING if told else Severity.INFO,
    )
