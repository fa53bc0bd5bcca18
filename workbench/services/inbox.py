"""The watched folders: which files wait there, which have settled, and what takes them in."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storage.records import Version
from workbench.config import DatasetConfig
from workbench.core import settling
from workbench.core.settling import Sighting
from workbench.core.words import plural
from workbench.errors import FilesShut
from workbench.services import datasets, watched
from workbench.services.context import Context

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
LINE_ENDS = (b"\n", b"\n\0")
"""How a text file ends; the second is UTF-16."""
SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What lies in the folder of one dataset and has not been dealt with, by path in the project."""

    dataset: str
    at_ns: int
    sightings: Mapping[str, Sighting]
    shut: Mapping[str, str] = field(default_factory=dict)
    """Why folders, and files that have no place in `sightings`, cannot be looked at."""

    @property
    def problems(self) -> dict[str, str]:
        """Why files and folders cannot be opened, by path."""
        files = {path: one.problem for path, one in self.sightings.items() if one.problem}
        return {**self.shut, **files}

    def settled(self, context: Context) -> tuple[Path, ...]:
        """The files that nobody writes to any more, in the order of their names."""
        settle, polls = context.config.watch.settle, context.config.watch.poll
        return tuple(
            context.project_dir / path
            for path, sighting in sorted(self.sightings.items())
            if settling.is_settled(
                sighting, now_ns=self.at_ns, settle=settle, is_clock_shared=not polls
            )
        )

    def has_unsettled(self, context: Context) -> bool:
        """Whether files may still settle that have not yet."""
        openable = sum(one.problem is None for one in self.sightings.values())
        return openable > len(self.settled(context))


def scan(
    context: Context, before: Mapping[str, Scan], *, renamed: Collection[str] = ()
) -> dict[str, Scan]:
    """What lies in the watched folders now, by dataset.

    Args:
        context: The project.
        before: The last scan; empty the first time.
        renamed: Paths in the project at which files have appeared whole since then.
    """
    found = {}
    for name, config in context.config.datasets.items():
        if config.files is not None:
            earlier = before[name].sightings if name in before else {}
            found[name] = _scan(context, config, earlier, frozenset(renamed))
    return found


def waiting(context: Context) -> tuple[str, ...]:
    """Files in watched folders that have not been dealt with, relative to the project."""
    return tuple(
        sorted(path for one in scan(context, {}).values() for path in (*one.sightings, *one.shut))
    )


def take_in(context: Context, found: Scan) -> Version | None:
    """Makes a version of the settled files of a scan, unless an earlier one is being checked.

    Files that settle in one scan form one version.

    Raises:
        Conflict: A file vanished or changed while it was read, or another process was first. Nothing
            was kept; the next look takes in what lies there then.
        FilesShut: Some cannot be opened; the others were taken in.
    """
    version = _take_in(context, found)
    problems = found.problems
    if problems:
        raise _shut(found.dataset, problems)
    return version


def _take_in(context: Context, found: Scan) -> Version | None:
    settled = found.settled(context)
    if not settled or datasets.is_busy(context, found.dataset):
        return None
    unchanged = [path for path in settled if _is_unchanged(context, path, found)]
    return datasets.ingest(context, found.dataset, unchanged) if unchanged else None


def _is_unchanged(context: Context, path: Path, found: Scan) -> bool:
    """Whether a file is still as the scan saw it; else it starts over with the next one."""
    try:
        seen = path.stat()
    except OSError:
        return False  # the next scan tells why
    name = path.relative_to(context.project_dir).as_posix()
    return found.sightings[name].state == _state(seen)


def _shut(dataset: str, problems: Mapping[str, str]) -> FilesShut:
    shown = [f"{path}: {why}" for path, why in sorted(problems.items())[:SHOWN_PROBLEMS]]
    more = len(problems) - len(shown)
    listed = "; ".join(shown) + (f"; and {more} more" if more else "")
    return FilesShut(
        f"{plural(len(problems), 'file')} of {dataset} cannot be opened: {listed}.",
        "Give the watcher's user the right to read them, or take them out of the folder.",
    )


def _scan(
    context: Context, config: DatasetConfig, before: Mapping[str, Sighting], renamed: frozenset[str]
) -> Scan:
    lying = watched.lying(context.project_dir, config.files or "")
    files = _unknown(context, lying.files)
    now_ns = time.time_ns()
    looked = {
        path: _look(context, path, seen, before.get(path), now_ns, was_renamed=path in renamed)
        for path, seen in files.items()
    }
    sightings = {path: one for path, one in looked.items() if one is not None}
    return Scan(
        dataset=config.name,
        at_ns=now_ns,
        sightings=settling.carried(before, sightings),
        shut=lying.problems,
    )


def _unknown(context: Context, files: Mapping[str, os.stat_result]) -> Mapping[str, os.stat_result]:
    """The files that the catalog does not know as they are now."""
    with context.store.read() as tx:
        is_left = context.config.watch.after == "leave"
        known = tx.arrivals.known(list(files), is_left=is_left)
    dealt_with = {
        path
        for path, size_bytes, modified_ns in known
        if (files[path].st_size, files[path].st_mtime_ns) == (size_bytes, modified_ns)
    }
    return {path: seen for path, seen in files.items() if path not in dealt_with}


def _look(
    context: Context,
    path: str,
    seen: os.stat_result,
    before: Sighting | None,
    now_ns: int,
    *,
    was_renamed: bool,
) -> Sighting | None:
    """The file as it is now; it is opened once in each state. None: it has vanished."""
    is_same = before is not None and before.state == _state(seen)
    if before is not None and is_same and before.problem is None and not was_renamed:
        return before
    problem, is_ended = None, False
    try:
        is_ended = _is_ended(context.project_dir / path, seen.st_size)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = error.strerror or str(error)
    return Sighting(
        size_bytes=seen.st_size,
        modified_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        changed_ns=seen.st_ctime_ns,
        first_seen_ns=now_ns,
        is_ended=is_ended,
        was_renamed=was_renamed,
        problem=problem,
    )


def _state(seen: os.stat_result) -> tuple[int, int, int, int]:
    """The same as `Sighting.state`."""
    return (seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_ctime_ns)


def _is_ended(path: Path, size_bytes: int) -> bool:
    """Whether a file that may be opened looks neither empty nor cut.

    Raises:
        OSError: It may not be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not path.name.lower().endswith(TEXT_SUFFIXES):
            return size_bytes > 0
        return os.pread(descriptor, 2, max(size_bytes - 2, 0)).endswith(LINE_ENDS)
    finally:
        os.close(descriptor)
