"""One endpoint behind two servers on real sockets: one with the wire, one with uvicorn's own connections."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from workbench.config import ServeConfig
from workbench.http.front import Front
from workbench.http.process.draining import State
from workbench.http.wire.protocol import Shared, Wire
from workbench.services.serving import Endpoint

Answered = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


class Wired:
    """Both servers, and how many requests of the one with the wire went the long way."""

    def __init__(self, endpoint: Endpoint, front: Front, serve: ServeConfig) -> None:
        self.endpoint = endpoint
        self.long_way = 0
        self.shared = Shared(endpoint, serve)
        self.state = State()
        self._plain_state = State()
        self._servers: list[asyncio.Server] = []
        self._front = front
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        made = {True: lambda **options: Wire(self.shared, **options), False: HttpToolsProtocol}
        self._ports = {
            kind: self.call(lambda one=one: self._listen(one)) for kind, one in made.items()
        }

    def call(self, function: Callable[[], Any]) -> Any:
        """What `function` gives on the loop's thread."""

        async def called() -> Any:
            found = function()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(30)

    def close(self) -> None:
        """Returns once both servers have ended."""
        self.call(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def connect(self, *, wired: bool = True) -> socket.socket:
        """A connection to one of the servers."""
        return socket.create_connection(("127.0.0.1", self._ports[wired]), timeout=30)

    def wire_of(self, connection: socket.socket) -> Wire:
        """The server's side of a connection."""
        port = connection.getsockname()[1]
        (found,) = self.call(
            lambda: [one for one in self.state.connections if one.client[1] == port]  # type: ignore[union-attr,index]
        )
        return found  # type: ignore[no-any-return]

    def ask(self, *requests: bytes, wired: bool = True) -> list[Answered]:
        """The reply to each request, one after another on one connection."""
        with self.connect(wired=wired) as connection, connection.makefile("rb") as replies:
            answers = []
            for request in requests:
                connection.sendall(request)
                answers.append(read_reply(replies))
            return answers

    def is_short(self, *requests: bytes) -> bool:
        """Whether the last of some requests on one connection was answered by the wire."""
        self.ask(*requests)
        before = self.long_way
        self.ask(*requests)
        return self.long_way - before < len(requests)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for state in (self.state, self._plain_state):
            for connection in tuple(state.connections):
                connection.transport.abort()  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.long_way += 1
        await self._front(scope, receive, send)

    async def _listen(self, made: Callable[..., asyncio.Protocol]) -> int:
        is_wired = made is not HttpToolsProtocol
        config = uvicorn.Config(
            self._app if is_wired else self._front,  # type: ignore[arg-type]
            http="httptools", ws="none", lifespan="off", interface="asgi3", log_config=None,
            access_log=False,
        )  # fmt: skip
        state = self.state if is_wired else self._plain_state
        state.default_headers = [(b"date", b"today")]
        server = await self._loop.create_server(
            lambda: made(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


@contextmanager
def wired(endpoint: Endpoint, front: Front, serve: ServeConfig) -> Iterator[Wired]:
    """Both servers, running."""
    servers = Wired(endpoint, front, serve)
    try:
        yield servers
    finally:
        servers.close()


def request(path: str, body: Any, *lines: str, method: str = "POST") -> bytes:
    """A request as bytes; `lines` are further headers."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", "Host: here", *lines]
    if not any(line.lower().startswith("content-type") for line in lines):
        head.append("Content-Type: application/json")
    head.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*head, "", ""]).encode() + content


def read_reply(replies: BinaryIO) -> Answered:
    """The next reply of a connection; status 0 where it has ended."""
    first = replies.readline()
    if not first:
        return 0, {}, b""
    headers: dict[str, str] = {}
    while line := replies.readline().strip():
        name, _, value = line.decode().partition(": ")
        headers[name] = value
    status = int(first.split()[1])
    if status == 100:
        return read_reply(replies)
    return status, headers, replies.read(int(headers.get("content-length", 0)))


def without_id(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Headers in their order, but for those that differ between any two replies."""
    return [one for one in headers.items() if one[0] != "x-request-id"]
