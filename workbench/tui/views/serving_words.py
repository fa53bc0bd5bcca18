"""Figures of serving as words: percentiles and latencies."""

from __future__ import annotations

from workbench.core import words

ENDS = (0.5, 0.99)
"""Percentiles that are told where there is no room for all."""


def percentile_name(share: float) -> str:
    """`p99`."""
    return f"p{share * 100:.0f}"


def milliseconds(value: float | None) -> str:
    """A latency: `0.24 ms`, `4.8 ms`, `31 ms`."""
    if value is None:
        return words.NOTHING
    decimals = 2 if value < 1 else 1 if value < 100 else 0
    return f"{words.fixed(value, decimals)} ms"


def bare_milliseconds(value: float | None) -> str:
    """The same where the unit stands elsewhere."""
    return milliseconds(value).removesuffix(" ms")
