"""Where files of the watched folders go once they were dealt with."""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from storage.blobs import sync_folder
from storage.records import Arrival, ArrivalState
from workbench.services import watched
from workbench.services.context import Context

FILES_AT_ONCE = 500
"""Files whose new places are noted in one transaction."""


def put_away(context: Context) -> int:
    """Moves, leaves or deletes the files that were dealt with, as workbench.toml says.

    Files of a version that is still being checked stay: the checks decide where they go. What a
    process that died between its commit and the move, or the move and its note, has left is ended
    here too.

    Returns:
        How many files were put away.

    Raises:
        OSError: One could not be moved; the others were.
    """
    failures: list[OSError] = []
    count, last = 0, 0
    while True:
        with context.store.read() as tx:
            unmoved = tx.arrivals.unmoved(after=last, limit=FILES_AT_ONCE)
        if not unmoved:
            break
        count += len(unmoved)
        last = unmoved[-1].id
        _put_all_away(context, unmoved, failures)
    if failures:
        raise failures[0]
    return count


def free_name(target: Path) -> Path:
    """`target`, or with a number before its suffixes when that name is taken."""
    folder = target.parent
    return next(folder / name for name in _names(target.name) if not os.path.lexists(folder / name))


def _put_all_away(context: Context, arrivals: Collection[Arrival], failures: list[OSError]) -> None:
    """Moves files and notes it; those that cannot be moved go into `failures`."""
    places: dict[int, str] = {}
    taken: set[str] = set()
    for arrival in arrivals:
        try:
            place = _put_away(context, arrival, taken)
        except OSError as error:
            failures.append(error)
            continue
        places[arrival.id] = place
        taken.add(place)
    # First the moves: a note that is lost is found again, a move that was noted must have been made.
    for folder in {context.project_dir / place.rpartition("/")[0] for place in taken - {""}}:
        sync_folder(folder)
        sync_folder(folder.parent)
    if places:
        with context.write() as tx:
            tx.arrivals.moved(places)


def _put_away(context: Context, arrival: Arrival, taken: Collection[str]) -> str:
    """Where the file is now; empty when it was left or deleted, or is not the one any more.

    Args:
        context: The project.
        arrival: What was dealt with.
        taken: Where files were put whose notes are still to be written.
    """
    after = context.config.watch.after
    if after == "leave" or not watched.is_watched(context, arrival.dataset, arrival.path):
        return ""
    source = context.project_dir / arrival.path
    is_bad = arrival.state is ArrivalState.QUARANTINED
    if after == "delete" and not is_bad:
        if _is_it(source, arrival):
            source.unlink(missing_ok=True)
        return ""
    folder = source.parent / (watched.QUARANTINE if is_bad else watched.DONE)
    prefix = arrival.path.removesuffix(source.name) + folder.name
    name, is_there = _name_in(context, folder, prefix, arrival, taken)
    if is_there:
        return f"{prefix}/{name}"
    if not _is_it(source, arrival):
        return ""  # it is gone, or another file has taken its place, which the next scan sees
    folder.mkdir(exist_ok=True)
    source.rename(folder / name)
    return f"{prefix}/{name}"


def _name_in(
    context: Context, folder: Path, prefix: str, arrival: Arrival, taken: Collection[str]
) -> tuple[str, bool]:
    """A free name for a file in a folder, or the one it has there; and whether it has one.

    It has one when the process that moved it died before it could note that.
    """
    for name in _names(arrival.path.rpartition("/")[2]):
        place = f"{prefix}/{name}"
        if not os.path.lexists(folder / name):
            return name, False
        is_known = place in taken or not _is_it(folder / name, arrival)
        if not is_known and _is_unclaimed(context, place):
            return name, True
    raise AssertionError("names never end")


def _is_it(path: Path, arrival: Arrival) -> bool:
    """Whether the file at a path is the one that was dealt with."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (found.st_size, found.st_mtime_ns) == (arrival.size_bytes, arrival.modified_ns)


def _is_unclaimed(context: Context, place: str) -> bool:
    """Whether no other file is known to have been put there."""
    with context.store.read() as tx:
        return not tx.arrivals.put_at([place])


def _names(name: str) -> Iterator[str]:
    """A name, and the same with numbers before its suffixes."""
    yield name
    suffixes = "".join(Path(name).suffixes)
    stem = name.removesuffix(suffixes)
    for number in itertools.count(2):
        yield f"{stem}-{number}{suffixes}"
