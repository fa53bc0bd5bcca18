"""Rows of Parquet files: of whole files or parts of them, all or those within a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from storage.blobs import Blobs
from storage.frames.quoting import file_pattern, identifier, literal, moment
from storage.records import NewPartition, Partition

NUMBER = "file_row_number"
"""DuckDB's own column: the row's place in its file, from 0."""
FILE = "path of the file"
"""What the column with a row's file is called in a scan that needs it."""
Span = tuple[int, int]
"""Where rows begin, and before which row they end."""


class Rows(Protocol):
    """Rows that lie in files, as something SQL can select from."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files that are read."""
        ...

    def sql(self, columns: str = "*") -> str:
        """The rows as a SELECT statement; `columns` is what to select, as SQL."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows of Parquet files: all of them, or those within a span of event time."""

    paths: tuple[Path, ...]
    time: str | None = None
    """Column of the event time; needed for a span."""
    start: datetime | None = None
    """Earliest event time, inclusive."""
    end: datetime | None = None
    """Event time before which rows lie, exclusive."""
    spans: tuple[tuple[Path, tuple[Span, ...]], ...] = ()
    """Which rows count in files that hold others too; a file that is not named counts as a whole."""
    begins: tuple[tuple[Path, tuple[int, ...]], ...] = ()
    """In files that were made of several, the rows in which the second and later ones begin."""

    def sql(self, columns: str = "*", *, numbered: bool = False) -> str:
        """The selection as a SELECT statement.

        Args:
            columns: What to select, as SQL.
            numbered: Also gives the columns in `numbering`: the row's place in its file, and its file
                where `begins_file` asks for it.
        """
        if not self.paths:
            raise ValueError("a selection needs at least one file")
        files = ", ".join(file_pattern(path) for path in self.paths)
        # A folder called `month=3` above the project is no column.
        options = "union_by_name = true, hive_partitioning = false"
        kept = self.numbering if numbered else ()
        used = (NUMBER, FILE) if self.spans else kept
        options += f", {NUMBER} = true" if NUMBER in used else ""
        options += f", filename = {literal(FILE)}" if FILE in used else ""
        source = f"read_parquet([{files}], {options})"
        hidden = [identifier(name) for name in used if name not in kept]
        if hidden:
            rows = self._of_spans()
            source = f"(SELECT * EXCLUDE ({', '.join(hidden)}) FROM {source} WHERE {rows})"
        elif self.spans:
            source = f"(SELECT * FROM {source} WHERE {self._of_spans()})"
        return f"SELECT {columns} FROM {source}{self._where()}"

    @property
    def numbering(self) -> tuple[str, ...]:
        """The columns that a numbered scan has besides those of the rows."""
        return (NUMBER, FILE) if self.begins else (NUMBER,)

    @property
    def begins_file(self) -> str:
        """The SQL condition of the first row that came from a file, over a numbered scan."""
        others = [
            f"({identifier(FILE)} = {literal(str(path))} AND {NUMBER} IN ({_listed(numbers)}))"
            for path, numbers in self.begins
        ]
        return f"({' OR '.join([f'{NUMBER} = 0', *others])})"

    def _of_spans(self) -> str:
        whole = ", ".join(literal(str(path)) for path, _ in self.spans)
        parts = [f"{identifier(FILE)} NOT IN ({whole})"]
        for path, spans in self.spans:
            within = " OR ".join(
                f"({NUMBER} >= {first} AND {NUMBER} < {end})" for first, end in spans
            )
            parts.append(f"({identifier(FILE)} = {literal(str(path))} AND ({within}))")
        return f"({' OR '.join(parts)})"

    def _where(self) -> str:
        terms = []
        if self.time is not None:
            column = identifier(self.time)
            if self.start is not None:
                terms.append(f"{column} >= {moment(self.start)}")
            if self.end is not None:
                terms.append(f"{column} < {moment(self.end)}")
        return f" WHERE {' AND '.join(terms)}" if terms else ""


def select(blobs: Blobs, partitions: Sequence[Partition | NewPartition], **span: Any) -> Selection:
    """The rows of partitions, each of which is some or all rows of a blob.

    Args:
        blobs: Where the blobs lie.
        partitions: In the order of their rows; those of one blob may come in any order.
        span: The time, start and end of `Selection`.
    """
    spans: dict[Path, list[Span]] = {}
    rows: dict[Path, int] = {}
    for one, path in zip(partitions, places(blobs, partitions), strict=True):
        if one.rows:
            spans.setdefault(path, []).append((one.first_row, one.first_row + one.rows))
            rows[path] = one.rows if one.file_rows is None else one.file_rows
    joined = {path: _joined(of) for path, of in spans.items()}
    return Selection(
        paths=tuple(spans),
        spans=tuple((path, of) for path, of in joined.items() if of != ((0, rows[path]),)),
        begins=tuple(
            (path, tuple(sorted(first for first, _ in of if first)))
            for path, of in spans.items()
            if any(first for first, _ in of)
        ),
        **span,
    )


def places(blobs: Blobs, partitions: Sequence[Partition | NewPartition]) -> tuple[Path, ...]:
    """Where each partition's rows are read from.

    Files that differ may hold the same rows, and then share a blob. Such rows count once for each, so
    the blob is read under as many paths as partitions have the same of its rows.
    """
    found: list[Path] = [blobs.path(one.blob) for one in partitions]
    ends: dict[str, list[int]] = {}
    order = sorted(range(len(partitions)), key=lambda place: partitions[place].first_row)
    for place in order:
        one = partitions[place]
        if not one.rows:
            continue
        own = ends.setdefault(one.blob, [])
        end = one.first_row + one.rows
        layer = next((at for at, before in enumerate(own) if before <= one.first_row), len(own))
        own[layer : layer + 1] = [end]
        found[place] = _once_more(found[place], layer)
    return tuple(found)


def _once_more(path: Path, times: int) -> Path:
    """The same file under another path."""
    for _ in range(times):
        path = path.parent / ".." / path.parent.name / path.name
    return path


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same rows in as few spans as possible."""
    found: list[Span] = []
    for first, end in sorted(spans):
        if found and found[-1][1] >= first:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return tuple(found)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
