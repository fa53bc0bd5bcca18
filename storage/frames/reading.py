"""What a file holds and how it is read: its reader, its columns, and the types they are read with."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import duckdb

from storage.errors import StoreError
from storage.frames.database import file_pattern, identifier, literal
from storage.records import Schema

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
RESERVED = "file_row_number"  # DuckDB's own column in a numbered scan
DELIMITERS = frozenset(",;\t|")

# Parquet would keep these as floats, as nothing, or as JSON with quotes around each word.
KEPT_AS = {
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    '"NULL"': "VARCHAR",
    "JSON": "VARCHAR",
}
FLOATS = frozenset(["DOUBLE", "FLOAT"])
NUMBERS = FLOATS | {"BIGINT", "DECIMAL(38,0)"}


class FileUnreadable(StoreError):
    """A file that cannot be read as rows of its dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that was looked at: its columns with the types they are read with."""

    path: Path
    reader: str
    types: dict[str, str]
    options: str = ""
    """For the reader, as SQL, each after a comma."""

    @property
    def is_text(self) -> bool:
        """Whether its types are read from text, so that a cast could change what is read."""
        return self.reader != "read_parquet"

    @property
    def scan(self) -> str:
        """The file as a SQL table."""
        if not self.is_text:
            return parquet(self.path)
        option = "types" if self.reader == "read_csv" else "columns"
        named = ", ".join(
            f"{literal(name)}: {literal(type_)}" for name, type_ in self.types.items()
        )
        return f"{self.reader}({file_pattern(self.path)}{self.options}, {option} = {{{named}}})"


def parquet(path: Path) -> str:
    """A Parquet file as a SQL table, with the columns it holds and none from its path."""
    return f"read_parquet({file_pattern(path)}, hive_partitioning = false)"


def look(cursor: duckdb.DuckDBPyConnection, path: Path, pinned: Schema | None) -> Reading:
    """Looks at a whole file, so that its end decides as its beginning does.

    Args:
        cursor: The engine's.
        path: The file.
        pinned: The dataset's columns; text is read as these where that changes no value.

    Raises:
        FileUnreadable: It is empty, or no table.
    """
    reader = _reader(path)
    if not path.stat().st_size:
        raise unreadable(path, "it is empty")
    if reader == "read_parquet":
        return Reading(path=path, reader=reader, types=_described(cursor, parquet(path)))
    options = ", hive_partitioning = false"
    if reader == "read_json":
        scan = f"read_json({file_pattern(path)}{options}, sample_size = -1)"
        types = _as_read(_described(cursor, scan), pinned)
    else:
        options += ", header = true, sample_size = -1" + _delimiter(path)
        own, formats = _sniffed(cursor, path, options)
        types = _as_read(own, pinned)
        _refuse_collapse(path, types)
        _refuse_ambiguity(cursor, path, options, types, formats)
    return Reading(path=path, reader=reader, types=types, options=options)


def unreadable(source: Path, reason: str) -> FileUnreadable:
    """Says why a file cannot be read."""
    return FileUnreadable(
        f"{source.name} cannot be read: {reason}.",
        "Mend the file and drop it again; nothing of it was kept.",
    )


def reason_of(error: duckdb.Error) -> str:
    """What DuckDB said, in one sentence without its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("not utf-8" in line for line in lines):
        return "its text is not UTF-8, the only encoding that is read"
    said = lines[0].rstrip(":. ") if lines else type(error).__name__
    if "CSV Error on Line" in said and len(lines) > 1:
        said = f"{said}: {lines[1]}"
    return said


def _reader(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = next((one for one in reversed(suffixes) if one not in PACKED), "")
    reader = READERS.get(suffix)
    if reader is None:
        raise unreadable(path, f"'{path.suffix}' is none of {', '.join(READERS)}")
    return reader


def _delimiter(path: Path) -> str:
    # A guess would take the commas within a column's text for delimiters.
    is_tsv = any(suffix.lower() == ".tsv" for suffix in path.suffixes)
    return ", delim = '\t'" if is_tsv else ""


def _described(cursor: duckdb.DuckDBPyConnection, scan: str) -> dict[str, str]:
    rows = cursor.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    return {str(name): str(type_) for name, type_, *_ in rows}


def _sniffed(
    cursor: duckdb.DuckDBPyConnection, path: Path, options: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Columns with their types, and the formats of dates and times that are not ISO's."""
    sniffed = f"sniff_csv({file_pattern(path)}{options})"
    sql = f"SELECT Columns, DateFormat, TimestampFormat FROM {sniffed}"
    columns, *formats = cursor.execute(sql).fetchall()[0]
    return (
        {column["name"]: column["type"] for column in columns},
        tuple(one for one in formats if one and not one.startswith("%Y")),
    )


def _refuse_collapse(path: Path, types: dict[str, str]) -> None:
    """Refuses lines of different lengths, which DuckDB takes for a single column of text."""
    if len(types) == 1 and DELIMITERS & set(next(iter(types))):
        raise unreadable(path, "its lines do not have the same number of columns")


def _refuse_ambiguity(
    cursor: duckdb.DuckDBPyConnection,
    path: Path,
    options: str,
    types: dict[str, str],
    formats: tuple[str, ...],
) -> None:
    """Refuses dates like 01/02/2013 when no value tells which number is the day."""
    dates = [name for name, type_ in types.items() if type_ in {"DATE", "TIMESTAMP"}]
    pairs = [(own, other) for own in formats for other in _other_orders(own)]
    if not dates or not pairs:
        return
    telling = ", ".join(
        "count(*) FILTER (WHERE "
        + " OR ".join(f"{_is_time(name, own)} AND NOT {_is_time(name, other)}" for name in dates)
        + ")"
        for own, other in pairs
    )
    scan = f"read_csv({file_pattern(path)}{options}, all_varchar = true)"
    if not all(cursor.execute(f"SELECT {telling} FROM {scan}").fetchall()[0]):
        reason = f"the order of day and month in {dates[0]} is not certain; write 2013-01-31"
        raise unreadable(path, reason)


def _other_orders(own: str) -> list[str]:
    """The format with its day, its month and a year of two digits in any other order."""
    letters = "".join(letter for letter in "dmy" if f"%{letter}" in own)
    orders = ("".join(order) for order in permutations(letters))
    return [own.translate(str.maketrans(letters, order)) for order in orders if order != letters]


def _is_time(column: str, one: str) -> str:
    return f"(try_strptime({identifier(column)}, {literal(one)}) IS NOT NULL)"


def _as_read(types: dict[str, str], pinned: Schema | None) -> dict[str, str]:
    """The types text is read with: the pinned ones where they take each text as it is."""
    columns = {column.name: column.type for column in pinned.columns} if pinned else {}
    read = {name: KEPT_AS.get(type_, type_) for name, type_ in types.items()}
    for name, own in read.items():
        wanted = columns.get(name, own)
        if wanted == "VARCHAR" or (wanted in FLOATS and own in NUMBERS):
            read[name] = wanted
    return read
