"""Files that one process appends whole lines to, and that say whether somebody still does."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.blobs import sync_folder

SUFFIX = ".jsonl"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}")
_MOST_PIECES = 512
"""The system takes 1,024 at once."""
_NUMBERS = itertools.count(1)
_STARTED_US = time.time_ns() // 1000


class Segment:
    """A new file of lines; locked until it is closed or its process ends, however that happens."""

    def __init__(self, folder: Path) -> None:
        """Makes the file.

        Args:
            folder: Where; made when it is missing.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{os.getpid()}-{_STARTED_US}-{next(_NUMBERS)}"
        self.path = folder / f"{name}{SUFFIX}"
        begun = folder / f"{name}.new"
        self._file = os.open(begun, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            # Under its name it is never seen unlocked: it would be taken for one that has ended.
            begun.rename(self.path)
            sync_folder(folder)
            sync_folder(folder.parent)
        except OSError:
            os.close(self._file)
            raise
        self.begun_at = time.monotonic()
        self.size_bytes = 0
        self.unsynced_bytes = 0

    def append(self, lines: Sequence[bytes]) -> None:
        """Writes pieces that are whole lines, all of them or none.

        Raises:
            OSError: The disk is full.
        """
        size = sum(map(len, lines))
        try:
            for start in range(0, len(lines), _MOST_PIECES):
                self._write(lines[start : start + _MOST_PIECES])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size_bytes)
            raise
        self.size_bytes += size
        self.unsynced_bytes += size

    def _write(self, pieces: Sequence[bytes]) -> None:
        # Without joining them first: requests of many rows make lines of hundreds of kilobytes.
        written = os.writev(self._file, pieces)
        if written < sum(map(len, pieces)):
            with memoryview(b"".join(pieces)) as rest:
                while written < len(rest):
                    written += os.write(self._file, rest[written:])

    def sync(self) -> None:
        """Returns once what was appended is on disk."""
        if self.unsynced_bytes:
            os.fsync(self._file)
            self.unsynced_bytes = 0

    def close(self, *, is_synced: bool = True) -> None:
        """Lets go of the file.

        Args:
            is_synced: Whether all of it has to be on disk first; else the system writes it when it likes.
        """
        try:
            if is_synced:
                self.sync()
        finally:
            os.close(self._file)


def folder_of(folder: Path, model: str) -> Path:
    """Where a model's files lie, whatever characters its name has."""
    if _PLAIN_NAME.fullmatch(model):
        return folder / model
    return folder / f"~{hashlib.sha256(model.encode()).hexdigest()[:32]}"


def segments_in(folder: Path) -> list[Path]:
    """The segments that lie in `folder`, those that grow among them, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))


@contextmanager
def ended(path: Path) -> Iterator[bool]:
    """Whether nobody appends to a segment any more; while inside, nobody else is told so."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _lock(file)
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
