"""Files become dataset versions: read, staged, kept and announced in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from storage import frames
from storage.blobs import sha256_of
from storage.errors import Conflict, NotFound
from storage.frames import FileUnreadable, Imported
from storage.records import (
    ArrivalState,
    Dataset,
    NewAlert,
    NewEvent,
    NewPartition,
    Schema,
    Severity,
    Version,
)
from storage.store import Transaction
from workbench.config import DatasetConfig
from workbench.core import policy
from workbench.core.profile import kind_of
from workbench.core.words import plural
from workbench.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """A file that was looked at, and what is to become of it."""

    path: str
    sha256: str
    size_bytes: int
    modified_ns: int
    state: ArrivalState
    reason: str | None = None
    partition: NewPartition | None = None

    def row(self, version: int | None) -> dict[str, object]:
        """The file as `Arrivals.record` takes it."""
        is_in = self.state is ArrivalState.INGESTED
        return {
            "path": self.path,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "modified_ns": self.modified_ns,
            "state": self.state.value,
            "version": version if is_in else None,
            "rows": self.partition.rows if self.partition else None,
            "reason": self.reason,
        }


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
    with context.write() as tx:
        dataset = tx.datasets.ensure(name)
        if tx.datasets.pending(dataset) is not None:
            raise _busy(name)
        versions = tx.datasets.count(dataset)
        # Columns count from the first accepted version on: a wrong first file must not bind the others.
        pinned = dataset.schema if tx.datasets.latest(dataset) is not None else None
    arrived, schema = _read(context, config, dataset, paths, pinned)
    with context.write() as tx:
        if tx.datasets.count(dataset) != versions:
            raise _busy(name)  # the same bytes or other columns may have come with it
        return _record(tx, config, dataset, arrived, schema, who=context.who)


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


def _read(
    context: Context,
    config: DatasetConfig,
    dataset: Dataset,
    paths: Sequence[Path],
    pinned: Schema | None,
) -> tuple[list[_Arrived], Schema | None]:
    schema = pinned
    arrived: list[_Arrived] = []
    for path in paths:
        before = path.stat()
        sha256 = sha256_of(path)
        one = _Arrived(
            path=name_of(context, path),
            sha256=sha256,
            size_bytes=before.st_size,
            modified_ns=before.st_mtime_ns,
            state=ArrivalState.INGESTED,
        )
        if _is_known(context, dataset, sha256) or any(sha256 == other.sha256 for other in arrived):
            reason = f"the same bytes are in {dataset.name} already"
            arrived.append(replace(one, state=ArrivalState.DUPLICATE, reason=reason))
            continue
        try:
            imported = frames.import_file(
                context.store.frames, path, pinned=schema, time=config.time, kind_of=kind_of
            )
        except FileUnreadable as error:
            arrived.append(replace(one, state=ArrivalState.QUARANTINED, reason=error.problem))
            continue
        _refuse_change(path, one, imported)
        schema = imported.schema
        arrived.append(replace(one, partition=_keep(context, imported, one)))
    return arrived, schema


def _refuse_change(path: Path, one: _Arrived, imported: Imported) -> None:
    """Refuses rows of a file that somebody wrote to meanwhile: they may be torn."""
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (one.size_bytes, one.modified_ns):
        imported.staged.unlink()
        raise Conflict(
            f"{path.name} changed while it was read; nothing was kept.",
            "Try again once nobody writes to it.",
        )


def _keep(context: Context, imported: Imported, one: _Arrived) -> NewPartition:
    size_bytes = imported.staged.stat().st_size
    return NewPartition(
        blob=context.store.blobs.put_file(imported.staged),
        rows=imported.rows,
        size_bytes=size_bytes,
        source=one.path,
        source_sha256=one.sha256,
        first_time=imported.first_time,
        last_time=imported.last_time,
    )


def _record(
    tx: Transaction,
    config: DatasetConfig,
    dataset: Dataset,
    arrived: Sequence[_Arrived],
    schema: Schema | None,
    *,
    who: str,
) -> Version | None:
    added = [one.partition for one in arrived if one.partition is not None]
    version = None
    if added:
        if schema is not None and tx.datasets.latest(dataset) is None:
            tx.datasets.pin(dataset, schema)
        replaces = config.mode == "replace"
        version = tx.datasets.begin_version(dataset, added, replace=replaces, who=who)
        tx.events.add(_ingested(version))
        tx.jobs.enqueue_all(
            policy.after(policy.Ingested(dataset=dataset.name, version=version.number))
        )
    tx.arrivals.record(dataset, [one.row(version.number if version else None) for one in arrived])
    for one in arrived:
        _report(tx, dataset, one)
    return version


def _report(tx: Transaction, dataset: Dataset, one: _Arrived) -> None:
    if one.state is ArrivalState.INGESTED:
        return
    name = Path(one.path).name
    if one.state is ArrivalState.DUPLICATE:
        message = f"{name} is a duplicate: {one.reason}"
        tx.events.add(NewEvent(kind="arrival.duplicate", subject=dataset.name, message=message))
        return
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


def _ingested(version: Version) -> NewEvent:
    files = version.sources[0] if len(version.sources) == 1 else f"{len(version.sources)} files"
    return NewEvent(
        kind="version.pending",
        subject=version.label,
        message=f"{Path(files).name} brought {plural(version.rows_added, 'row')}; checks are under way",
    )


def _is_known(context: Context, dataset: Dataset, sha256: str) -> bool:
    with context.store.read() as tx:
        return tx.datasets.has_source(dataset, sha256)


def name_of(context: Context, path: Path) -> str:
    """The path as the catalog names it: relative to the project where it lies inside.

    A link below the project is named by where it lies, not by what it points to.
    """
    full = path.absolute()
    if ".." in full.parts or not full.is_relative_to(context.project_dir):
        full = full.parent.resolve() / full.name
    inside = full.is_relative_to(context.project_dir)
    return (full.relative_to(context.project_dir) if inside else full).as_posix()
