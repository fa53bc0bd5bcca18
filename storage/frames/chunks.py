"""A file of rows that is read in chunks, in the order of its rows, each column as what a model takes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import move
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from storage.frames.database import Frames, open_database
from storage.frames.importing import import_file, problems_named
from storage.frames.inputs import taken
from storage.frames.quoting import file_pattern, identifier
from storage.frames.reading.evolution import is_of_columns, refuse_names
from storage.frames.reading.intake import Intake, parquet, reader_of, scratch, unreadable
from storage.frames.reading.names import column_names
from storage.frames.selection import NUMBER
from storage.records import (
    Column,
    ColumnKind,
    CsvRules,
    InputColumn,
    ReadingRules,
    Schema,
)

MEMORY_LIMIT = "384MB"
"""Of the engine that reads and writes; what a model needs comes on top."""
MOST_ROWS = 262_144
MOST_CELLS = 8_000_000
"""Numbers in one chunk: 64 MB of them."""

Span = tuple[int, int]
"""The first row and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows, typed for a model."""

    first_row: int
    """Its place in the file, from 0."""
    columns: dict[str, NDArray[Any]]
    """Per input float64 with NaN, or an object array of texts with ""; each of shape (n,)."""
    misfits: dict[str, NDArray[np.bool_]]
    """Which values are of another type than the input takes, for the columns that have such; they are
    missing in `columns`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkedFile:
    """A file of rows, open."""

    cursor: duckdb.DuckDBPyConnection
    source: Path
    """The file, as it is called when something is wrong with it."""
    path: Path
    """Parquet: the file itself, or what became of a file of text."""
    types: Mapping[str, str]
    rows: int
    spans: tuple[Span, ...]
    """How its rows are parted, in their order."""
    notes: tuple[str, ...]
    csv: CsvRules | None
    """How its texts are written; None: its columns have types of their own."""

    def read(self, inputs: Sequence[InputColumn], span: Span) -> Chunk:
        """The rows of `span`; any thread may ask."""
        values, misfits = {}, {}
        for place, column in enumerate(inputs):
            values[f"v{place}"], wrong = taken(column, own=self.types[column.name], csv=self.csv)
            if wrong:
                misfits[f"m{place}"] = wrong
        listed = ", ".join(f"{sql} AS {name}" for name, sql in (values | misfits).items())
        with problems_named(self.source), self.cursor.cursor() as cursor:
            found = cursor.execute(f"SELECT {listed} FROM {self.rows_of(span)}").fetchnumpy()
        names = {f"v{place}": column.name for place, column in enumerate(inputs)}
        wrongs = {names[f"v{name[1:]}"]: np.asarray(found[name], np.bool_) for name in misfits}
        return Chunk(
            first_row=span[0],
            columns={own: np.ma.getdata(found[name]) for name, own in names.items()},
            misfits={name: wrong for name, wrong in wrongs.items() if wrong.any()},
        )

    def shown(self, column: str, row: int) -> str | None:
        """A value as text; None: it is missing.

        Args:
            column: Its column.
            row: Its place in the file, from 0.
        """
        sql = f"SELECT CAST({identifier(column)} AS VARCHAR) FROM {self.rows_of((row, 1))}"
        ((found,),) = self.cursor.execute(sql).fetchall()
        return None if found is None else str(found)

    def rows_of(self, span: Span) -> str:
        """The rows of `span` as a SQL table."""
        first, rows = span
        # Row groups outside are passed over by their counts; a LIMIT would gather all of those it reads.
        scan = (
            f"read_parquet({file_pattern(self.path)}, hive_partitioning = false, {NUMBER} = true)"
        )
        within = f"{NUMBER} >= {first} AND {NUMBER} < {first + rows}"
        return f"(SELECT * EXCLUDE ({NUMBER}) FROM {scan} WHERE {within})"


def names_of(
    frames: Frames, source: Path, *, likely: Sequence[str], csv: CsvRules
) -> tuple[str, ...]:
    """What the columns of a file are called, in their order.

    Args:
        frames: The engine.
        source: CSV, TSV, JSON lines or Parquet; text may be .gz or .zst.
        likely: Names it should have; they tell a delimiter from a comma.
        csv: How text is written.

    Raises:
        FileUnreadable: It is empty, or not what its name says.
    """
    reader_of(source)
    if not source.stat().st_size:
        raise unreadable(source, "it is empty")
    with problems_named(source), scratch(frames.blobs) as made, frames.connect() as cursor:
        pinned = _texts(dict.fromkeys(likely, "VARCHAR"))
        rules = ReadingRules(new="ignore", missing="accept", csv=csv)
        intake = Intake(
            cursor=cursor,
            source=source,
            pinned=None,
            time=None,
            kind_of=_any_kind,
            rules=rules,
            scratch=made,
        )
        names = column_names(replace(intake, pinned=pinned))
        refuse_names(intake, names)
        return names


