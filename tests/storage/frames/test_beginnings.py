from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from storage.frames import FileUnreadable, Frames, beginning, import_file, literal
from storage.records import CsvRules, ReadingRules
from tests.storage.frames.files import left_behind
from workbench.core.profile import kind_of

ROWS = 400
CSV = "id,이름\n" + "".join(f"{row},가{row}\n" for row in range(ROWS))
QUOTED = "id,이름\n" + "".join(f'{row},"가\n{row}"\n' for row in range(ROWS))
INCHES = 'id,이름\n0,5" pipe\n' + "".join(f"{row},가{row}\n" for row in range(1, ROWS))
OBJECTS = [{"id": row, "이름": {"a": [{"b": row}]}} for row in range(ROWS)]

TEXTS: dict[str, tuple[str, bytes, str | None]] = {
    "UTF-8": ("x.csv", CSV.encode(), None),
    "Windows' line ends": ("x.csv", CSV.replace("\n", "\r\n").encode(), None),
    "old line ends": ("x.csv", CSV.replace("\n", "\r").encode(), None),
    "UTF-16 with its mark": ("x.csv", CSV.encode("utf-16"), None),
    "UTF-16, little end first": ("x.csv", CSV.encode("utf-16-le"), "utf-16-le"),
    "UTF-16, big end first": ("x.csv", CSV.encode("utf-16-be"), "utf-16-be"),
    "CP949": ("x.csv", CSV.encode("cp949"), None),
    "line ends within quotes": ("x.csv", QUOTED.encode(), None),
    "JSON lines": ("x.jsonl", "".join(f"{json.dumps(one)}\n" for one in OBJECTS).encode(), None),
    "a JSON array on one line": ("x.json", json.dumps(OBJECTS).encode(), None),
    "a JSON array on many": ("x.json", json.dumps(OBJECTS).replace("}, {", "},\n{").encode(), None),
}


def rows_of(frames: Frames, path: Path, size_bytes: int, encoding: str | None = None) -> int:
    """How many rows the beginning of a file has; none may be bad."""
    rules = ReadingRules(csv=CsvRules(encoding=encoding))
    with beginning(frames, path, size_bytes) as source:
        read = import_file(frames, source, pinned=None, time=None, kind_of=kind_of, rules=rules)
    read.discard()
    assert read.bad_lines == 0
    return read.rows


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize(("name", "content", "encoding"), TEXTS.values(), ids=TEXTS.keys())
def test_the_beginning_of_a_text_ends_with_a_whole_row(
    frames: Frames, tmp_path: Path, name: str, content: bytes, encoding: str | None, packed: bool
):
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content) if packed else content)

    for size_bytes in range(1000, 1012):
        assert 0 < rows_of(frames, path, size_bytes, encoding) <= ROWS
    assert left_behind(frames) == []


def test_a_sign_for_inches_does_not_end_the_beginning(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(INCHES, encoding="utf-8")

    with beginning(frames, path, 1000) as source:
        assert 50 < source.read_bytes().count(b"\n") < ROWS


def test_a_small_file_is_its_own_beginning(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(CSV, encoding="utf-8")

    with beginning(frames, path, len(CSV.encode())) as source:
        assert source == path
    assert rows_of(frames, path, 10**6) == ROWS


def test_a_small_packed_file_is_unpacked_whole(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode()))

    assert rows_of(frames, path, 10**6) == ROWS
    with beginning(frames, path, 10**6) as source:
        assert (source.name, source.read_bytes()) == ("x.csv", CSV.encode())
    assert left_behind(frames) == []


def test_of_a_large_parquet_file_the_first_rows_are_read(frames: Frames, tmp_path: Path):
    path = tmp_path / "[x] 'y'.parquet"
    frames.rows(
        f"COPY (SELECT range AS v FROM range(20000)) TO {literal(str(path))} (FORMAT parquet)"
    )

    assert rows_of(frames, path, 1000) == 10_000
    assert left_behind(frames) == []


def test_a_cut_archive_is_refused_by_its_name(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode())[:100])

    with (
        pytest.raises(FileUnreadable, match=r"x\.csv\.gz cannot be read: its archive is cut"),
        beginning(frames, path, 10**6),
    ):
        pass
    assert left_behind(frames) == []


def test_nothing_is_left_when_what_is_done_with_it_fails(frames: Frames, tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text(CSV, encoding="utf-8")

    with pytest.raises(ValueError, match="other"), beginning(frames, path, 100):
        raise ValueError("other")
    assert left_behind(frames) == []
