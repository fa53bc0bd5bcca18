"""Which Parquet files hold what segments held: one small file says so, and is replaced whole.

A reader lists the segments first, reads that file, and leaves out the segments which it names: whatever moment
a sealing process is killed at, every row is read once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storage.appended.segments import segments_in
from storage.blobs import sync_folder

MANIFEST = "sealed.json"
PARQUET = ".parquet"
STAGED = ".tmp"


class Column(msgspec.Struct, frozen=True):
    """A column of a part."""

    name: str
    """As callers know it."""
    stored: str
    """As the file has it: there, names that differ in case alone cannot stand side by side."""
    type: str
    """As DuckDB writes it."""


class Part(msgspec.Struct, frozen=True):
    """A Parquet file of rows that were sealed together."""

    name: str
    rows: int
    first: int
    """When the earliest of its rows came, in microseconds since 1970."""
    last: int
    size_bytes: int
    columns: tuple[Column, ...]
    """Besides those that every part has."""
    segments: tuple[str, ...] = ()
    """Names of those it was made of that may still lie beside it."""


class _Manifest(msgspec.Struct, frozen=True):
    parts: tuple[Part, ...] = ()


_decoder = msgspec.json.Decoder(_Manifest)


@dataclass(frozen=True, slots=True)
class Sources:
    """All rows of a folder, each once: parts, and segments that are in none."""

    folder: Path
    parts: tuple[Part, ...]
    segments: tuple[Path, ...]

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return bool(self.parts or self.segments)

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that are read."""
        return (*(self.folder / part.name for part in self.parts), *self.segments)

    def since(self, at_us: int) -> Sources:
        """These without parts whose rows are all older."""
        kept = tuple(part for part in self.parts if part.last >= at_us)
        return Sources(self.folder, kept, self.segments)


def sources(folder: Path) -> Sources:
    """What is to be read in `folder` now; its files may be replaced at any later moment."""
    # In this order: a segment that was sealed in between is in a part, or read as it is, never neither.
    segments = segments_in(folder)
    parts = parts_in(folder)
    sealed = {name for part in parts for name in part.segments}
    return Sources(folder, parts, tuple(path for path in segments if path.name not in sealed))


def parts_in(folder: Path) -> tuple[Part, ...]:
    """The parts of a folder, oldest first."""
    try:
        return _decoder.decode((folder / MANIFEST).read_bytes()).parts
    except FileNotFoundError:
        return ()


def replace_parts(folder: Path, parts: Iterable[Part]) -> None:
    """Says that these parts hold what is sealed in `folder`; on disk when this returns."""
    manifest = _Manifest(tuple(sorted(parts, key=lambda part: (part.first, part.name))))
    staged = folder / f"{MANIFEST}{STAGED}"
    with staged.open("wb") as file:
        file.write(msgspec.json.encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    staged.replace(folder / MANIFEST)
    sync_folder(folder)


def publish(staged: Path, name: str) -> Path:
    """Gives a whole file beside its parts its name; on disk when this returns."""
    with staged.open("rb+") as file:
        os.fsync(file.fileno())
    path = staged.with_name(name)
    staged.replace(path)
    sync_folder(path.parent)
    return path


def tidy(folder: Path) -> None:
    """Takes away what a killed process left: sealed segments, and files that no part names."""
    parts = parts_in(folder)
    for part in parts:
        for name in part.segments:
            (folder / name).unlink(missing_ok=True)
    named = {part.name for part in parts}
    for path in folder.glob(f"*{PARQUET}"):
        if path.name not in named:
            path.unlink(missing_ok=True)
    for path in folder.glob(f"*{STAGED}"):
        path.unlink(missing_ok=True)
    if any(part.segments for part in parts):
        sync_folder(folder)
        replace_parts(folder, [msgspec.structs.replace(part, segments=()) for part in parts])


def stored_names(names: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    """A column name of its own for each of `names`, none of those taken, whatever their case."""
    used = {name.casefold() for name in taken}
    found: dict[str, str] = {}
    for name in names:
        free = name.replace("\0", "\ufffd")
        if not free or free.casefold() in used:
            free = f"input_{free}"
        number, base = 1, free
        while free.casefold() in used:
            number += 1
            free = f"{base}_{number}"
        used.add(free.casefold())
        found[name] = free
    return found