@contextmanager
def open_chunks(
    frames: Frames, source: Path, *, types: Mapping[str, str], csv: CsvRules, kept: Path
) -> Iterator[ChunkedFile]:
    """Opens a file, on an engine of its own.

    Args:
        frames: The engine of the store, which reads a file of text.
        source: As for `names_of`.
        types: The columns that are wanted, with what is read of them in a file of text.
        csv: How text is written.
        kept: Where a file of text is put as Parquet; one that is there is taken for it.

    Raises:
        FileUnreadable: It cannot be read, or has no rows.
        StoreUnusable: There is no room for it.
    """
    is_text = reader_of(source) != "read_parquet"
    path = kept if is_text else source
    notes: tuple[str, ...] = ()
    with _ctrl_c(), closing(open_database(frames.blobs.stage())) as database:
        if is_text and not kept.exists():
            notes = _converted(frames, source, types, csv, kept)
        database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        with problems_named(source):
            own = _described(database, path)
            spans = _spans(_groups(database, path), columns=len(types))
        if not spans:
            raise unreadable(source, "it has no rows")
        yield ChunkedFile(
            cursor=database,
            source=source,
            path=path,
            types=own,
            rows=sum(rows for _, rows in spans),
            spans=spans,
            notes=notes,
            csv=csv if is_text else None,
        )


@contextmanager
def _ctrl_c() -> Iterator[None]:
    """Lets Ctrl-C be one also within a statement, where DuckDB takes it for an error."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error):
            raise KeyboardInterrupt from error
        raise


def _converted(
    frames: Frames, source: Path, types: Mapping[str, str], csv: CsvRules, kept: Path
) -> tuple[str, ...]:
    """Puts a file of text into `kept`, with its values as they are written; what should be known of it."""
    # An engine keeps the memory it once had; what reads the chunks afterwards needs that room.
    with closing(Frames(frames.blobs, frames.blobs.staging)) as engine:
        imported = import_file(
            engine,
            source,
            pinned=_texts(types),
            time=None,
            kind_of=_any_kind,
            rules=ReadingRules(new="ignore", missing="accept", csv=csv),
        )
    try:
        with problems_named(source):
            # Moved under another name first: what has the right name is whole.
            move(imported.staged, kept.with_suffix(".tmp"))
            kept.with_suffix(".tmp").replace(kept)
    finally:
        imported.discard()
    return tuple(one for one in imported.notes if not is_of_columns(one))


def _described(database: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    found = database.execute(f"DESCRIBE SELECT * FROM {parquet(path)}").fetchall()
    return {str(name): str(type_) for name, type_, *_ in found}


def _groups(database: duckdb.DuckDBPyConnection, path: Path) -> list[int]:
    """Rows of each row group of a Parquet file."""
    found = database.execute(
        "SELECT row_group_id, any_value(row_group_num_rows) "
        f"FROM parquet_metadata({file_pattern(path)}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [int(rows) for _, rows in found]


def _spans(groups: Sequence[int], *, columns: int) -> tuple[Span, ...]:
    """Row groups joined up to the size of a chunk, and larger ones parted evenly."""
    most = max(1024, min(MOST_ROWS, MOST_CELLS // max(1, columns)))
    sizes: list[int] = []
    for rows in groups:
        parts = -(-rows // most)
        if sizes and parts == 1 and sizes[-1] + rows <= most:
            sizes[-1] += rows
        else:
            sizes += [rows * (at + 1) // parts - rows * at // parts for at in range(parts)]
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple((first, size) for first, size in zip(ends, sizes, strict=False) if size)


def _texts(types: Mapping[str, str]) -> Schema:
    return Schema(
        columns=tuple(
            Column(name=name, type=type_, kind=ColumnKind.CATEGORICAL)
            for name, type_ in types.items()
        )
    )


def _any_kind(_: str) -> ColumnKind:
    return ColumnKind.CATEGORICAL
