"""Kept rows written anew: without those that newer rows replace, or joined from many small files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.frames.database import Frames
from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.selection import FILE, NUMBER, Selection, places
from storage.records import NewPartition, Partition

_PART = identifier("place of the partition")
_RANK = identifier("place among its doubles")
_FILE, _ROW = identifier(FILE), identifier(NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainders:
    """What is left of partitions that lose rows, staged as one Parquet file."""

    staged: Path | None
    """None when nothing is left of any."""
    touched: tuple[int, ...]
    """Places of the partitions that lose rows, among those that were given."""
    rows: tuple[int, ...]
    """How many rows each of these keeps; in the file they lie one after the other."""


NOTHING = Remainders(staged=None, touched=(), rows=())


def without_doubles(
    frames: Frames, partitions: Sequence[Partition | NewPartition], key: Sequence[str]
) -> Remainders:
    """The rows of partitions whose key does not come again later, in the same order.

    Args:
        frames: The engine.
        partitions: The later ones last.
        key: Columns that tell rows apart; a null in them is equal to nothing.
    """
    names, present = _listed(key), _present(key)
    source = _scan(frames, partitions)
    counted = f"SELECT count(*) - count(DISTINCT ({names})) FROM {source} WHERE {present}"
    # A blob may hold other partitions too, whose rows do not count: those are told apart below.
    if not frames.rows(counted)[0][0]:
        return NOTHING
    rank = f"row_number() OVER (PARTITION BY {names} ORDER BY {_PART} DESC, {_ROW} DESC)"
    last = f"SELECT *, {rank} AS {_RANK} FROM ({_placed(frames, partitions)}) WHERE {present}"
    lost = f"SELECT {_PART}, {_ROW} FROM ({last}) WHERE {_RANK} > 1"
    return _without(frames, partitions, lost, by=(_PART, _ROW))


def without_keys(
    frames: Frames,
    partitions: Sequence[Partition | NewPartition],
    newer: Selection,
    key: Sequence[str],
) -> Remainders:
    """The rows of partitions whose key is not among those of newer rows.

    Of partitions that lose nothing only the key is read.

    Args:
        frames: The engine.
        partitions: The older rows.
        newer: The rows that take their place.
        key: Columns that tell rows apart, in both; a null in them is equal to nothing.
    """
    names = tuple(map(identifier, key))
    keys = newer.sql(f"DISTINCT {_listed(key)}")
    return _without(frames, partitions, keys, by=names)


def joined(frames: Frames, partitions: Sequence[Partition]) -> tuple[Path, int]:
    """All rows of partitions that have the same columns, in their order, staged as one file.

    Returns:
        The file, and how many rows it has.
    """
    staged = frames.blobs.stage(".parquet")
    return staged, _write(frames, f"SELECT * FROM ({_placed(frames, partitions)})", staged)


def layouts(frames: Frames, blobs: Collection[str]) -> dict[str, str]:
    """By blob a text that is the same for files with the same columns of the same types."""
    paths = {str(frames.blobs.path(blob)): blob for blob in blobs}
    files = ", ".join(file_pattern(Path(path)) for path in paths)
    one = "concat_ws('|', name, type, converted_type, logical_type, precision, scale)"
    found = frames.rows(
        f"SELECT file_name, string_agg({one}, ';') FROM parquet_schema([{files}]) GROUP BY 1"
    )
    return {paths[path]: layout for path, layout in found}


def _without(
    frames: Frames, partitions: Sequence[Partition | NewPartition], lost: str, *, by: Sequence[str]
) -> Remainders:
    """What is left without the rows that agree with a row of `lost` in the columns `by`."""
    columns = ", ".join(by)
    has_lost = f"SEMI JOIN ({lost}) USING ({columns})"
    if _PART in by:
        hit = f"SELECT {_PART} FROM ({_placed(frames, partitions)}) {has_lost}"
    else:
        rows = f"SELECT {columns}, {_FILE}, {_ROW} FROM {_scan(frames, partitions)} {has_lost}"
        hit = f"SELECT {_PART} FROM ({_placed_of(frames, partitions, f'({rows})')})"
    found = frames.rows(f"SELECT {_PART}, count(*) FROM ({hit}) GROUP BY ALL ORDER BY ALL")
    if not found:
        return NOTHING
    touched = tuple(int(part) for part, _ in found)
    kept = tuple(partitions[int(part)].rows - int(rows) for part, rows in found)
    if not any(kept):
        return Remainders(staged=None, touched=touched, rows=kept)
    places = ", ".join(map(str, touched))
    # The keys of the rows that stay are looked up once more: only these partitions are read whole.
    own = f"SELECT * FROM ({_placed(frames, partitions, only=touched)}) WHERE {_PART} IN ({places})"
    staged = frames.blobs.stage(".parquet")
    _write(frames, f"SELECT * FROM ({own}) ANTI JOIN ({lost}) USING ({columns})", staged)
    return Remainders(staged=staged, touched=touched, rows=kept)


def _write(frames: Frames, placed: str, staged: Path) -> int:
    """Writes rows in the order of their partitions and of their places in them; says how many."""
    try:
        ((rows,),) = frames.rows(
            f"COPY (SELECT * EXCLUDE ({_PART}, {_FILE}, {_ROW}) FROM ({placed}) "
            f"ORDER BY {_PART}, {_ROW}) TO {literal(str(staged))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return int(rows)


def _placed(
    frames: Frames,
    partitions: Sequence[Partition | NewPartition],
    *,
    only: Sequence[int] | None = None,
) -> str:
    """The rows of partitions with their partition's place; of blobs that hold one of `only`."""
    return _placed_of(frames, partitions, _scan(frames, partitions, only=only))


def _placed_of(frames: Frames, partitions: Sequence[Partition | NewPartition], rows: str) -> str:
    """Rows that know their file and place, with that of the partition they belong to."""
    paths = places(frames.blobs, partitions)
    spans = ", ".join(
        f"({literal(str(paths[place]))}, {one.first_row}, {one.first_row + one.rows}, {place})"
        for place, one in enumerate(partitions)
        if one.rows
    )
    return (
        f"SELECT rows.*, spans.place AS {_PART} FROM {rows} AS rows "
        f"ASOF JOIN (VALUES {spans}) AS spans (file, first, ending, place) "
        f"ON rows.{_FILE} = spans.file AND rows.{_ROW} >= spans.first "
        f"WHERE rows.{_ROW} < spans.ending"
    )


def _scan(
    frames: Frames,
    partitions: Sequence[Partition | NewPartition],
    *,
    only: Sequence[int] | None = None,
) -> str:
    """The blobs of partitions as a SQL table, each row with its file and its place there."""
    paths = places(frames.blobs, partitions)
    wanted = range(len(partitions)) if only is None else only
    files = dict.fromkeys(file_pattern(paths[one]) for one in wanted if partitions[one].rows)
    return (
        f"read_parquet([{', '.join(files)}], union_by_name = true, hive_partitioning = false, "
        f"{NUMBER} = true, filename = {literal(FILE)})"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(identifier, names))


def _present(key: Sequence[str]) -> str:
    return " AND ".join(f"{identifier(name)} IS NOT NULL" for name in key)
