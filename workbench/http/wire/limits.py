"""Limits of connections: how many there are, how slow and how long idle each may be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from workbench.config import ServeConfig
from workbench.core.figures import Figures
from workbench.http.bodies import RETRY
from workbench.http.replies import REQUEST_ID, Reply, error_reply

LOOK_S = 1.0
"""How often all connections are looked at: one clock for all costs less than one for each of them."""
AT_ONCE = 500
"""Connections that are looked at before others may be answered again."""
HELD = 16
"""Connections that are turned away with a reply; further ones are hung up on at once."""
_NS = 1_000_000_000


class Connection(Protocol):
    """What is looked at."""

    is_turned_away: bool
    seen_ns: int
    """When bytes came last; all by `time.perf_counter_ns`."""
    began_ns: int
    """When the request began that is not whole yet; 0: there is none."""
    stuck_ns: int
    """Since when the caller takes none of its replies in; 0: it does."""
    transport: asyncio.Transport

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked here."""

    @property
    def is_unread(self) -> bool:
        """Whether this process itself reads no further for now."""

    def refuse(self, reply: Reply) -> None:
        """Sends `reply` to a request that nobody has answered yet, and hangs up."""

    def forget(self) -> None:
        """Lets go of what was learnt and no longer holds."""


class Limits:
    """The limits of one process's connections."""

    def __init__(
        self, figures: Figures, serve: ServeConfig, *, forget: Callable[[], None] = lambda: None
    ) -> None:
        """Looks at nothing yet.

        Args:
            figures: Told of those that are turned away.
            serve: The limits.
            forget: Called before every look, to let go of what no longer holds.
        """
        self._figures = figures
        self._forget = forget
        self._serve = serve
        self._timeout_ns = int(serve.timeout.total_seconds() * _NS)
        self._keep_alive_ns = int(serve.keep_alive.total_seconds() * _NS)
        self._is_looking = False
        self._turned_away = 0

    def open(self, connection: Connection, loop: asyncio.AbstractEventLoop, state: Any) -> None:
        """Takes `connection` in, or marks it as one that is turned away with its first request."""
        if not self._is_looking:
            self._is_looking = True
            self._look_again(loop, state)
        if len(state.connections) - self._turned_away > self._serve.max_connections:
            connection.is_turned_away = True
            self._turned_away += 1
            self._figures.turned_away("connections")
            if self._turned_away > HELD:
                # One that waits to be told why costs a file, and a crowd would take the last ones.
                connection.transport.close()

    def close(self, connection: Connection) -> None:
        """Forgets a connection that is no more."""
        self._turned_away -= connection.is_turned_away

    @property
    def too_many(self) -> Reply:
        """What a connection is told that is turned away."""
        text = f"{self._serve.max_connections} connections are open already. Ask again in a second."
        return _with_retry(error_reply(503, text))

    @property
    def too_slow(self) -> Reply:
        """What a caller is told whose request does not become whole."""
        seconds = self._serve.timeout.total_seconds()
        return error_reply(408, f"The request was not whole within {seconds:g} s; send it faster.")

    def busy(self, waiting: int) -> Reply | None:
        """What a request is told where as many wait as may; None: it may wait as well."""
        if waiting < self._serve.max_waiting:
            return None
        text = f"{waiting} requests wait for an answer already. Ask again in a second."
        return _with_retry(error_reply(429, text))

    def look(self, connections: Iterable[Connection], now_ns: int) -> None:
        """Ends those connections that are past their limits at `now_ns`."""
        for connection in connections:
            connection.forget()
            self._look_at(connection, now_ns)

    def _look_at(self, connection: Connection, now_ns: int) -> None:
        if connection.stuck_ns and now_ns - connection.stuck_ns > self._timeout_ns:
            # It may be closing already, and wait for its caller to take the rest in.
            self._figures.turned_away("slow")
            connection.transport.abort()
        elif connection.transport.is_closing():
            return
        elif connection.is_turned_away:
            connection.refuse(self.too_many)
        elif connection.began_ns and connection.is_unread:
            connection.began_ns = now_ns
        elif connection.began_ns and now_ns - connection.began_ns > self._timeout_ns:
            self._figures.turned_away("slow")
            connection.refuse(self.too_slow)
        elif connection.is_idle and now_ns - connection.seen_ns > self._keep_alive_ns:
            connection.transport.close()

    def _look_again(self, loop: asyncio.AbstractEventLoop, state: Any) -> None:
        self._forget()
        self._look_at_some(loop, tuple(state.connections), time.perf_counter_ns())
        shortest_s = min(self._timeout_ns, self._keep_alive_ns) / _NS
        loop.call_later(min(LOOK_S, shortest_s / 4), self._look_again, loop, state)

    def _look_at_some(
        self, loop: asyncio.AbstractEventLoop, connections: Sequence[Connection], now_ns: int
    ) -> None:
        self.look(connections[:AT_ONCE], now_ns)
        if len(connections) > AT_ONCE:
            loop.call_soon(self._look_at_some, loop, connections[AT_ONCE:], now_ns)


def raw(
    reply: Reply, request: bytes, headers: Iterable[tuple[bytes, bytes]], *, closes: bool
) -> bytes:
    """A whole reply as bytes; `headers` are those that every reply begins with."""
    lines = [
        *headers,
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (REQUEST_ID, request),
        *reply.headers,
        *([(b"connection", b"close")] if closes else []),
    ]
    head = b"".join(b"%b: %b\r\n" % line for line in lines)
    return STATUS_LINE[reply.status] + head + b"\r\n" + reply.body


def _with_retry(reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, RETRY)
