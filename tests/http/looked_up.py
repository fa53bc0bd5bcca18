"""A front with its pages that is called without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from storage.records import Signature
from storage.store import Store
from tests.http.inprocess import InProcess
from tests.http.project import CONFIG, make_project, promote, register
from workbench.http.front import Front
from workbench.http.pages.application import pages
from workbench.services import keyring, keys
from workbench.services.context import Context, open_context
from workbench.services.serving import Endpoint


class LookedUp(InProcess):
    """An endpoint whose pages are there too."""

    def __init__(self, context: Context, endpoint: Endpoint, front: Front) -> None:
        super().__init__(endpoint, front)
        self.context = context
        self._key = ""

    @property
    def store(self) -> Store:
        """Where its models are."""
        return self.context.store

    def lock(self, *, scope: str = "admin") -> str:
        """Makes a key, which is shown with every request from then on."""
        self._key = keys.add(self.context, f"{scope} key", scope=scope).text
        self.endpoint.keys = keyring.read(self.context)
        return self._key

    def get(self, path: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of the reply; the body decoded if it is JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._key:
            sent.setdefault("x-api-key", self._key)
        start, *rest = asyncio.run(self._exchange("GET", unquote(path), sent, _no_body))
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        body = b"".join(message.get("body", b"") for message in rest)
        body = body.strip()
        is_json = names.get("content-type", "").startswith("application/json")
        return start["status"], json.loads(body or "null") if is_json else body, names


async def _no_body() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


@contextmanager
def looking_up(
    folder: Path, config: str = CONFIG, *, models: Mapping[str, Signature | None]
) -> Iterator[LookedUp]:
    """A front and its pages over a project with these models."""
    context = open_context(make_project(folder, config), who="test")
    for model, signature in models.items():
        options = {} if signature is None else {"signature": signature}
        promote(context.store, register(context.store, model=model, **options))
    endpoint = Endpoint(context)
    endpoint.follow()
    front = Front(endpoint, context.config.serve, pages(endpoint))
    yield LookedUp(context, endpoint, front)
    front.close()
    endpoint.close()
    context.store.close()
