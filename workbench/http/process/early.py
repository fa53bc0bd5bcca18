"""The pages of an endpoint that answers already while they are still being imported."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec

from workbench.http.asgi import Application, Receive, Scope, Send
from workbench.http.replies import JSON
from workbench.services.serving import Endpoint

LIVE = "/v2/health/live"
READY = "/v2/health/ready"

_log = logging.getLogger(__name__)


class EarlyPages:
    """Says at once whether the endpoint lives and is ready; every other page waits for the import."""

    def __init__(self, endpoint: Endpoint, imported: Callable[[], None] = lambda: None) -> None:
        """Knows no page yet.

        Args:
            endpoint: What the pages are about.
            imported: Called once the pages are there, on the thread that has imported them.
        """
        self._endpoint = endpoint
        self._imported_all = imported
        self._coming: Future[Application] | None = None
        self._pages: Application | None = None

    def start(self) -> None:
        """Imports the pages, on a thread of its own."""
        self._coming = Future()
        threading.Thread(
            target=self._import, args=[self._coming], name="pages", daemon=True
        ).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["method"] == "GET" and scope["path"] in {LIVE, READY}:
            await self._say(send, *self._health(scope["path"]))
            return
        if self._pages is None:
            self._pages = await self._imported()
        await self._pages(scope, receive, send)

    async def _imported(self) -> Application:
        if self._coming is None:
            self.start()
        assert self._coming is not None
        coming = self._coming
        try:
            # Who asked may go away; the others go on waiting.
            return await asyncio.shield(asyncio.wrap_future(coming))
        except OSError:
            # No file could be opened at that moment: whoever asks next has it tried again.
            if self._coming is coming:
                self._coming = None
            raise

    def _health(self, path: str) -> tuple[int, dict[str, Any]]:
        if path == LIVE:
            return 200, {"live": True}
        unready = self._endpoint.routes.unready
        if unready:
            return 503, {"ready": False, "error": unready}
        return 200, {"ready": True}

    async def _say(self, send: Send, status: int, content: dict[str, Any]) -> None:
        body = msgspec.json.encode(content)
        headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _import(self, coming: Future[Application]) -> None:
        try:
            from workbench.http.pages.application import pages  # noqa: PLC0415 - no first answer needs it

            coming.set_result(pages(self._endpoint))
        except Exception as error:  # noqa: BLE001 - the models are answered for without pages
            _log.exception("The pages cannot be shown")
            coming.set_exception(error)
            return
        self._imported_all()
