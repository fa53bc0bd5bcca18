"""Heads of requests as one caller repeats them: learnt once, then recognised byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.http.bodies import JSON, media_type_of
from workbench.http.replies import REQUEST_ID

LONGEST = 8 * 1024
"""Bytes of a head that is learnt."""
END = b"\r\n\r\n"

CONTENT_LENGTH = b"content-length"
_STAYING = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"authorization",
        b"connection",
        b"content-type",
        b"host",
        b"origin",
        b"proxy-authorization",
        b"referer",
        b"user-agent",
        b"x-api-key",
    }
)
"""Headers that are the same in all requests of a caller, or that change what is answered; any other one
may differ each time, and nothing is made of it."""
_OTHERWISE = frozenset(
    {
        b"transfer-encoding",
        b"content-encoding",
        b"expect",
        b"upgrade",
        b"inference-header-content-length",
    }
)
"""Headers of requests that are never learnt."""

_VALUE = re.compile(rb"[\x21-\x7e](?:[\x20-\x7e]{0,500}[\x21-\x7e])?")
_ID = re.compile(rb"[\x21-\x7e]{1,128}")


Sent = tuple[int, int, bytes, bytes | None]
"""Where the body begins and must end, the caller's id of the request or nothing, and the value that keeps
a caller with one version, where it sent one."""


class Head:
    """A head: bytes that must come again as they are, and values between them."""

    __slots__ = ("_first", "_first_length", "_is_short", "_length", "_names", "_rest", "_sticky")

    def __init__(self, parts: list[bytes], names: list[bytes], sticky: bytes) -> None:
        self._first, *self._rest = parts
        self._first_length = len(self._first)
        self._names = names
        self._sticky = sticky
        self._is_short = names == [CONTENT_LENGTH]
        self._length = names.index(CONTENT_LENGTH)

    def find(self, data: bytes) -> Sent | None:
        """What was sent after this head and at its varying places; None when `data` has another one."""
        if not data.startswith(self._first):
            return None
        at = self._first_length
        values = []
        for part in self._rest:
            end = data.find(b"\r", at)
            if end < 0 or not data.startswith(part, end):
                return None
            values.append(data[at:end])
            at = end + len(part)
        length = values[self._length]
        if len(length) > 9 or not length.isdigit():
            return None
        if self._is_short:
            return at, at + int(length), b"", None
        found = dict(zip(self._names, values, strict=True))
        request = found.get(REQUEST_ID)
        is_kept = request is None or _ID.fullmatch(request)
        if not (is_kept and all(map(_VALUE.fullmatch, values))):
            return None
        return at, at + int(length), request or b"", found.get(self._sticky)


def head_of(data: bytes, end: int, *, sticky: bytes = b"") -> Head | None:
    """The head that ends at `end`, as it may come again; None when one of its lines is unusual.

    Args:
        data: A request that the server's own parser has taken for a valid one.
        end: Where its body begins.
        sticky: The header whose value keeps a caller with one version.
    """
    request_line, *lines = data[: end - len(END)].split(b"\r\n")
    parts = [request_line]
    names: list[bytes] = []
    for line in lines:
        if line[:1] in b" \t":
            return None
        name = line.partition(b":")[0]
        lower = name.lower()
        if lower in _STAYING and lower != sticky:
            parts[-1] += b"\r\n" + line
            continue
        value = line[len(name) + 2 :]
        if lower in names or line[len(name) :] != b": " + value or not _VALUE.fullmatch(value):
            return None
        parts[-1] += b"\r\n" + name + b": "
        parts.append(b"")
        names.append(lower)
    if CONTENT_LENGTH not in names:
        return None
    parts[-1] += END
    return Head(parts, names, sticky)


def may_be_learnt(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request with these headers asks for nothing but an answer to the JSON it holds."""
    if not _OTHERWISE.isdisjoint(headers):
        return False
    if headers.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return False
    return media_type_of(headers.get(b"content-type", b"application/json")) in {
        (JSON, ""),
        (JSON, "utf-8"),
    }
