"""How values become words in a report: numbers, metrics, moments, names of metrics."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

NOTHING = "-"
"""Stands where there is no value."""

MOST_DECIMALS = 6

_METRICS = {
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "brier": "Brier score",
    "ece": "calibration error",
    "accuracy": "accuracy",
    "f1": "F1",
    "f1_macro": "macro F1",
    "log_loss": "log loss",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "mape": "MAPE",
}


def metric_name(metric: str) -> str:
    """A metric as people write it: `ROC AUC`; an unknown one stays as it is."""
    return _METRICS.get(metric, metric)


def count(value: int | None) -> str:
    """A whole number with its thousands spaced: `12 400`."""
    return NOTHING if value is None else f"{value:,}".replace(",", " ")


def plural(amount: int, noun: str) -> str:
    """`1 row`, `12 400 rows`."""
    return f"{count(amount)} {noun}" if amount == 1 else f"{count(amount)} {noun}s"


def number(value: float | None) -> str:
    """A number with three significant digits: `0.712`, `12 300`, `2.10e-07`."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return str(value).replace("nan", "NaN")
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e12:
        return f"{value:.2e}"
    rounded, exponent = f"{value:.2e}".split("e")
    return f"{float(f'{rounded}e{exponent}'):,.{max(0, 2 - int(exponent))}f}".replace(",", " ")


def signed(value: float | None) -> str:
    """A difference with its sign and three significant digits: `+0.00607`."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 else text


def fixed(value: float | None, decimals: int) -> str:
    """A number with so many decimals, so that a column of them lines up."""
    if value is None or not math.isfinite(value) or decimals > MOST_DECIMALS:
        return number(value)
    return f"{value + 0.0:,.{decimals}f}".replace(",", " ")


def between(low: float, high: float, decimals: int) -> str:
    """The bounds of an interval: `0.633 to 0.647`; nothing where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    return f"{fixed(low, decimals)} to {fixed(high, decimals)}"


def share(value: float) -> str:
    """A share of one as per cent: `12.5 %`, `0.65 %`."""
    return f"{number(value * 100)} %"


def p_value(value: float | None) -> str:
    """A p-value, cut at a thousandth: `<.001`, `.041`."""
    if value is None or math.isnan(value):
        return NOTHING
    if value < 0.001:
        return "<.001"
    return f"{value:.3f}".removeprefix("0") if value < 0.9995 else "1"


def decimals(values: Iterable[float], half_widths: Iterable[float]) -> int:
    """Decimals that show three significant digits, and as many as the intervals can tell apart.

    Args:
        values: Of one metric; those that are not finite are passed over.
        half_widths: Of their intervals.

    Returns:
        0 or more; 3 when there are no values.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    widths = sorted(width for width in half_widths if math.isfinite(width) and width > 0)
    wanted = [3] if largest == 0 else [2 - math.floor(math.log10(largest))]
    if widths:
        wanted.append(-math.floor(math.log10(widths[len(widths) // 2])))
    return max(0, *wanted)


def day(at: datetime | None) -> str:
    """A moment of event time as its day: `2013-04-30`."""
    return NOTHING if at is None else at.date().isoformat()


def days(start: datetime | None, end: datetime | None) -> str:
    """Two moments of event time as days: `2013-04-01 to 2013-04-30`."""
    if start is None and end is None:
        return NOTHING
    first, last = (at.date().isoformat() if at else "…" for at in (start, end))
    return first if first == last else f"{first} to {last}"


def moment(at: datetime) -> str:
    """A moment for a file that is read elsewhere: `2026-11-23 18:10 UTC`."""
    if at.tzinfo is None:
        return at.isoformat(sep=" ", timespec="minutes")
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def cut(name: str, *, most: int = 40) -> str:
    """A name for a sentence, its end left out where it is long."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: `temp`, `temp and dewp`, `temp, dewp and humid`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
