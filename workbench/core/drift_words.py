"""The one line that says what a drift comparison found."""

from __future__ import annotations

from collections.abc import Sequence

from storage.records import ColumnDrift, Comparison, DriftVerdict
from workbench.core import drift, words

_NAMED = 3


def sentence(comparison: Comparison, *, reference: str) -> str:
    """What a comparison found, in one line for lists, alerts and reports.

    Args:
        comparison: As `drift.compare` made it.
        reference: What was compared with, in words: `training rows of late v1`.
    """
    if comparison.verdict is DriftVerdict.INSUFFICIENT:
        return _too_little(comparison, reference)
    tail = f"{words.count(comparison.rows)} rows against {reference}"
    drifted = comparison.drifted
    if drifted:
        return f"{_names(drifted)} drifted ({_effects(drifted)}); {tail}"
    warned = [one for one in comparison.columns if one.verdict is DriftVerdict.WARN]
    if warned:
        warned.sort(key=lambda column: -column.impact)
        return f"no column drifted, but {_names(warned)} moved ({_effects(warned)}); {tail}"
    judged = [one for one in comparison.columns if one.verdict is DriftVerdict.STABLE]
    nearest = max(judged, key=lambda column: column.effect / max(column.limit, 1e-12))
    return (
        f"no column drifted (nearest its limit: {nearest.name}, effect {words.short(nearest.effect)}, "
        f"limit {words.short(nearest.limit)}); {tail}"
    )


def _too_little(comparison: Comparison, reference: str) -> str:
    rows = f"{words.count(comparison.rows)} rows against {words.count(comparison.reference_rows)}"
    if min(comparison.rows, comparison.reference_rows) >= drift.LEAST_ROWS:
        return f"nothing to compare: no column is on both sides; {rows} ({reference})"
    return (
        f"insufficient data: {rows} ({reference}); "
        f"at least {words.count(drift.LEAST_ROWS)} are needed on both sides"
    )


def _names(columns: Sequence[ColumnDrift]) -> str:
    return words.listed([column.name for column in columns], most=_NAMED)


def _effects(columns: Sequence[ColumnDrift]) -> str:
    effects = [words.short(column.effect) for column in columns[:_NAMED]]
    limits = [words.short(column.limit) for column in columns[:_NAMED]]
    plural = "s" if len(effects) > 1 else ""
    return f"effect{plural} {words.listed(effects)}, limit{plural} {words.listed(limits)}"
