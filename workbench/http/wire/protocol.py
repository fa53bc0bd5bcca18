"""The wire: a connection that answers single rows itself, and leaves everything else to uvicorn.

A request takes this way if its head is one that was learnt, byte for byte but for a few values, if it is
whole and the only one that was sent, and if a lane reads its body. It is answered together with all others
of the same turn of the loop. What it gets, the long way would have given it as well: anything unusual
goes there as it came, into a parser that knows nothing of the requests between.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from workbench.config import ServeConfig
from workbench.http.replies import Reply, error_of, new_request_id
from workbench.http.wire.batching import Batches, Waiting
from workbench.http.wire.connection import Connection
from workbench.http.wire.heads import Sent
from workbench.http.wire.lanes import Lane
from workbench.http.wire.limits import Limits
from workbench.http.wire.shortcuts import Shortcut, Shortcuts
from workbench.services.access import Origin
from workbench.services.serving import Endpoint

LONGEST = 32 * 1024
"""Bytes of a body that is answered here, and of what is kept of a connection at all."""
TRIES = 3
"""How often one connection may be learnt from between two looks at its limits."""


class Shared:
    """What the connections of one process have in common."""

    def __init__(
        self, endpoint: Endpoint, serve: ServeConfig, forget: Callable[[], None] = lambda: None
    ) -> None:
        self.endpoint = endpoint
        self.shortcuts = Shortcuts(endpoint, serve)
        self.batches = Batches(endpoint)
        self.longest_body = min(LONGEST, serve.max_body_bytes)
        self._forget_more = forget
        self.limits = Limits(endpoint.figures, serve, forget=self._forget)

    def _forget(self) -> None:
        self.shortcuts.forget()
        self._forget_more()


def protocol(
    endpoint: Endpoint, serve: ServeConfig, *, forget: Callable[[], None] = lambda: None
) -> Callable[..., asyncio.Protocol]:
    """What `uvicorn.Config(http=…)` makes connections with.

    Args:
        endpoint: What answers.
        serve: Its limits.
        forget: Called now and then, to let go of what no longer holds.
    """
    return functools.partial(Wire, Shared(endpoint, serve, forget))


class Wire(Connection):
    """One connection."""

    def __init__(self, shared: Shared, **server: Any) -> None:
        super().__init__(shared.limits, **server)
        self._shared = shared
        self._shortcut: Shortcut | None = None
        self._lane: Lane
        """The one that read the last row; there is one as long as there is a shortcut."""
        self._origin = Origin()
        self._is_free = True
        """Whether nothing is under way here, so that the next request may be answered at once."""
        self._is_waiting = False
        """Whether a row waits for the end of this turn of the loop."""
        self._held = b""
        """A request that is not whole yet, or that came while a row was waiting."""
        self._seen = b""
        """The message that the parser reads, if it may be learnt from."""
        self._tries = TRIES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins."""
        super().connection_made(transport)
        self._is_free = not self.is_turned_away

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends; a row that still waits is answered to nobody."""
        super().connection_lost(exc)
        self._is_free = False
        self._shortcut = None

    def data_received(self, data: bytes) -> None:
        """Has a row answered at the end of this turn, or leaves `data` to the long way."""
        started_ns = self.seen_ns = perf_counter_ns()
        if self._held:
            data, self._held = self._held + data, b""
        if not self._is_free:
            self._receive_while_busy(data)
            return
        shortcuts = self._shared.shortcuts
        shortcut = self._shortcut
        sent: Sent | None = None
        if shortcut is not None and shortcuts.is_good(shortcut):
            sent = shortcut.head.find(data)
        if sent is None or shortcut is None:
            found = shortcuts.find(data)
            if found is None:
                self._go_the_long_way(data, is_news=True)
                return
            shortcut, sent = found
            self._adopt(shortcut)
        at, end, *_ = sent
        is_short = end - at <= self._shared.longest_body
        if is_short and len(data) < end:
            # Many callers send head and body apart.
            self._held = data
            self.began_ns = self.began_ns or started_ns
        elif not (is_short and len(data) == end and self._ask(shortcut, data, sent, started_ns)):
            self._go_the_long_way(data)

    def _ask(self, shortcut: Shortcut, data: bytes, sent: Sent, started_ns: int) -> bool:
        """Has the row that `data` holds answered; False: it holds none that a lane reads."""
        at, _, request, sticky = sent
        body = data[at:]
        lane = self._lane
        row = lane.row(body)
        if row is None:
            other = shortcut.question.lanes.find(body)
            if other is None or other is lane:
                return False
            row = other.row(body)
            if row is None:
                return False
            self._lane = lane = other
        self.began_ns = 0
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        batches = self._shared.batches
        busy = self._shared.limits.busy(batches.count)
        if busy is not None:
            self._refuse_row(shortcut, busy, request or new_request_id(), started_ns)
            return True
        values, id_ = row
        self._is_free = False
        self._is_waiting = True
        batches.add(
            Waiting(
                self, values, lane.key_only, id_, shortcut.question.voice(values, lane, sticky),
                request or new_request_id(), shortcut.caller, self._origin, started_ns, data,
                len(body),
            ),
            self.loop,
            self.server_state,
        )  # fmt: skip
        return True

    def take(self, reply: bytes) -> None:
        """Sends the answer to the row that was waiting."""
        self._is_waiting = False
        transport = self.transport
        if transport.is_closing():
            return
        transport.write(reply)
        if self._is_ending:
            transport.close()
            return
        self._is_free = not self.stuck_ns
        if self._held:
            self._go_on()

    def ask_alone(self, data: bytes) -> None:
        """Has a request that was waiting answered the long way."""
        self._is_waiting = False
        if self.transport.is_closing():
            return
        self._go_the_long_way(data)
        if self._held:
            self._go_on()

    def _go_on(self) -> None:
        """Looks at what came while a row was waiting."""
        self.flow.resume_reading()
        self.data_received(b"")

    def _receive_while_busy(self, data: bytes) -> None:
        if self.is_turned_away:
            self.refuse(self._shared.limits.too_many)
        elif self._is_waiting:
            self._held = data
            if len(data) > LONGEST:
                self.flow.pause_reading()
        else:
            self._go_the_long_way(data)

    def _go_the_long_way(self, data: bytes, *, is_news: bool = False) -> None:
        """Has `data` read by the server's own parser; `is_news`: it may begin with an unknown head."""
        if self._is_inside:
            is_short = bool(self._seen) and len(self._seen) + len(data) <= LONGEST
            self._seen = self._seen + data if is_short else b""
        else:
            self._seen = data if is_news and self._tries and len(data) <= LONGEST else b""
            self._messages = 0
        self._is_free = False
        super().data_received(data)
        if self._is_inside or self.parser is None:
            return
        if self._seen and self._messages == 1:
            self._learn(self._seen)
        self._seen = b""
        self._settle()

    def _learn(self, data: bytes) -> None:
        scope = self.scope
        self._tries -= 1
        if (scope["method"], scope["http_version"], scope["query_string"]) != ("POST", "1.1", b""):
            return
        learnt = self._shared.shortcuts.learn(data, scope["path"], scope["headers"])
        if learnt is not None:
            self._adopt(learnt)

    def _adopt(self, shortcut: Shortcut) -> None:
        self._shortcut = shortcut
        self._lane = shortcut.lane
        client = self.client[0] if self.client else ""
        self._origin = Origin.of(client, "POST", shortcut.path, shortcut.agent)

    def _settle(self) -> None:
        """Sees whether the next request may be answered at once."""
        self._is_free = (
            self.is_answered
            and not self._is_inside
            and not self._is_waiting
            and not self._is_ending
            and not self.stuck_ns
            and not self.is_turned_away
        )

    def _refuse_row(
        self, shortcut: Shortcut, reply: Reply, request: bytes, started_ns: int
    ) -> None:
        self._send(reply, request, closes=False)
        self._shared.endpoint.refused(
            shortcut.question.model,
            None,
            reply.status,
            request=request.decode(),
            started_ns=started_ns,
            caller=shortcut.caller,
            error=error_of(reply),
            origin=self._origin,
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked here."""
        return super().is_idle and not self._is_waiting

    def forget(self) -> None:
        """Lets go of what was learnt and no longer holds: a model may hang on it."""
        self._tries = TRIES
        if self._shortcut is not None and not self._shared.shortcuts.is_good(self._shortcut):
            self._shortcut = None
            del self._lane

    def drain(self) -> None:
        """Has the answer that is under way here, or the next one, be the last."""
        super().drain()
        self._is_free = False

    def shutdown(self) -> None:
        """Hangs up, once a row that waits has its answer."""
        self.drain()
        if not self._is_waiting:
            super().shutdown()

    def pause_writing(self) -> None:
        """The caller takes its replies in more slowly than they come."""
        super().pause_writing()
        self._is_free = False

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        self._settle()

    def on_response_complete(self) -> None:
        """The long way has answered."""
        super().on_response_complete()
        self._settle()
