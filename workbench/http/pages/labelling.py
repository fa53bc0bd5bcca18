"""Labels over HTTP: `POST /labels/MODEL`."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from workbench.errors import RequestInvalid
from workbench.http.forms.form import decoded
from workbench.http.replies import Refused
from workbench.services.serving import Endpoint


class _Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rows: list[dict[str, Any]]


_decoder = msgspec.json.Decoder(_Labels)


@post("/labels/{name:path}", status_code=200)
async def labels(
    state: State, request: Request[Any, Any, Any], name: FromPath[str]
) -> Response[bytes | dict[str, Any]]:
    """Keeps labels of rows that were asked about, or will be; of one row the latest counts.

    They are on disk when this answers, and to send them again changes nothing.
    """
    endpoint: Endpoint = state["endpoint"]
    version = endpoint.routes.find(name.removeprefix("/")).version
    caller = endpoint.keys.admit(dict(request.scope["headers"]))
    try:
        rows = decoded(_decoder, await request.body()).rows
    except Refused as refused:
        return Response(refused.reply.body, status_code=refused.reply.status)
    if len(rows) > endpoint.max_rows:
        raise RequestInvalid(
            f"These are {len(rows)} labels; at most {endpoint.max_rows} are allowed at once.",
            "Send them in several requests, or as a file: `workbench labels add`.",
        )
    kept = await asyncio.to_thread(endpoint.labels.keep, version, rows, caller=caller)
    return Response({"model": version.model, "kept": kept})


HANDLERS = (labels,)
