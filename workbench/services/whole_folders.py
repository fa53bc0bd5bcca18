"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from storage.blobs import sync_folder
from workbench.errors import UsageError

_PART = ".part-"


def write(target: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    """Makes a folder with these files.

    They are written into a sibling, which is then given the name. Whoever kills this at any moment
    leaves no folder of that name with less in it, at worst none: the former one then lies beside it. What
    the next call finds left over, it takes away.

    Args:
        target: The folder; the one that holds it is made where it is missing.
        files: Contents by path below it, with /.
        replace: Whether a folder of that name is replaced; an empty one always is.

    Raises:
        UsageError: Something is there that is not replaced, or nothing can be written there.
    """
    if not replace and is_taken(target):
        raise UsageError(f"{target} is there already.", "Name another folder, or add --force.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear(target)
        part = target.with_name(f".{target.name}{_PART}{os.getpid()}-{secrets.token_hex(4)}")
        _fill(part, files)
        _put(part, target)
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}.", "Name a folder that can be made."
        ) from error


def is_taken(target: Path) -> bool:
    """Whether something stands at `target` that would be lost."""
    if not os.path.lexists(target):
        return False
    return not target.is_dir() or target.is_symlink() or any(target.iterdir())


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for below, _, _ in os.walk(folder):
        sync_folder(Path(below))


def _put(part: Path, target: Path) -> None:
    """Gives `part` the name of `target`; what stands there is taken away once it has another name."""
    former = part.with_name(f"{part.name}-former")
    if is_taken(target):
        target.rename(former)
    part.rename(target)
    sync_folder(target.parent)
    if former.is_dir() and not former.is_symlink():
        shutil.rmtree(former)
    else:
        former.unlink(missing_ok=True)


def _clear(target: Path) -> None:
    """Takes away what a process that is gone left beside `target`."""
    for left in target.parent.glob(f"{_quoted(f'.{target.name}{_PART}')}*"):
        number = left.name.rpartition(_PART)[2].partition("-")[0]
        if number.isdigit() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _quoted(name: str) -> str:
    """A name as a pattern that matches nothing else."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)
