"""A file that is written in parts, which outlive the process that writes them; it appears whole at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.blobs import sync_folder
from storage.errors import AlreadyExists, Conflict, StoreUnusable
from storage.frames.chunks import ChunkedFile, Span
from storage.frames.querying import Destination
from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.reading.intake import is_files_fault, reason_of
from storage.records import ScoringTally

JOURNAL = "journal.jsonl"
"""What the parts belong to, and a line for each one that is whole."""
Plan = Mapping[str, str | int | list[str]]
"""What must be the same for parts to fit together, by names people understand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column of few texts, as their places in a list."""

    codes: NDArray[np.int64]
    texts: tuple[str, ...]


Answers = Mapping[str, NDArray[np.float64] | Coded]
"""Columns by name, each of one length."""


class _Line(msgspec.Struct, frozen=True):
    """A part that is whole."""

    part: int
    tally: ScoringTally


class Parts:
    """The parts of a file; made by `open_parts`."""

    def __init__(self, target: Destination, folder: Path, journal: BinaryIO) -> None:
        self.folder = folder
        self.done: dict[int, ScoringTally] = {}
        """What was counted in each part that is whole."""
        self.replaced: tuple[str, ...] = ()
        """What has changed since older parts, which were thrown away for it."""
        self._target = target
        self._journal = journal

    def write(
        self,
        part: int,
        *,
        rows: ChunkedFile,
        span: Span,
        kept: Sequence[str],
        answers: Answers,
        absent: NDArray[np.bool_],
    ) -> None:
        """Writes a part, which counts once `keep` was called.

        Args:
            part: Its number, in the order of the rows.
            rows: Where the kept columns come from.
            span: Which rows these are.
            kept: Columns that are taken as they are, before the answers.
            answers: The columns after them.
            absent: Which rows have no answer.

        Raises:
            StoreUnusable: There is no room for it.
        """
        arrays: dict[str, NDArray[Any]] = {"absent": absent}
        expressions = [f"kept.{identifier(name)}" for name in kept]
        for place, (name, values) in enumerate(answers.items()):
            alias = f"answer{place}"
            arrays[alias] = values.codes if isinstance(values, Coded) else values
            expressions.append(f"{_value(alias, values)} AS {identifier(name)}")
        cursor = rows.cursor
        with self._room():
            before = ""
            if kept:
                listed = ", ".join(identifier(name) for name in kept)
                # A table of its own, since only those are joined by place without being gathered first.
                cursor.execute(
                    f"CREATE OR REPLACE TEMP TABLE kept AS SELECT {listed} FROM {rows.rows_of(span)}"
                )
                before = "kept POSITIONAL JOIN "
            cursor.register("answers", arrays)
            try:
                cursor.execute(
                    f"COPY (SELECT {', '.join(expressions)} FROM {before}answers) "
                    f"TO {literal(str(self._path(part)))} "
                    "(FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false)"
                )
            finally:
                cursor.unregister("answers")

    def holds(self, part: int) -> bool:
        """Whether the file of a part is there."""
        return self._path(part).is_file()

    def keep(self, part: int, tally: ScoringTally) -> None:
        """Notes that a part is whole; from then on it need not be made again."""
        with self._room():
            _synced(self._path(part))
            self._journal.write(msgspec.json.encode(_Line(part, tally)) + b"\n")
            self._journal.flush()
            os.fsync(self._journal.fileno())
        self.done[part] = tally

    def discard(self) -> None:
        """Throws all parts away: they will never become a file."""
        self.done.clear()

    def finish(self, rows: ChunkedFile, *, facts: Mapping[str, str]) -> tuple[str, ...]:
        """Joins the parts into the file, which takes the place of an older one; the names of its columns.

        Args:
            rows: Whose engine writes it.
            facts: Kept inside a Parquet file.

        Raises:
            StoreUnusable: There is no room for it.
        """
        target = self._target.path
        staged = self.folder / f"whole{target.suffix}"
        files = ", ".join(file_pattern(self._path(part)) for part in sorted(self.done))
        scan = f"read_parquet([{files}], hive_partitioning = false)"
        options = self._target.options()
        if self._target.file_format == "parquet":
            pairs = ", ".join(
                f"{identifier(name)}: {literal(said)}" for name, said in facts.items()
            )
            options += f", KV_METADATA {{{pairs}}}"
        with self._room():
            rows.cursor.execute(
                f"COPY (SELECT * FROM {scan}) TO {literal(str(staged))} ({options})"
            )
            described = rows.cursor.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
            _synced(staged)
            staged.replace(target)
            sync_folder(target.parent)
        shutil.rmtree(self.folder, ignore_errors=True)
        return tuple(str(name) for name, *_ in described)

    def _path(self, part: int) -> Path:
        return self.folder / f"{part:06d}.parquet"

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Says what to do when the disk takes no more."""
        try:
            yield
        except OSError as error:
            raise self._full(error.strerror or str(error)) from error
        except duckdb.InterruptException:
            raise
        except duckdb.IOException as error:
            raise self._full(reason_of(error)) from error
        except duckdb.Error as error:
            if is_files_fault(error):
                raise
            raise self._full(reason_of(error)) from error

    def _full(self, reason: str) -> StoreUnusable:
        kept = sum(one.rows for one in self.done.values())
        return StoreUnusable(
            f"{self._target.path.name} cannot be written: {reason}.",
            f"Free some room, then give the same command again: {kept} answered rows are kept in "
            f"{self.folder.name}.",
        )


