"""The front of the endpoint: rows are answered here, before any router; all else goes to the pages."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import msgspec

import workbench
from storage.errors import Problem
from storage.predictions import LoggedBatch
from workbench.config import ServeConfig
from workbench.http.access import noting, origin_of
from workbench.http.asgi import Application, Message, Receive, Scope, Send
from workbench.http.bodies import Bodies, Gone, check_type, coding_of
from workbench.http.compression import compressed, undone
from workbench.http.forms.form import Asked
from workbench.http.pages import absent, statistics
from workbench.http.replies import (
    REQUEST_ID,
    Refused,
    Reply,
    error_reply,
    problem_reply,
    request_id,
    send_reply,
)
from workbench.http.targets import Target, Targets, Voice
from workbench.http.waiting import LongRequests
from workbench.services.access import Origin
from workbench.services.keyring import scope_of
from workbench.services.routes import Routes
from workbench.services.served import Answer, RequestColumns
from workbench.services.serving import Endpoint

INLINE_BYTES = 32 * 1024
"""Longest body that is read on the event loop itself; a longer one would keep others waiting."""
INLINE_ROWS = 200
"""Most rows that are answered there: a millisecond or two of a large model."""
INLINE_SCORES = 2000
"""Most scores, where every row has one a class."""
TOGETHER_BYTES = 256 * 1024 * 1024
"""Of all bodies that wait for an answer, unless one alone may be longer."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Exchange:
    """A request, and what is known of its answer by now."""

    scope: Scope
    headers: dict[bytes, bytes]
    request: bytes
    """Its id."""
    at_us: int
    started_ns: int
    caller: str = ""
    target: Target | None = None
    voice: Voice | None = None
    answer: Answer | None = None
    size_bytes: int = 0

    @classmethod
    def of(cls, scope: Scope) -> _Exchange:
        headers = dict(scope["headers"])
        now = time.time_ns() // 1000
        return cls(scope, headers, request_id(headers), now, time.perf_counter_ns())

    @property
    def origin(self) -> Origin:
        return origin_of(self.scope, self.headers)


@dataclass(frozen=True, slots=True)
class _Question:
    """Rows that a version is asked."""

    voice: Voice
    request: Any
    columns: RequestColumns

    @property
    def is_long(self) -> bool:
        """Whether answering it would keep the event loop from others."""
        rows = max(map(len, self.columns.values()), default=0)
        classes = len(self.voice.served.version.signature.classes)
        return rows > INLINE_ROWS or rows * classes > INLINE_SCORES


