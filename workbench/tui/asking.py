"""Asks the running endpoint about one row, as any caller would: over HTTP, in a thread."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.records import Scalar
from workbench.errors import WorkbenchError

TIMEOUT_S = 30.0
_SHOWN = 2000
"""Characters that are shown of an answer which is not what the endpoint gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the endpoint said."""

    status: int
    took_ms: float
    """From the first byte sent to the last one read, as its caller sees it."""
    problem: str = ""
    """Why it refused, in its own words; empty: it answered."""
    model: str = ""
    version: int | None = None
    label: str = ""
    """Empty for a regression."""
    value: float | None = None
    """None for classes."""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    """By class; empty for a regression."""
    warnings: tuple[str, ...] = ()
    request: str = ""
    """The id that the prediction log knows it by."""


def ask(address: str, model: str, row: Mapping[str, Scalar], *, key: str = "") -> Answered:
    """What the endpoint answers for one row.

    Args:
        address: Where it listens: `http://127.0.0.1:8080`.
        model: Whom to ask.
        row: Values by column.
        key: An API key; empty: none is sent.

    Raises:
        WorkbenchError: Nobody listens there, or what listens is no endpoint.
    """
    # Only somebody who tries a row needs them, and they take 20 ms to import.
    from http.client import HTTPConnection, HTTPException  # noqa: PLC0415
    from urllib.parse import quote, urlsplit  # noqa: PLC0415

    where = urlsplit(address)
    body = json.dumps({"rows": [dict(row)]}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    connection = HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=TIMEOUT_S)
    try:
        connection.connect()
        began = time.perf_counter()
        connection.request("POST", f"/predict/{quote(model)}", body, headers)
        response = connection.getresponse()
        content = response.read()
        took_ms = (time.perf_counter() - began) * 1e3
    except (OSError, HTTPException, ValueError) as error:
        raise WorkbenchError(
            f"The endpoint at {address} does not answer: {error}.",
            "Start it with E, or look at its log with 8.",
        ) from error
    finally:
        connection.close()
    request = response.headers.get("x-request-id", "")
    return _understood(content, status=response.status, took_ms=took_ms, request=request)


def _understood(content: bytes, *, status: int, took_ms: float, request: str) -> Answered:
    try:
        said = json.loads(content)
        if status >= 400:
            problem = str(said["error"])
            return Answered(status=status, took_ms=took_ms, problem=problem, request=request)
        found = said["predictions"][0]
        return Answered(
            status=status,
            took_ms=took_ms,
            model=str(said["model"]),
            version=int(said["version"]),
            label=str(found.get("label", "")),
            value=found.get("value"),
            probabilities=found.get("probabilities", {}),
            warnings=tuple(map(str, said.get("warnings") or found.get("warnings") or ())),
            request=request,
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        shown = content[:_SHOWN].decode(errors="replace").strip()
        raise WorkbenchError(
            f"What answered with status {status} is no endpoint of Workbench: {shown or 'nothing'}",
            "Look with 8 which process listens there.",
        ) from error
