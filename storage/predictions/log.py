"""The prediction log: what each request asked and got, appended to this process's segments."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.blobs import sync_folder
from storage.records import Scalar

FLUSH_S = 0.1
SYNC_S = 0.5
SEGMENT_BYTES = 64 * 1024 * 1024
LINE_BYTES = 8 * 1024 * 1024  # DuckDB refuses a file with a line of more than 16 MB
QUEUED_BYTES = 32 * 1024 * 1024

LoggedColumns = Mapping[str, Sequence[Scalar]]

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}")


class LoggedRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answered request, by columns."""

    at: int
    """Microseconds since 1970."""
    request: str
    """The request's id."""
    model: str
    version: int
    rows: int
    latency_us: int
    key: LoggedColumns
    """Columns that name the rows; empty when the caller sent none."""
    inputs: LoggedColumns
    scores: NDArray[np.float64]
    """Shape (rows,), or (rows, classes) for more than two classes."""


class Writer:
    """Appends requests to this process's segments, on a thread of its own; any thread may put."""

    def __init__(
        self,
        folder: Path,
        *,
        failed: Callable[[Exception], None],
        exclude: Sequence[str] = (),
        segment_bytes: int = SEGMENT_BYTES,
        queued_bytes: int = QUEUED_BYTES,
    ) -> None:
        """Starts the thread.

        Args:
            folder: Where the segments of all models lie.
            failed: Told once, on the writer's thread, when the log has switched itself off.
            exclude: Columns that are not kept.
            segment_bytes: Size from which a new segment is begun.
            queued_bytes: Size from which further requests are dropped and counted, until what
                waits is written.
        """
        self._folder = folder
        self._failed = failed
        self._exclude = frozenset(exclude)
        self._segment_bytes = segment_bytes
        self._queued_bytes = queued_bytes
        self._process = f"{os.getpid()}-{time.time_ns() // 1000}"
        self._segments: dict[str, _Segment] = {}
        self._begun = 0
        self._synced_at = time.monotonic()
        self._encode = msgspec.json.Encoder(enc_hook=_as_list).encode
        self._lock = threading.Lock()
        self._waiting: dict[str, _Batch] = {}
        self._waiting_bytes = 0
        self._in_hand: dict[str, _Batch] = {}
        self._dropped_rows = 0
        self._is_on = True
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def is_on(self) -> bool:
        """Whether requests are kept; False once writing has failed, or after `close`."""
        return self._is_on

    @property
    def dropped_rows(self) -> int:
        """Rows that were put but not kept."""
        return self._dropped_rows

    def put(self, request: LoggedRequest) -> None:
        """Hands `request` over; never waits for the disk."""
        # Encoded at once: decoded columns that live until they are written make the garbage
        # collector walk the whole process again and again, which costs more than this.
        lines, dropped = self._lines(self._without_excluded(request))
        with self._lock:
            if not self._is_on or self._waiting_bytes >= self._queued_bytes:
                self._dropped_rows += request.rows
                return
            batch = self._waiting.get(request.model)
            if batch is None:
                batch = self._waiting[request.model] = _Batch()
            batch.lines += lines
            batch.rows += request.rows - dropped
            self._waiting_bytes += len(lines)
            self._dropped_rows += dropped

    def close(self) -> None:
        """Returns once everything that was put is on disk."""
        self._closing.set()
        self._thread.join()

    def _lines(self, request: LoggedRequest) -> tuple[bytes, int]:
        """The request's line, and how many of its rows are too long for any line.

        A line that no reader would take becomes two, of half the rows each.
        """
        line = self._encode(request) + b"\n"
        if len(line) <= LINE_BYTES:
            return line, 0
        if request.rows == 1:
            return b"", 1
        half = request.rows // 2
        first, first_dropped = self._lines(_rows_of(request, 0, half))
        second, second_dropped = self._lines(_rows_of(request, half, request.rows))
        return first + second, first_dropped + second_dropped

    def _without_excluded(self, request: LoggedRequest) -> LoggedRequest:
        if not self._exclude:
            return request
        kept = {
            part: {name: values for name, values in columns.items() if name not in self._exclude}
            for part, columns in (("key", request.key), ("inputs", request.inputs))
        }
        return msgspec.structs.replace(request, **kept)

    def _run(self) -> None:
        # It sleeps rather than waits for requests, so that none of them pays for waking it.
        try:
            while not self._closing.wait(FLUSH_S):
                self._flush()
            self._flush()
            for segment in self._segments.values():
                segment.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered without a log
            self._switch_off()
            self._failed(error)
        else:
            self._switch_off()

    def _flush(self) -> None:
        with self._lock:
            self._in_hand, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        for model in tuple(self._in_hand):
            self._segment(model).append(self._in_hand[model].lines)
            del self._in_hand[model]
        if time.monotonic() - self._synced_at >= SYNC_S:
            for segment in self._segments.values():
                segment.sync()
            self._synced_at = time.monotonic()

    def _segment(self, model: str) -> _Segment:
        segment = self._segments.get(model)
        if segment is not None and segment.size_bytes < self._segment_bytes:
            return segment
        if segment is not None:
            segment.close()
        self._begun += 1
        name = f"{self._process}-{self._begun}.jsonl"
        self._segments[model] = _Segment(folder_of(self._folder, model) / name)
        return self._segments[model]

    def _switch_off(self) -> None:
        with self._lock:
            self._is_on = False
            lost = (*self._waiting.values(), *self._in_hand.values())
            self._dropped_rows += sum(batch.rows for batch in lost)
            self._waiting, self._in_hand, self._waiting_bytes = {}, {}, 0


@dataclass(slots=True)
class _Batch:
    """Lines of one model that wait to be written."""

    lines: bytearray = field(default_factory=bytearray)
    rows: int = 0


class _Segment:
    """A file that one process appends whole lines to."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
        self._is_synced = True
        self.size_bytes = 0

    def append(self, lines: bytearray) -> None:
        with memoryview(lines) as rest:
            written = 0
            while written < len(rest):
                written += os.write(self._file, rest[written:])
        self.size_bytes += len(lines)
        self._is_synced = False

    def sync(self) -> None:
        if not self._is_synced:
            os.fsync(self._file)
            self._is_synced = True

    def close(self) -> None:
        self.sync()
        os.close(self._file)


def folder_of(folder: Path, model: str) -> Path:
    """Where a model's segments lie, whatever characters its name has."""
    if _PLAIN_NAME.fullmatch(model):
        return folder / model
    return folder / f"~{hashlib.sha256(model.encode()).hexdigest()[:32]}"


def _as_list(values: Any) -> list[Any]:
    if isinstance(values, np.ndarray):
        return list(values.tolist())
    raise TypeError(f"{type(values).__name__} has no place in the prediction log")


def _rows_of(request: LoggedRequest, start: int, end: int) -> LoggedRequest:
    return msgspec.structs.replace(
        request,
        rows=end - start,
        key={name: values[start:end] for name, values in request.key.items()},
        inputs={name: values[start:end] for name, values in request.inputs.items()},
        scores=request.scores[start:end],
    )
