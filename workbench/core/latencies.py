"""Histograms of latencies and of row counts: which bucket a value falls into, and percentiles of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

_SERIES = (100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800, 900)  # fmt: skip
"""Preferred numbers R20 (ISO 3), a hundredfold: 20 a decade, each at most 1.143 times the one before."""

FIRST_US, LAST_US = 20, 31_500_000

BOUNDS_US: tuple[int, ...] = tuple(
    dict.fromkeys(
        bound
        for power in range(7)
        for number in _SERIES
        if FIRST_US <= (bound := (number * 10**power + 5) // 10) <= LAST_US
    )
)
"""Inclusive upper bounds of the latency buckets, in microseconds; one more bucket has what is longer."""

ERROR = 0.15
"""Largest relative error of a percentile between the first and the last bound: a bucket's width."""

ROW_BOUNDS: tuple[int, ...] = tuple(2**power for power in range(15))
"""Inclusive upper bounds of the buckets of row counts; one more bucket has what is more."""

_FINE = b"".join(
    bytes([bucket]) * (high - low)
    for bucket, (low, high) in enumerate(pairwise((-1, *BOUNDS_US)))
    if high <= 1 << 16
)
_FINE_US = len(_FINE)
"""Below this, a table knows the bucket of each whole microsecond."""


def latency_buckets(latencies_us: Mapping[int, int] | None = None) -> list[int]:
    """Counts of all latency buckets, none or those given."""
    return _dense(len(BOUNDS_US) + 1, latencies_us)


def row_buckets(rows: Mapping[int, int] | None = None) -> list[int]:
    """Counts of all buckets of row counts, none or those given."""
    return _dense(len(ROW_BOUNDS) + 1, rows)


def latency_bucket(took_us: int) -> int:
    """Number of the bucket of a latency."""
    return _FINE[took_us] if 0 <= took_us < _FINE_US else bisect_left(BOUNDS_US, took_us)


def row_bucket(rows: int) -> int:
    """Number of the bucket of a row count."""
    return min(max(rows - 1, 0).bit_length(), len(ROW_BOUNDS))


def count_latencies(counts: list[int], latencies_us: Sequence[int]) -> None:
    """Counts latencies into the buckets of `counts`."""
    fine, end = _FINE, _FINE_US
    for took in latencies_us:
        counts[fine[took] if 0 <= took < end else bisect_left(BOUNDS_US, took)] += 1


def percentile(
    latency: Mapping[int, int], share: float, *, largest_us: int | None = None
) -> float | None:
    """The latency that a share of the requests stayed under, in microseconds.

    It is interpolated within its bucket, so that it is off by at most the bucket's width: 15 %
    between 20 us and 31.5 s, and 20 us below.

    Args:
        latency: How many requests a bucket.
        share: From 0 to 1: .5 for the median.
        largest_us: The longest latency there was, which no percentile exceeds; None: not known.

    Returns:
        None when there were no requests.
    """
    total = sum(latency.values())
    if not total:
        return None
    wanted, below = share * total, 0
    found = float(LAST_US)
    for bucket in sorted(latency):
        inside = latency[bucket]
        if inside and below + inside >= wanted:
            low = BOUNDS_US[bucket - 1] if bucket else 0
            high = BOUNDS_US[bucket] if bucket < len(BOUNDS_US) else max(low, largest_us or low)
            found = low + (high - low) * max(0.0, wanted - below) / inside
            break
        below += inside
    return found if largest_us is None else min(found, float(largest_us))


def _dense(length: int, sparse: Mapping[int, int] | None) -> list[int]:
    counts = [0] * length
    for bucket, count in (sparse or {}).items():
        if 0 <= bucket < length:
            counts[bucket] += count
    return counts
