"""Bodies of requests: what their headers promise, and how they are taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import lru_cache

from workbench.http import compression
from workbench.http.asgi import Receive
from workbench.http.replies import Refused

JSON = "application/json"
RETRY = ((b"retry-after", b"1"),)

_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})


class Gone(Exception):
    """The caller has hung up before the body was whole."""


class Bodies:
    """Takes bodies in, each and all together within a bound."""

    def __init__(self, *, most_bytes: int, together_bytes: int, timeout_s: float) -> None:
        """Holds none yet.

        Args:
            most_bytes: How long one body may be.
            together_bytes: How much is held of all that are not answered yet.
            timeout_s: How long a body may take to arrive whole.
        """
        self._most_bytes = most_bytes
        self._together_bytes = together_bytes
        self._timeout_s = timeout_s
        self._held_bytes = 0

    async def whole(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """The body that comes in; it is held until it is let go.

        Raises:
            Refused: It is too long, takes too long, or too much is held already.
            Gone: Its caller has hung up.
        """
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._most_bytes:
            raise self._too_long()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._taken_in(receive)
        except TimeoutError:
            raise Refused(
                408, f"The body was not whole within {self._timeout_s:g} s; send it faster."
            ) from None

    def let_go(self, body: bytes) -> None:
        """Forgets a body that `whole` gave."""
        self._held_bytes -= len(body)

    async def _taken_in(self, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        length = 0
        try:
            is_whole = False
            while not is_whole:
                chunk, is_whole = await _next(receive)
                chunks.append(chunk)
                length += len(chunk)
                self._held_bytes += len(chunk)
                self._check(length)
        except BaseException:
            self._held_bytes -= length
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _check(self, length: int) -> None:
        if length > self._most_bytes:
            raise self._too_long()
        if self._held_bytes > self._together_bytes:
            raise Refused(
                429, "Too many long requests are waiting. Ask again in a second.", headers=RETRY
            )

    def _too_long(self) -> Refused:
        return Refused(413, f"The body is too long; at most {self._most_bytes} bytes are allowed.")


async def _next(receive: Receive) -> tuple[bytes, bool]:
    """The next piece of a body, and whether it was the last."""
    message = await receive()
    if message["type"] != "http.request":
        raise Gone
    return message.get("body", b""), not message.get("more_body")


def coding_of(headers: Mapping[bytes, bytes]) -> bytes | None:
    """How the body is compressed; None: not at all.

    Raises:
        Refused: In a way that is not known here.
    """
    coding = headers.get(b"content-encoding")
    if coding is None:
        return None
    coding = coding.strip().lower()
    if coding in {b"", b"identity"}:
        return None
    if not compression.is_known(coding):
        shown = coding.decode("latin-1")[:100]
        raise Refused(
            415, f"The content encoding is '{shown}'; allowed are identity, gzip and deflate."
        )
    return coding


def check_type(headers: Mapping[bytes, bytes], allowed: Collection[str]) -> None:
    """Refuses a body of a media type or charset that cannot be meant.

    Raises:
        Refused: Names what is allowed.
    """
    given = headers.get(b"content-type")
    if given is None:
        return
    media_type, charset = media_type_of(given)
    if media_type not in allowed:
        raise Refused(
            415, f"The content type is '{media_type[:100]}'; allowed is {' or '.join(allowed)}."
        )
    if charset not in _UTF_8:
        raise Refused(415, f"The charset is '{charset[:100]}'; allowed is utf-8.")


@lru_cache(maxsize=256)
def media_type_of(content_type: bytes) -> tuple[str, str]:
    """Media type and charset, in lower case; the charset is empty where none is said."""
    media_type, *parameters = content_type.decode("latin-1").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return media_type.strip(), value.strip().strip("\"'")
    return media_type.strip(), ""
