"""What this process takes of the machine while it runs."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

_STATM = Path("/proc/self/statm")


class Meter:
    """CPU time between two looks, and memory at the moment of a look; of this process and its threads."""

    def __init__(self) -> None:
        self._cpu_s = time.process_time()
        self._at_s = time.monotonic()

    def read(self) -> dict[str, float]:
        """`cpu_percent` since the last look, 100 for each busy core, and `rss_bytes` now."""
        cpu_s, at_s = time.process_time(), time.monotonic()
        passed_s = max(at_s - self._at_s, 1e-9)
        busy = 100.0 * (cpu_s - self._cpu_s) / passed_s
        self._cpu_s, self._at_s = cpu_s, at_s
        return {"cpu_percent": busy, "rss_bytes": float(resident_bytes())}


def resident_bytes() -> int:
    """Memory that this process holds; the most it ever held where there is no /proc."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")
