"""The beginning of a large file as a file of its own, to see how the whole would be read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.frames.database import Frames
from storage.frames.quoting import literal
from storage.frames.reading.intake import PACKED, parquet, suffix_of
from storage.frames.reading.streams import unpacked

ROWS = 10_000
"""Of a Parquet file, whose bytes cannot be cut."""


@contextmanager
def beginning(frames: Frames, path: Path, size_bytes: int) -> Iterator[Path]:
    """The file itself when it is not larger than `size_bytes`, otherwise a copy of its first rows.

    Raises:
        FileUnreadable: Its archive is cut or damaged.
    """
    if path.stat().st_size <= size_bytes and path.suffix.lower() not in PACKED:
        yield path
        return
    folder = frames.blobs.stage()
    folder.mkdir()
    # Under the name of the file, which is named when it would be refused.
    target = folder / (path.stem if path.suffix.lower() in PACKED else path.name)
    try:
        if suffix_of(path) == ".parquet":
            sql = f"SELECT * FROM {parquet(path)} LIMIT {ROWS}"
            frames.rows(f"COPY ({sql}) TO {literal(str(target))} (FORMAT parquet)")
        else:
            with unpacked(path) as stream:
                target.write_bytes(_whole_lines(stream.read(size_bytes), size_bytes))
        yield target
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _whole_lines(text: bytes, size_bytes: int) -> bytes:
    """The text up to its last line end, unless it is all there is."""
    if len(text) < size_bytes:
        return text
    end = text.rfind(b"\n")
    return text[: end + 1] if end >= 0 else text
