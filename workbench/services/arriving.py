"""Files on their way into a dataset: known by their bytes, read, staged, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from storage import frames
from storage.blobs import sha256_of
from storage.errors import Conflict
from storage.frames import FileUnreadable, Imported, Selection
from storage.records import ArrivalState, Dataset, NewPartition, Schema
from workbench.config import DatasetConfig
from workbench.core.profile import kind_of
from workbench.services.context import Context
from workbench.services.naming import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that was looked at, and what is to become of it."""

    file: Path
    path: str
    """As the catalog names it."""
    sha256: str
    size_bytes: int
    modified_ns: int
    state: ArrivalState = ArrivalState.INGESTED
    reason: str | None = None
    partition: NewPartition | None = None
    notes: tuple[str, ...] = ()
    bad_lines: int = 0
    rejects_blob: str | None = None

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
            "notes": list(self.notes) or None,
            "bad_lines": self.bad_lines,
            "rejects_blob": self.rejects_blob,
        }


def read(
    context: Context,
    config: DatasetConfig,
    dataset: Dataset,
    paths: Sequence[Path],
    *,
    pinned: Schema | None,
    earlier: Selection | None,
) -> tuple[tuple[Arrived, ...], Schema | None]:
    """Reads files one after the other; rows are staged and kept, nothing else is changed.

    Args:
        context: The project.
        config: What workbench.toml says of the dataset.
        dataset: Where they arrive.
        paths: The files; one that has vanished is left out.
        pinned: The dataset's columns; None before its first accepted version.
        earlier: The rows that the dataset has and keeps; None: there are none.

    Returns:
        What became of each file, in their order, and the columns with them; None when none was read.

    Raises:
        Conflict: A file was written to meanwhile.
    """
    looked = list(_look(context, paths))
    with context.store.read() as tx:
        known = tx.partitions.sources(dataset, [one.sha256 for one in looked])
    fresh, duplicates = _told_apart(looked, known, dataset.name)
    reading = _Reading(context, config, dataset.name, pinned, earlier)
    arrived = {one.path: one for one in chain(duplicates, reading.all(fresh))}
    return tuple(arrived[one.path] for one in looked), reading.schema


def _look(context: Context, paths: Iterable[Path]) -> Iterator[Arrived]:
    # A file may be named in several ways.
    named = {name_of(context, path): path for path in paths}
    for name, path in named.items():
        try:
            seen = path.stat()
            sha256 = sha256_of(path)
        except FileNotFoundError:
            continue  # whoever took it away wants it elsewhere
        yield Arrived(
            file=path,
            path=name,
            sha256=sha256,
            size_bytes=seen.st_size,
            modified_ns=seen.st_mtime_ns,
        )


def _told_apart(
    looked: Sequence[Arrived], known: frozenset[str], dataset: str
) -> tuple[list[Arrived], list[Arrived]]:
    """The files with new bytes, and those whose bytes are known or come twice."""
    seen = set(known)
    fresh, duplicates = [], []
    for one in looked:
        if one.sha256 in seen:
            reason = f"the same bytes are in {dataset} already"
            duplicates.append(replace(one, state=ArrivalState.DUPLICATE, reason=reason))
        else:
            seen.add(one.sha256)
            fresh.append(one)
    return fresh, duplicates


