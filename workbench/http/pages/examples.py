"""Rows that a model takes, made from what its training saw."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from storage.records import InputColumn, InputType, Signature


def example_row(signature: Signature) -> dict[str, Any]:
    """A row that the model takes."""
    return {one.name: example(one) for one in signature.inputs}


def example(one: InputColumn) -> Any:
    """A value in the middle of what training saw."""
    if one.type is InputType.STRING:
        return one.categories[len(one.categories) // 2] if one.categories else "text"
    if one.type is InputType.BOOLEAN:
        return True
    if one.minimum is None or one.maximum is None:
        return 1 if one.type is InputType.INTEGER else 1.5
    # Halves of the smallest numbers are zero.
    middle = min(max(one.minimum / 2 + one.maximum / 2, one.minimum), one.maximum)
    if one.is_moment:
        return _iso(middle, one.minimum)
    if one.type is InputType.INTEGER:
        return math.floor(middle) if math.floor(middle) >= one.minimum else int(one.maximum)
    short = float(f"{middle:.3g}")
    return short if one.minimum <= short <= one.maximum else middle


def _iso(seconds: float, fallback: float) -> str | float:
    try:
        whole = datetime.fromtimestamp(math.floor(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return fallback
    if whole.timestamp() < fallback:
        return fallback
    return whole.isoformat().replace("+00:00", "Z")
