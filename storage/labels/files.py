"""Labels in a file of rows, read in chunks as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.frames import Frames, identifier, names_of, open_chunks
from storage.records import CsvRules

TextColumns = dict[str, list[str | None]]
"""Values as they are written, by column; None where one is missing."""


def text_columns(
    frames: Frames, source: Path, *, wanted: Sequence[str], csv: CsvRules
) -> Iterator[TextColumns]:
    """The wanted columns that a file has, chunk by chunk.

    Args:
        frames: The engine.
        source: CSV, TSV, JSON lines or Parquet; text may be .gz or .zst.
        wanted: Names of columns; others are left alone, and none need be there.
        csv: How text is written.

    Raises:
        FileUnreadable: It is empty, or not what its name says.
        StoreUnusable: There is no room for what is made of it on the way.
    """
    names = [name for name in names_of(frames, source, likely=wanted, csv=csv) if name in wanted]
    if not names:
        yield {}
        return
    kept = frames.blobs.stage(".parquet")
    texts = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
    try:
        with open_chunks(
            frames, source, types=dict.fromkeys(names, "VARCHAR"), csv=csv, kept=kept
        ) as rows:
            for span in rows.spans:
                found = rows.cursor.execute(f"SELECT {texts} FROM {rows.rows_of(span)}").fetchall()  # noqa: S608 - quoted
                yield dict(zip(names, map(list, zip(*found, strict=True)), strict=True))
    finally:
        kept.unlink(missing_ok=True)
