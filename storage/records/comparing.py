"""How a stored value is compared with what somebody wrote: as a text, a number or a moment."""

from __future__ import annotations

import math
import string
from datetime import datetime

from storage.records.runs import Scalar

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(text: str) -> str:
    """`text` with A to Z in lower case, as SQLite does it."""
    return text.translate(_LOWER)


def as_text(value: Scalar) -> str:
    """A value as a filter compares it: true and false in lower case, a whole float without its point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "null" if value is None else str(value)


def as_number(value: Scalar) -> float | None:
    """A number as a float, infinities too; None for everything else, and for NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) else number


def as_moment(value: Scalar) -> datetime | None:
    """A moment from ISO 8601, in local time unless it says another; None when it is none."""
    try:
        return datetime.fromisoformat(as_text(value)).astimezone()
    except (ValueError, OverflowError):
        return None
