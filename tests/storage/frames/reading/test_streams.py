from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
import zstandard

from storage.frames import FileUnreadable, Frames
from storage.frames.reading.streams import first_bytes, last_bytes, look_through, unpacked
from tests.storage.frames.files import CSV, ROWS, left_behind, rows_of

TEXT = "이름,n\n" + "가나,1\n" * 100_000


def pack(name: str, content: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content)
    return zstandard.compress(content) if name.endswith(".zst") else content


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.csv.zst"])
def test_a_file_is_unpacked_by_its_name(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(pack(name, TEXT.encode()))
    with unpacked(path) as stream:
        whole = stream.read()

    assert whole == TEXT.encode()
    assert whole.startswith(first_bytes(path))
    assert whole.endswith(last_bytes(path))


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.csv.zst"])
def test_a_look_finds_bytes_and_the_end(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(pack(name, TEXT.encode() + b'"end'))
    look = look_through(path, (b'"', b"\0"))

    assert look.found == {b'"'}
    assert look.tail == last_bytes(path) == (TEXT.encode() + b'"end')[-len(look.tail) :]
    assert len(look.tail) == 64 * 1024


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst"])
def test_an_archive_may_have_several_parts(frames: Frames, read: Any, name: str):
    header, rest = CSV.split("\n", 1)
    content = pack(name, f"{header}\n".encode()) + pack(name, rest.encode())

    assert rows_of(frames, read(name, content)) == ROWS


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst", "x.jsonl.gz", "x.jsonl.zst"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_an_archive_that_is_cut_is_refused(frames: Frames, read: Any, name: str, share: float):
    text = TEXT if "csv" in name else '{"이름": "가나"}\n' * 100_000
    content = pack(name, text.encode())

    with pytest.raises(FileUnreadable):
        read(name, content[: int(len(content) * share)])

    assert left_behind(frames) == []


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst"])
def test_what_is_no_archive_is_refused(read: Any, name: str):
    with pytest.raises(FileUnreadable, match="its archive is cut or damaged"):
        read(name, CSV)
