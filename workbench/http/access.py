"""What the access log keeps of a request that comes by ASGI."""

from __future__ import annotations

import time
from collections.abc import Mapping

from workbench.http.asgi import Message, Scope, Send
from workbench.services.access import AccessLine, AccessLog, Origin


def origin_of(scope: Scope, headers: Mapping[bytes, bytes]) -> Origin:
    """Where a request came from and what it asks.

    Args:
        scope: Of the request.
        headers: Its headers, by their names in small letters.
    """
    client = scope.get("client")
    agent = headers.get(b"user-agent", b"")
    return Origin.of(client[0] if client else "", scope["method"], scope["path"], agent)


def noting(
    send: Send, log: AccessLog | None, origin: Origin, *, request: str, caller: str = ""
) -> Send:
    """`send`, which also has the access log note the reply of a page once it is sent.

    Args:
        send: Sends the reply.
        log: The access log; None: there is none.
        origin: Where the request came from.
        request: Its id.
        caller: Name of its API key.
    """
    if log is None:
        return send
    at_us, started_ns, status = time.time_ns() // 1000, time.perf_counter_ns(), 0

    async def noted(message: Message) -> None:
        nonlocal status
        await send(message)
        if message["type"] == "http.response.start":
            status = message["status"]
        elif not message.get("more_body", False):
            log.noted(
                AccessLine(
                    at=at_us,
                    id=request,
                    client=origin.client,
                    method=origin.method,
                    path=origin.path,
                    status=status,
                    latency_us=(time.perf_counter_ns() - started_ns) // 1000,
                    key=caller,
                    agent=origin.agent,
                )
            )

    return noted
