"""A connection of uvicorn's, which also knows how far its requests are."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from workbench.http.replies import Reply, new_request_id
from workbench.http.wire.limits import Limits, raw


class Connection(HttpToolsProtocol):
    """One connection, ended when it is past a limit."""

    def __init__(self, limits: Limits, **server: Any) -> None:
        super().__init__(**server)
        self._limits = limits
        self._is_inside = False
        """Whether the parser is in the midst of a message."""
        self._has_head = False
        """Whether it has read that message's head."""
        self._messages = 0
        """How many it has met since somebody counts."""
        self._is_ending = False
        """Whether the next answer is the last one."""
        self.is_turned_away = False
        self.seen_ns = 0
        self.began_ns = 0
        self.stuck_ns = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins."""
        super().connection_made(transport)
        self.seen_ns = perf_counter_ns()
        self._limits.open(self, self.loop, self.server_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends."""
        super().connection_lost(exc)
        self._limits.close(self)

    @property
    def is_answered(self) -> bool:
        """Whether the long way owes no answer."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked here."""
        return self.is_answered and not self.began_ns

    @property
    def is_unread(self) -> bool:
        """Whether this process itself reads no further for now."""
        return self.flow.read_paused

    def forget(self) -> None:
        """Lets go of what no longer holds."""

    def refuse(self, reply: Reply) -> None:
        """Sends `reply` to a request that nobody has answered yet, and hangs up."""
        if self.transport.is_closing():
            return
        is_with_app = self._is_inside and self._has_head
        if not (is_with_app and self.cycle.response_started):
            self._send(reply, new_request_id(), closes=True)
        self.transport.close()

    def drain(self) -> None:
        """Has the answer that is under way here, or the next one, be the last."""
        self._is_ending = True

    def pause_writing(self) -> None:
        """The caller takes its replies in more slowly than they come."""
        super().pause_writing()
        self.stuck_ns = perf_counter_ns()

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        self.stuck_ns = 0

    def on_message_begin(self) -> None:
        """The parser has met the first byte of a message."""
        self._is_inside, self._has_head = True, False
        self._messages += 1
        self.began_ns = self.began_ns or perf_counter_ns()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The parser has read a message's head."""
        self._has_head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser has read a message's last byte."""
        self._is_inside = False
        self.began_ns = 0
        super().on_message_complete()

    def _send(self, reply: Reply, request: bytes, *, closes: bool) -> None:
        headers = self.server_state.default_headers
        self.transport.write(raw(reply, request, headers, closes=closes))
