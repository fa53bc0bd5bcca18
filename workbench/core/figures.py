"""What one process of the endpoint counts: plain integers, cheap enough to be counted for every request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import get_ident
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from storage.records import Degradation, FiguresRecord, ProcessFigures, ShadowFigures
from storage.records.figures import STEP_US, STEPS
from workbench.core.figures_merging import both
from workbench.core.score_bins import binned
from workbench.core.version_counter import Key, VersionCounter

ANSWER, SHADOW = "answer", "shadow"
REASONS = {
    400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method",
    408: "slow", 411: "no_length", 413: "too_large", 415: "content_type", 422: "invalid",
    429: "busy", 431: "too_large", 500: "failed", 503: "unavailable",
}  # fmt: skip


class AnsweredBatch(Protocol):
    """Requests that one call of one version answered; `at`, `rows` and `latency_us` hold one value a request."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def version(self) -> int:
        """The version's number."""

    @property
    def role(self) -> str:
        """`answer` or `shadow`."""

    @property
    def at(self) -> Sequence[int]:
        """When each came, in microseconds since 1970."""

    @property
    def rows(self) -> Sequence[int]:
        """How many rows each had."""

    @property
    def latency_us(self) -> Sequence[int]:
        """How long each took."""

    @property
    def scores(self) -> NDArray[np.float64]:
        """Shape (n,), or (n, classes) for more than two classes."""


