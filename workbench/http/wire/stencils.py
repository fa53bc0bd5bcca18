"""Replies with holes: cut from replies of the long way, so that both say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import Signature
from workbench.core import parity
from workbench.http.compression import LEAST_BYTES
from workbench.http.forms.form import Asked, Form
from workbench.http.replies import JSON
from workbench.services.served import Answer, Served

ID_BYTES = 256
_NUMBER_BYTES = 25
_HEAD = (
    b"%%bcontent-type: %b\r\ncontent-length: %%d\r\nx-request-id: %%b\r\n"
    b"x-model: %b\r\nx-model-version: %d\r\n\r\n"
)
_MARK = 0.6180339887498949

_encode = msgspec.json.Encoder().encode


class Stencil:
    """Writes one version's replies to single rows, in one form."""

    __slots__ = ("_is_joined", "_lengths", "_picks", "_replies")

    def __init__(self, head: bytes, bodies: list[tuple[bytes, list[int]]]) -> None:
        """From a head and, per class, a body with a hole a number, and which number each takes."""
        self._is_joined = all(places == [0] for _, places in bodies)
        self._picks = [itemgetter(*places) for _, places in bodies]
        # The caller's id comes last, before the brace.
        self._replies = [head + body[:-1] + b"%b}" for body, _ in bodies]
        self._lengths = [len(body % ((b"",) * len(places))) for body, places in bodies]

    def reply(
        self, start: bytes, code: int, numbers: bytes, request: bytes, id_: str | None
    ) -> bytes:
        """A whole reply.

        Args:
            start: Its status line, and the headers that every reply begins with.
            code: The row's class; 0 for a regression.
            numbers: What `numbers_of` gave for the row.
            request: The request's id.
            id_: The id in the request's body, to be echoed; None: it had none.
        """
        echoed = b"" if id_ is None else b',"id":' + _encode(id_)
        length = self._lengths[code] + len(echoed)
        if self._is_joined:
            length += len(numbers)
            return self._replies[code] % (start, length, request, numbers, echoed)
        picked = self._picks[code](numbers.split(b","))
        length += sum(map(len, picked))
        return self._replies[code] % (start, length, request, *picked, echoed)


def numbers_of(signature: Signature, scores: NDArray[np.float64]) -> tuple[list[int], list[bytes]]:
    """Per row its class, and its probabilities or its value as JSON, with commas between them."""
    if not signature.classes:
        return [0] * len(scores), _encode(scores.tolist())[1:-1].split(b",")
    if scores.ndim == 1:
        seconds = scores.tolist()
        pairs = _encode([[1.0 - second, second] for second in seconds])
        return [second > 0.5 for second in seconds], pairs[2:-2].split(b"],[")
    return parity.labels(scores).tolist(), _encode(scores.tolist())[2:-2].split(b"],[")


def stencil(served: Served, form: Form[Any], blank: bytes) -> Stencil | None:
    """The stencil of a version's replies in `form`; None: they may be long enough to be compressed.

    Args:
        served: The version.
        form: How it is asked.
        blank: A body of that form without any rows.
    """
    signature = served.version.signature
    name = quote(served.version.model, safe="").encode().replace(b"%", b"%%")
    head = _HEAD % (JSON, name, served.version.number)
    request = form.read(Asked(blank, {}, 1))
    bodies: list[tuple[bytes, list[int]]] = []
    for code in range(max(1, len(signature.classes))):
        scores = _marked(signature, code)
        (_,), (numbers,) = numbers_of(signature, scores)
        body = form.reply(request, Answer({}, {}, scores)).body
        bodies.append(_cut(body, numbers))
    longest = max(len(body) + _NUMBER_BYTES * len(places) for body, places in bodies)
    return None if longest + ID_BYTES > LEAST_BYTES else Stencil(head, bodies)


def _marked(signature: Signature, code: int) -> NDArray[np.float64]:
    """Scores of one row of class `code`, none of which looks like any other number or text."""
    if not signature.classes:
        return np.array([_MARK])
    if len(signature.classes) == 2:
        return np.array([_MARK if code else 1.0 - _MARK])
    scores = _MARK / np.arange(2.0, len(signature.classes) + 2)
    scores[code] = _MARK
    return scores[np.newaxis]


def _cut(body: bytes, numbers: bytes) -> tuple[bytes, list[int]]:
    """`body` with holes where numbers were, and the number that each hole takes.

    Where all stand together as they are, there is one hole for all of them.
    """
    if numbers in body:
        return body.replace(b"%", b"%%").replace(numbers, b"%b"), [0]
    marks: Mapping[bytes, int] = {mark: at for at, mark in enumerate(numbers.split(b","))}
    longest_first = sorted(marks, key=len, reverse=True)
    parts = re.split(b"(" + b"|".join(map(re.escape, longest_first)) + b")", body)
    holes = [b"%b" if at % 2 else part.replace(b"%", b"%%") for at, part in enumerate(parts)]
    return b"".join(holes), [marks[part] for part in parts[1::2]]
