"""What every reader of files shares: what a file is, what reading it needs, and how a refusal is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from storage.blobs import Blobs
from storage.errors import StoreError
from storage.frames.quoting import file_pattern, identifier, literal
from storage.records import BadLine, Column, ColumnKind, ReadingRules, Schema

PACKED = (".gz", ".zst")
READERS = {
    ".parquet": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".txt": "read_csv",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}

# Parquet would keep these as floats, as nothing, or as JSON with quotes around each word.
KEPT_AS = {
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    '"NULL"': "VARCHAR",
    "JSON": "VARCHAR",
}
FLOATS = frozenset(["DOUBLE", "FLOAT"])
_PLACE = re.compile(r"""\A(\w+ )+Error: | in file "[^"]*\"""")
"""What DuckDB says of itself and of where the file lies."""
MANY = 3
"""How many bad lines a refusal names."""


class FileUnreadable(StoreError):
    """A file that cannot be read as rows of its dataset."""


class Scratch:
    """Files that live as long as one import; what is not kept is deleted at its end."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._made: list[Path] = []

    def path(self, suffix: str) -> Path:
        """A path for a new file in the staging folder."""
        made = self._blobs.stage(suffix)
        self._made.append(made)
        return made

    def keep(self, path: Path) -> None:
        """Lets `path` outlive the import."""
        self._made.remove(path)

    def clear(self) -> None:
        """Deletes what is not kept."""
        for path in self._made:
            path.unlink(missing_ok=True)


@contextmanager
def scratch(blobs: Blobs) -> Iterator[Scratch]:
    """Files for the time of one import."""
    opened = Scratch(blobs)
    try:
        yield opened
    finally:
        opened.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One file on its way in: what it is, and all that reading it needs."""

    cursor: duckdb.DuckDBPyConnection
    source: Path
    pinned: Schema | None
    time: str | None
    kind_of: Callable[[str], ColumnKind]
    rules: ReadingRules
    scratch: Scratch

    def pinned_type(self, name: str) -> str | None:
        """The type the dataset has for a column; None when it does not have it."""
        found = self.pinned.column(name) if self.pinned else None
        return found.type if found else None

    def column(self, name: str, type_: str) -> Column:
        """A column as the schema has it."""
        return Column(name=name, type=type_, kind=self.kind_of(type_))

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """The rows that a statement gives."""
        return self.cursor.execute(sql).fetchall()

    def write(self, select: str, *, where: str = "", codec: str = "zstd") -> tuple[Path, int]:
        """Writes the outcome of a SELECT as Parquet; where it is, and how many rows it has."""
        target = self.scratch.path(".parquet")
        found = self.cursor.execute(
            f"COPY ({select}{where}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION {codec})"
        ).fetchall()
        return target, int(found[0][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The rows of a file as Parquet, not yet taken over."""

    staged: Path
    schema: Schema
    rows: int
    notes: tuple[str, ...] = ()
    bad: tuple[BadLine, ...] = field(default=())
    bad_lines: int = 0
    rejects: Path | None = None
    """The lines set aside, as JSON lines; None when there are none."""


def parquet(path: Path) -> str:
    """A Parquet file as a SQL table, with the columns it holds and none from its path."""
    return f"read_parquet({file_pattern(path)}, hive_partitioning = false)"


def listed(expressions: dict[str, str]) -> str:
    """Expressions by the names they get, as the columns of a SELECT."""
    return ", ".join(f"{sql} AS {identifier(name)}" for name, sql in expressions.items())


def reader_of(path: Path) -> str:
    """DuckDB's function for files named like this.

    Raises:
        FileUnreadable: There is none.
    """
    reader = READERS.get(suffix_of(path))
    if reader is None:
        raise unreadable(path, f"'{path.suffix}' is none of {', '.join(READERS)}")
    return reader


def is_readable(path: Path) -> bool:
    """Whether a file is named like one that there is a reader for."""
    return suffix_of(path) in READERS


def suffix_of(path: Path) -> str:
    """The suffix that says what a file is, without its packing."""
    suffixes = [one.lower() for one in path.suffixes if one.lower() not in PACKED]
    return suffixes[-1] if suffixes else ""


def unreadable(source: Path, reason: str, remedy: str = "") -> FileUnreadable:
    """Says why a file cannot be read, and how it could be."""
    return FileUnreadable(
        f"{source.name} cannot be read: {reason}.",
        f"{remedy or 'Mend the file and drop it again'}; nothing of it was kept.",
    )


def is_files_fault(error: duckdb.Error) -> bool:
    """Whether a statement failed for what a file holds, not for want of memory or room."""
    is_stopped = isinstance(error, duckdb.OutOfMemoryException | duckdb.InterruptException)
    return not is_stopped and "Could not write file" not in str(error)


def reason_of(error: duckdb.Error) -> str:
    """What DuckDB said, in one sentence without its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0].rstrip(":. ") if lines else type(error).__name__
    said = _PLACE.sub("", said)
    if "CSV Error on Line" in said and len(lines) > 1:
        said = f"{said}: {lines[1]}"
    return said[:500]
