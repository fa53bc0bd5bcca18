"""What one run of the watcher has done and left, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.records import ArrivalState
from workbench.core.words import count, plural
from workbench.services.context import Context
from workbench.services.inbox import Scan


def lines(
    context: Context, became: Mapping[str, Mapping[ArrivalState, int]], left: Mapping[str, Scan]
) -> Iterator[str]:
    """A line for each dataset for which something was done, and one where files are left.

    Args:
        context: The project.
        became: How many files became what, by dataset.
        left: What still lies in the folders.
    """
    for name, found in left.items():
        done = _done(became.get(name, {}))
        if done:
            yield f"{name}: {done}"
        waits = _waits(context, found)
        if waits:
            yield f"{name}: {waits}"


def _done(became: Mapping[ArrivalState, int]) -> str:
    read, twice = became.get(ArrivalState.INGESTED, 0), became.get(ArrivalState.DUPLICATE, 0)
    aside = became.get(ArrivalState.QUARANTINED, 0)
    told = {
        f"{plural(read, 'file')} read": read,
        plural(twice, "duplicate"): twice,
        f"{count(aside)} in quarantine": aside,
    }
    return ", ".join(words for words, files in told.items() if files)


def _waits(context: Context, found: Scan) -> str:
    shut, settled = len(found.problems), len(found.settled(context))
    all_left = len(found.sightings) + len(found.shut)
    if not all_left:
        return ""
    told = {
        f"{count(settled)} settled": settled,
        f"{count(all_left - settled - shut)} still being written": all_left - settled - shut,
        f"{count(shut)} cannot be opened": shut,
    }
    why = ", ".join(words for words, files in told.items() if files)
    return f"{plural(all_left, 'file')} left: {why}"
