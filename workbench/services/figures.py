"""Figures of the endpoint's processes: each writes its own once a second, and anybody reads them all."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from storage.layout import Layout
from storage.records import Degradation, FiguresRecord, ProcessFigures, Step
from workbench.config import ServeConfig
from workbench.core.figures_merging import merged
from workbench.engines import instance
from workbench.services.health import Health, Observed

FOLDER = "serve.figures"
LOCK = "serve.lock"
EVERY_S = 1.0
PATIENCE_S = 2.0
"""How long a disk may keep someone who asks; then this process answers for itself alone."""
SILENT_US = 10_000_000
"""A process that has written nothing for so long hangs."""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(FiguresRecord)


class Publisher:
    """Writes the figures of one process where the others, and everybody else, find them.

    Its methods belong to the loop's thread; files are read and written on a thread of its own.
    """

    def __init__(
        self, endpoint: Observed, layout: Layout, serve: ServeConfig, *, slot: int = 0
    ) -> None:
        """Goes on from what a process before this one counted, if the endpoint has not ended since.

        Args:
            endpoint: Whose figures.
            layout: Where the project's store lies; the endpoint's lock is held.
            serve: Its limits.
            slot: This process's number among those that share the port.
        """
        self._endpoint = endpoint
        self._health = Health(endpoint, serve, layout.root)
        self._layout = layout
        self._slot = slot
        self._file = _File(layout.locks / FOLDER / f"{slot}.json")
        self._endpoint_id = _endpoint_id(layout) or f"{os.getpid()}"
        self._started_at = time.time_ns() // 1000
        self._writing: Future[None] | None = None
        self._unwritten = ""
        self._timer: asyncio.TimerHandle | None = None
        self._connections: Callable[[], int] = lambda: 0
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="figures")
        before = _read(self._file.path)
        if before is not None and before.endpoint == self._endpoint_id:
            endpoint.figures.resume(before)

    def start(
        self, loop: asyncio.AbstractEventLoop, *, connections: Callable[[], int] | None = None
    ) -> None:
        """Writes now and then once a second.

        Args:
            loop: Of this thread.
            connections: Tells how many are open; None: nobody knows.
        """
        self._connections = connections or self._connections
        self._tick(loop)

    async def counted(self) -> FiguresRecord:
        """What all processes of the endpoint have counted.

        What this process adds is written first: whichever process is asked next, no counter is then lower.
        """
        mine = self._look()
        loop = asyncio.get_running_loop()
        everybody = loop.run_in_executor(self._pool, self._written_and_merged, mine)
        try:
            return await asyncio.wait_for(everybody, PATIENCE_S)
        except TimeoutError:
            return merged([mine])

    def close(self) -> None:
        """Returns once the last figures are written."""
        if self._timer is not None:
            self._timer.cancel()
        self._pool.submit(self._write, self._look())
        self._pool.shutdown()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(EVERY_S, self._tick, loop)
        # A disk that is slower than a second is not asked for more.
        if self._writing is None or self._writing.done():
            self._writing = self._pool.submit(self._write, self._look())

    def _look(self) -> FiguresRecord:
        at_us = time.time_ns() // 1000
        figures, predictions = self._endpoint.figures, self._endpoint.predictions
        figures.is_logging = predictions.is_on
        figures.log_dropped_rows = predictions.dropped_rows
        figures.connections = self._connections()
        process = ProcessFigures(
            slot=self._slot,
            pid=os.getpid(),
            at=at_us,
            started_at=self._started_at,
            memory_bytes=_memory_bytes(),
        )
        problems = self._health.look(at_us, unwritten=self._unwritten)
        return figures.snapshot(process, endpoint=self._endpoint_id, problems=problems)

    def _write(self, record: FiguresRecord) -> None:
        try:
            self._file.write(record)
            self._unwritten = ""
        except OSError as error:
            if not self._unwritten:
                _log.warning("The figures cannot be written: %s", error)
            self._unwritten = error.strerror or str(error)

    def _written_and_merged(self, mine: FiguresRecord) -> FiguresRecord:
        self._write(mine)
        others = [
            record
            for path, record in _records(self._layout)
            if path != self._file.path and record.endpoint == self._endpoint_id
        ]
        return merged(_of_the_living([mine, *others]))


def read(layout: Layout) -> FiguresRecord:
    """What the project's endpoint has counted, all its processes together.

    Of an endpoint that has ended these are the last figures, with `is_running` False and no process.
    """
    running = _endpoint_id(layout)
    records = [record for _, record in _records(layout)]
    if running is not None:
        mine = [record for record in records if record.endpoint == running]
        return merged(_of_the_living(mine))
    if not records:
        return FiguresRecord(is_running=False)
    last = max(records, key=lambda record: record.at).endpoint
    ended = [
        replace(record, processes=(), problems=()) for record in records if record.endpoint == last
    ]
    return merged(ended, is_running=False)


class _File:
    """A process's figures on disk: always whole, since a new file replaces the one before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._encode = msgspec.json.Encoder().encode
        self._ended: dict[tuple[str, int, str, int], tuple[Step, bytes]] = {}

    def write(self, record: FiguresRecord) -> None:
        """Replaces the file by one that holds `record`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_suffix(".new")
        # Not synced: after a power cut there is no endpoint whose figures these could be.
        written.write_bytes(self._encoded(record))
        written.replace(self.path)

    def _encoded(self, record: FiguresRecord) -> bytes:
        """`record` as JSON; steps that are over are encoded once, not every second of 15 minutes."""
        kept: dict[tuple[str, int, str, int], tuple[Step, bytes]] = {}
        versions: list[Any] = []
        for one in record.versions:
            parts = []
            for step in one.steps:
                key = (one.model, one.version, one.role, step.at)
                before = self._ended.get(key)
                if before is None or before[0] is not step:
                    before = (step, self._encode(step))
                kept[key] = before
                parts.append(before[1])
            steps: Any = msgspec.Raw(b"[" + b",".join(parts) + b"]")
            versions.append(replace(one, steps=steps))
        self._ended = kept
        return self._encode(replace(record, versions=tuple(versions)))


def _records(layout: Layout) -> list[tuple[Path, FiguresRecord]]:
    found = []
    for path in sorted((layout.locks / FOLDER).glob("*.json")):
        record = _read(path)
        if record is not None:
            found.append((path, record))
    return found


def _read(path: Path) -> FiguresRecord | None:
    try:
        return _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        # Another program's version wrote it.
        return None


def _endpoint_id(layout: Layout) -> str | None:
    """Names the endpoint that runs; None: none does."""
    facts = instance.look(layout.locks / LOCK)
    return None if facts is None else _id_of(facts.pid, facts.started_at)


def _id_of(pid: int, started_at: datetime) -> str:
    return f"{pid}-{started_at.isoformat()}"


def _of_the_living(records: list[FiguresRecord]) -> list[FiguresRecord]:
    """The same counters, without the gauges of processes that are gone."""
    now_us = time.time_ns() // 1000
    found = []
    for record in records:
        (process,) = record.processes
        if not instance.is_alive(process.pid):
            text = f"Process {process.slot} of the endpoint (pid {process.pid}) has ended."
        elif now_us - process.at > SILENT_US:
            text = f"Process {process.slot} of the endpoint (pid {process.pid}) does not answer."
        else:
            found.append(record)
            continue
        gone = Degradation(kind=f"process:{process.slot}", text=text, since=process.at)
        found.append(replace(record, processes=(), problems=(gone,)))
    return found


def _memory_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - a file of the kernel's
            return int(file.read().split()[1]) * PAGE_BYTES
    except OSError:
        return 0
