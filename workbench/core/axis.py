"""What an axis shows: ends that hold all values, round ticks between them, and the ticks' labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.core import words

_LEAST = 1e-290
"""Lengths below it are nothing: a step of theirs is no number that a power of ten can be told from."""
_LARGEST = 1e300
"""What lies beyond is drawn at the end of the axis: lengths of it are infinite."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def around(values: Sequence[float], *, margin: float = 0.06) -> tuple[float, float]:
    """The ends of a scale that holds all `values` up to 1e300, with `margin` of its length to spare."""
    finite = [value for value in values if abs(value) <= _LARGEST]
    if not finite:
        return (0.0, 1.0)
    low, high = min(finite), max(finite)
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-9 * largest, _LEAST):
        spare = largest * 0.05 if largest > _LEAST else 0.5
    else:
        spare = (high - low) * margin
    return (low - spare, high + spare)


def ticks(low: float, high: float, *, wanted: int = 5) -> tuple[float, ...]:
    """Round values from `low` to `high`, about `wanted`: steps of 1, 2, 2.5 or 5 times a power of ten.

    Raises:
        ValueError: `high` is not above `low`, or they are not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"no scale from {low} to {high}")
    rough = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in _STEPS if power * one >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(index * step for index in range(first, last + 1)) or (low,)


def tick_labels(marks: Sequence[float]) -> tuple[str, ...]:
    """The labels of evenly spaced marks, all with as many decimals as tell them apart."""
    if len(marks) < 2:
        return tuple(f"{mark:.6g}" for mark in marks)
    step = marks[1] - marks[0]
    largest = max(abs(mark) for mark in marks)
    # A step of 2.5 needs a decimal more than its power of ten says.
    decimals = -math.floor(math.log10(step) + 1e-9)
    decimals += round(step * 10.0**decimals, 6) % 1 != 0
    if 1e-6 < largest < 1e9:
        return tuple(words.fixed(mark, max(0, decimals)) for mark in marks)
    significant = max(1, math.floor(math.log10(largest)) + decimals + 1)
    return tuple(f"{0.0 if abs(mark) < step / 2 else mark:.{significant}g}" for mark in marks)
