"""The bytes of a file, unpacked: as a stream, and its beginning and end at a glance."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from storage.frames.reading.intake import PACKED, unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 1024 * 1024
"""A beginning shorter than this is the whole file."""
TAIL_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where its name says that they are packed.

    Raises:
        FileUnreadable: The archive is cut or damaged.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            with gzip.open(path, "rb") as stream:
                yield io.BufferedReader(stream)
        elif suffix == ".zst":
            with path.open("rb") as file, io.BufferedReader(_Unzstd(file), CHUNK_BYTES) as stream:
                yield stream
        else:
            with path.open("rb") as file:
                yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        reason = f"its archive is cut or damaged ({error})"
        raise unreadable(path, reason, "Pack it anew and drop it again") from error


def first_bytes(path: Path) -> bytes:
    """The first megabyte of a file at most, unpacked."""
    with unpacked(path) as stream:
        return stream.read(HEAD_BYTES)


def last_bytes(path: Path) -> bytes:
    """The last 64 kilobytes of a file at most; a packed one is unpacked as a whole for them."""
    if path.suffix.lower() in PACKED:
        return look_through(path).tail
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read(TAIL_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is seen by looking through all bytes of a file, unpacked."""

    found: frozenset[bytes]
    """Which of the wanted bytes it has."""
    tail: bytes
    """Its last 64 kilobytes at most."""


def look_through(path: Path, wanted: Sequence[bytes] = ()) -> Look:
    """Which of the wanted bytes a file has, and how it ends.

    Raises:
        FileUnreadable: The archive is cut or damaged.
    """
    found: set[bytes] = set()
    tail = b""
    with unpacked(path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            found |= {one for one in wanted if one not in found and one in chunk}
            tail = (tail + chunk if len(chunk) < TAIL_BYTES else chunk)[-TAIL_BYTES:]
    return Look(found=frozenset(found), tail=tail)


class _Unzstd(io.RawIOBase):
    """Zstandard frames as one stream; zstandard's own reader takes a cut frame for its end."""

    def __init__(self, file: BinaryIO) -> None:
        # Only packed files need it, and few are.
        import zstandard  # noqa: PLC0415

        self._failure = zstandard.ZstdError
        self._begin = zstandard.ZstdDecompressor().decompressobj
        self._file = file
        self._frame = self._begin()
        self._is_between = True
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        while not self._left:
            packed = self._next()
            if not packed:
                return 0
            try:
                self._left = memoryview(self._frame.decompress(packed))
            except self._failure as error:
                raise zlib.error(str(error)) from error
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _next(self) -> bytes:
        """Packed bytes of the frame that is open; empty at the end of the file."""
        packed = b""
        if self._frame.eof:
            packed = self._frame.unused_data
            self._frame, self._is_between = self._begin(), True
        packed = packed or self._file.read(CHUNK_BYTES // 8)
        if not packed and not self._is_between:
            raise EOFError("it ends within a frame")
        self._is_between = self._is_between and not packed
        return packed
