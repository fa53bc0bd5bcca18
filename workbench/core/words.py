"""How values become words, the same in every door: numbers, shares, sizes, moments, spans and lists of names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

NOTHING = "-"
"""Stands where there is no value."""

_SPANS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_FIRST_S, _LAST_S = -2_208_988_800, 253_402_300_800
"""The years 1900 to 9999: beyond them a number of seconds is more likely a mistake than a moment."""
_UNITS = ("B", "kB", "MB", "GB", "TB")


def count(value: int | None) -> str:
    """A whole number with its thousands spaced: `12 400`."""
    return NOTHING if value is None else _spaced(f"{value:,}")


def plural(amount: int, noun: str) -> str:
    """`1 row`, `12 400 rows`."""
    return f"{count(amount)} {noun}" if amount == 1 else f"{count(amount)} {noun}s"


def number(value: float | None, *, digits: int = 3) -> str:
    """A number with `digits` significant digits and its thousands spaced: `0.712`, `12 300`, `2.10e-7`."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return _not_finite(value)
    if value == 0:
        return "0"
    rounded = f"{value:.{digits - 1}e}"
    mantissa, power = rounded.split("e")
    exponent = int(power)
    if not -4 <= exponent <= 11:
        return f"{mantissa}e{exponent}"
    return _spaced(f"{float(rounded):,.{max(0, digits - 1 - exponent)}f}")


def signed(value: float | None, *, digits: int = 3) -> str:
    """A difference with its sign and `digits` significant digits: `+0.00607`."""
    text = number(value, digits=digits)
    return f"+{text}" if value is not None and value > 0 else text


def fixed(value: float | None, decimals: int = 4) -> str:
    """A number with a fixed count of decimals, so that a column of them lines up."""
    if value is None or not math.isfinite(value):
        return number(value)
    return _without_sign_of_zero(_spaced(f"{value:,.{decimals}f}"))


def delta(value: float | None, decimals: int = 4) -> str:
    """A difference with its sign and fixed decimals: `+0.0031`; `=` where it rounds to nothing."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:+,.{decimals}f}"
    return "=" if _is_zero(text) else _spaced(text)


def metric(value: float | None) -> str:
    """A metric with four decimals, so that a column of them lines up: `0.7123`; counts are whole."""
    if value is None or not math.isfinite(value) or abs(value) >= 1e6:
        return number(value)
    if value.is_integer() and abs(value) > 1:
        return count(int(value))
    return fixed(value)


def interval(low: float | None, high: float | None, decimals: int | None = None) -> str:
    """The bounds of an interval: `0.7050 to 0.7191`.

    Args:
        low: The lower bound.
        high: The upper bound.
        decimals: How many are shown; None: as of a metric.
    """
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    if decimals is None:
        return f"{metric(low)} to {metric(high)}"
    return f"{fixed(low, decimals)} to {fixed(high, decimals)}"


def gain_interval(low: float, high: float) -> str:
    """The bounds of the interval of a difference: `-0.00412 to +0.0113`."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    return f"{signed(low)} to {signed(high)}"


def percent(value: float | None, decimals: int = 1) -> str:
    """A share of one as per cent with fixed decimals, so that a column of them lines up: `12.5 %`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{fixed(value * 100, decimals)} %"


def share(value: float | None) -> str:
    """A share of one as per cent with three significant digits, for a sentence: `12.5 %`, `0.650 %`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{number(value * 100)} %"


def short(value: float | None, decimals: int = 2) -> str:
    """An effect, limit or probability without its leading zero: `.67`, `1.20`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):.{decimals}f}"
    sign = "-" if value < 0 and not _is_zero(text) else ""
    return sign + text.removeprefix("0")


def p_value(value: float | None) -> str:
    """A p-value, cut at a thousandth: `<.001`, `.041`."""
    if value is None or math.isnan(value):
        return NOTHING
    if value < 0.001:
        return "<.001"
    return short(value, 3) if value < 0.9995 else "1"


def size(value: int | None) -> str:
    """A number of bytes: `48.2 MB`."""
    if value is None:
        return NOTHING
    amount, unit = float(value), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number(amount) if unit else value} {_UNITS[unit]}"


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
    return f"{count(whole // 86_400)} d {whole % 86_400 // 3600:02} h"


def took(start: datetime | None, end: datetime | None) -> str:
    """How long something took: `0.4 s`, `2 min 11 s`."""
    return NOTHING if start is None or end is None else duration((end - start).total_seconds())


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago a moment was: `3 min ago`; the local date once it is more than a week away."""
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


def moment(at: datetime | None) -> str:
    """A moment in local time: `2013-04-01 15:42:07`."""
    return NOTHING if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def event_time(seconds: float | None) -> str:
    """A moment of event time, given in seconds since 1970, as it stands in the rows: `2013-12-01 04:30`."""
    if seconds is None or not _FIRST_S <= seconds < _LAST_S:
        return number(seconds)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def day(at: datetime | None) -> str:
    """A moment of event time as its day: `2013-04-30`."""
    return NOTHING if at is None else at.date().isoformat()


def days(start: datetime | None, end: datetime | None) -> str:
    """Two moments of event time as days: `2013-04-01 to 2013-04-30`; an open end is `…`."""
    if start is None and end is None:
        return NOTHING
    first, last = (day(at) if at else "…" for at in (start, end))
    return first if first == last else f"{first} to {last}"


def period(start: datetime | None, end: datetime | None) -> str:
    """Two moments as the month that holds both, else as days: `2013-04`."""
    if start is None or end is None or (start.year, start.month) != (end.year, end.month):
        return days(start, end)
    return f"{start:%Y-%m}" if start.date() != end.date() else day(start)


def listed(names: Sequence[str], *, most: int | None = None, total: int | None = None) -> str:
    """Names for a sentence: `temp, dewp and humid`; with `most`, `temp, dewp and 3 more`.

    Args:
        names: The names.
        most: How many of them stand in the sentence; None: all.
        total: How many there are; None: as many as `names`.
    """
    parts = list(names[:most])
    left = (len(names) if total is None else total) - len(parts)
    if left > 0:
        parts.append(f"{count(left)} more")
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def versioned(name: str | None, number: int | None) -> str:
    """A version by the name of what it is a version of: `flights@v3`."""
    return NOTHING if name is None or number is None else f"{name}@v{number}"


def _spaced(text: str) -> str:
    return text.replace(",", " ")


def _is_zero(text: str) -> bool:
    return not text.strip("+-0.,")


def _without_sign_of_zero(text: str) -> str:
    return text.removeprefix("-") if _is_zero(text) else text


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "inf" if value > 0 else "-inf"
