"""Rows of one turn of the loop, answered together: one call of a session, then one reply a row."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray
from uvicorn.server import ServerState

from storage.predictions import LoggedBatch
from workbench.http.wire.shortcuts import Voice
from workbench.http.wire.stencils import numbers_of
from workbench.services.access import Origin
from workbench.services.serving import Endpoint

MOST_ROWS = 128
"""Of one call: the first replies leave before the last rows are looked at."""

_log = logging.getLogger(__name__)


class Asker(Protocol):
    """A connection that waits for the answer to a row."""

    def take(self, reply: bytes) -> None:
        """Sends the answer."""

    def ask_alone(self, data: bytes) -> None:
        """Has a request answered the long way, as if it had just come."""


# Rows are made and let go by the thousand: the collector need not look at them.
class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A row that waits for its answer."""

    asker: Asker
    values: Sequence[Any]
    """All inputs in their order, then the key columns that were sent along."""
    key_only: tuple[str, ...]
    """Which those are."""
    id: str | None
    """To be echoed."""
    voice: Voice
    """Who answers."""
    request: bytes
    """The request's id."""
    caller: str
    """The name of the API key."""
    origin: Origin
    started_ns: int
    data: bytes
    """The request as it came."""
    body_bytes: int


class _Answered(msgspec.Struct, frozen=True, gc=False):
    """Rows whose replies are on their way, and what is to be kept of them."""

    rows: Sequence[Waiting]
    scores: NDArray[np.float64]
    done_ns: int


class Batches:
    """The rows that wait for the end of this turn of the loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._waiting: dict[tuple[int, bool, tuple[str, ...]], list[Waiting]] = {}
        self._answered: list[_Answered] = []
        self._state: ServerState | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._start = b""
        self.count = 0
        """How many rows wait now."""

    def add(self, row: Waiting, loop: asyncio.AbstractEventLoop, state: ServerState) -> None:
        """Has `row` answered at the end of this turn; at once, where no other row can join it."""
        if not self.count:
            self._state = state
            if len(state.connections) > 1:
                loop.call_soon(self._answer, loop)
        self.count += 1
        voice = row.voice
        batch = (voice.served.version.id, voice.plan is None, row.key_only)
        waiting = self._waiting.get(batch)
        if waiting is None:
            self._waiting[batch] = [row]
        else:
            waiting.append(row)
        if len(state.connections) <= 1:
            self._answer(loop)

    def _answer(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = self._waiting
        self._waiting = {key: rows[MOST_ROWS:] for key, rows in waiting.items() if rows[MOST_ROWS:]}
        self.count = sum(map(len, self._waiting.values()))
        if self.count:
            loop.call_soon(self._answer, loop)
        self._renew_start()
        for rows in waiting.values():
            self._answer_together(rows[:MOST_ROWS])
        # Nobody waits for what is written down: it comes after the replies have left.
        loop.call_soon(self._keep)

    def _answer_together(self, rows: Sequence[Waiting]) -> None:
        voice = rows[0].voice
        try:
            scores = voice.row_scores.of([row.values for row in rows])
            codes, numbers = numbers_of(voice.served.version.signature, scores)
            replies = [
                row.voice.stencil.reply(self._start, code, one, row.request, row.id)
                for row, code, one in zip(rows, codes, numbers, strict=True)
            ]
        except Exception:  # noqa: BLE001 - one row's failure must not be another's
            _log.exception("Rows could not be answered together")
            _each([(row.asker.ask_alone, row.data) for row in rows])
            return
        self._answered.append(_Answered(rows, scores, time.perf_counter_ns()))
        _each([(row.asker.take, reply) for row, reply in zip(rows, replies, strict=True)])

    def _keep(self) -> None:
        answered, self._answered = self._answered, []
        for one in answered:
            rows = one.rows
            try:
                self._endpoint.answered(
                    rows[0].voice.plan,
                    _logged(one),
                    origins=[row.origin for row in rows],
                    sizes=[row.body_bytes for row in rows],
                )
            except Exception:  # noqa: BLE001 - they are answered; what is kept of it is another matter
                _log.exception("Answers could not be noted")

    def _renew_start(self) -> None:
        """Takes over the headers that every reply begins with: the server renews its date."""
        state = self._state
        if state is not None and state.default_headers is not self._headers:
            self._headers = state.default_headers
            lines = [b"%b: %b\r\n" % header for header in self._headers]
            self._start = b"HTTP/1.1 200 OK\r\n" + b"".join(lines)


def _each(told: Iterable[tuple[Callable[[bytes], None], bytes]]) -> None:
    """Tells each connection its own, whatever becomes of another one."""
    for tell, content in told:
        try:
            tell(content)
        except Exception:  # noqa: BLE001 - likewise
            _log.exception("A connection could not be answered")


def _logged(answered: _Answered) -> LoggedBatch:
    rows = answered.rows
    version = rows[0].voice.served.version
    signature = version.signature
    names = (*signature.names, *rows[0].key_only)
    columns = dict(zip(names, zip(*[row.values for row in rows], strict=True), strict=True))
    done_us = (time.time_ns() - time.perf_counter_ns() + answered.done_ns) // 1000
    latencies_us = [(answered.done_ns - row.started_ns) // 1000 for row in rows]
    return LoggedBatch(
        model=version.model,
        version=version.number,
        requests=[row.request.decode() for row in rows],
        at=[done_us - latency_us for latency_us in latencies_us],
        rows=[1] * len(rows),
        latency_us=latencies_us,
        callers=[row.caller for row in rows],
        key={name: columns[name] for name in signature.key if name in columns},
        inputs={name: columns[name] for name in signature.names},
        scores=answered.scores,
    )
