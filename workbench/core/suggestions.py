"""Checks that what was seen so far would pass, as TOML for a person to edit."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

from storage.records import ColumnKind, ColumnProfile, Profile, Version
from workbench.core import words

FEW_VALUES = 20
"""Different values up to which each is named."""
_ROWS_A_VALUE = 10
"""Rows that each value has on average, at least, for the values to be categories."""
_LEAST_ROWS = 20
"""Rows below which nothing is concluded from values that differ."""
_LONGEST_LAG = timedelta(days=30)
_SHOWN_VALUES = 3
_SHOWN_CHARACTERS = 24


def suggest(
    dataset: str,
    versions: Sequence[Version],
    profiles: Sequence[Profile],
    *,
    key: Sequence[str] = (),
    time: str | None = None,
) -> str:
    """Tables of checks for workbench.toml, each with what was seen as a comment.

    Ranges leave half of the span seen on either side.

    Args:
        dataset: Its name.
        versions: The versions that were looked at, oldest first, at least one.
        profiles: The profile of the rows each of them added, at least one row each.
        key: Columns that identify a row: they are checked anyway.
        time: Column of the event time.
    """
    rows = [profile.rows for profile in profiles]
    seen = versions[0].label
    seen += f" to v{versions[-1].number}" if len(versions) > 1 else ""
    lines = [
        f"# Suggested from {seen}, {words.plural(sum(rows), 'row')}. Edit it, then put it into workbench.toml.",
        f"[datasets.{_key(dataset)}.checks.table]",
        f"# {_between(min(rows), max(rows))} rows a version",
        f"rows = {{ min = {_down(min(rows) // 2)}, max = {_up(max(rows) * 2)} }}",
        "",
        f"[datasets.{_key(dataset)}.checks.columns]",
    ]
    for column in profiles[-1].columns:
        found = [one for profile in profiles if (one := profile.column(column.name)) is not None]
        asked = [*_nulls(found), *_values(found, is_key=tuple(key) == (column.name,))]
        if column.name == time:
            asked += _freshness(versions)
        if asked:
            lines += [f"# {_seen(found)}", f"{_key(column.name)} = {{ {', '.join(asked)} }}"]
    return "\n".join(lines) + "\n"


def _nulls(found: Sequence[ColumnProfile]) -> list[str]:
    share = max(one.nulls / one.rows for one in found)
    if share == 0:
        return ["not_null = true"]
    allowed = min(1.0, float(_up(share * 1.5)))
    return [f"max_null_share = {allowed:.12g}"] if allowed < 1 else []


def _values(found: Sequence[ColumnProfile], *, is_key: bool) -> list[str]:
    kind = found[-1].kind
    if _is_unique(found):
        return [] if is_key else ["unique = true"]
    if kind is ColumnKind.NUMERIC:
        return _range(found)
    return _categories(found) if kind is ColumnKind.CATEGORICAL else []


def _is_unique(found: Sequence[ColumnProfile]) -> bool:
    return all(
        one.distinct_is_exact and one.distinct == one.rows - one.nulls >= _LEAST_ROWS
        for one in found
    )


def _range(found: Sequence[ColumnProfile]) -> list[str]:
    lows = [one.minimum for one in found if one.minimum is not None]
    highs = [one.maximum for one in found if one.maximum is not None]
    if not lows or not highs or _grows(found):
        return []
    least, most = _bounds(min(lows), max(highs))
    asked = [] if least is None else [f"min = {_down(least)}"]
    # NaN is larger than every number, so a largest one would count it.
    if most is not None and not any(one.nans for one in found):
        asked.append(f"max = {_up(most)}")
    return asked


def _bounds(low: float, high: float) -> tuple[float | None, float | None]:
    """`low` and `high` with room beyond them, on the same side of zero; None where there is no end."""
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if not (math.isfinite(low) and math.isfinite(high)):
        return (low if math.isfinite(low) else None), (high if math.isfinite(high) else None)
    slack = (high / 2 - low / 2) or abs(high) / 2
    least, most = low - slack, high + slack
    if low >= 0:
        least = max(0.0, least)
    if high <= 0:
        most = min(0.0, most)
    return (least if math.isfinite(least) else None), (most if math.isfinite(most) else None)


def _grows(found: Sequence[ColumnProfile]) -> bool:
    """Whether each version begins above the end of the one before, as numbers of rows do."""
    ends = [(one.minimum, one.maximum) for one in found]
    return len(ends) > 1 and all(
        before is not None and after is not None and after > before
        for (_, before), (after, _) in pairwise(ends)
    )


def _categories(found: Sequence[ColumnProfile]) -> list[str]:
    if any(one.distinct is None for one in found):
        return []
    most = max(one.distinct or 0 for one in found)
    rows = sum(one.rows - one.nulls for one in found)
    named = dict.fromkeys(value for one in found for value in one.values)
    if not most or most * _ROWS_A_VALUE > rows:
        return []
    if len(named) <= FEW_VALUES and not any(one.other for one in found):
        return [f"in = [{', '.join(_text(value) for value in named)}]"]
    return [f"max_categories = {_up(max(most, len(named)) * 2)}"]


def _freshness(versions: Sequence[Version]) -> list[str]:
    """A check of the newest time, where versions have come soon after it."""
    lags = [one.created_at - one.last_time for one in versions if one.last_time is not None]
    if not lags or not timedelta(0) <= max(lags) <= _LONGEST_LAG:
        return []
    return [f'freshness = "{max(1, math.ceil(2 * max(lags) / timedelta(days=1)))}d"']


def _seen(found: Sequence[ColumnProfile]) -> str:
    """What the profiles say of a column, in one line."""
    nulls, rows = sum(one.nulls for one in found), sum(one.rows for one in found)
    last = found[-1]
    parts = [
        f"nulls in {words.count(nulls)} of {words.plural(rows, 'row')}" if nulls else "no nulls"
    ]
    if nans := sum(one.nans for one in found):
        parts.append(f"NaN in {words.plural(nans, 'row')}")
    lows = [one.minimum for one in found if one.minimum is not None]
    highs = [one.maximum for one in found if one.maximum is not None]
    if lows and highs:
        is_time = last.kind is ColumnKind.TIMESTAMP
        bound = words.event_time if is_time else words.number
        parts.append(f"{bound(min(lows))} to {bound(max(highs))}")
    if last.distinct is not None and last.kind is not ColumnKind.TIMESTAMP:
        parts.append(words.plural(last.distinct, "different value"))
    pairs = list(zip(last.values, last.value_counts, strict=True))[:_SHOWN_VALUES]
    if pairs and not _is_unique(found):
        shares = (f"{_short(value)} {words.share(count / last.rows)}" for value, count in pairs)
        parts.append(", ".join(shares))
    return "; ".join(parts)


def _between(low: int, high: int) -> str:
    return words.count(low) if low == high else f"{words.count(low)} to {words.count(high)}"


def _short(value: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in value)
    return f"{shown[:_SHOWN_CHARACTERS]}…" if len(shown) > _SHOWN_CHARACTERS else shown


def _down(value: float) -> str:
    """The number of two significant digits at or just below `value`, as TOML."""
    return _plain(value, ROUND_FLOOR)


def _up(value: float) -> str:
    """The number of two significant digits at or just above `value`, as TOML."""
    return _plain(value, ROUND_CEILING)


def _plain(value: float, rounding: str) -> str:
    # Twelve digits: a tenth and a half of it is not a hair more than 0.15.
    exact = Decimal(f"{value:.12g}")
    if not exact:
        return "0"
    rounded = exact.quantize(Decimal((0, (1,), exact.adjusted() - 1)), rounding=rounding)
    text = f"{rounded.normalize():f}"
    # TOML's whole numbers have 64 bits.
    return text if len(text) < 16 else repr(float(rounded))


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _text(name)


def _text(value: str) -> str:
    """`value` as a TOML string; TOML has JSON's escapes, and needs one more."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
