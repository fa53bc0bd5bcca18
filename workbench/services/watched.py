"""What lies in the watched folders: one walk over the folders that a pattern reaches."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core import patterns, settling
from workbench.services.context import Context

DONE = "done"
QUARANTINE = "quarantine"
AWAY = frozenset({DONE, QUARANTINE})
"""Folders below a watched one where files go that were dealt with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """The files that a pattern reaches; what was being written, or was dealt with, is left out."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    """By path, relative to the project."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why something cannot be looked at, by path."""


def folders(context: Context) -> tuple[Path, ...]:
    """The folders that are watched, whether they exist or not."""
    named = [config.files for config in context.config.datasets.values() if config.files]
    return tuple(
        dict.fromkeys(context.project_dir / patterns.fixed_part(pattern) for pattern in named)
    )


def make_folders(context: Context) -> None:
    """Makes the watched folders that are missing.

    Raises:
        OSError: Something else lies in the place of one.
    """
    for folder in folders(context):
        folder.mkdir(parents=True, exist_ok=True)


def is_watched(context: Context, dataset: str, path: str) -> bool:
    """Whether a file at this path, relative to the project, would be read into the dataset."""
    config = context.config.datasets.get(dataset)
    if config is None or config.files is None or not patterns.reaches(config.files, path):
        return False
    below = path.split("/")[len(patterns.parts(patterns.fixed_part(config.files))) : -1]
    return AWAY.isdisjoint(below)


def lying(project_dir: Path, pattern: str) -> Lying:
    """What a pattern reaches now; what vanishes meanwhile is not there."""
    found = Lying()
    parts = patterns.parts(pattern)
    fixed = patterns.fixed_part(pattern)
    depth = len(patterns.parts(fixed))
    prefix = "" if fixed == "." else f"{fixed}/"
    _walk(os.path.join(project_dir, fixed), prefix, parts[depth:], found)  # noqa: PTH118 - a prefix
    return found


def _walk(folder: str, prefix: str, parts: Sequence[str], found: Lying) -> None:
    part, rest = parts[0], parts[1:]
    if part == patterns.ANY_FOLDERS:
        _walk(folder, prefix, rest, found)
        for entry in _folders_in(folder, prefix, found):
            # A link may lead back to where it lies.
            if not entry.is_symlink():
                _walk(entry.path, f"{prefix}{entry.name}/", parts, found)
        return
    matches = patterns.matcher(part)
    if rest:
        for entry in _folders_in(folder, prefix, found):
            if matches(entry.name):
                _walk(entry.path, f"{prefix}{entry.name}/", rest, found)
        return
    for entry in _entries(folder, prefix, found):
        if matches(entry.name):
            _note(entry, prefix + entry.name, found)


def _folders_in(folder: str, prefix: str, found: Lying) -> Iterator[os.DirEntry[str]]:
    for entry in _entries(folder, prefix, found):
        if entry.name in AWAY:
            continue
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            found.problems[prefix + entry.name] = error.strerror or str(error)
            continue
        if is_folder:
            yield entry


def _entries(folder: str, prefix: str, found: Lying) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder under a name that says it is whole."""
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        found.problems[prefix] = error.strerror or str(error)
        return
    for entry in listed:
        if settling.is_partial(entry.name):
            continue
        if not _is_text(entry.name):
            shown = os.fsencode(prefix + entry.name).decode(errors="backslashreplace")
            found.problems[shown] = "its name is not UTF-8"
            continue
        yield entry


def _is_text(name: str) -> bool:
    """Whether a name can be kept: other bytes than UTF-8 have no place in the catalog."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _note(entry: os.DirEntry[str], name: str, found: Lying) -> None:
    try:
        seen = entry.stat()
    except FileNotFoundError:
        return  # it has vanished, or is a link to nothing
    except OSError as error:
        found.problems[name] = error.strerror or str(error)
        return
    if stat.S_ISREG(seen.st_mode):
        found.files[name] = seen
