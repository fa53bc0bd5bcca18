"""A server that ends without a caller noticing: all that was asked is answered first."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from uvicorn.server import ServerState

DRAIN_S = 8.0
"""Most that an end may take; a supervisor kills what takes two seconds longer."""
SILENCE_S = 0.5
"""A connection that asks nothing for this long after the end has begun is closed."""
_LOOK_S = 0.02
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_NO_NEWCOMERS = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # load the byte with TCP's flags
        (0x45, 0, 1, 0x02),  # with SYN go on, else skip one
        (0x06, 0, 0, 0),  # drop it
        (0x06, 0, 0, 0xFFFF),  # let it through
    )
)
"""A packet filter: nobody new comes through, but whoever is about to be connected does."""


class State(ServerState):
    """What the connections of one server share."""

    def __init__(self) -> None:
        super().__init__()
        self.is_draining = False
        """Whether each answer now is its connection's last one."""


class Server(uvicorn.Server):
    """A uvicorn server that says when it accepts, and drains when it ends."""

    def __init__(
        self, config: uvicorn.Config, accepts: Callable[[], None], *, is_shared: bool
    ) -> None:
        """Serves nothing yet.

        Args:
            config: The application, and how connections are made.
            accepts: Called once it accepts.
            is_shared: Whether another process goes on listening at its sockets.
        """
        super().__init__(config)
        self._is_shared = is_shared
        self.state = State()
        self.server_state = self.state
        self._accepts = accepts

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept."""
        await super().startup(sockets)
        self._accepts()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers whoever is connected once more, then lets go of them.

        A caller who keeps connections open may have sent its next question before it can know of
        the end. So nobody is hung up on: each is told with its answer that the connection closes.
        """
        deadline = time.monotonic() + DRAIN_S
        self.state.is_draining = True
        self.state.default_headers = [*self.state.default_headers, (b"connection", b"close")]
        listeners = [one.dup() for one in sockets or ()]
        for server in self.servers:
            server.close()
        for connection in list(self.state.connections):
            _drain(connection)
        await self._take_in_the_last(listeners)
        for connection in list(self.state.connections):
            connection.shutdown()
        await self._until(lambda: not (self.state.connections or self.state.tasks), deadline)
        for task in list(self.state.tasks):
            task.cancel()
        for connection in list(self.state.connections):
            connection.transport.abort()

    async def _take_in_the_last(self, listeners: Sequence[socket.socket]) -> None:
        """Takes in whom the kernel has connected, or is about to, until nobody is left or all are silent."""
        with contextlib.ExitStack() as held:
            for listener in listeners:
                held.enter_context(listener)
                listener.setblocking(False)  # noqa: FBT003 - the library's own signature
                _shut(listener)
                if self._is_shared:
                    held.callback(_open_again, listener)
            deadline = time.monotonic() + SILENCE_S
            is_last = False
            while not (self.force_exit or is_last or time.monotonic() > deadline):
                taken_in = [await self._take_in(listener) for listener in listeners]
                # A moment more: a caller whose handshake has just ended counts on its answer.
                is_last = not (any(taken_in) or self.state.connections)
                await asyncio.sleep(_LOOK_S)
                is_last = is_last and not any([await self._take_in(one) for one in listeners])

    async def _take_in(self, listener: socket.socket) -> bool:
        """Takes in all who wait at `listener`; False: nobody does."""
        loop = asyncio.get_running_loop()
        is_any = False
        with contextlib.suppress(OSError):  # there is none left
            while True:
                connected, _ = listener.accept()
                is_any = True
                _, protocol = await loop.connect_accepted_socket(self._protocol, connected)
                _drain(protocol)
        return is_any

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self.config, server_state=self.state, app_state=self.lifespan.state
        )
        return protocol

    async def _until(self, is_done: Callable[[], bool], deadline: float) -> None:
        # Connections end one by one, each by itself: there is no one event to wait for.
        while not (is_done() or self.force_exit or time.monotonic() > deadline):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


def _drain(connection: Any) -> None:
    """Has the answer that is under way at `connection`, or its next one, be the last."""
    if hasattr(connection, "drain"):
        connection.drain()
    if connection.cycle is not None:
        connection.cycle.keep_alive = False


def _shut(listener: socket.socket) -> None:
    """Has the kernel connect nobody else, so that those it has connected come to an end."""
    if sys.platform == "linux":
        code = ctypes.create_string_buffer(_NO_NEWCOMERS, len(_NO_NEWCOMERS))
        program = struct.pack("@HP", len(_NO_NEWCOMERS) // 8, ctypes.addressof(code))
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _open_again(listener: socket.socket) -> None:
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
