"""Which of several versions answers a request: by shares, the same one each time for the same value."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from storage.records import Routing


def point(salt: str, value: bytes) -> float:
    """Where a value lies in [0, 1): the same in every process, and evenly spread over values.

    Args:
        salt: Parts what must not depend on each other, such as two models.
        value: What keeps a caller with one version.
    """
    digest = hashlib.blake2b(value, digest_size=8, salt=_salt(salt)).digest()
    # 53 bits, what a float holds: all 64 could round up to 1.
    return (int.from_bytes(digest) >> 11) / (1 << 53)


def bounds(weights: Sequence[int]) -> tuple[float, ...]:
    """Where each share ends in [0, 1), laid one after another in their order.

    With the champion first, a share that grows at its cost only adds values: none that it had goes elsewhere.

    Args:
        weights: Of the shares, none negative, and not all of them zero.

    Raises:
        ValueError: There is nothing to share out.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(f"weights {tuple(weights)} share out nothing")
    return tuple(1.0 - (total - end) / total for end in accumulate(weights))


def pick(ends: Sequence[float], at: float) -> int:
    """The share that a point in [0, 1) falls into, of those whose ends `bounds` gave."""
    return bisect_right(ends, at)


def as_bytes(value: object) -> bytes | None:
    """A value of a key column as what is hashed; None where there is none.

    7, 7.0 and "7" are one value, since callers send keys in each of these ways.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).encode(errors="replace")


def in_words(routing: Routing) -> str:
    """Who answers, in a few words."""
    shares = [f"{alias} {100 * routing.share(alias):.3g} %" for alias in routing.answers]
    text = ", ".join(shares)
    if routing.shadows:
        text += f"; in the shadow {', '.join(routing.shadows)}"
    return f"{text}; by {routing.sticky}" if routing.sticky else text


def _salt(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=hashlib.blake2b.SALT_SIZE).digest()
