"""Durations and sizes as people write them: `90d`, `1.5h`, `32MB`."""

from __future__ import annotations

import re
from datetime import timedelta

DURATIONS = "a number and ms, s, m, h, d or w, such as 2s, 24h or 30d"
SIZES = "a number and B, KB, MB, GB or TB, such as 32MB"

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_LONGEST_S = 1000 * 365.25 * 86_400
_BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_QUANTITY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([A-Za-z]+)")


def duration(text: str) -> timedelta:
    """The span of time that `text` names: one number and one unit.

    Raises:
        ValueError: It names none, or one of more than a thousand years.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in _SECONDS:
        raise ValueError(f"allowed is {DURATIONS}")
    seconds = float(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST_S:
        raise ValueError("allowed are at most 1000 years")
    return timedelta(seconds=seconds)


def size(text: str) -> int:
    """The number of bytes that `text` names; a KB, or KiB, is 1 024 bytes.

    Raises:
        ValueError: It names none.
    """
    match = _QUANTITY.fullmatch(text)
    factor = None if match is None else _BYTES.get(match[2].upper().replace("IB", "B"))
    if match is None or factor is None:
        raise ValueError(f"allowed is {SIZES}")
    return int(float(match[1]) * factor)
