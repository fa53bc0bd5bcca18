"""How values become words in the command line's text: numbers, sizes, moments."""

from __future__ import annotations

import math
from datetime import UTC, datetime

NOTHING = "-"
"""Stands where there is no value."""

_SPANS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_UNITS = ("B", "kB", "MB", "GB", "TB")


def count(value: int | None) -> str:
    """A whole number with its thousands spaced: `12 400`."""
    return NOTHING if value is None else f"{value:,}".replace(",", " ")


def plural(amount: int, noun: str) -> str:
    """`1 row`, `12 400 rows`."""
    return f"{count(amount)} {noun}" if amount == 1 else f"{count(amount)} {noun}s"


def number(value: float | None) -> str:
    """A number with three significant digits: `0.712`, `12 300`, `2.1e-07`."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return str(value).replace("nan", "NaN")
    if value == 0 or not 1e-4 <= abs(value) < 1e12:
        return f"{value:.3g}"
    rounded, exponent = f"{value:.2e}".split("e")
    return f"{float(f'{rounded}e{exponent}'):,.{max(0, 2 - int(exponent))}f}".replace(",", " ")


def metric(value: float | None) -> str:
    """A metric with four decimals, so that a column of them lines up: `0.7123`; counts are whole."""
    if value is None or not math.isfinite(value) or abs(value) >= 1e6:
        return number(value)
    if value.is_integer() and abs(value) > 1:
        return count(int(value))
    return f"{value:.4f}"


def interval(low: float | None, high: float | None) -> str:
    """The bounds of an interval: `0.7050 to 0.7191`."""
    return NOTHING if low is None or high is None else f"{metric(low)} to {metric(high)}"


def p_value(value: float | None) -> str:
    """A p-value, cut at a thousandth: `<.001`, `.041`."""
    if value is None:
        return NOTHING
    if value < 0.001:
        return "<.001"
    return f"{value:.3f}".removeprefix("0")


def share(value: float) -> str:
    """A share of one as per cent: `12.5 %`."""
    return f"{value * 100:.1f} %"


def size(value: int) -> str:
    """A number of bytes: `48.2 MB`."""
    amount, unit = float(value), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number(amount) if unit else value} {_UNITS[unit]}"


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago a moment was: `3 min ago`; the local date once it is more than a week away."""
    if at is None:
        return NOTHING
    seconds = int(((now or datetime.now(UTC)) - at).total_seconds())
    if seconds >= 7 * 86_400 or seconds < -86_400:
        return f"{at.astimezone():%Y-%m-%d}"
    for unit, length in _SPANS:
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "now"


def moment(at: datetime | None) -> str:
    """A moment in local time: `2013-04-01 15:42:07`."""
    return NOTHING if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def took(start: datetime | None, end: datetime | None) -> str:
    """How long something took: `0.4 s`, `2 min 11 s`, `6 h 02 min`."""
    if start is None or end is None:
        return NOTHING
    seconds = max(0.0, (end - start).total_seconds())
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{count(whole // 3600)} h {whole % 3600 // 60:02} min"


def days(start: datetime | None, end: datetime | None) -> str:
    """Two moments of event time as days: `2013-04-01 to 2013-04-30`."""
    if start is None and end is None:
        return NOTHING
    first, last = (f"{at:%Y-%m-%d}" if at else "…" for at in (start, end))
    return first if first == last else f"{first} to {last}"
