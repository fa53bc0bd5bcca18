"""Shadows: versions that answer what another one has answered; nobody is shown how, but it is kept and compared."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec

from storage.predictions import LoggedBatch, Writer
from workbench.core import agreement, checking
from workbench.core.figures import Figures
from workbench.services.joined_batches import is_like, joined
from workbench.services.routes import Plan
from workbench.services.served import Served

QUEUED_ROWS = 20_000
"""Rows that wait for shadows; further requests are not copied, and counted."""
JOINED_ROWS = 256
"""Rows that are asked at once: more would keep the answering thread waiting while they are encoded."""
PAUSE_S = 0.005
"""How long further requests are waited for, so that many share a call."""
CLOSING_S = 1.0
"""How long those that wait at the end are still answered."""
SHADOW = "shadow"

_log = logging.getLogger(__name__)


class Shadows:
    """Asks shadows on a thread of its own, so that no answer ever waits for one."""

    def __init__(
        self,
        figures: Figures,
        log: Writer,
        *,
        failed: Callable[[Served, Exception], None],
        recovered: Callable[[Served], None] = lambda _served: None,
        queued_rows: int = QUEUED_ROWS,
    ) -> None:
        """Starts the thread.

        Args:
            figures: Where comparisons are counted.
            log: Where the shadows' answers are kept.
            failed: Told on that thread that a version fails at requests, once until it has recovered.
            recovered: Told on that thread that one that failed has answered again.
            queued_rows: Rows that may wait.
        """
        self._figures = figures
        self._log = log
        self._failed = failed
        self._recovered = recovered
        self._queued_rows = queued_rows
        self._waiting: deque[tuple[Plan, LoggedBatch]] = deque()
        self._rows = 0
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._ends_at = math.inf
        self._failing: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="shadows", daemon=True)
        self._thread.start()

    def put(self, plan: Plan, batch: LoggedBatch) -> None:
        """Hands over what was answered; never waits."""
        rows = len(batch.scores)
        with self._lock:
            is_taken = self._rows + rows <= self._queued_rows or not self._rows
            if is_taken:
                self._rows += rows
                self._waiting.append((plan, batch))
        if not is_taken:
            self._drop(plan, batch)
        elif not self._arrived.is_set():
            self._arrived.set()

    def close(self) -> None:
        """Returns once what waits is answered, or counted as left out when that takes long."""
        self._ends_at = time.monotonic() + CLOSING_S
        self._closing.set()
        self._arrived.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._arrived.wait()
            is_last = self._closing.wait(PAUSE_S)
            self._arrived.clear()
            while self._waiting:
                self._next()
            if is_last:
                return

    def _next(self) -> None:
        plan, batch = self._taken()
        if time.monotonic() < self._ends_at:
            for served in _asked(plan, batch):
                self._ask(served, batch)
        else:
            self._drop(plan, batch)
        with self._lock:
            self._rows -= len(batch.scores)

    def _taken(self) -> tuple[Plan, LoggedBatch]:
        """What has waited longest, with what came right after it and is like it."""
        plan, first = self._waiting.popleft()
        batches, rows = [first], len(first.scores)
        while self._waiting:
            next_plan, batch = self._waiting[0]
            rows += len(batch.scores)
            if next_plan is not plan or rows > JOINED_ROWS or not is_like(first, batch):
                break
            batches.append(batch)
            self._waiting.popleft()
        return plan, joined(batches)

    def _drop(self, plan: Plan, batch: LoggedBatch) -> None:
        for served in _asked(plan, batch):
            self._figures.shadow_dropped(plan.model, served.version.number, len(batch.requests))

    def _ask(self, served: Served, batch: LoggedBatch) -> None:
        version = served.version
        try:
            self._compare(served, batch)
        except Exception as error:  # noqa: BLE001 - a shadow may fail at anything; the caller has its answer
            self._figures.shadow_failed(version.model, version.number, len(batch.requests))
            if version.id not in self._failing:
                self._failing.add(version.id)
                _log.exception("%s has failed as a shadow", version.label)
                self._failed(served, error)
            return
        if version.id in self._failing:
            self._failing.remove(version.id)
            self._recovered(served)

    def _compare(self, served: Served, batch: LoggedBatch) -> None:
        version = served.version
        started_ns = time.perf_counter_ns()
        scores = served.session.scores(checking.arrays(version.signature, batch.inputs))
        took_us = (time.perf_counter_ns() - started_ns) // 1000
        shadow = msgspec.structs.replace(
            batch,
            version=version.number,
            role=SHADOW,
            latency_us=[took_us] * len(batch.requests),
            scores=scores,
        )
        self._log.put(shadow)
        self._figures.answered(shadow)
        self._figures.shadowed(
            version.model,
            version.number,
            agreement.compared(
                batch.scores,
                scores,
                requests=len(batch.requests),
                limit=version.parity.limit if version.signature.task == "regression" else None,
            ),
        )


def _asked(plan: Plan, batch: LoggedBatch) -> list[Served]:
    """The shadows that are asked what a version has answered: it is not compared with itself."""
    return [served for served in plan.shadows if served.version.number != batch.version]