class _Reading:
    """The columns of a dataset while files are read into it."""

    def __init__(
        self,
        context: Context,
        config: DatasetConfig,
        name: str,
        pinned: Schema | None,
        earlier: Selection | None,
    ) -> None:
        self.schema = pinned
        """The columns after the files that were read so far."""
        self._context = context
        self._config = config
        self._name = name
        self._pinned = pinned
        self._earlier = earlier
        self._key = config.key if config.mode == "upsert" else ()
        self._read: list[NewPartition] = []

    def all(self, files: Sequence[Arrived]) -> Iterator[Arrived]:
        """Reads files in their order, small ones that follow each other together."""
        batch: list[Arrived] = []
        for one in files:
            if self.schema is None or not frames.can_be_small(one.file, one.size_bytes):
                yield from self._together(batch)
                yield self._alone(one)
                batch = []
                continue
            batch.append(one)
            size_bytes = sum(other.size_bytes for other in batch)
            if len(batch) >= frames.BATCH_FILES or size_bytes >= frames.BATCH_BYTES:
                yield from self._together(batch)
                batch = []
        yield from self._together(batch)

    def _together(self, batch: Sequence[Arrived]) -> Iterable[Arrived]:
        if len(batch) < 2 or self.schema is None or self._missing(self.schema):
            return [self._alone(one) for one in batch]
        try:
            contents = [frames.Small(path=one.file, content=one.file.read_bytes()) for one in batch]
        except FileNotFoundError:
            return [self._alone(one) for one in batch]
        found = frames.import_alike(
            self._context.store.frames,
            contents,
            pinned=self.schema,
            time=self._config.time,
            kind_of=kind_of,
            rules=self._config.reading,
        )
        if found is None:
            # One file that wants a closer look must not make all the others be read alone.
            half = len(batch) // 2
            return [*self._together(batch[:half]), *self._together(batch[half:])]
        for one in batch:
            _refuse_change(one, found.staged.unlink)
        return self._kept_together(batch, found)

    def _kept_together(self, batch: Sequence[Arrived], found: frames.Batch) -> list[Arrived]:
        size_bytes = found.staged.stat().st_size
        blob = self._context.store.blobs.put_file(found.staged)
        kept = [
            replace(
                one,
                partition=NewPartition(
                    blob=blob,
                    rows=part.rows,
                    size_bytes=size_bytes * part.rows // found.rows,
                    source=one.path,
                    source_sha256=one.sha256,
                    first_time=part.first_time,
                    last_time=part.last_time,
                    first_row=part.first_row,
                    file_rows=found.rows,
                ),
            )
            for one, part in zip(batch, found.slices, strict=True)
        ]
        self._read += [one.partition for one in kept if one.partition is not None]
        return kept

    def _alone(self, one: Arrived) -> Arrived:
        try:
            imported = frames.import_file(
                self._context.store.frames,
                one.file,
                pinned=self.schema,
                time=self._config.time,
                kind_of=kind_of,
                rules=self._config.reading,
            )
            _refuse_change(one, imported.discard)
            self._refuse_keyless(one, imported)
            self._refuse_narrow(one, imported)
        except FileNotFoundError as error:
            if error.filename != str(one.file):
                raise
            raise Conflict(
                f"{one.file.name} vanished before it was read; nothing was kept.", "Try again."
            ) from error
        except FileUnreadable as error:
            return replace(
                one,
                state=ArrivalState.QUARANTINED,
                reason=error.problem,
                notes=tuple(filter(None, [error.remedy])),
            )
        self.schema = imported.schema
        kept = self._kept(one, imported)
        if kept.partition is not None:
            self._read.append(kept.partition)
        return kept

    def _missing(self, schema: Schema) -> list[str]:
        """The columns of the key that rows with these columns do not have."""
        return [name for name in self._key if schema.column(name) is None]

    def _refuse_keyless(self, one: Arrived, imported: Imported) -> None:
        """Refuses rows that come by key without a column of it."""
        missing = self._missing(imported.schema)
        if missing:
            imported.discard()
            raise FileUnreadable(
                f"{one.file.name} cannot be read: it has no column '{missing[0]}', "
                f"which is in the key of {self._name}.",
                "Mend the file, or name other columns as key.",
            )

    def _refuse_narrow(self, one: Arrived, imported: Imported) -> None:
        """Refuses wider types in which rows that the dataset has would not be the same."""
        if self.schema is None:
            return
        engine = self._context.store.frames
        own = engine.select(self._read) if self._read else None
        known = self._pinned.names if self._pinned is not None else ()
        # Columns that came with these files are in none of the earlier rows.
        columns = tuple(column for column in self.schema.columns if column.name in known)
        for selection, before in (
            (self._earlier, Schema(columns=columns)),
            (own, self.schema),
        ):
            if selection is None:
                continue
            reason = frames.narrowing(engine, selection, before=before, after=imported.schema)
            if reason is not None:
                imported.discard()
                raise FileUnreadable(
                    f"{one.file.name} cannot be read: {reason}.",
                    "Mend the file, or keep these rows in a dataset of their own.",
                )

    def _kept(self, one: Arrived, imported: Imported) -> Arrived:
        blobs = self._context.store.blobs
        size_bytes = imported.staged.stat().st_size
        return replace(
            one,
            partition=NewPartition(
                blob=blobs.put_file(imported.staged),
                rows=imported.rows,
                size_bytes=size_bytes,
                source=one.path,
                source_sha256=one.sha256,
                first_time=imported.first_time,
                last_time=imported.last_time,
            ),
            notes=imported.notes,
            bad_lines=imported.bad_lines,
            rejects_blob=blobs.put_file(imported.rejects) if imported.rejects else None,
        )


def _refuse_change(one: Arrived, discard: Callable[[], None]) -> None:
    """Refuses rows of a file that somebody wrote to meanwhile: they may be torn."""
    try:
        after = one.file.stat()
    except FileNotFoundError:
        return  # its bytes were read as a whole, and nothing else has taken their place
    if (after.st_size, after.st_mtime_ns) != (one.size_bytes, one.modified_ns):
        discard()
        raise Conflict(
            f"{one.file.name} changed while it was read; nothing was kept.",
            "Try again once nobody writes to it.",
        )
