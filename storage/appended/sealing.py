"""Segments become sorted Parquet files, small ones of a day become one, old ones go."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from storage.appended import sealed
from storage.appended.rows import Form, Sent, rows_sql, sent_to
from storage.appended.sealed import Column, Part, Sources
from storage.appended.segments import ended
from storage.errors import StoreUnusable
from storage.frames import Frames, literal

BATCH_BYTES = 256 * 1024 * 1024
"""Of segments that go into one file."""
SMALL_BYTES = 32 * 1024 * 1024
MANY = 8
"""Small files of one day from which on they are joined."""
DAY_US = 24 * 3600 * 1_000_000

_LOCK = "seal.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What sealing a folder did."""

    segments: int = 0
    rows: int = 0
    torn_lines: int = 0
    """Lines that no reader takes: what a killed process was writing."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The right to change the files of one folder."""

    form: Form
    frames: Frames
    folder: Path
    types: Mapping[str, str] = field(default_factory=dict)
    """DuckDB types of the columns that are known."""
    batch_bytes: int = BATCH_BYTES

    def segments(self) -> Sealed:
        """Seals all segments that nobody appends to any more.

        Raises:
            StoreUnusable: The disk is full; all is as it was.
        """
        sealed.tidy(self.folder)
        done = [self._seal(batch) for batch in self._batches()]
        return Sealed(
            segments=sum(one.segments for one in done),
            rows=sum(one.rows for one in done),
            torn_lines=sum(one.torn_lines for one in done),
        )

    def join(self, *, now_us: int) -> int:
        """Joins the small files of each day, and gives how many went.

        Args:
            now_us: The time; days that are over keep one small file.

        Raises:
            StoreUnusable: The disk is full; all is as it was.
        """
        days: dict[int, list[Part]] = defaultdict(list)
        for part in sealed.parts_in(self.folder):
            if part.size_bytes < SMALL_BYTES:
                days[part.first // DAY_US].append(part)
        gone = 0
        for day, parts in days.items():
            is_over = (day + 1) * DAY_US < now_us
            if len(parts) >= MANY or (is_over and len(parts) > 1):
                found = Sources(self.folder, tuple(parts), ())
                self._write(found, sent_to(self.form, self.frames, found, self.types))
                for part in parts:
                    (self.folder / part.name).unlink(missing_ok=True)
                gone += len(parts)
        return gone

    def remove(self, parts: Sequence[Part]) -> None:
        """Takes these parts away."""
        names = {part.name for part in parts}
        kept = [part for part in sealed.parts_in(self.folder) if part.name not in names]
        sealed.replace_parts(self.folder, kept)
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def _batches(self) -> Iterator[tuple[Path, ...]]:
        """Ended segments that go into one file: of one day, since files are removed whole."""
        batch: list[Path] = []
        size = last_day = 0
        for path in _oldest_first(sealed.sources(self.folder).segments):
            with ended(path) as is_ended:
                if not is_ended:
                    continue
            facts = path.stat()
            day = facts.st_mtime_ns // 1000 // DAY_US
            if batch and (size + facts.st_size > self.batch_bytes or day != last_day):
                yield tuple(batch)
                batch, size = [], 0
            batch.append(path)
            size, last_day = size + facts.st_size, day
        if batch:
            yield tuple(batch)

    def _seal(self, segments: tuple[Path, ...]) -> Sealed:
        found = Sources(self.folder, (), segments)
        sent = sent_to(self.form, self.frames, found, self.types)
        rows = self._write(found, sent)
        for path in segments:
            path.unlink(missing_ok=True)
        return Sealed(segments=len(segments), rows=rows, torn_lines=sent.torn_lines)

    def _write(self, found: Sources, sent: Sent) -> int:
        """Writes the rows of `found` into a part that stands in its stead, and gives how many they are."""
        names = [path.name for path in found.paths]
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:20]
        staged = self.folder / f"{digest}{sealed.PARQUET}{sealed.STAGED}"
        try:
            rows, first, last = self._copy(rows_sql(self.form, found, sent), staged)
            if rows:
                size_bytes = staged.stat().st_size
                path = sealed.publish(staged, f"{first}-{digest}{sealed.PARQUET}")
                part = Part(
                    name=path.name,
                    rows=rows,
                    first=first,
                    last=last,
                    size_bytes=size_bytes,
                    columns=self._columns(sent),
                    segments=tuple(segment.name for segment in found.segments),
                )
                gone = set(names)
                kept = [one for one in sealed.parts_in(self.folder) if one.name not in gone]
                sealed.replace_parts(self.folder, [*kept, part])
        except (OSError, duckdb.IOException) as error:
            raise StoreUnusable(
                f"{self.folder} could not be sealed: {error}.",
                "Make room on the disk; nothing was lost.",
            ) from error
        finally:
            staged.unlink(missing_ok=True)
        return rows

    def _columns(self, sent: Sent) -> tuple[Column, ...]:
        stored = sealed.stored_names(list(sent.types), self.form.fixed)
        return tuple(
            Column(name=name, stored=own, type=sent.types[name]) for name, own in stored.items()
        )

    def _copy(self, rows: str, staged: Path) -> tuple[int, int, int]:
        """Writes rows in the order of their time; gives how many, and the first and last moment."""
        ((count,),) = self.frames.rows(
            f"COPY (SELECT * FROM ({rows}) ORDER BY {self.form.time}) TO "  # noqa: S608 - quoted
            f"{literal(str(staged))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
        )
        ((first, last),) = self.frames.rows(
            f"SELECT min(epoch_us({self.form.time})), max(epoch_us({self.form.time})) FROM "  # noqa: S608 - quoted
            f"read_parquet({literal(str(staged))})"
        )
        return int(count), int(first or 0), int(last or 0)


def _oldest_first(segments: Sequence[Path]) -> list[Path]:
    return sorted(segments, key=lambda path: (path.stat().st_mtime_ns, path.name))


@contextmanager
def seal_of(
    form: Form,
    frames: Frames,
    folder: Path,
    types: Mapping[str, str],
    *,
    batch_bytes: int = BATCH_BYTES,
) -> Iterator[Seal | None]:
    """The right to change the files of a folder; None: another process has it, or there is none."""
    if not folder.is_dir():
        yield None
        return
    # The file stays: a lock belongs to a file and not to its name.
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield Seal(form, frames, folder, types, batch_bytes)
    finally:
        os.close(file)
