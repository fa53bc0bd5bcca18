"""One process that answers: its endpoint, its server, and the order in which they start and end."""

from __future__ import annotations

import asyncio
import gc
import math
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from workbench.config import ServeConfig
from workbench.engines import instance
from workbench.http.asgi import Application
from workbench.http.process import listening, signals
from workbench.services.context import Context

if TYPE_CHECKING:
    from workbench.services.serving import Endpoint

SWITCH_S = 0.0005
"""Longest that a thread which follows, writes or imports keeps the answering one waiting."""


def serve(
    context: Context,
    listener: socket.socket,
    *,
    slot: int | None = None,
    accepts: Callable[[], None] = lambda: None,
) -> None:
    """Answers at `listener` until SIGTERM or SIGINT; must be called from the main thread to see them.

    Args:
        context: The project.
        listener: A bound socket; closed when this returns.
        slot: Which of several processes at this socket this is; None: the only one.
        accepts: Called once requests are answered.
    """
    # The endpoint first: it loads its models while the server is imported.
    from workbench.services.serving import Endpoint  # noqa: PLC0415

    instance.name_process(f"wb-serve-{slot}" if slot else "wb-serve")
    sys.setswitchinterval(SWITCH_S)
    context = _within_limits(context)
    endpoint = Endpoint(context, slot=slot or 0)
    endpoint.start()
    try:
        _answer(endpoint, context, listener, accepts, is_shared=slot is not None)
    finally:
        endpoint.close()
        # What was put out of the collector's sight shall be taken apart in the right order.
        gc.unfreeze()


def _answer(
    endpoint: Endpoint,
    context: Context,
    listener: socket.socket,
    accepts: Callable[[], None],
    *,
    is_shared: bool,
) -> None:
    from workbench.http.front import Front  # noqa: PLC0415
    from workbench.http.process.draining import Server  # noqa: PLC0415
    from workbench.http.process.early import EarlyPages  # noqa: PLC0415
    from workbench.http.wire.protocol import protocol  # noqa: PLC0415

    serve = context.config.serve
    pages = EarlyPages(endpoint, imported=_settle)
    front = Front(endpoint, serve, pages)

    def accepting() -> None:
        accepts()
        pages.start()
        endpoint.publisher.start(
            asyncio.get_running_loop(), connections=lambda: len(server.state.connections)
        )

    server = Server(
        _settings(front, protocol(endpoint, serve, forget=front.forget), serve),
        accepting,
        is_shared=is_shared,
    )
    try:
        signals.outlive()
        server.run(sockets=[listener])
    finally:
        front.close()


def _settings(
    front: Application, connections: Callable[..., asyncio.Protocol], serve: ServeConfig
) -> uvicorn.Config:
    return uvicorn.Config(
        front,
        loop="uvloop",
        http=cast("Any", connections),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # The connections look after that themselves, and theirs is the shorter one.
        timeout_keep_alive=math.ceil(serve.keep_alive.total_seconds()) + 10,
        backlog=listening.backlog(),
    )


def _settle() -> None:
    # What is loaded now stays: a collector that walks through it would only hold requests up.
    gc.collect()
    gc.freeze()


def _within_limits(context: Context) -> Context:
    """The project with no more connections than the system allows this process."""
    config = context.config
    most = min(config.serve.max_connections, listening.most_connections())
    serve = replace(config.serve, max_connections=most)
    return replace(context, config=replace(config, serve=serve))