@contextmanager
def open_parts(target: Destination, plan: Plan) -> Iterator[Parts]:
    """The parts of a file, those that are whole already among them.

    Their folder lies beside the file and is gone when that is written. It stays when the process dies, or
    when it stops before the end with a part that is whole.

    Args:
        target: The file.
        plan: What its parts are made of; parts of another plan are thrown away.

    Raises:
        Conflict: Another process is writing them.
        AlreadyExists: Something else is called as their folder would be.
        StoreUnusable: The folder cannot be made.
    """
    folder = target.path.with_name(f"{target.path.name}.parts")
    journal = _opened(folder)
    try:
        parts = Parts(target, folder, journal)
        parts.replaced = _resume(parts, journal, dict(plan))
        yield parts
    finally:
        journal.close()
        if folder.is_dir() and not parts.done:
            shutil.rmtree(folder, ignore_errors=True)


def _opened(folder: Path) -> BinaryIO:
    """The journal of a folder, held by this process alone."""
    if folder.exists() and not (folder / JOURNAL).is_file() and _listed(folder):
        raise AlreadyExists(
            f"{folder} is in the way, and holds no parts of a file.",
            "Move it away, or name another output.",
        )
    try:
        folder.mkdir(exist_ok=True)
        journal = (folder / JOURNAL).open("a+b")
    except OSError as error:
        raise StoreUnusable(
            f"{folder} cannot be made: {error.strerror}.", "Name an output where you may write."
        ) from error
    try:
        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        journal.close()
        raise Conflict(
            f"Another process is writing {folder.name.removesuffix('.parts')}.",
            "Wait until it has ended, or name another output.",
        ) from None
    return journal


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder; nothing when it is none."""
    return sorted(folder.iterdir()) if folder.is_dir() else [folder]


def _resume(parts: Parts, journal: BinaryIO, plan: dict[str, Any]) -> tuple[str, ...]:
    """Takes over the parts that fit the plan; what differs where they do not."""
    journal.seek(0)
    lines = journal.read().split(b"\n")
    before: dict[str, Any] = {}
    with suppress(msgspec.DecodeError):
        before = msgspec.json.decode(lines[0], type=dict[str, Any])
    if before == plan:
        # What follows the last line end was being written when the process died.
        for line in lines[1:-1]:
            with suppress(msgspec.DecodeError):
                found = msgspec.json.decode(line, type=_Line)
                if parts.holds(found.part):
                    parts.done[found.part] = found.tally
        journal.truncate(sum(len(line) + 1 for line in lines[:-1]))
        return ()
    for path in _listed(parts.folder):
        if path.name != JOURNAL:
            path.unlink()
    journal.truncate(0)
    journal.write(msgspec.json.encode(plan) + b"\n")
    journal.flush()
    return tuple(name for name in plan if before and before.get(name) != plan[name])


def _value(alias: str, values: NDArray[np.float64] | Coded) -> str:
    if not isinstance(values, Coded):
        return f"CASE WHEN NOT answers.absent THEN answers.{alias} END"
    texts = ", ".join(map(literal, values.texts))
    return f"CASE WHEN NOT answers.absent THEN [{texts}][answers.{alias} + 1] END"


def _synced(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
