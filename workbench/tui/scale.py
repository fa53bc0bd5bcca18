"""Scales in cells: where a value lies between the ends of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core import axis


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of an axis."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float], *, margin: float = 0.0) -> Scale:
        """The scale that holds all of `values`, with `margin` of its length to spare at both ends."""
        return cls(*axis.around(values, margin=margin))

    def place(self, value: float, steps: int) -> int:
        """Which of `steps` equal steps from the low end `value` falls into; the ends hold what lies beyond."""
        share = (value - self.low) / (self.high - self.low)
        return round(max(0.0, min(1.0, share)) * (steps - 1))

    def marks(self, wanted: int) -> list[tuple[float, str]]:
        """About `wanted` round values with their labels."""
        ticks = axis.ticks(self.low, self.high, wanted=wanted)
        return list(zip(ticks, axis.tick_labels(ticks), strict=True))
