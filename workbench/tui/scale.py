"""Scales: where a value lies between the ends of an axis, and which round values to label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core import words


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of an axis."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float], *, margin: float = 0.0) -> Scale:
        """The scale that holds all of `values`, with `margin` of its length to spare at both ends."""
        low, high = min(values), max(values)
        if high <= low:
            spare = abs(low) * 0.05 or 0.5
            return cls(low - spare, high + spare)
        spare = (high - low) * margin
        return cls(low - spare, high + spare)

    def place(self, value: float, steps: int) -> int:
        """Which of `steps` equal steps from the low end `value` falls into; the ends hold what lies beyond."""
        share = (value - self.low) / (self.high - self.low)
        return max(0, min(steps - 1, round(share * (steps - 1))))


def ticks(scale: Scale, wanted: int) -> list[float]:
    """Round values inside a scale, about `wanted` of them: steps of 1, 2, 2.5 or 5 times a power of ten."""
    rough = (scale.high - scale.low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * s for s in (1, 2, 2.5, 5, 10) if power * s >= rough * 0.999), power * 10)
    first = math.ceil(scale.low / step - 1e-9)
    last = math.floor(scale.high / step + 1e-9)
    return [index * step for index in range(first, last + 1)] or [scale.low]


def tick_labels(marks: Sequence[float]) -> list[str]:
    """The labels of evenly spaced marks, all with as many decimals as tell them apart."""
    largest = max((abs(mark) for mark in marks), default=0.0)
    step = marks[1] - marks[0] if len(marks) > 1 else largest
    if largest >= 1e6 or 0 < largest < 1e-4:
        return [words.number(mark) for mark in marks]
    # A step of 2.5 needs a decimal more than its power of ten says.
    decimals = 0 if step <= 0 else max(0, -math.floor(math.log10(step) + 1e-9))
    decimals += round(step * 10**decimals, 9) % 1 != 0
    return [words.fixed(mark, decimals) for mark in marks]
