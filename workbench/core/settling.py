"""When a file that is being delivered has settled: nobody writes to it any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    changed_ns: int = 0
    """When its content, its name or its rights were changed last; 0: not known."""
    is_ended: bool = True
    """False for an empty file, and for text whose last byte is no newline: it may have been cut."""
    was_renamed: bool = False
    """Whether it was seen to get its name once it had been written under another one."""
    problem: str | None = None
    """Why it cannot be opened; None: it can."""

    @property
    def state(self) -> tuple[int, int, int, int]:
        """What differs once the file was touched: size, both times, inode."""
        return (self.size_bytes, self.modified_ns, self.inode, self.changed_ns)

    def is_same(self, other: Sighting) -> bool:
        """Whether nothing changed between the two scans."""
        return self.state == other.state


def is_partial(name: str) -> bool:
    """Whether a file's name says that it is hidden or still being written."""
    return name.startswith((".", "~")) or name.lower().endswith(PARTIAL_SUFFIXES)


def carried(before: Mapping[str, Sighting], now: Mapping[str, Sighting]) -> dict[str, Sighting]:
    """The sightings of `now`, each with the time since when it has looked like that."""
    kept = {}
    for path, sighting in now.items():
        earlier = before.get(path)
        if earlier is sighting or earlier is None or not earlier.is_same(sighting):
            kept[path] = sighting
        else:
            kept[path] = replace(
                sighting,
                first_seen_ns=earlier.first_seen_ns,
                was_renamed=earlier.was_renamed or sighting.was_renamed,
            )
    return kept


def is_settled(
    sighting: Sighting, *, now_ns: int, settle: timedelta, is_clock_shared: bool = True
) -> bool:
    """Whether the file is whole: nobody has written to it for `settle`, or it was renamed when it was.

    It has been quiet by two scans, or by its own modification time: a file that was moved into the
    folder keeps its old time, so it counts at once. A file that cannot be opened has not settled.

    Args:
        sighting: From `carried`.
        now_ns: The time of the scan, nanoseconds since 1970.
        settle: How long a file must be quiet; an empty one, and text without a final newline, five
            times as long.
        is_clock_shared: Whether the clock that files' times are from is this machine's; False in a
            network folder, where only two scans count.
    """
    if sighting.problem is not None:
        return False
    if sighting.was_renamed and sighting.is_ended:
        return True
    span_ns = int(settle.total_seconds() * 1e9)
    if not sighting.is_ended:
        span_ns *= UNENDED_FACTOR
    if now_ns - sighting.first_seen_ns >= span_ns:
        return True
    return is_clock_shared and 0 <= sighting.modified_ns <= now_ns - span_ns
