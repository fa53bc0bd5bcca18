"""The prediction log: what each request asked and got, appended to this process's segments."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from storage.appended.segments import Segment, folder_of
from storage.predictions.batches import LoggedBatch, lines_of, sampled, without

FLUSH_S = 0.1
SYNC_S = 0.5
BUSY_BYTES = 4 * 1024 * 1024
"""Written in SYNC_S, from which on the system alone decides when: to wait for so much takes a core's time."""
LONGEST_RETRY_S = 60.0
ROOM_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRules:
    """What the log keeps, and how."""

    exclude: Sequence[str] = ()
    """Columns that are not kept."""
    sample: float = 1.0
    """Share of the requests that are kept."""
    segment_bytes: int = 64 * 1024 * 1024
    """Size from which a new segment is begun."""
    segment_s: float = 15 * 60.0
    """Age from which one is."""
    queued_bytes: int = 32 * 1024 * 1024
    """Size from which further batches are dropped and counted, until what waits is written."""
    retry_s: float = 5.0
    """How long the log stays off before it looks for room."""


class Writer:
    """Appends batches to this process's segments, on a thread of its own; any thread may put."""

    def __init__(
        self,
        folder: Path,
        *,
        failed: Callable[[Exception], None],
        resumed: Callable[[], None] = lambda: None,
        ended: Callable[[str], None] = lambda _model: None,
        rules: LogRules | None = None,
    ) -> None:
        """Starts the thread.

        Args:
            folder: Where the segments of all models lie.
            failed: Told on the writer's thread, each time the log has switched itself off.
            resumed: Told on that thread when there is room again and the log is on.
            ended: Told on that thread of which model a segment has ended, so that it can be sealed.
            rules: What is kept, and how; None: everything.
        """
        self._folder = folder
        self._failed = failed
        self._resumed = resumed
        self._ended = ended
        self._rules = rules = rules or LogRules()
        self._exclude = frozenset(rules.exclude)
        self._segments: dict[str, Segment] = {}
        self._synced_at = time.monotonic()
        self._looked_at: dict[str, int] = {}
        """Bytes of each segment when it was synced last, or would have been."""
        self._lock = threading.Lock()
        self._waiting: dict[str, _Lines] = {}
        self._waiting_bytes = 0
        self._in_hand: dict[str, _Lines] = {}
        self._dropped_rows = 0
        self._is_on = True
        self._retry_s = rules.retry_s
        self._retry_at = 0.0
        self._resumed_at = -math.inf
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def is_on(self) -> bool:
        """Whether batches are kept; False while writing fails, and after `close`."""
        return self._is_on

    @property
    def dropped_rows(self) -> int:
        """Rows that were put but not kept, but for those that sampling left out."""
        return self._dropped_rows

    def put(self, batch: LoggedBatch) -> None:
        """Hands `batch` over; never waits for the disk."""
        if not self._is_on:
            self._drop(sum(batch.rows))
            return
        if self._rules.sample < 1:
            kept = sampled(batch, self._rules.sample)
            if kept is None:
                return
            batch = kept
        if self._exclude:
            batch = _without_excluded(batch, self._exclude)
        # Encoded at once: decoded columns that live until they are written make the garbage collector
        # walk the whole process again and again, and a thread that encodes keeps answers waiting.
        lines, dropped = lines_of(batch)
        rows = len(batch.scores)
        with self._lock:
            if not self._is_on or self._waiting_bytes >= self._rules.queued_bytes:
                self._dropped_rows += rows
                return
            waiting = self._waiting.get(batch.model)
            if waiting is None:
                waiting = self._waiting[batch.model] = _Lines()
            waiting.pieces.append(lines)
            waiting.rows += rows - dropped
            self._waiting_bytes += len(lines)
            self._dropped_rows += dropped

    def close(self) -> None:
        """Returns once everything that was put is on disk."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        # It sleeps rather than waits for batches, so that none of them pays for waking it.
        while not self._closing.wait(FLUSH_S):
            self._step()
        self._step(is_last=True)
        self._switch_off()

    def _step(self, *, is_last: bool = False) -> None:
        try:
            if self._is_on:
                self._flush()
                if is_last:
                    self._end(self._segments, is_last=True)
            elif time.monotonic() >= self._retry_at and self._has_room():
                self._switch_on()
        except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered without a log
            self._fail(error)

    def _flush(self) -> None:
        with self._lock:
            self._in_hand, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        for model in tuple(self._in_hand):
            self._segment(model).append(self._in_hand[model].pieces)
            del self._in_hand[model]
        if time.monotonic() - self._synced_at >= SYNC_S:
            self._synced_at = time.monotonic()
            for model, segment in self._segments.items():
                before = self._looked_at.get(model, 0)
                self._looked_at[model] = segment.size_bytes
                if segment.size_bytes - before < BUSY_BYTES:
                    segment.sync()
            self._end([model for model in self._segments if self._is_full(model)])

    def _segment(self, model: str) -> Segment:
        if model in self._segments and self._is_full(model):
            self._end([model])
        if model not in self._segments:
            self._segments[model] = Segment(folder_of(self._folder, model))
        return self._segments[model]

    def _is_full(self, model: str) -> bool:
        segment = self._segments[model]
        age_s = time.monotonic() - segment.begun_at
        return segment.size_bytes >= self._rules.segment_bytes or age_s >= self._rules.segment_s

    def _end(self, models: Iterable[str], *, is_last: bool = False) -> None:
        """Closes the segments of these models, which can be sealed then."""
        for model in tuple(models):
            segment = self._segments.pop(model)
            self._looked_at.pop(model, None)
            segment.close(is_synced=is_last or segment.unsynced_bytes < BUSY_BYTES)
            self._ended(model)

    def _fail(self, error: Exception) -> None:
        self._switch_off()
        for segment in self._segments.values():
            # What comes later goes into new segments: these may end in half a line.
            with suppress(OSError):
                segment.close()
        self._segments.clear()
        self._looked_at.clear()
        now = time.monotonic()
        # Where room comes and goes, it is looked for less and less often.
        if now - self._resumed_at < LONGEST_RETRY_S:
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        else:
            self._retry_s = self._rules.retry_s
        self._retry_at = now + self._retry_s
        self._failed(error)

    def _has_room(self) -> bool:
        """Whether the disk takes a good deal more, so that the log does not come and go."""
        probe = self._folder / f"~room-{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(probe, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                os.posix_fallocate(file, 0, ROOM_BYTES)
            finally:
                os.close(file)
                probe.unlink()
        except OSError:
            self._retry_at = time.monotonic() + self._retry_s
            return False
        return True

    def _switch_on(self) -> None:
        self._resumed_at = time.monotonic()
        self._is_on = True
        self._resumed()

    def _switch_off(self) -> None:
        with self._lock:
            self._is_on = False
            lost = (*self._waiting.values(), *self._in_hand.values())
            self._dropped_rows += sum(lines.rows for lines in lost)
            self._waiting, self._in_hand, self._waiting_bytes = {}, {}, 0

    def _drop(self, rows: int) -> None:
        with self._lock:
            self._dropped_rows += rows


@dataclass(slots=True)
class _Lines:
    """Lines of one model that wait to be written."""

    pieces: list[bytes] = field(default_factory=list)
    rows: int = 0


def _without_excluded(batch: LoggedBatch, excluded: frozenset[str]) -> LoggedBatch:
    return msgspec.structs.replace(
        batch, key=without(batch.key, excluded), inputs=without(batch.inputs, excluded)
    )
