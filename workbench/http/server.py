"""The endpoint's process: takes its lock and address, serves until it is told to stop, and drains."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn

from workbench.engines import instance
from workbench.errors import AddressUnusable
from workbench.http.asgi import Application
from workbench.http.front import Front
from workbench.http.pages import pages
from workbench.services.context import Context, open_service
from workbench.services.serving import Endpoint

LOCK = "serve.lock"
KEEP_ALIVE_S = 30
DRAIN_S = 30
BACKLOG = 2048


def run(project_dir: Path, *, port: int | None = None) -> int:
    """Serves the champions of a project until SIGTERM or SIGINT.

    Args:
        project_dir: The project's folder.
        port: Instead of the configured one; 0: a free one.

    Returns:
        The exit code of the process.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: Its workbench.toml has mistakes, and no earlier text of it was valid.
        AlreadyRunning: Another process serves this project.
        AddressUnusable: The port is taken, or the host is not one of this machine.
    """
    context = open_service(project_dir, who="endpoint")
    serve = context.config.serve
    try:
        with (
            instance.hold(context.store.layout.locks / LOCK) as held,
            _listen(serve.host, serve.port if port is None else port) as listener,
        ):
            address = address_of(listener)
            _serve(context, listener, lambda: held.publish(address=address))
    finally:
        context.store.close()
    return 0


def address_of(listener: socket.socket) -> str:
    """Where a program on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A uvicorn server that says when it accepts."""

    def __init__(self, config: uvicorn.Config, accepts: Callable[[], None]) -> None:
        super().__init__(config)
        self._accepts = accepts

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepts()


def _serve(context: Context, listener: socket.socket, accepts: Callable[[], None]) -> None:
    instance.name_process("wb-serve")
    instance.end_with_supervisor()
    endpoint = Endpoint(context)
    front = Front(endpoint, context.config.serve, pages(endpoint))
    try:
        endpoint.start()
        _let_signals_end_the_loop_only()
        _Server(_settings(front), accepts).run(sockets=[listener])
    finally:
        front.close()
        endpoint.close()


def _settings(front: Application) -> uvicorn.Config:
    return uvicorn.Config(
        front,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
    )


def _let_signals_end_the_loop_only() -> None:
    # The server ends its loop at a signal and then raises it once more: what was answered still has
    # to reach the prediction log, so that second one must not end the process.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.setblocking(False)  # noqa: FBT003 - the library's own signature
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AddressUnusable(
            f"The endpoint cannot listen on {host} port {port}: {reason}.",
            "Choose another with `workbench serve --port N` or in [serve] of workbench.toml; 0 is a free one.",
        ) from error
    return listener
