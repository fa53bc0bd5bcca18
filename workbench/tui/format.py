"""How values become words: numbers, times, durations, sizes, and texts that fit a width in cells."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

from rich.cells import cell_len, set_cell_size
from textual.content import Content

Align = Literal["left", "right"]
NOTHING = "-"
"""Stands where there is no value."""
ELLIPSIS = "…"
_SPANS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_UNITS = ("B", "kB", "MB", "GB", "TB")


def count(value: int | None) -> str:
    """A whole number with its thousands spaced: `12 400`."""
    return NOTHING if value is None else f"{value:,}".replace(",", " ")


def number(value: float | None, *, digits: int = 3) -> str:
    """A number with `digits` significant digits and its thousands spaced: `0.712`, `12 300`, `2.1e-7`."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent > 11:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(power)}"
    rounded = round(value, digits - 1 - exponent)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}".replace(",", " ")


def fixed(value: float | None, decimals: int = 4) -> str:
    """A number with a fixed count of decimals, so that a column of them lines up."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return _not_finite(value)
    return f"{value:,.{decimals}f}".replace(",", " ")


def delta(value: float | None, decimals: int = 4) -> str:
    """A difference with its sign: `+0.0031`; `=` where it rounds to nothing."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:+,.{decimals}f}".replace(",", " ")
    return "=" if float(text.replace(" ", "")) == 0 else text


def percent(share: float | None, decimals: int = 1) -> str:
    """A share of one as per cent: `12.5 %`."""
    return NOTHING if share is None else f"{share * 100:.{decimals}f} %"


def p_value(value: float) -> str:
    """A p-value, cut at a thousandth: `<.001`, `.041`."""
    if value < 0.001:
        return "<.001"
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1"


def size(value: int | None) -> str:
    """A number of bytes: `48.2 MB`."""
    if value is None:
        return NOTHING
    amount, unit = float(value), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number(amount) if unit else int(amount)} {_UNITS[unit]}"


def duration(seconds: float | None) -> str:
    """A span of time in its two largest units: `0.4 s`, `2 min 11 s`, `6 d 02 h`."""
    if seconds is None:
        return NOTHING
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600:02} h"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago a moment was: `3 min ago`; the date once it is more than a week away."""
    if at is None:
        return NOTHING
    seconds = (now - at).total_seconds()
    if abs(seconds) >= 7 * 86_400:
        return f"{at.astimezone():%Y-%m-%d}"
    if abs(seconds) < 1:
        return "now"
    whole = int(abs(seconds))
    unit, length = next(pair for pair in _SPANS if whole >= pair[1])
    text = f"{whole // length} {unit}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def clock(at: datetime, now: datetime) -> str:
    """The local time of a moment: `15:42:07` today, `11-21 15:42` in this year, else the date."""
    local, today = at.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def span(start: datetime | None, end: datetime | None) -> str:
    """Two moments as days: `2013-04-01 to 2013-04-30`."""
    if start is None and end is None:
        return NOTHING
    days = [f"{at:%Y-%m-%d}" if at else "…" for at in (start, end)]
    return days[0] if days[0] == days[1] else " to ".join(days)


def period(start: datetime | None, end: datetime | None) -> str:
    """Two moments as the month that holds both, else as days: `2013-04`."""
    if start is None or end is None or (start.year, start.month) != (end.year, end.month):
        return span(start, end)
    return f"{start:%Y-%m}" if start.date() != end.date() else f"{start:%Y-%m-%d}"


def fit(text: str, width: int, align: Align = "left") -> str:
    """`text` padded or cut to exactly `width` cells; wide characters count as two."""
    length = cell_len(text)
    if length > width:
        cut = set_cell_size(text, max(0, width - 1)) + ELLIPSIS if width else ""
        return set_cell_size(cut, width)
    return " " * (width - length) + text if align == "right" else text + " " * (width - length)


def fit_content(content: Content, width: int, align: Align = "left") -> Content:
    """`content` padded or cut to exactly `width` cells, its styles kept."""
    length = content.cell_length
    if length > width:
        content = content.truncate(width, ellipsis=True) if width > 0 else Content("")
        length = content.cell_length
    missing = width - length
    if missing <= 0:
        return content
    return content.pad_left(missing) if align == "right" else content.pad_right(missing)


def plural(amount: int, noun: str) -> str:
    """`1 row`, `12 400 rows`."""
    return f"{count(amount)} {noun}" if amount == 1 else f"{count(amount)} {noun}s"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "inf" if value > 0 else "-inf"