class Front:
    """The ASGI application that the server calls."""

    def __init__(self, endpoint: Endpoint, serve: ServeConfig, pages: Application) -> None:
        self._endpoint = endpoint
        self._pages = pages
        self._most_bytes = serve.max_body_bytes
        self._most_rows = serve.max_rows
        self._targets = Targets(Routes())
        timeout_s = serve.timeout.total_seconds()
        self._bodies = Bodies(
            most_bytes=serve.max_body_bytes,
            together_bytes=max(TOGETHER_BYTES, 2 * serve.max_body_bytes),
            timeout_s=timeout_s,
        )
        self._long = LongRequests(
            most_waiting=serve.max_waiting, timeout_s=timeout_s, waits=self._note_waiting
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        exchange = _Exchange.of(scope)
        try:
            reply = await self._reply(exchange, receive)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - one request's failure must not be another's
            reply = _refusal(error)
        if reply is None:
            await self._pages(scope, receive, self._paged(exchange, send))
            return
        await send_reply(send, reply, exchange.request)
        try:
            self._note(exchange, reply)
        except Exception:  # noqa: BLE001 - it is answered; what is kept of it is another matter
            _log.exception("An answer could not be noted")

    def forget(self) -> None:
        """Lets go of targets that are no longer those of the endpoint: a model may hang on them."""
        routes = self._endpoint.routes
        if routes is not self._targets.routes:
            self._targets = Targets(routes)

    def close(self) -> None:
        """Returns once no long request is being answered."""
        self._long.close()

    async def _reply(self, exchange: _Exchange, receive: Receive) -> Reply | None:
        """What to send; None: it is for the pages."""
        path, method = exchange.scope["path"], exchange.scope["method"]
        exchange.caller = self._endpoint.keys.admit(exchange.headers, scope_of(path))
        self.forget()
        target = self._targets.at(path, exchange.scope.get("query_string", b""))
        if target is None:
            return await self._small_page(path, method)
        exchange.target = target
        if method != "POST":
            text = f"{method} is not allowed here; POST the rows."
            raise Refused(405, text, headers=((b"allow", b"POST"),))
        return await self._answered(exchange, target, receive)

    async def _answered(self, exchange: _Exchange, target: Target, receive: Receive) -> Reply:
        check_type(exchange.headers, target.media_types)
        coding = coding_of(exchange.headers)
        body = await self._bodies.whole(receive, exchange.headers)
        exchange.size_bytes = len(body)
        try:
            if len(body) > INLINE_BYTES or coding is not None:
                return await self._long.answer(
                    lambda: self._ask(exchange, self._question(exchange, target, body, coding))
                )
            question = self._question(exchange, target, body, coding)
            if question.is_long:
                return await self._long.answer(lambda: self._ask(exchange, question))
            return self._ask(exchange, question)
        finally:
            self._bodies.let_go(body)

    def _question(
        self, exchange: _Exchange, target: Target, body: bytes, coding: bytes | None
    ) -> _Question:
        if coding is not None:
            body = undone(body, coding, most_bytes=self._most_bytes)
        request = target.read(Asked(body, exchange.headers, self._most_rows))
        exchange.voice = voice = target.chosen(request, exchange.headers)
        return _Question(voice, request, voice.form.columns(request))

    def _ask(self, exchange: _Exchange, question: _Question) -> Reply:
        voice = question.voice
        answer = self._endpoint.answer(voice.served, question.columns)
        reply = voice.form.reply(question.request, answer)
        warned = ((b"x-warnings", b"%d" % len(answer.warnings)),) if answer.warnings else ()
        reply = Reply(
            200, reply.body, (*voice.headers, *warned, *reply.headers), reply.content_type
        )
        accepted = exchange.headers.get(b"accept-encoding")
        if accepted is not None:
            reply = compressed(reply, accepted)
        exchange.answer = answer
        return reply

    async def _small_page(self, path: str, method: str) -> Reply | None:
        """What callers of other servers look at; None: it is for the pages."""
        if method == "GET" and path == "/ping":
            unready = self._endpoint.routes.unready
            return error_reply(503, unready) if unready else Reply(200, b"\n")
        if method == "GET" and path == "/version":
            return Reply(200, workbench.__version__.encode(), content_type=b"text/plain")
        if method == "GET" and statistics.is_asked(path):
            counted = await self._endpoint.publisher.counted()
            return statistics.reply(path, self._endpoint.routes, counted)
        why = absent.why(path)
        return error_reply(404, why) if why else None

    def _note_waiting(self, waiting: int) -> None:
        self._endpoint.figures.waiting = waiting

    def _note(self, exchange: _Exchange, reply: Reply) -> None:
        """Has an answer logged and counted, now that it is on its way."""
        target, voice, answer = exchange.target, exchange.voice, exchange.answer
        if target is None or voice is None or answer is None or reply.status != 200:
            if reply.status >= 400:
                self._note_refusal(exchange, reply)
            return
        version = voice.served.version.number
        batch = LoggedBatch(
            model=target.model,
            version=version,
            requests=[exchange.request.decode()],
            at=[exchange.at_us],
            rows=[len(answer.scores)],
            latency_us=[(time.perf_counter_ns() - exchange.started_ns) // 1000],
            callers=[exchange.caller],
            key=answer.key,
            inputs=answer.inputs,
            scores=answer.scores,
        )
        self._endpoint.answered(target.plan, batch, [exchange.origin], [exchange.size_bytes])
        for doubt in answer.doubts:
            self._endpoint.figures.warned(target.model, version, doubt.kind, doubt.values)

    def _paged(self, exchange: _Exchange, send: Send) -> Send:
        """`send` for a page's reply, which has the request's id and a line in the access log."""
        request = exchange.request
        return noting(
            _tagging(send, request),
            self._endpoint.access,
            exchange.origin,
            request=request.decode(),
            caller=exchange.caller,
        )

    def _note_refusal(self, exchange: _Exchange, reply: Reply) -> None:
        self._endpoint.refused(
            None if exchange.target is None else exchange.target.model,
            None if exchange.voice is None else exchange.voice.served.version.number,
            reply.status,
            request=exchange.request.decode(),
            started_ns=exchange.started_ns,
            caller=exchange.caller,
            error=msgspec.json.decode(reply.body)["error"],
            origin=exchange.origin,
            size=exchange.size_bytes,
        )


def _refusal(error: Exception) -> Reply:
    if isinstance(error, Refused):
        return error.reply
    if isinstance(error, Problem):
        return problem_reply(error)
    if isinstance(error, RecursionError):
        return error_reply(400, "The body is nested too deeply.")
    _log.error("A request failed", exc_info=error)
    return error_reply(500, "The endpoint failed; its log says why.")


def _tagging(send: Send, request: bytes) -> Send:
    """`send`, which also says the request's id."""

    async def tagged(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (REQUEST_ID, request)]
        await send(message)

    return tagged
