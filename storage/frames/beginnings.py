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
                text = stream.read(size_bytes)
                if len(text) == size_bytes:
                    text = _whole_lines(text) or text + stream.read()
            target.write_bytes(text)
        yield target
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _whole_lines(text: bytes) -> bytes:
    """The text up to its last line end that is not within quotes; nothing when it has none."""
    sign = b"\n" if b"\n" in text else b"\r"
    last = end = text.rfind(sign, 0, -1)
    quotes = text.count(b'"', 0, max(end, 0))
    while quotes % 2 and 2 * end > len(text):
        before = text.rfind(sign, 0, end)
        quotes -= text.count(b'"', max(before, 0), end)
        end = before
    if quotes % 2:
        end = last  # a quote so far before the end is one that stands for inches
    # Of UTF-16 in little-endian order, the second byte of the line end follows.
    is_wide = end % 2 == 0 and text[end + 1 : end + 2] == b"\0"
    return text[: end + 1 + is_wide]
