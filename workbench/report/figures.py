"""What a report words in a way of its own: metrics and how exactly they are told, moments in UTC."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from workbench.core import words

MOST_DECIMALS = 6
NO_INTERVAL = "no interval"

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
    "balanced_accuracy": "balanced accuracy",
    "f1_weighted": "weighted F1",
    "roc_auc_ovr": "ROC AUC, one against the rest",
    "pinball_10": "quantile loss at 10 %",
    "pinball_90": "quantile loss at 90 %",
}


def metric_name(metric: str) -> str:
    """A metric as people write it: `ROC AUC`; an unknown one stays as it is."""
    return _METRICS.get(metric, metric)


def value(one: float | None, places: int) -> str:
    """A value of a metric with so many decimals; with three digits where nobody would read so many."""
    return words.number(one) if places > MOST_DECIMALS else words.fixed(one, places)


def interval(low: float, high: float, places: int) -> str:
    """The bounds of an interval: `0.633 to 0.647`; says so where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NO_INTERVAL
    return f"{value(low, places)} to {value(high, places)}"


def gain_interval(low: float, high: float) -> str:
    """The bounds of the interval of a gain: `-0.00412 to +0.0113`; says so where there is none."""
    shown = words.gain_interval(low, high)
    return NO_INTERVAL if shown == words.NOTHING else shown


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


def moment(at: datetime) -> str:
    """A moment for a file that is read elsewhere: `2026-11-23 18:10 UTC`."""
    if at.tzinfo is None:
        return at.isoformat(sep=" ", timespec="minutes")
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def cut(name: str, *, most: int = 40) -> str:
    """A name for a sentence, its end left out where it is long."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
