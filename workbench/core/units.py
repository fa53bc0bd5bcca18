"""What is drawn as one when rows depend on each other: a group of rows, or a block of event time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 8
"""Units below which no interval is honest, however it is widened."""
ENOUGH = 20
"""Blocks of time that are asked for where the times allow it."""

_SPANS_S = (
    ("second", 1),
    ("minute", 60),
    ("10-minute block", 600),
    ("hour", 3_600),
    ("6-hour block", 21_600),
    ("day", 86_400),
    ("week", 604_800),
    ("4-week block", 2_419_200),
    ("13-week block", 7_862_400),
    ("52-week block", 31_449_600),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Rows in units: within one they may depend on each other, between two they do not."""

    noun: str
    """What a unit is called: `group`, `day`, `6-hour block`."""
    of_row: NDArray[np.intp]
    """The unit of each row, 0 to count - 1, shape (rows,)."""
    count: int

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Units:
        """The units of some of the rows, in the order given."""
        return _numbered(self.of_row[rows], noun=self.noun)

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over the rows of each unit.

        Args:
            values: Shape (rows,) or (rows, columns).

        Returns:
            Shape (count,) or (count, columns).
        """
        if values.ndim == 1:
            return np.bincount(self.of_row, values, self.count).astype(np.float64)
        columns = [self.sums(column) for column in values.T]
        return np.stack(columns, axis=1)


def by_group(groups: NDArray[np.str_] | NDArray[np.object_], *, noun: str = "group") -> Units:
    """Rows of one value belong together; those without a value (None, "") belong together as well.

    Args:
        groups: A value of each row, shape (rows,).
        noun: What one is called.
    """
    return _numbered(groups.astype(np.str_), noun=noun)


def by_time(times: NDArray[np.datetime64]) -> Units:
    """Rows of one block of event time belong together.

    A block should outlast what its rows share (a day's weather, an outage), and an interval needs blocks
    enough. So a block is the longest of second, minute, 10 minutes, hour, 6 hours, day, week, 4, 13 and
    52 weeks that gives 20 blocks; where none does, the longest of those that give the most.

    Args:
        times: Event time of each row, shape (rows,). Rows without one (NaT) are a block of their own.

    Source: Carlstein, Annals of Statistics 14 (1986), for blocks that do not overlap; that they follow the
    clock and not the number of rows is ours.
    """
    seconds = times.astype("datetime64[s]").astype(np.int64)
    best = _numbered(seconds, noun=_SPANS_S[0][0])
    for noun, span_s in _SPANS_S[1:]:
        found = _numbered(seconds // span_s, noun=noun)
        if found.count < min(ENOUGH, best.count):
            break
        best = found
    return best


def _numbered(keys: NDArray[np.generic], *, noun: str) -> Units:
    values, of_row = np.unique(keys, return_inverse=True)
    return Units(noun=noun, of_row=of_row.astype(np.intp), count=values.size)
