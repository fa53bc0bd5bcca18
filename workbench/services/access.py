"""The access log: a JSON line for each request, written by a thread that only writes bytes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from storage.predictions import LoggedBatch

FOLDER = "access"
"""Of the logs' folder."""
FLUSH_S = 0.2
FILE_BYTES = 16 * 1024 * 1024
OLD_FILES = 4
"""Files of one process that are kept beside the one that grows: 80 MB in all."""
QUEUED_BYTES = 8 * 1024 * 1024
LONGEST = 300
"""Characters of a path, an agent or an error that are kept."""
TAIL_BYTES = 128 * 1024


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where requests came from and what they asked; one for all requests that have it in common."""

    client: str = ""
    method: str = ""
    path: str = ""
    agent: str = ""

    @classmethod
    def of(cls, client: str, method: str, path: str, agent: bytes = b"") -> Origin:
        """An origin of a caller's own words: nothing in it can move a cursor or fill the disk."""
        return cls(client, _tame(method), _tame(path), _tame(agent.decode("latin-1")))


class AccessLine(msgspec.Struct, gc=False, omit_defaults=True):
    """One request."""

    at: int
    """When it came, in microseconds since 1970."""
    id: str
    client: str = ""
    method: str = ""
    path: str = ""
    status: int = 0
    model: str = ""
    version: int = 0
    rows: int = 0
    bytes: int = 0
    """Of the request's body."""
    latency_us: int = 0
    key: str = ""
    """Name of the API key."""
    agent: str = ""
    error: str = ""


_NOWHERE = Origin()
_decode = msgspec.json.Decoder(AccessLine).decode


class AccessLog:
    """Appends lines to this process's file, on a thread of its own; any thread may hand lines over."""

    def __init__(
        self,
        folder: Path,
        *,
        slot: int = 0,
        failed: Callable[[OSError], None] = lambda _error: None,
        file_bytes: int = FILE_BYTES,
        flush_s: float = FLUSH_S,
    ) -> None:
        """Starts the thread.

        Args:
            folder: Where the files of all processes lie.
            slot: This process's number among them.
            failed: Told once, on the writer's thread, when the log has switched itself off.
            file_bytes: Size from which a new file is begun.
            flush_s: How long lines wait at most.
        """
        self._folder = folder
        self._slot = slot
        self._failed = failed
        self._file_bytes = file_bytes
        self._flush_s = flush_s
        self._encode = msgspec.json.Encoder().encode_lines
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._file = -1
        self._size = 0
        self.is_on = True
        """Whether lines are kept; False once writing has failed, or after `close`."""
        self.dropped_bytes = 0
        """Of lines that were not kept, since the disk was too slow or full."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def answered(
        self, batch: LoggedBatch, origins: Sequence[Origin] = (), sizes: Sequence[int] = ()
    ) -> None:
        """Hands over answered requests.

        Args:
            batch: The requests.
            origins: Of each request; empty: nothing is known of them.
            sizes: Bytes of each request's body; empty: not known.
        """
        if not self.is_on:
            return
        count = len(batch.requests)
        model, version = batch.model, batch.version
        requests = zip(
            batch.at,
            batch.requests,
            origins or (_NOWHERE,) * count,
            batch.rows,
            sizes or (0,) * count,
            batch.latency_us,
            batch.callers,
            strict=True,
        )
        self._put(
            [
                AccessLine(
                    at,
                    id_,
                    by.client,
                    by.method,
                    by.path,
                    200,
                    model,
                    version,
                    rows,
                    size,
                    took,
                    key,
                    by.agent,
                )
                for at, id_, by, rows, size, took, key in requests
            ]
        )

    def noted(self, line: AccessLine) -> None:
        """Hands over one request; of its error a sentence or two are kept."""
        if self.is_on:
            line.error = _tame(line.error)
            self._put([line])

    def close(self) -> None:
        """Returns once everything that was handed over is in the file."""
        self._closing.set()
        self._thread.join()

    def _put(self, lines: Sequence[AccessLine]) -> None:
        # Encoded here: a thread that encodes would hold the interpreter while requests wait.
        encoded = self._encode(lines)
        with self._lock:
            if len(self._waiting) < QUEUED_BYTES:
                self._waiting += encoded
            else:
                self.dropped_bytes += len(encoded)

    def _run(self) -> None:
        try:
            self._open()
            while not self._closing.wait(self._flush_s):
                self._flush()
            self._flush()
        except OSError as error:
            self._failed(error)
        finally:
            self.is_on = False
            if self._file >= 0:
                os.close(self._file)

    def _flush(self) -> None:
        with self._lock:
            lines, self._waiting = self._waiting, bytearray()
        if not lines:
            return
        if self._size >= self._file_bytes:
            self._rotate()
        with memoryview(lines) as rest:
            written = 0
            while written < len(rest):
                written += os.write(self._file, rest[written:])
        self._size += len(lines)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = _path(self._folder, self._slot)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._file).st_size
        # A line that a process before this one did not finish must not swallow the next one.
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            self._size += os.write(self._file, b"\n")

    def _rotate(self) -> None:
        os.close(self._file)
        self._file = -1
        for age in range(OLD_FILES, 0, -1):
            younger = _path(self._folder, self._slot, age - 1)
            if younger.exists():
                younger.replace(_path(self._folder, self._slot, age))
        self._open()


def newest(folder: Path, *, limit: int = 100) -> tuple[AccessLine, ...]:
    """The last lines of all processes together, newest first, as far as the ends of their files hold them."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        if "." not in path.stem:
            found += _lines(path)
    return tuple(sorted(found, key=lambda line: -line.at)[:limit])


def _lines(path: Path) -> list[AccessLine]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = file.seek(max(0, size - TAIL_BYTES))
            text = file.read(TAIL_BYTES)
    except FileNotFoundError:
        return []
    lines = text.split(b"\n")
    # The first line may have begun before, and the last one may not be whole yet.
    whole = lines[1:-1] if start else lines[:-1]
    return [line for one in whole if (line := _line(one)) is not None]


def _line(text: bytes) -> AccessLine | None:
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return None


def _path(folder: Path, slot: int, age: int = 0) -> Path:
    return folder / (f"{slot}.{age}.jsonl" if age else f"{slot}.jsonl")


def _tame(text: str) -> str:
    kept = text[:LONGEST]
    if kept.isprintable():
        return kept
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in kept)
