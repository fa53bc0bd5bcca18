"""The outside world: asks the endpoint over HTTP, row by row of a month, and goes on asking."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import numpy as np

from storage import frames
from storage.blobs import Blobs
from storage.frames import Frames
from storage.records import InputType, Signature
from workbench.core.profile import kind_of

BATCH_ROWS = 500
PAUSE_S = 0.05
TIMEOUT_S = 30.0

_DATATYPES = {
    InputType.NUMBER: "FP64",
    InputType.INTEGER: "INT64",
    InputType.BOOLEAN: "BOOL",
    InputType.STRING: "BYTES",
}

Columns = dict[str, list[Any]]


class Months:
    """Reads a month's file as columns, as somebody who owns the file would."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "blobs").mkdir()
        self._frames = Frames(Blobs(folder / "blobs", folder / "staging"), folder / "staging")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._frames.close()
        self._folder.cleanup()

    def read(self, month: Path, names: Sequence[str]) -> Columns:
        """The named columns of a month, None where a value is missing."""
        imported = frames.import_file(self._frames, month, pinned=None, time=None, kind_of=kind_of)
        fetched = self._frames.fetch(frames.Selection(paths=(imported.staged,)), names)
        imported.staged.unlink()
        return {name: np.ma.asanyarray(values).tolist() for name, values in fetched.items()}


@dataclass
class Tally:
    """How many requests were answered, and how many were not."""

    sent: int = 0
    failed: int = 0
    rows: int = 0
    first_failure: str | None = None


class Client:
    """Asks one model of an endpoint by the Open Inference Protocol, over one kept connection."""

    def __init__(self, address: str, model: str, signature: Signature) -> None:
        self._target = urlsplit(address)
        self._model = model
        self._signature = signature
        self._connection: http.client.HTTPConnection | None = None
        self.tally = Tally()

    def ask(self, rows: Columns, *, with_key: bool) -> int | None:
        """Sends rows and gives the number of the version that answered; None when none did.

        Args:
            rows: Columns of the model and, for `with_key`, of the key.
            with_key: Names the rows, so that labels find their predictions later.
        """
        body = self._body(rows, with_key=with_key)
        self.tally.sent += 1
        self.tally.rows += len(next(iter(rows.values())))
        try:
            status, version, answer = self._post(body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self._fail(f"{type(error).__name__}: {error}")
            return None
        if status != 200:
            self._fail(f"status {status}: {answer[:200].decode(errors='replace')}")
            return None
        return version

    def is_served(self, number: int) -> bool:
        """Whether the endpoint says that this version is ready to answer."""
        connection = self._connect()
        connection.request("GET", f"/v2/models/{self._model}/versions/{number}/ready")
        response = connection.getresponse()
        response.read()
        return response.status == 200

    def close(self) -> None:
        """Lets go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fail(self, reason: str) -> None:
        self.tally.failed += 1
        self.tally.first_failure = self.tally.first_failure or reason

    def _post(self, body: bytes) -> tuple[int, int, bytes]:
        connection = self._connect()
        connection.request(
            "POST", f"/v2/models/{self._model}/infer", body, {"content-type": "application/json"}
        )
        response = connection.getresponse()
        version = int(response.getheader("x-model-version", "0"))
        return response.status, version, response.read()

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._target.hostname or "", self._target.port, timeout=TIMEOUT_S
            )
        return self._connection

    def _body(self, rows: Columns, *, with_key: bool) -> bytes:
        count = len(next(iter(rows.values())))
        inputs = [
            {
                "name": column.name,
                "shape": [count],
                "datatype": _DATATYPES[column.type],
                "data": rows[column.name],
            }
            for column in self._signature.inputs
        ]
        if with_key:
            inputs += [
                {"name": name, "shape": [count], "datatype": "BYTES", "data": rows[name]}
                for name in self._signature.key
            ]
        return msgspec.json.encode({"inputs": inputs})


def batches(rows: Columns, *, size: int = BATCH_ROWS) -> Iterator[Columns]:
    """The rows in pieces of at most `size`."""
    total = len(next(iter(rows.values())))
    for start in range(0, total, size):
        yield {name: values[start : start + size] for name, values in rows.items()}


class Background:
    """Goes on asking about known rows while the services work, so that every swap has requests in flight."""

    def __init__(self, client: Client, rows: Columns, answered: Callable[[int], None]) -> None:
        self._client = client
        self._batches = list(batches(rows, size=50))[:200]
        self._answered = answered
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stopping.wait(PAUSE_S):
            version = self._client.ask(self._batches[number % len(self._batches)], with_key=False)
            number += 1
            if version is not None:
                self._answered(version)
