"""Patterns of watched files: `inbox/sales/*.csv`, where `**` stands for any folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePosixPath

ANY_FOLDERS = "**"


@lru_cache(maxsize=256)
def parts(pattern: str) -> tuple[str, ...]:
    """A pattern folder by folder; its last part is the files', any when it ends with folders."""
    found = PurePosixPath(pattern).parts
    return (*found, "*") if found[-1:] == (ANY_FOLDERS,) else found


def is_free(part: str) -> bool:
    """Whether a part of a pattern may match several names."""
    return any(sign in part for sign in "*?[")


@lru_cache(maxsize=256)
def fixed_part(pattern: str) -> str:
    """The folders of a pattern before its first wildcard, `.` when there are none."""
    fixed: list[str] = []
    for part in parts(pattern)[:-1]:
        if is_free(part):
            break
        fixed.append(part)
    return "/".join(fixed) or "."


@lru_cache(maxsize=256)
def matcher(part: str) -> Callable[[str], object]:
    """What says whether a name matches one part of a pattern; capitals count."""
    return re.compile(translate(part)).match


def reaches(pattern: str, path: str) -> bool:
    """Whether a file is meant by a pattern.

    Args:
        pattern: As in workbench.toml, relative to the project.
        path: The file's path, relative to the project too, with slashes.
    """
    return not path.startswith("/") and _reaches(parts(pattern), path.split("/"))


def _reaches(wanted: Sequence[str], found: Sequence[str]) -> bool:
    if not wanted:
        return not found
    if wanted[0] == ANY_FOLDERS:
        return any(_reaches(wanted[1:], found[skipped:]) for skipped in range(len(found)))
    return bool(found and matcher(wanted[0])(found[0])) and _reaches(wanted[1:], found[1:])
