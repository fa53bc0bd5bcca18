"""Compressed bodies: gzip and deflate, undone within a bound and done where it pays."""

from __future__ import annotations

import zlib
from functools import lru_cache

from workbench.http.replies import Refused, Reply

LEAST_BYTES = 4096
"""Of a reply that is compressed: a shorter one travels in three packets at most, in one round."""
LEVEL = 1
"""Answers shrink to a half or a fifth at any level, most quickly at the first: 100 MB/s and more."""
MOST_PARTS = 10_000
"""Of a body that is several compressed ones in a row."""

_STEP_BYTES = 64 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15
"""Wrappings of the same algorithm, as zlib numbers them."""
_WINDOWS = {b"gzip": _GZIP, b"x-gzip": _GZIP, b"deflate": _ZLIB}


def is_known(coding: bytes) -> bool:
    """Whether a body of this content-encoding can be read; `identity` is none."""
    return coding in _WINDOWS


def undone(body: bytes, coding: bytes, *, most_bytes: int) -> bytes:
    """What `body` was before it was compressed.

    Args:
        body: Compressed, whole.
        coding: Its content-encoding, a known one.
        most_bytes: How long the result may be.

    Raises:
        Refused: It is not compressed so, it ends too early, or it would become too long.
    """
    window = _WINDOWS[coding]
    if window == _ZLIB and not _is_zlib(body):
        # Some callers take the name at its word and leave the wrapping out.
        window = _RAW
    try:
        return _undone(body, window, most_bytes)
    except zlib.error:
        raise Refused(
            400, f"The body is not {_name(coding)}, as its content-encoding says."
        ) from None
    except EOFError:
        raise Refused(400, f"The body ends before its {_name(coding)} does.") from None


def compressed(reply: Reply, accepted: bytes) -> Reply:
    """`reply`, compressed when its caller accepts that and it is long enough.

    Args:
        reply: What goes back.
        accepted: The request's `accept-encoding`.
    """
    if len(reply.body) < LEAST_BYTES:
        return reply
    coding = _chosen(accepted)
    if coding is None:
        return reply
    body = zlib.compress(reply.body, LEVEL, _WINDOWS[coding])
    headers = ((b"content-encoding", coding), (b"vary", b"accept-encoding"))
    return Reply(reply.status, body, (*reply.headers, *headers), reply.content_type)


def _undone(body: bytes, window: int, most_bytes: int) -> bytes:
    found = bytearray()
    at = 0
    # Several files of gzip one after another are one file of gzip.
    for _ in range(MOST_PARTS):
        part = zlib.decompressobj(window)
        while not part.eof:
            piece = body[at : at + _STEP_BYTES]
            if not piece:
                raise EOFError
            at += len(piece)
            found += part.decompress(piece, most_bytes - len(found) + 1)
            if len(found) > most_bytes:
                raise Refused(
                    413,
                    "The body is too long once it is no longer compressed; "
                    f"at most {most_bytes} bytes are allowed.",
                )
        at -= len(part.unused_data)
        if at == len(body):
            return bytes(found)
    raise Refused(400, f"The body has more than {MOST_PARTS} compressed parts.")


@lru_cache(maxsize=256)
def _chosen(accepted: bytes) -> bytes | None:
    """The coding an `accept-encoding` asks for; None: none of ours."""
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b","):
        coding, *parameters = (one.strip() for one in part.split(b";"))
        weights[coding] = min(map(_weight, parameters), default=1.0)
    others = weights.get(b"*", 0.0)
    wanted = {coding: weights.get(coding, others) for coding in (b"gzip", b"deflate")}
    best = max(wanted, key=lambda coding: wanted[coding])
    return best if wanted[best] > 0 else None


def _weight(parameter: bytes) -> float:
    name, _, value = parameter.partition(b"=")
    if name.strip() != b"q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _is_zlib(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0


def _name(coding: bytes) -> str:
    return coding.decode("latin-1").removeprefix("x-")
