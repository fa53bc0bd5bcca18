"""Replies to those who ask: a status, a body, and who answered."""

from __future__ import annotations

import itertools
import re
import secrets

import msgspec

from storage.errors import NotFound, Problem, StoreUnusable
from workbench.errors import Forbidden, NotServed, Unauthorized
from workbench.http.asgi import Headers, Send

JSON = b"application/json"
REQUEST_ID = b"x-request-id"

_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_PREFIX = secrets.token_hex(6).encode()
_NUMBERS = itertools.count(1)
_STATUSES = (
    (NotFound, 404),
    (NotServed, 503),
    (StoreUnusable, 503),
    (Unauthorized, 401),
    (Forbidden, 403),
)
_encode = msgspec.json.Encoder().encode


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What goes back to a caller."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Besides those that every reply has."""
    content_type: bytes = JSON


class Refused(Exception):
    """A request that is answered with an error before any model sees it."""

    def __init__(
        self, status: int, text: str, *, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(text)
        self.reply = Reply(status, _error(text), headers)


def error_reply(status: int, text: str) -> Reply:
    """An error as the Open Inference Protocol words it."""
    return Reply(status, _error(text))


def error_of(reply: Reply) -> str:
    """What a reply that `error_reply` made says."""
    return str(msgspec.json.decode(reply.body)["error"])


def _error(text: str) -> bytes:
    return _encode({"error": text})


def problem_reply(problem: Problem) -> Reply:
    """What a caller may mend, with its remedy."""
    status = status_of(problem)
    headers = ((b"www-authenticate", b"Bearer"),) if status == 401 else ()
    return Reply(status, _error(sentence(problem)), headers)


def status_of(problem: Problem) -> int:
    """The HTTP status that says whose turn it is."""
    return next((status for kind, status in _STATUSES if isinstance(problem, kind)), 400)


def sentence(problem: Problem) -> str:
    """A problem and its remedy on one line."""
    return f"{problem.problem} {problem.remedy}".strip()


def request_id(headers: dict[bytes, bytes]) -> bytes:
    """The caller's `x-request-id`, or one made here when there is none that can be kept."""
    given = headers.get(REQUEST_ID)
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return new_request_id()


def new_request_id() -> bytes:
    """An id that no other request of any process has."""
    return b"%s-%x" % (_PREFIX, next(_NUMBERS))


async def send_reply(send: Send, reply: Reply, request: bytes) -> None:
    """Sends `reply` whole."""
    headers: Headers = [
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (REQUEST_ID, request),
        *reply.headers,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
