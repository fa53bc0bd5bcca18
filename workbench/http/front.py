"""The front of the endpoint: rows are answered here, before any router; all else goes to the pages."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NoReturn

from storage.errors import Problem
from workbench.config import ServeConfig
from workbench.http.asgi import Application, Message, Receive, Scope, Send
from workbench.http.forms import Form
from workbench.http.friendly import Friendly
from workbench.http.replies import (
    REQUEST_ID,
    Refused,
    Reply,
    error_reply,
    problem_reply,
    request_id,
    send_reply,
)
from workbench.http.v2 import V2
from workbench.services.served import Routes, Served
from workbench.services.serving import Endpoint

INLINE_BYTES = 32 * 1024
"""Longest body that is answered on the event loop itself; a longer one would keep others waiting."""

_ASKED = re.compile(
    r"/predict/(?P<friendly>.+)|/v2/models/(?P<v2>.+?)(?:/versions/(?P<version>[^/]*))?/infer",
    re.DOTALL,
)

_NUMBER = re.compile(r"[0-9]{1,9}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A served version, and the form in which it is asked at one path."""

    served: Served
    form: Form
    headers: tuple[tuple[bytes, bytes], ...]
    """Say which version answers."""


class _Gone(Exception):
    """The caller has hung up before the body was whole."""


class Front:
    """The ASGI application that the server calls."""

    def __init__(self, endpoint: Endpoint, serve: ServeConfig, pages: Application) -> None:
        self._endpoint = endpoint
        self._serve = serve
        self._pages = pages
        self._routes = Routes()
        self._targets: dict[str, Target] = {}
        # One at a time: several would only share the same cores, and each needs memory.
        self._long = ThreadPoolExecutor(max_workers=1, thread_name_prefix="long-request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        path: str = scope["path"]
        target = self._target(path)
        if target is not None or _ASKED.fullmatch(path):
            await self._answer(target, scope, receive, send)
        else:
            await self._pages(scope, receive, _tagging(send, scope))

    def close(self) -> None:
        """Returns once no long request is being answered."""
        self._long.shutdown()

    def _target(self, path: str) -> Target | None:
        routes = self._endpoint.routes
        if routes is not self._routes:
            self._targets = _targets(routes)
            self._routes = routes
        return self._targets.get(path)

    async def _answer(
        self, target: Target | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        started_ns = time.perf_counter_ns()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request = request_id(headers)
        try:
            _check_method(scope["method"])
            found = target or self._missing(scope["path"])
            reply = await self._asked(found, headers, receive, request, started_ns)
        except Refused as refused:
            reply = refused.reply
        except Problem as problem:
            reply = problem_reply(problem)
        except _Gone:
            return
        except RecursionError:
            reply = error_reply(400, "The body is nested too deeply.")
        except Exception:  # noqa: BLE001 - one request's failure must not be another's
            _log.exception("A request failed")
            reply = error_reply(500, "The endpoint failed; its log says why.")
        await send_reply(send, reply, request)

    async def _asked(
        self,
        target: Target,
        headers: dict[bytes, bytes],
        receive: Receive,
        request: bytes,
        started_ns: int,
    ) -> Reply:
        _check_headers(headers, self._serve.max_body_bytes)
        body = await _body(receive, self._serve.max_body_bytes)
        if len(body) <= INLINE_BYTES:
            return self._infer(target, body, request, started_ns)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._long, self._infer, target, body, request, started_ns
        )

    def _infer(self, target: Target, body: bytes, request: bytes, started_ns: int) -> Reply:
        question = target.form.question(body)
        answer = self._endpoint.answer(target.served, question.columns)
        reply = Reply(200, target.form.reply(question, answer.scores), target.headers)
        self._endpoint.keep(target.served, answer, request=request.decode(), started_ns=started_ns)
        return reply

    def _missing(self, path: str) -> NoReturn:
        asked = _ASKED.fullmatch(path)
        if asked is not None:
            number = asked["version"]
            if number is not None and not _NUMBER.fullmatch(number):
                raise Refused(404, f"'{number}' is no version; versions are whole numbers.")
            name = asked["friendly"] or asked["v2"]
            self._routes.find(name, None if number is None else int(number))
        raise Refused(404, f"Nothing is answered at {path}.")


def _targets(routes: Routes) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for name, served in routes.champions.items():
        number = served.version.number
        headers = ((b"x-model-version", b"%d" % number),)
        by_protocol = Target(served, V2(served), headers)
        found[f"/predict/{name}"] = Target(served, Friendly(served), headers)
        found[f"/v2/models/{name}/infer"] = by_protocol
        found[f"/v2/models/{name}/versions/{number}/infer"] = by_protocol
    return found


def _tagging(send: Send, scope: Scope) -> Send:
    """`send`, which also says the request's id."""
    request = request_id(dict(scope["headers"]))

    async def tagged(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (REQUEST_ID, request)]
        await send(message)

    return tagged


def _check_method(method: str) -> None:
    if method != "POST":
        text = f"{method} is not allowed here; POST the rows."
        raise Refused(405, text, headers=((b"allow", b"POST"),))


def _check_headers(headers: dict[bytes, bytes], max_body_bytes: int) -> None:
    content_type = headers.get(b"content-type", b"application/json")
    if content_type != b"application/json":
        media_type = content_type.partition(b";")[0].strip().lower()
        if media_type != b"application/json":
            shown = media_type.decode("latin-1")[:100]
            raise Refused(415, f"The content type is '{shown}'; allowed is application/json.")
    encoding = headers.get(b"content-encoding", b"identity")
    if encoding != b"identity":
        shown = encoding.decode("latin-1")[:100]
        raise Refused(415, f"The content encoding is '{shown}'; allowed is identity.")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > max_body_bytes:
        raise _too_long(max_body_bytes)


async def _body(receive: Receive, max_body_bytes: int) -> bytes:
    whole = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        chunk: bytes = message.get("body", b"")
        if len(whole) + len(chunk) > max_body_bytes:
            raise _too_long(max_body_bytes)
        if not message.get("more_body"):
            return bytes(whole) + chunk if whole else chunk
        whole += chunk


def _too_long(max_body_bytes: int) -> Refused:
    return Refused(413, f"The body is too long; at most {max_body_bytes} bytes are allowed.")
