"""Where the values of a param lie on an axis, be they numbers, words or missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from storage.records import Scalar
from storage.records.comparing import as_number

DECADES = 2
"""Powers of ten from which on numbers are drawn by their logarithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamAxis:
    """Where values of a param lie: numbers as they are or by their logarithm, anything else in a row."""

    categories: tuple[str, ...] = ()
    lowest_power: int | None = None
    """None: not logarithmic."""
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Sequence[Scalar]) -> ParamAxis:
        """The axis that fits some values."""
        if not all(_is_number(value) for value in values):
            texts = tuple(sorted({_text(value) for value in values}))
            return cls(categories=texts, labels=texts)
        numbers = [as_number(value) for value in values]
        finite = [one for one in numbers if one is not None and math.isfinite(one)]
        if finite and min(finite) > 0 and max(finite) >= min(finite) * 10**DECADES:
            low, high = math.floor(math.log10(min(finite))), math.ceil(math.log10(max(finite)))
            return cls(lowest_power=low, labels=tuple(map(_power, range(low, high + 1))))
        return cls()

    def place(self, value: Scalar) -> float:
        """Where a value lies; NaN where it has no place."""
        if value is None:
            return math.nan
        if self.categories:
            text = _text(value)
            return float(self.categories.index(text)) if text in self.categories else math.nan
        number = as_number(value)
        if number is None or not math.isfinite(number):
            return math.nan
        if self.lowest_power is None:
            return number
        return math.log10(number) - self.lowest_power if number > 0 else math.nan


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _power(power: int) -> str:
    """Ten to a power, which may lie beyond all floats."""
    return f"{10.0**power:g}" if -5 < power < 6 else f"1e{power:+03d}"


def _text(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
