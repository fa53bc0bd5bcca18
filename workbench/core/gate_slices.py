"""The gain of a challenger in each slice of the hold-out, Holm-adjusted over all of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storage.records import SliceGain
from workbench.config import GateConfig
from workbench.core import gains, holm, units

LEAST_ROWS = 100
"""Rows below which neither a slice nor the whole is judged."""
LEAST_DIFFERING = 10
"""Units in which the models must differ: with fewer, resamples do not know how rare a loss may be. Of fewer
units all must."""

Labels = NDArray[np.str_] | NDArray[np.object_]
"""What slice each row belongs to, shape (rows,)."""


class _Slice(NamedTuple):
    column: str
    value: str
    rows: int
    gain: gains.Gain


def slice_gains(
    contest: gains.Contest, slices: Mapping[str, Labels], *, rules: GateConfig, seed: int
) -> tuple[SliceGain, ...]:
    """The gain in each slice of 100 rows and 8 units or more in which the metric has an interval.

    Args:
        contest: All rows.
        slices: Columns whose values are slices.
        rules: Their margin is what a slice may lose; their resamples are drawn for each slice.
        seed: Of the resamples.
    """
    found = [
        one
        for one in _measured(contest, slices, rules=rules, seed=seed)
        if not np.isnan([one.gain.gain, one.gain.low]).any()
    ]
    p_values = [_p_worse(one.gain, margin=rules.non_inferiority) for one in found]
    adjusted = holm.adjusted(np.array(p_values, dtype=np.float64))
    return tuple(
        SliceGain(
            column=one.column,
            value=one.value,
            rows=one.rows,
            gain=one.gain.gain,
            low=one.gain.low,
            high=one.gain.high,
            p_adjusted=p_adjusted,
        )
        for one, p_adjusted in zip(found, adjusted.tolist(), strict=True)
    )


def differs_enough(gain: gains.Gain) -> bool:
    """Whether the models differ in units enough for the interval to be believed."""
    return gain.differing >= min(LEAST_DIFFERING, gain.units)


def _measured(
    contest: gains.Contest, slices: Mapping[str, Labels], *, rules: GateConfig, seed: int
) -> Iterator[_Slice]:
    for column in sorted(slices):
        values, value_of = np.unique(slices[column].astype(np.str_), return_inverse=True)
        for index in np.flatnonzero(np.bincount(value_of) >= LEAST_ROWS):
            part = contest.where(value_of == index)
            if gains.unit_count(part) < units.LEAST:
                continue
            value = str(values[index])
            # A stream by name: a further slice changes no interval of the others.
            rng = np.random.default_rng((seed, 1, zlib.crc32(f"{column}={value}".encode())))
            found = gains.measure(part, resamples=rules.resamples, rng=rng)
            yield _Slice(column, value, part.truth.size, found)


def _p_worse(gain: gains.Gain, *, margin: float) -> float:
    """1 where the models hardly differ: a t distribution is no guide to a handful of rows."""
    return gains.p_worse(gain, margin=margin) if differs_enough(gain) else 1.0
