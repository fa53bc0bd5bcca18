"""A front that is called without a socket, and models to ask it about."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storage.records import InputColumn, InputType, Signature
from tests.http.project import CONFIG, ROW, make_project, promote, register, tensors
from workbench.http.front import Front
from workbench.services.context import open_context
from workbench.services.serving import Endpoint

COLUMNS = {name: [value] for name, value in ROW.items()}


def number(name: str, **more: Any) -> InputColumn:
    """A column of numbers, none of which may be missing unless it is said."""
    return InputColumn(
        name=name,
        graph_name=name,
        **{"type": InputType.NUMBER, "nullable": False, **more},
    )


VALUE = Signature(task="regression", inputs=(number("x"),))
WHEN = Signature(task="regression", inputs=(number("x", is_moment=True),))
THREE = Signature(task="multiclass", classes=("a", "b", "c"), inputs=(number("x"),))
FLAT = Signature(
    task="binary",
    classes=("0", "1"),
    inputs=(number("x"), number("n", type=InputType.INTEGER, nullable=True), number("z")),
    key=("id",),
)
MODELS = {"late": None, "value": VALUE, "when": WHEN, "three": THREE, "flat": FLAT, "a/b c": None}


class InProcess:
    """A front that is called without a socket."""

    def __init__(self, endpoint: Endpoint, front: Front) -> None:
        self.endpoint = endpoint
        self.front = front

    def post(
        self,
        path: str,
        body: Any,
        *,
        chunks: int = 1,
        method: str = "POST",
        receive: Any = None,
        **headers: str,
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, decoded body and headers of the reply."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        status, reply, names = self.exchange(
            path, content, sent, chunks=chunks, method=method, receive=receive
        )
        return status, json.loads(reply), names

    def exchange(
        self,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        chunks: int = 1,
        method: str = "POST",
        receive: Any = None,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the reply, as they are; `receive` gives another body."""
        receive = receive or _receiving(_cut(content, chunks))
        start, end = asyncio.run(self._exchange(method, path, headers, receive))
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(names["content-length"]) == len(end["body"])
        return start["status"], end["body"], names

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], receive: Any
    ) -> list[dict[str, Any]]:
        outgoing: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            outgoing.append(message)

        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode("latin-1", "replace"),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        await self.front(scope, receive, send)
        return outgoing


@contextmanager
def answering(folder: Path, config: str = CONFIG) -> Iterator[InProcess]:
    """A front over a project whose models are `MODELS`."""
    context = open_context(make_project(folder, config), who="test")
    for model, signature in MODELS.items():
        options = {} if signature is None else {"signature": signature}
        promote(context.store, register(context.store, model=model, **options))
    endpoint = Endpoint(context)
    endpoint.follow()
    front = Front(endpoint, context.config.serve, no_pages)
    yield InProcess(endpoint, front)
    front.close()
    endpoint.close()
    context.store.close()


async def no_pages(scope: Any, _receive: Any, _send: Any) -> None:
    """What no request of these tests may reach."""
    raise AssertionError(f"{scope['path']} is no page")


def infer(**changes: Any) -> dict[str, Any]:
    """An inference request of one row of the model `late`."""
    return {"inputs": tensors(**{**COLUMNS, **changes})}


def changed(name: str, **fields: Any) -> dict[str, Any]:
    """That request, with one of its tensors changed."""
    inputs = [{**one, **fields} if one["name"] == name else one for one in infer()["inputs"]]
    return {"inputs": inputs}


def _receiving(parts: list[bytes]) -> Any:
    incoming = [
        {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
        for i, part in enumerate(parts)
    ]

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    return receive


def _cut(content: bytes, chunks: int) -> list[bytes]:
    size = -(-len(content) // chunks) or 1
    return [content[i * size : (i + 1) * size] for i in range(chunks)]
