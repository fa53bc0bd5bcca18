"""The quarantine: versions that their checks blocked, and files that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.blobs import sync_folder
from storage.errors import Conflict, NotFound
from storage.records import (
    Arrival,
    ArrivalState,
    CheckResult,
    Dataset,
    NewEvent,
    Partition,
    Rewritten,
    Schema,
    Version,
    VersionState,
)
from storage.store import Transaction
from workbench.core import policy
from workbench.errors import UsageError
from workbench.services import checks, datasets, labels, putting_away, upserts, watched
from workbench.services.context import Context

PAGE = 1000
"""Quarantined versions of a dataset that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """What was set aside: versions and files, newest first."""

    versions: tuple[Version, ...]
    files: tuple[Arrival, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rewritten:
    """What was found before a change began, and which versions there were then."""

    versions: int
    latest: int | None
    partitions: tuple[Rewritten, ...] = ()


def listing(context: Context, dataset: str | None = None) -> Quarantine:
    """What is in quarantine, of all datasets or of one.

    Raises:
        NotFound: There is no such dataset.
    """
    with context.store.read() as tx:
        known = tx.datasets.all() if dataset is None else (tx.datasets.get(dataset),)
        versions = [
            version
            for one in known
            for version in tx.datasets.newest(one, limit=PAGE, state=VersionState.QUARANTINED)
        ]
        return Quarantine(versions=tuple(versions), files=tx.arrivals.unread(dataset=dataset))


def version(context: Context, label: str) -> tuple[Version, tuple[CheckResult, ...]]:
    """A quarantined version and what its checks found, with offending rows.

    Raises:
        NotFound: There is no such dataset or version, or it is not in quarantine.
    """
    with context.store.read() as tx:
        found = _version(tx, label)
        return found, tx.checks.of(found.id)


def file(context: Context, number: int) -> Arrival:
    """A quarantined file.

    Raises:
        NotFound: There is none with this number.
    """
    with context.store.read() as tx:
        return _file(tx, number)


def accept(context: Context, label: str, *, why: str) -> Version:
    """Makes the rows of a quarantined version current, as a new version; what follows is queued.

    Args:
        context: The project.
        label: `flights@v5`.
        why: The reason, kept with the version.

    Raises:
        NotFound: There is no such version in quarantine.
        Conflict: A version is still being checked, its files are in the dataset by now, or its
            columns are not those of the dataset. Nothing was changed.
    """
    rewritten = _rewritten(context, label)
    with context.write() as tx:
        aside = _version(tx, label)
        dataset = tx.datasets.get(aside.dataset)
        results, profile = tx.checks.of(aside.id), tx.datasets.profile_blob(aside)
        new = _begin_again(context, tx, aside, rewritten, word="accepted")
        assert profile is not None
        tx.checks.keep(new.id, results)
        reason = f"accepted from {aside.label} by {context.who}: {why}"
        tx.datasets.accept(new, replace=new.replaces, profile_blob=profile, reason=reason)
        checks.announce(context, tx, dataset, new, results, why=why)
        return tx.datasets.version(dataset, new.number)


def check_again(context: Context, label: str) -> Version:
    """Checks the rows of a quarantined version with today's workbench.toml, as a new pending version.

    Raises:
        NotFound: There is no such version in quarantine.
        Conflict: A version is still being checked, or its files are in the dataset by now.
    """
    rewritten = _rewritten(context, label)
    with context.write() as tx:
        aside = _version(tx, label)
        dataset = tx.datasets.get(aside.dataset)
        new = _begin_again(context, tx, aside, rewritten, word="checked again")
        message = f"the rows of {aside.label} are checked again"
        tx.events.add(NewEvent(kind="version.pending", subject=new.label, message=message))
        outcome = policy.Ingested(dataset=dataset.name, version=new.number)
        tx.jobs.enqueue_all(policy.after(outcome))
        return new


def read_again(context: Context, number: int) -> Version | None:
    """Puts a quarantined file back to be read.

    A file of a watched folder goes back there, and the next scan reads it; any other is read now.

    Returns:
        The pending version when it was read at once; None else.

    Raises:
        NotFound: There is no such file in quarantine, or it is not where it was put.
        Conflict: A version of the dataset is still being checked.
    """
    with context.store.read() as tx:
        arrival = _file(tx, number)
    lies = context.project_dir / (arrival.moved_to or arrival.path)
    if not lies.is_file():
        raise NotFound(
            f"{lies.name} does not lie in {lies.parent} any more.",
            f"Forget it with `workbench data quarantine drop a{number}`.",
        )
    home = context.project_dir / arrival.path
    if not watched.is_watched(context, arrival.dataset, arrival.path):
        read = datasets.ingest(context, arrival.dataset, [lies])
        _settle_file(context, arrival, ArrivalState.RETRIED, "read again")
        return read
    if lies != home:
        # First the move: a process that dies before the note leaves a file that is read all the same.
        home.parent.mkdir(parents=True, exist_ok=True)
        lies.rename(putting_away.free_name(home))
        sync_folder(home.parent)
    _settle_file(context, arrival, ArrivalState.RETRIED, "put back into its folder")
    return None


def drop(context: Context, label: str) -> Version:
    """Forgets a quarantined version; its bytes are freed by the next gc.

    Raises:
        NotFound: There is no such version in quarantine.
    """
    with context.write() as tx:
        return forget(tx, _version(tx, label), who=context.who)


def drop_file(context: Context, number: int) -> Arrival:
    """Forgets a quarantined file; it stays where it lies.

    Raises:
        NotFound: There is none with this number.
    """
    with context.store.read() as tx:
        arrival = _file(tx, number)
    _settle_file(context, arrival, ArrivalState.DROPPED, f"dropped by {context.who}")
    return arrival


def forget(tx: Transaction, aside: Version, *, who: str) -> Version:
    """Takes a quarantined version away, within a change."""
    reason = f"dropped by {who}; it was in quarantine: {aside.reason}"
    tx.removals.remove(aside, reason=reason)
    dropped = f"dropped by {who}"
    tx.arrivals.settle_of(aside, state=ArrivalState.DROPPED, reason=dropped, into=None)
    message = f"{aside.label} was dropped out of quarantine by {who}"
    tx.events.add(NewEvent(kind="version.dropped", subject=aside.label, message=message))
    dataset = tx.datasets.get(aside.dataset)
    _resolve(tx, dataset)
    return tx.datasets.version(dataset, aside.number)


def version_alert(dataset: str) -> str:
    """Key of the alert that says that versions of a dataset are in quarantine."""
    return f"quarantine {dataset}"


def file_alert(arrival: Arrival) -> str:
    """Key of the alert that says that a file is in quarantine."""
    return f"arrival {arrival.sha256}"


def _rewritten(context: Context, label: str) -> _Rewritten:
    """What the rows of a quarantined version take the place of, if they come by key."""
    with context.store.read() as tx:
        aside = _version(tx, label)
        dataset = tx.datasets.get(aside.dataset)
        versions, latest = tx.datasets.count(dataset), tx.datasets.latest(dataset)
        number = latest.number if latest is not None else None
        config = context.config.datasets.get(aside.dataset)
        if config is None or config.mode != "upsert" or latest is None:
            return _Rewritten(versions=versions, latest=number)
        held = tx.partitions.of_version(dataset.id, latest.number)
        added = [one.as_new() for one in _added(tx, aside)]
        columns = tx.datasets.schema_of(latest)
    found = upserts.rewritten(context, held, added, config.key, columns=columns)
    return _Rewritten(versions=versions, latest=number, partitions=found)


def _begin_again(
    context: Context, tx: Transaction, aside: Version, rewritten: _Rewritten, *, word: str
) -> Version:
    """A pending version with the rows of a quarantined one, which is gone by that."""
    dataset, added = tx.datasets.get(aside.dataset), _added(tx, aside)
    latest = tx.datasets.latest(dataset)
    number = latest.number if latest is not None else None
    if (tx.datasets.count(dataset), number) != (rewritten.versions, rewritten.latest):
        raise Conflict(
            f"A version of {dataset.name} came or went meanwhile; nothing was changed.",
            "Try again.",
        )
    known = () if aside.replaces else tx.partitions.sources(dataset, _hashes(added))
    for one in added:
        if one.source_sha256 in known:
            raise Conflict(
                f"{Path(one.source).name} was read into {dataset.name} since; nothing was changed.",
                f"Forget the rows with `workbench data quarantine drop {aside.label}`.",
            )
    new = tx.datasets.begin_version(
        dataset,
        [one.as_new() for one in added],
        replace=aside.replaces,
        who=context.who,
        schema=_fitting(context, tx, dataset, aside),
        rewritten=rewritten.partitions,
    )
    tx.arrivals.settle_of(aside, state=ArrivalState.INGESTED, reason=None, into=new.number)
    tx.removals.remove(aside, reason=f"{word} as {new.label} by {context.who}")
    _resolve(tx, dataset)
    return new


def _hashes(added: Sequence[Partition]) -> list[str]:
    return [one.source_sha256 for one in added]


def _fitting(context: Context, tx: Transaction, dataset: Dataset, aside: Version) -> Schema | None:
    """The columns of rows in quarantine, which are those of the dataset, or some more.

    Where nothing came since, they were read for the rows that are there, wider types included.
    """
    schema, latest = tx.datasets.schema_of(aside), tx.datasets.latest(dataset)
    if latest is None or latest.number == aside.parent:
        return schema
    if schema is None or dataset.schema is None:
        return schema
    config = context.config.datasets.get(dataset.name)
    may_have_more = config is not None and config.reading.new == "accept"
    has_more = len(schema.columns) > len(dataset.schema.columns)
    is_other = any(schema.column(one.name) != one for one in dataset.schema.columns)
    if is_other or (has_more and not may_have_more):
        raise Conflict(
            f"{aside.label} has other columns than {dataset.name} has by now; nothing was changed.",
            f"Forget it with `workbench data quarantine drop {aside.label}`, and add its files again.",
        )
    return schema


def _added(tx: Transaction, aside: Version) -> tuple[Partition, ...]:
    added = tx.partitions.of_version(aside.dataset_id, aside.number, added_only=True)
    if not added:
        raise Conflict(
            f"{aside.label} brought no rows; it would have undone v{aside.undoes}.",
            f"Try again with `workbench data undo {aside.dataset}@v{aside.undoes}`.",
        )
    return added


def _version(tx: Transaction, label: str) -> Version:
    if "@" not in label:
        raise UsageError(f"'{label}' names no version.", f"Write {label}@v3.")
    found = labels.dataset_version(tx, label)
    if found.state is not VersionState.QUARANTINED:
        raise NotFound(
            f"{found.label} is not in quarantine: it is {found.state.value}.",
            "See what is with `workbench data quarantine list`.",
        )
    return found


def _file(tx: Transaction, number: int) -> Arrival:
    found = tx.arrivals.get(number)
    if found.state is not ArrivalState.QUARANTINED:
        raise NotFound(
            f"a{number} is not in quarantine: {Path(found.path).name} is {found.state.value}.",
            "See what is with `workbench data quarantine list`.",
        )
    if found.version is not None:
        raise UsageError(
            f"The rows of {Path(found.path).name} are in quarantine as "
            f"{found.dataset}@v{found.version}.",
            "Name the version.",
        )
    return found


def _settle_file(context: Context, arrival: Arrival, state: ArrivalState, reason: str) -> None:
    with context.write() as tx:
        tx.arrivals.settle(arrival, state=state, reason=reason)
        message = f"{Path(arrival.path).name} left quarantine: {reason}"
        kind = f"arrival.{state.value}"
        tx.events.add(NewEvent(kind=kind, subject=arrival.dataset, message=message))
        if not any(one.sha256 == arrival.sha256 for one in tx.arrivals.unread()):
            tx.events.resolve(file_alert(arrival))


def _resolve(tx: Transaction, dataset: Dataset) -> None:
    """Closes the alert once no version of the dataset is in quarantine."""
    if not tx.datasets.newest(dataset, limit=1, state=VersionState.QUARANTINED):
        tx.events.resolve(version_alert(dataset.name))
