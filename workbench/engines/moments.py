"""Parts of moments as features: the hour, the weekday, the month of seconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

Part = Callable[[Any, Callable[[Any], Any]], Any]
"""A part of seconds since 1970, as numpy or a graph calculates it; the second argument rounds down."""

_DAY = 86_400.0


class MomentParts(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Each column of moments as the parts that are asked for, one column each; all in UTC.

    A column of moments reaches a pipeline as its seconds since 1970 UTC, when `moments` in the
    experiment names it. What is missing stays missing.
    """

    def __init__(self, parts: Sequence[str] = ("hour", "weekday", "month")) -> None:
        """Takes what to make of a moment.

        Args:
            parts: Of year, quarter (1 to 4), month (1 to 12), day (1 to 31), day_of_year (1 to 366),
                weekday (0, Monday, to 6), hour, minute and second.
        """
        self.parts = parts

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's names
        """Learns how many columns there are.

        Raises:
            ValueError: A part is not known.
        """
        unknown = [part for part in self.parts if part not in PARTS]
        if unknown or not len(self.parts):
            raise ValueError(f"There is no part {unknown}; known are {', '.join(PARTS)}.")
        validate_data(self, X, dtype=np.float64, ensure_all_finite=False)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The parts of each column side by side, (n, columns times parts)."""
        check_is_fitted(self, "n_features_in_")
        seconds = validate_data(self, X, dtype=np.float64, ensure_all_finite=False, reset=False)
        with np.errstate(all="ignore"):
            made = [PARTS[part](column, np.floor) for column in seconds.T for part in self.parts]
        return np.column_stack(made)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """`booked_at_hour` and so on."""
        names = getattr(self, "feature_names_in_", input_features)
        if names is None:
            names = [f"x{place}" for place in range(self.n_features_in_)]
        return np.array([f"{name}_{part}" for name in names for part in self.parts], object)

    def __sklearn_tags__(self) -> Any:
        """Missing moments are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _days(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    """Whole days since 1970."""
    return floor(seconds / _DAY)


def _second_of_day(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    return seconds - _days(seconds, floor) * _DAY


def _hour(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    return floor(_second_of_day(seconds, floor) / 3600.0)


def _minute(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    rest = _second_of_day(seconds, floor) - _hour(seconds, floor) * 3600.0
    return floor(rest / 60.0)


def _second(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    rest = _second_of_day(seconds, floor) - _hour(seconds, floor) * 3600.0
    return floor(rest - _minute(seconds, floor) * 60.0)


def _weekday(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    since_monday = _days(seconds, floor) + 3.0
    return since_monday - floor(since_monday / 7.0) * 7.0


def _from_march(seconds: Any, floor: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    """The year, the month (0 to 11) and the day (1 to 31) of a calendar whose years begin in March.

    Source: Hinnant, chrono-Compatible Low-Level Date Algorithms (2013), civil_from_days.
    """
    days = _days(seconds, floor) + 719_468.0
    era = floor(days / 146_097.0)
    day_of_era = days - era * 146_097.0
    leaps = floor(day_of_era / 1460.0) - floor(day_of_era / 36_524.0)
    leaps = leaps + floor(day_of_era / 146_096.0)
    year_of_era = floor((day_of_era - leaps) / 365.0)
    before = year_of_era * 365.0 + floor(year_of_era / 4.0) - floor(year_of_era / 100.0)
    day_of_year = day_of_era - before
    month = floor((day_of_year * 5.0 + 2.0) / 153.0)
    day = day_of_year - floor((month * 153.0 + 2.0) / 5.0) + 1.0
    return year_of_era + era * 400.0, month, day


def _year(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    year, month, _ = _from_march(seconds, floor)
    return year + floor(month / 10.0)


def _month(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    _, month, _ = _from_march(seconds, floor)
    return month + 3.0 - floor(month / 10.0) * 12.0


def _day(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    return _from_march(seconds, floor)[2]


def _quarter(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    return floor((_month(seconds, floor) - 1.0) / 3.0) + 1.0


def _day_of_year(seconds: Any, floor: Callable[[Any], Any]) -> Any:
    past = _year(seconds, floor) - 1.0
    leaps = floor(past / 4.0) - floor(past / 100.0) + floor(past / 400.0)
    return _days(seconds, floor) - (past * 365.0 + leaps - 719_162.0) + 1.0


PARTS: dict[str, Part] = {
    "year": _year,
    "quarter": _quarter,
    "month": _month,
    "day": _day,
    "day_of_year": _day_of_year,
    "weekday": _weekday,
    "hour": _hour,
    "minute": _minute,
    "second": _second,
}
