"""Which files somebody means: files by name, all files of folders, and patterns."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from storage import frames
from workbench.core import settling
from workbench.core.words import plural
from workbench.errors import UsageError


def files_of(paths: Sequence[str | Path]) -> tuple[Path, ...]:
    """The files that paths name, each once: those of a folder in the order of their names.

    Args:
        paths: Files, folders, and patterns such as `data/2024-*.csv`. In a folder every file that can
            be read counts, also in folders within. Hidden and temporary files count by name alone.

    Raises:
        UsageError: A path names no file.
    """
    return tuple(dict.fromkeys(file for path in paths for file in _files_of(Path(path))))


def _files_of(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from _in_folder(path)
        return
    if path.exists():
        yield path
        return
    fitting = sorted(Path(one) for one in glob.glob(str(path), recursive=True))  # noqa: PTH207 - absolute patterns too
    found = [one for one in fitting if not settling.is_partial(one.name)]
    if not found:
        raise UsageError(
            f"There is no file {path}.", "Name files, folders or patterns such as 'data/*.csv'."
        )
    for one in found:
        yield from _in_folder(one) if one.is_dir() else (one,)


def _in_folder(folder: Path) -> Iterator[Path]:
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and frames.is_readable(path) and not _is_hidden(path.relative_to(folder))
    ]
    if not found:
        others = sum(path.is_file() for path in folder.rglob("*"))
        raise UsageError(
            f"No file in {folder} can be read as rows ({plural(others, 'other file')}).",
            f"Files of rows end in {', '.join(frames.READERS)}, packed or not.",
        )
    yield from found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts) or settling.is_partial(path.name)
