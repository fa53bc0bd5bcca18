"""Tensors as bytes: the protocol's binary extension, numbers without a copy, texts after their length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.checking import Values
from workbench.http.forms.datatypes import NUMPY
from workbench.http.replies import Refused

LENGTH_BYTES = 4
"""Of the length before each text."""
MOST_DIMENSIONS = 2


def slices(sizes: Sequence[tuple[str, int]], content: memoryview) -> list[memoryview]:
    """The part of `content` that each tensor holds; they follow each other and leave nothing over.

    Args:
        sizes: Per tensor its name and how many bytes it says it has.
        content: All that follows the request's JSON.

    Raises:
        Refused: The sizes are not those of the content.
    """
    found: list[memoryview] = []
    at = 0
    for name, size in sizes:
        if not 0 <= size <= len(content) - at:
            raise Refused(
                400,
                f"Input '{name}' has the binary_data_size {size}; "
                f"{len(content) - at} of the {len(content)} bytes after the JSON are left for it.",
            )
        found.append(content[at : at + size])
        at += size
    if at != len(content):
        raise Refused(
            400,
            f"{len(content)} bytes follow the JSON, but the binary_data_size of all inputs "
            f"together is {at}.",
        )
    return found


def values(name: str, datatype: str, shape: Sequence[int], raw: memoryview) -> Values:
    """The elements that `raw` holds: texts as a list, others as an array that shares its memory.

    Args:
        name: Of the tensor, for who reads what is wrong with it.
        datatype: Of the protocol.
        shape: What the tensor says; one or two dimensions.
        raw: The tensor's bytes.

    Raises:
        Refused: They are no tensor of this datatype and shape.
    """
    count = _count(name, shape)
    if datatype == "BYTES":
        return _texts(name, count, raw)
    dtype = NUMPY.get(datatype)
    if dtype is None:
        known = ", ".join(("BYTES", *NUMPY))
        raise Refused(400, f"Input '{name}' has the datatype '{datatype}'; known are: {known}.")
    if len(raw) != count * dtype.itemsize:
        raise Refused(
            400,
            f"Input '{name}' has {len(raw)} bytes; "
            f"{count} elements of {datatype} are {count * dtype.itemsize} bytes.",
        )
    found: NDArray[Any] = np.frombuffer(raw, dtype) if count else np.empty(0, dtype)
    return _booleans(name, found) if datatype == "BOOL" else found


def text(value: str) -> bytes:
    """A text as it stands in a binary tensor: its length, then its UTF-8."""
    content = value.encode()
    return len(content).to_bytes(LENGTH_BYTES, "little") + content


def _count(name: str, shape: Sequence[int]) -> int:
    if not 1 <= len(shape) <= MOST_DIMENSIONS or min(shape) < 0:
        raise Refused(
            400,
            f"Input '{name}' has the shape {shown(shape)}; allowed there: [rows] or [rows, 1].",
        )
    return math.prod(shape)


def shown(shape: Sequence[int]) -> str:
    """A shape as a message holds it, whatever was sent as one."""
    text = str(list(shape[:8]))
    return text if len(text) <= 60 else f"{text[:59]}…"


def _booleans(name: str, found: NDArray[np.uint8]) -> NDArray[np.bool_]:
    wrong = found > 1
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            400, f"Row {row + 1} of input '{name}' is {found[row]}; a BOOL is one byte, 0 or 1."
        )
    return found.view(np.bool_)


def _texts(name: str, count: int, raw: memoryview) -> list[str]:
    if count * LENGTH_BYTES > len(raw):
        raise Refused(
            400,
            f"Input '{name}' has {len(raw)} bytes, which cannot be {count} texts: "
            f"each has {LENGTH_BYTES} bytes for its length before it.",
        )
    content = bytes(raw)
    found: list[str] = []
    at = 0
    try:
        for _ in range(count):
            start = at + LENGTH_BYTES
            at = start + int.from_bytes(content[at:start], "little")
            found.append(content[start:at].decode())
            if at > len(content):
                break
    except UnicodeDecodeError:
        raise Refused(400, f"Row {len(found) + 1} of input '{name}' is not UTF-8.") from None
    if at != len(content) or len(found) != count:
        raise Refused(
            400,
            f"Input '{name}' has {len(content)} bytes; its {count} texts and their lengths say "
            f"{'more' if at > len(content) else at}.",
        )
    return found
