"""Many callers at once, over sockets of their own: what each was answered, what never was, and what was logged."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from storage.store import Store
from tests.http.project import ROW, tensors

BODY = json.dumps({"inputs": tensors(**{name: [value] for name, value in ROW.items()})}).encode()
REQUEST = (
    b"POST /v2/models/late/infer HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
"""One row for the model `late`."""


class Callers:
    """Callers that ask without a pause until they are told to stop, or nobody accepts them."""

    def __init__(self, address: str, request: bytes, *, keeps_alive: bool) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._request = request
        self._keeps_alive = keeps_alive
        self.is_stopping = False
        """Whether each ends after its next reply."""
        self.statuses: Counter[int] = Counter()
        self.unanswered: list[str] = []
        """One line for each request that was sent over an accepted connection and got no whole reply."""
        self.refused = 0
        """Connections that were not accepted."""

    @property
    def answered(self) -> int:
        """How many requests were answered, with whichever status."""
        return sum(self.statuses.values())

    async def run(self, connections: int) -> None:
        """Asks until all callers have ended."""
        await asyncio.gather(*(self._call() for _ in range(connections)))

    async def _call(self) -> None:
        while not self.is_stopping:
            try:
                reader, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                self.refused += 1
                return
            try:
                await self._ask_on(reader, writer)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.unanswered.append(repr(error))
            finally:
                writer.close()

    async def _ask_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(self._request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            self.statuses[int(head.split()[1])] += 1
            if b"connection: close" in head or not self._keeps_alive or self.is_stopping:
                return


@contextmanager
def calling(
    address: str, request: bytes, *, connections: int, keeps_alive: bool = True
) -> Iterator[Callers]:
    """Callers on a thread of their own; they have all ended when the block has."""
    callers = Callers(address, request, keeps_alive=keeps_alive)
    thread = threading.Thread(target=lambda: asyncio.run(callers.run(connections)))
    thread.start()
    try:
        yield callers
    finally:
        callers.is_stopping = True
        thread.join()


def logged(store: Store) -> list[dict[str, Any]]:
    """The prediction log, request by request; those of one batch stand in one line there."""
    lines = [
        json.loads(line)
        for path in sorted(store.layout.predictions.glob("*/*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    return [
        {
            "request": request,
            "key": {name: values[at : at + 1] for name, values in line["key"].items()},
            "scores": line["scores"][at : at + 1],
        }
        for line in lines
        for at, request in enumerate(line.get("requests") or [line["request"]])
    ]
