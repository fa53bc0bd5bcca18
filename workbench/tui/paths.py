"""Paths that somebody types: what they may become."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LISTED = 400
"""Entries of a folder that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder that a path may become."""

    path: str
    """As it would be typed."""
    name: str
    is_folder: bool
    size_bytes: int


def entries(typed: str) -> tuple[Entry, ...]:
    """What lies in the folder being typed and begins with what is typed of its name; folders first."""
    before, slash, start = typed.rpartition("/")
    folder = before + slash
    found: list[Entry] = []
    try:
        with os.scandir(Path(folder or ".").expanduser()) as listed:
            for one in listed:
                if not one.name.startswith(start) or (one.name.startswith(".") and not start):
                    continue
                found.append(_entry(folder, one))
                if len(found) == LISTED:
                    break
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda one: (not one.is_folder, one.name)))


def completed(typed: str, found: Sequence[Entry]) -> str:
    """`typed`, longer as far as there is only one way."""
    common = os.path.commonprefix([one.path for one in found])  # noqa: RUF071 - letters are meant
    return common if len(common) > len(typed) else typed


def _entry(folder: str, one: os.DirEntry[str]) -> Entry:
    try:
        is_folder, size = one.is_dir(), one.stat().st_size
    except OSError:
        is_folder, size = False, 0
    path = f"{folder}{one.name}{'/' if is_folder else ''}"
    return Entry(path=path, name=one.name, is_folder=is_folder, size_bytes=size)
