"""The watched folders: which files wait, which have settled, and where they go afterwards."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.blobs import sync_folder
from storage.records import Arrival, ArrivalState, Version
from workbench.config import DatasetConfig
from workbench.core import settling
from workbench.core.settling import Sighting
from workbench.services import datasets
from workbench.services.context import Context

DONE = "done"
QUARANTINE = "quarantine"
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What lies in the folder of one dataset and has not been dealt with, by path."""

    dataset: str
    sightings: Mapping[str, Sighting]

    def settled(self, context: Context) -> tuple[Path, ...]:
        """The files that nobody writes to any more, in the order of their names."""
        now_ns = time.time_ns()
        settle = context.config.watch.settle
        return tuple(
            Path(path)
            for path, sighting in sorted(self.sightings.items())
            if settling.is_settled(sighting, now_ns=now_ns, settle=settle)
        )


def folders(context: Context) -> tuple[Path, ...]:
    """The folders that are watched, made when they are missing."""
    patterns = [config.files for config in context.config.datasets.values() if config.files]
    found = dict.fromkeys(context.project_dir / _fixed_part(pattern) for pattern in patterns)
    for folder in found:
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(found)


def scan(context: Context, before: Mapping[str, Scan]) -> dict[str, Scan]:
    """What lies in the watched folders now, by dataset.

    Args:
        context: The project.
        before: The last scan; empty the first time.
    """
    found = {}
    for name, config in context.config.datasets.items():
        if config.files is None:
            continue
        earlier = before[name].sightings if name in before else {}
        sightings = settling.carried(earlier, _sightings(context, config))
        found[name] = Scan(dataset=name, sightings=sightings)
    return found


def waiting(context: Context) -> tuple[str, ...]:
    """Files in watched folders that have not been dealt with, relative to the project."""
    scans = scan(context, {})
    paths = [Path(path) for one in scans.values() for path in one.sightings]
    return tuple(sorted(datasets.name_of(context, path) for path in paths))


def take_in(context: Context, found: Scan) -> Version | None:
    """Makes a version of the settled files of a scan, unless an earlier one is being checked.

    Files that settle in one scan form one version.
    """
    settled = found.settled(context)
    if not settled or datasets.is_busy(context, found.dataset):
        return None
    present = [path for path in settled if path.is_file()]
    return datasets.ingest(context, found.dataset, present) if present else None


def put_away(context: Context) -> int:
    """Moves, leaves or deletes the files that were dealt with, as workbench.toml says.

    Files of a version that is still being checked stay: the checks decide where they go. What a
    process that died between its commit and the move has left is ended here too.

    Returns:
        How many files were put away.

    Raises:
        OSError: One could not be moved; the others were.
    """
    with context.store.read() as tx:
        pending = {_version(tx.datasets.pending(dataset)) for dataset in tx.datasets.all()}
        unmoved = [
            one for one in tx.arrivals.unmoved() if (one.dataset, one.version) not in pending
        ]
    failures = []
    for arrival in unmoved:
        try:
            moved_to = _put_away(context, arrival)
        except OSError as error:
            failures.append(error)
            continue
        with context.write() as tx:
            tx.arrivals.moved([arrival.id], moved_to)
    if failures:
        raise failures[0]
    return len(unmoved)


def is_watched(context: Context, dataset: str, path: Path) -> bool:
    """Whether a file at this path would be read into the dataset by the next scan."""
    config = context.config.datasets.get(dataset)
    return config is not None and config.files is not None and path.match(config.files)


def _version(version: Version | None) -> tuple[str, int] | None:
    return (version.dataset, version.number) if version else None


def _put_away(context: Context, arrival: Arrival) -> str:
    """Where the file is now; empty when it was left or deleted, or is not the one any more."""
    source = context.project_dir / arrival.path
    config = context.config.datasets.get(arrival.dataset)
    is_watched = (
        config is not None and config.files is not None and _lies_in(context, source, config)
    )
    if not is_watched or context.config.watch.after == "leave":
        return ""
    try:
        found = source.stat()
    except FileNotFoundError:
        return ""
    if (found.st_size, found.st_mtime_ns) != (arrival.size_bytes, arrival.modified_ns):
        return ""  # another file has taken its place; the next scan sees it
    if context.config.watch.after == "delete" and arrival.state is not ArrivalState.QUARANTINED:
        source.unlink()
        return ""
    folder = QUARANTINE if arrival.state is ArrivalState.QUARANTINED else DONE
    target = free_name(source.parent / folder / source.name)
    target.parent.mkdir(exist_ok=True)
    source.rename(target)
    sync_folder(target.parent)
    return datasets.name_of(context, target)


def _lies_in(context: Context, source: Path, config: DatasetConfig) -> bool:
    return source in set(context.project_dir.glob(config.files or ""))


def free_name(target: Path) -> Path:
    """`target`, or with a number before its suffixes when that name is taken."""
    suffixes = "".join(target.suffixes)
    stem = target.name.removesuffix(suffixes)
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{stem}-{number}{suffixes}")
    return free


def _sightings(context: Context, config: DatasetConfig) -> dict[str, Sighting]:
    pattern = config.files or ""
    root = context.project_dir / _fixed_part(pattern)
    found = {}
    for path in context.project_dir.glob(pattern):
        is_away = not {DONE, QUARANTINE}.isdisjoint(path.relative_to(root).parts[:-1])
        if is_away or settling.is_partial(path.name):
            continue
        sighting = _look(path)
        if sighting is not None:
            found[str(path)] = sighting
    names = {datasets.name_of(context, Path(path)): path for path in found}
    with context.store.read() as tx:
        is_left = context.config.watch.after == "leave"
        known = tx.arrivals.known(list(names), is_left=is_left)
    for name, size, modified in known:
        sighting = found.get(names[name])
        if sighting and (sighting.size_bytes, sighting.modified_ns) == (size, modified):
            del found[names[name]]
    return found


def _look(path: Path) -> Sighting | None:
    """The file as it is now; None for a folder, a pipe, or what has vanished or may not be read."""
    try:
        found = path.stat()
        if not path.is_file():
            return None
        is_ended = not path.name.lower().endswith(TEXT_SUFFIXES) or _ends_with_newline(path)
    except (FileNotFoundError, PermissionError):
        return None
    return Sighting(
        size_bytes=found.st_size,
        modified_ns=found.st_mtime_ns,
        inode=found.st_ino,
        first_seen_ns=time.time_ns(),
        is_ended=is_ended,
    )


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _fixed_part(pattern: str) -> Path:
    """The folders of a pattern before its first wildcard."""
    parts = []
    for part in Path(pattern).parts[:-1]:
        if any(sign in part for sign in "*?["):
            break
        parts.append(part)
    return Path(*parts) if parts else Path()
