"""Params of runs as rows: as text, and as numbers where they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from storage.records import Scalar


def param_rows(run_id: int, params: Mapping[str, Scalar]) -> Iterator[dict[str, Any]]:
    """A row for each param of a run."""
    for key, value in params.items():
        yield {"run_id": run_id, "key": key, "text": as_text(value), "number": as_number(value)}


def as_text(value: Scalar) -> str:
    """A value as a filter compares it: true and false in lower case, a whole float without its point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "null" if value is None else str(value)


def as_number(value: Scalar) -> float | None:
    """A number as a float; None for everything else, and for NaN and infinities."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
