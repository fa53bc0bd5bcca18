"""When a file that is being delivered has settled: nobody writes to it any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PARTIAL_SUFFIXES = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".swp",
    ".lock",
)
UNENDED_FACTOR = 5
"""How many times longer a text file without a final newline must be quiet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A file as one scan saw it."""

    size_bytes: int
    modified_ns: int
    inode: int
    first_seen_ns: int
    """When a scan first saw it in this very state."""
    is_ended: bool = True
    """False for a text file whose last byte is no newline: it may have been cut."""

    def is_same(self, other: Sighting) -> bool:
        """Whether nothing changed between the two scans."""
        mine = (self.size_bytes, self.modified_ns, self.inode)
        return mine == (other.size_bytes, other.modified_ns, other.inode)


def is_partial(name: str) -> bool:
    """Whether a file's name says that it is hidden or still being written."""
    return name.startswith((".", "~")) or name.lower().endswith(PARTIAL_SUFFIXES)


def carried(before: Mapping[str, Sighting], now: Mapping[str, Sighting]) -> dict[str, Sighting]:
    """The sightings of `now`, each with the time since when it has looked like that."""
    kept = {}
    for path, sighting in now.items():
        earlier = before.get(path)
        kept[path] = earlier if earlier is not None and earlier.is_same(sighting) else sighting
    return kept


def is_settled(sighting: Sighting, *, now_ns: int, settle: timedelta) -> bool:
    """Whether the file has not changed for `settle`, by two scans or by its own modification time.

    A file that was renamed into the folder keeps its old modification time, so it counts at once.

    Args:
        sighting: From `carried`.
        now_ns: The time of the scan, nanoseconds since 1970.
        settle: How long a file must be quiet; text without a final newline five times as long.
    """
    span_ns = int(settle.total_seconds() * 1e9)
    if not sighting.is_ended:
        span_ns *= UNENDED_FACTOR
    has_been_quiet = now_ns - sighting.first_seen_ns >= span_ns
    is_old = 0 <= sighting.modified_ns <= now_ns - span_ns
    return has_been_quiet or is_old
