"""Measures side by side: every contestant once per round, so that a busy moment hits them all."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "workbench-bench"
"""Where measured files are made, and left for the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long one contestant took, in milliseconds."""

    name: str
    best_ms: float
    median_ms: float
    ratio: float
    """Best time over that of the yardstick."""


def side_by_side(
    contestants: Mapping[str, Callable[[], object]],
    *,
    yardstick: str,
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Timing]:
    """Times every contestant in every round.

    Args:
        contestants: What to call, by name.
        yardstick: Name of the one that ratios are against.
        rounds: How often each is called, after one call that does not count.
        clock: Tells seconds; `time.process_time` for the CPU time of this process and its threads.
    """
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for attempt in range(rounds + 1):
        for name, call in contestants.items():
            start = clock()
            call()
            if attempt:
                taken[name].append((clock() - start) * 1000)
    least = min(taken[yardstick])
    return [
        Timing(
            name=name,
            best_ms=min(times),
            median_ms=statistics.median(times),
            ratio=min(times) / least,
        )
        for name, times in taken.items()
    ]


def print_timings(title: str, timings: list[Timing], *, yardstick: str, rounds: int) -> None:
    """Prints the timings as a table, with the machine they were taken on."""
    print(f"\n{title}")
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    width = max(len(one.name) for one in timings)
    print(f"{'':{width}}  {'best':>9}  {'median':>9}  ratio to {yardstick} (best of {rounds})")
    for one in timings:
        print(
            f"{one.name:{width}}  {one.best_ms:6.1f} ms  {one.median_ms:6.1f} ms  {one.ratio:5.2f}x"
        )