class Figures:
    """The counters of one process.

    They belong to the thread that made them, and are counted there without a lock. A call from any other
    thread waits until the owner counts or looks the next time.
    """

    def __init__(self) -> None:
        self.waiting = 0
        """Requests that wait for an answer now; set by whoever lets them wait."""
        self.connections = 0
        """Open connections now; set before a look."""
        self.is_logging = True
        """Whether predictions are kept; likewise."""
        self.log_dropped_rows = 0
        """Rows the prediction log did not keep; likewise."""
        self._log_dropped_before = 0
        self._owner = get_ident()
        self._parked: deque[Callable[[], None]] = deque()
        self._versions: dict[Key, VersionCounter] = {}
        self._models: set[str] = set()
        self._rejected: dict[str, int] = {}
        self._step = 0

    def answered(self, batch: AnsweredBatch) -> None:
        """Counts requests that were answered by one call of one version."""
        if self._parked and get_ident() == self._owner:
            self._catch_up()
        key = (batch.model, batch.version, batch.role)
        known = self._versions.get(key) or self._versions.get((batch.model, batch.version, ANSWER))
        bins = binned(batch.scores, known.low, known.high) if known else binned(batch.scores)
        if get_ident() == self._owner:
            self._answered(key, batch.at[-1], batch.rows, batch.latency_us, bins)
        else:
            self._parked.append(
                partial(self._answered, key, batch.at[-1], batch.rows, batch.latency_us, bins)
            )

    def refused(
        self, model: str | None, version: int | None, status: int, at_us: int, *, reason: str = ""
    ) -> None:
        """Counts a request that got no answer.

        Args:
            model: Which one was asked; None, or one that was never loaded: none.
            version: Which one was asked; None: none yet.
            status: The HTTP status of the reply.
            at_us: When, in microseconds since 1970.
            reason: A word for why; empty: what the status usually means.
        """
        self._do(partial(self._refused, model or "", version or 0, status, at_us, reason))

    def turned_away(self, reason: str) -> None:
        """Counts a connection that was closed before it had asked anything whole."""
        self._do(partial(self._reject, reason))

    def loaded(
        self,
        model: str,
        version: int,
        seconds: float,
        *,
        at_us: int,
        scores: tuple[float, float] | None = None,
    ) -> None:
        """Notes that a version can answer.

        Args:
            model: Its model.
            version: Its number.
            seconds: How long loading, warming and its sample took.
            at_us: When, in microseconds since 1970.
            scores: A regression's least and largest score as far as they are known; None: it has classes.
        """
        self._do(partial(self._loaded, model, version, seconds, at_us, scores))

    def load_failed(self, model: str, version: int) -> None:
        """Counts a version that could not be loaded, or failed its sample."""
        self._do(partial(self._load_failed, model, version))

    def warned(self, model: str, version: int, kind: str, count: int = 1) -> None:
        """Counts values that training never saw."""
        self._do(partial(self._warned, model, version, kind, count))

    def shadowed(self, model: str, version: int, compared: ShadowFigures) -> None:
        """Counts requests at which a shadow was compared."""
        self._do(partial(self._shadowed, model, version, compared))

    def shadow_dropped(self, model: str, version: int, requests: int) -> None:
        """Counts requests that a shadow did not get."""
        self.shadowed(model, version, ShadowFigures(dropped=requests))

    def shadow_failed(self, model: str, version: int, requests: int) -> None:
        """Counts requests that a shadow could not answer."""
        self.shadowed(model, version, ShadowFigures(failed=requests))

    @property
    def shadow_failures(self) -> int:
        """Requests at which shadows failed."""
        return sum(one.shadow.failed for one in self._versions.values())

    def rejections(self, reason: str) -> int:
        """Requests and connections that were turned away for this reason."""
        return self._rejected.get(reason, 0)

    def resume(self, record: FiguresRecord) -> None:
        """Goes on from what a process before this one had counted; called before anything is counted."""
        for one in record.versions:
            self._versions[one.model, one.version, one.role] = VersionCounter.of(one)
            self._models.add(one.model)
        self._rejected = dict(record.rejected)
        self._log_dropped_before = record.log_dropped_rows

    def snapshot(
        self, process: ProcessFigures, *, endpoint: str = "", problems: Iterable[Degradation] = ()
    ) -> FiguresRecord:
        """What was counted so far; for the owner's thread.

        Args:
            process: Who counts and when; its gauges are filled in here.
            endpoint: Names this life of the endpoint.
            problems: What is not as it should be.
        """
        self._catch_up()
        self._roll(process.at)
        looked = ProcessFigures(
            slot=process.slot,
            pid=process.pid,
            at=process.at,
            started_at=process.started_at,
            waiting=self.waiting,
            connections=self.connections,
            memory_bytes=process.memory_bytes,
            is_logging=self.is_logging,
        )
        return FiguresRecord(
            endpoint=endpoint,
            at=process.at,
            processes=(looked,),
            versions=tuple(one.record(key, self._step) for key, one in self._versions.items()),
            rejected=dict(self._rejected),
            log_dropped_rows=self._log_dropped_before + self.log_dropped_rows,
            problems=tuple(problems),
        )

    def _do(self, count: Callable[[], None]) -> None:
        if get_ident() == self._owner:
            self._catch_up()
            count()
        else:
            self._parked.append(count)

    def _catch_up(self) -> None:
        while self._parked:
            self._parked.popleft()()

    def _version(self, model: str, version: int, role: str = ANSWER) -> VersionCounter:
        found = self._versions.get((model, version, role))
        if found is None:
            self._models.add(model)
            found = self._versions[model, version, role] = VersionCounter()
            answering = self._versions.get((model, version, ANSWER), found)
            found.low, found.high = answering.low, answering.high
        return found

    def _answered(
        self,
        key: Key,
        at_us: int,
        rows: Sequence[int],
        latency_us: Sequence[int],
        bins: list[int],
    ) -> None:
        if at_us // STEP_US != self._step:
            self._roll(at_us)
        version = self._versions.get(key) or self._version(*key)
        version.count(rows, latency_us)
        version.last_at = at_us
        scores = version.scores
        for one in bins:
            scores[one] += 1

    def _refused(self, model: str, version: int, status: int, at_us: int, reason: str) -> None:
        if at_us // STEP_US != self._step:
            self._roll(at_us)
        # A caller can make up any number of names: only known ones are counted apart.
        if model not in self._models:
            model, version = "", 0
        elif (model, version, ANSWER) not in self._versions:
            version = 0
        counted = self._version(model, version)
        counted.errors[status] = counted.errors.get(status, 0) + 1
        counted.last_at = at_us
        if status < 500:
            counted.client_errors += 1
        else:
            counted.server_errors += 1
        self._reject(reason or REASONS.get(status, "other"))

    def _reject(self, reason: str) -> None:
        self._rejected[reason] = self._rejected.get(reason, 0) + 1

    def _loaded(
        self,
        model: str,
        version: int,
        seconds: float,
        at_us: int,
        scores: tuple[float, float] | None,
    ) -> None:
        for role in (ANSWER, SHADOW):
            if role == ANSWER or (model, version, role) in self._versions:
                self._version(model, version, role).score_within(scores)
        loaded = self._version(model, version)
        loaded.loads += 1
        loaded.load_s = seconds
        loaded.loaded_at = at_us

    def _load_failed(self, model: str, version: int) -> None:
        self._version(model, version).load_failures += 1

    def _warned(self, model: str, version: int, kind: str, count: int) -> None:
        warnings = self._version(model, version).warnings
        warnings[kind] = warnings.get(kind, 0) + count

    def _shadowed(self, model: str, version: int, more: ShadowFigures) -> None:
        shadow = self._version(model, version, SHADOW)
        shadow.shadow = both(shadow.shadow, more)

    def _roll(self, at_us: int) -> None:
        """Begins the step that `at_us` lies in."""
        step = at_us // STEP_US
        # A request that came in the step before may be answered in this one; a clock that was put
        # back by more than that begins anew.
        if self._step - STEPS < step <= self._step:
            return
        for version in self._versions.values():
            version.fold(self._step, step)
        self._step = step
