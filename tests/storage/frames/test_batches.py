from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import Blobs
from storage.frames import (
    Batch,
    FileUnreadable,
    Frames,
    Selection,
    Small,
    can_be_small,
    import_alike,
    import_file,
)
from storage.records import CsvRules, ReadingRules, Schema
from tests.storage.frames.files import left_behind, schema
from workbench.core.profile import kind_of

PINNED = schema(n="BIGINT", x="DOUBLE", s="VARCHAR", t="TIMESTAMP", b="BOOLEAN", d="DECIMAL(9,2)")
HEADER = "n,x,s,t,b,d"
PLAIN = "1,0.5,AA,2013-01-02 03:04:05,true,1.25\n2,,가나,2013-01-03,false,0.5\n"


@dataclass(frozen=True)
class Alone:
    """What one file is, read by itself."""

    rows: list[tuple[Any, ...]]
    types: list[tuple[str, str]]
    times: tuple[datetime | None, datetime | None]
    is_plain: bool
    """Whether nothing has to be said about it."""


@contextmanager
def engine() -> Iterator[tuple[Frames, Path]]:
    """An engine in a folder of its own, for one example of a property."""
    folder = Path(tempfile.mkdtemp(prefix="batches"))
    opened = Frames(Blobs(folder / "blobs", folder / "staging"), folder / "staging")
    try:
        yield opened, folder
    finally:
        opened.close()
        shutil.rmtree(folder)


def written(folder: Path, contents: Sequence[bytes], suffixes: Sequence[str] = ()) -> list[Path]:
    paths = []
    for place, content in enumerate(contents):
        suffix = suffixes[place] if place < len(suffixes) else ".csv"
        path = folder / f"{place:03d}{suffix}"
        path.write_bytes(content)
        paths.append(path)
    return paths


def together(
    frames: Frames,
    paths: Sequence[Path],
    *,
    pinned: Schema = PINNED,
    time: str | None = "t",
    rules: ReadingRules | None = None,
) -> Batch | None:
    return import_alike(
        frames,
        [Small(path=path, content=path.read_bytes()) for path in paths],
        pinned=pinned,
        time=time,
        kind_of=kind_of,
        rules=rules or ReadingRules(),
    )


def alone(
    frames: Frames,
    path: Path,
    *,
    pinned: Schema = PINNED,
    time: str | None = "t",
    rules: ReadingRules | None = None,
) -> Alone | None:
    """None when it cannot be read."""
    try:
        read = import_file(
            frames, path, pinned=pinned, time=time, kind_of=kind_of, rules=rules or ReadingRules()
        )
    except FileUnreadable:
        return None
    found = Alone(
        rows=rows_of(frames, read.staged),
        types=types_of(frames, read.staged),
        times=(read.first_time, read.last_time),
        is_plain=not (read.notes or read.bad_lines) and read.schema == pinned,
    )
    read.discard()
    return found


def rows_of(frames: Frames, staged: Path) -> list[tuple[Any, ...]]:
    # As text, so that no number is equal to none other.
    return frames.rows(Selection(paths=(staged,)).sql("COLUMNS(*)::VARCHAR"))


def types_of(frames: Frames, staged: Path) -> list[tuple[str, str]]:
    found = frames.rows(f"DESCRIBE {Selection(paths=(staged,)).sql()}")
    return [(name, type_) for name, type_, *_ in found]


def same_as_alone(frames: Frames, paths: Sequence[Path], batch: Batch, **how: Any) -> None:
    """Every file of a batch is what it would be alone, and nothing has to be said of any."""
    rows, types = rows_of(frames, batch.staged), types_of(frames, batch.staged)
    assert batch.rows == len(rows) == sum(one.rows for one in batch.slices)
    for path, part in zip(paths, batch.slices, strict=True):
        single = alone(frames, path, **how)
        assert single is not None, path.read_bytes()
        assert single.is_plain, path.read_bytes()
        assert rows[part.first_row : part.first_row + part.rows] == single.rows
        assert types == single.types
        assert (part.first_time, part.last_time) == single.times


def test_files_written_alike_are_read_in_one_statement(frames: Frames, tmp_path: Path):
    texts = [f"{HEADER}\n{PLAIN}", f"{HEADER}\n7,1e3,x y,2014-01-01,,\n", f"{HEADER}\n{PLAIN}"]
    paths = written(tmp_path, [text.encode() for text in texts])
    batch = together(frames, paths)

    assert batch is not None
    assert [(one.first_row, one.rows) for one in batch.slices] == [(0, 2), (2, 1), (3, 2)]
    same_as_alone(frames, paths, batch)


def test_nothing_but_the_batch_is_left_in_the_staging_folder(frames: Frames, tmp_path: Path):
    batch = together(frames, written(tmp_path, [f"{HEADER}\n{PLAIN}".encode()] * 2))

    assert batch is not None
    assert left_behind(frames) == [batch.staged.name]


NAMES = ["*.csv", "[a] 'b' ?.csv", "비행 {1,2}.csv", "a=b.csv", "%20.csv", "x.CSV"]


def test_a_file_may_have_any_name(frames: Frames, tmp_path: Path):
    paths = []
    for place, name in enumerate(NAMES):
        paths.append(tmp_path / "month=3 [*]" / name)
        paths[-1].parent.mkdir(exist_ok=True)
        paths[-1].write_text(f"{HEADER}\n{place},,,2013-01-01,,\n")
    batch = together(frames, paths)

    assert batch is not None
    same_as_alone(frames, paths, batch)


def test_rows_keep_their_order_over_many_files(frames: Frames, tmp_path: Path):
    texts = [
        "n\n" + "".join(f"{file * 100 + row}\n" for row in range(file % 7 + 1))
        for file in range(300)
    ]
    paths = written(tmp_path, [text.encode() for text in texts])
    batch = together(frames, paths, pinned=schema(n="BIGINT"), time=None)

    assert batch is not None
    expected = [row for text in texts for row in text.split()[1:]]
    assert [row for (row,) in rows_of(frames, batch.staged)] == expected


ODD: dict[str, Callable[[str], bytes]] = {
    "quoted values": lambda text: text.replace("AA", '"A, A"').encode(),
    "a stray quote": lambda text: text.replace("AA", 'A"A').encode(),
    "single quotes": lambda text: text.replace("AA", "'AA'").replace("가나", "'가나'").encode(),
    "Windows' line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "a carriage return": lambda text: text.replace("AA", "A\rA").encode(),
    "old line ends": lambda text: text.replace("\n", "\r").encode(),
    "a blank line": lambda text: text.replace("\n", "\n\n", 2).encode(),
    "a blank line at the end": lambda text: f"{text}\n".encode(),
    "blank lines before": lambda text: f"\n{text}".encode(),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "CP949": lambda text: text.encode("cp949"),
    "a byte that is no UTF-8": lambda text: text.encode().replace(b"AA", b"A\xff"),
    "no line end": lambda text: text.removesuffix("\n").encode(),
    "another order of columns": lambda text: text.replace("n,x", "x,n", 1).encode(),
    "a new column": lambda text: "\n".join(f"{one},9" for one in text.split("\n")[:-1]).encode(),
    "a missing column": lambda text: text.replace(",d\n", "\n", 1).encode(),
    "spaces in the header": lambda text: text.replace("n,x", "n, x", 1).encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "totals": lambda text: f"{text}Total,,,,,\n".encode(),
    "Korean totals behind spaces": lambda text: f"{text},, 합계,,,\n".encode(),
    "a count of rows": lambda text: f"{text}(2 rows)\n".encode(),
    "a wrong number": lambda text: text.replace("1,0.5", "one,0.5").encode(),
    "a fraction": lambda text: text.replace("1,0.5", "1.5,0.5").encode(),
    "too large a number": lambda text: text.replace("0.5,AA", "1e999,AA").encode(),
    "an infinite number": lambda text: text.replace("0.5,AA", "-inf,AA").encode(),
    "too many decimals": lambda text: text.replace("1.25", "1.255").encode(),
    "a day first": lambda text: text.replace("2013-01-02 03:04:05", "31/01/2013").encode(),
    "an offset": lambda text: text.replace("03:04:05", "03:04:05 +09:00").encode(),
    "no time": lambda text: text.replace("2013-01-03", "soon").encode(),
    "a zero byte": lambda text: text.replace("AA", "A\0").encode(),
    "zeros at the end": lambda text: text.encode() + b"\0\0\0\n",
    "a short row": lambda text: f"{text}1,2\n".encode(),
    "a long row": lambda text: f"{text}1,2,3,,,,\n".encode(),
    "a short and a long row": lambda text: f"{text}1,,,,,,\n1,,,,\n".encode(),
    "delimiters at the ends": lambda text: text.replace("\n", ",\n").encode(),
    "a header alone": lambda text: text.partition("\n")[0].encode() + b"\n",
    "a header twice": lambda text: f"{HEADER}\n{text}".encode(),
    "a spreadsheet's line": lambda text: f"sep=,\n{text}".encode(),
    "nothing": lambda _: b"",
    "a line end alone": lambda _: b"\n",
    "spaces alone": lambda text: f"{text}   \n".encode(),
    "other signs for a line's end": lambda text: text.replace("AA", "A\u2028\x0b\x85A").encode(),
    "totals behind such a sign": lambda text: (text + "1,,x\u2028Total,,,\n").encode(),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("place", [0, 1], ids=["first", "second"])
def test_an_odd_file_is_never_read_otherwise_than_alone(
    frames: Frames, tmp_path: Path, odd: Callable[[str], bytes], place: int
):
    contents = [f"{HEADER}\n{PLAIN}".encode()] * 3
    contents[place] = odd(f"{HEADER}\n{PLAIN}")
    paths = written(tmp_path, contents)
    batch = together(frames, paths)

    if batch is not None:
        same_as_alone(frames, paths, batch)
        batch.staged.unlink()
    assert left_behind(frames) == []


def test_a_file_named_tsv_is_not_read_with_commas(frames: Frames, tmp_path: Path):
    content = f"{HEADER}\n{PLAIN}".encode()
    paths = written(tmp_path, [content, content], [".csv", ".tsv"])

    assert alone(frames, paths[1]) is None
    assert together(frames, paths) is None


TEXTS = {
    "n": [
        "",
        "1",
        "-7",
        "+3",
        "007",
        " 5 ",
        "1.0",
        "1e3",
        "1_000",
        "9007199254740993",
        "1.5",
        "x",
        "9223372036854775807",
        "9223372036854775808",
        "0x10",
        "true",
        "nan",
        "1,",
        "NULL",
    ],
    "x": [
        "",
        "0.5",
        "-1e-3",
        " 2 ",
        "nan",
        "inf",
        "-Infinity",
        "1e308",
        "1e309",
        ".5",
        "5.",
        "9007199254740993",
        "0.1000000000000000055",
        "1,5",
        "x",
        "1_0.5",
        "1e999",
    ],
    "s": [
        "",
        "a",
        "가나다",
        "it's",
        "'q'",
        "'r, s'",
        "Total",
        "합계",
        "12 rows",
        " ",
        "NULL",
        "-",
        "🙂",
        '"',
        '"q"',
        "a\tb",
        "a;b",
        "a|b",
        "\u2028",
        "\x0b",
        "sum",
        "1",
        "2013-01-01",
    ],
    "t": [
        "",
        "2013-01-02",
        "2013-01-02 03:04:05",
        "2013-01-02T03:04:05Z",
        "2013-1-2 3:04",
        "2013/01/02",
        "2013-01-02 03:04:05.123456",
        "2013-01-02 03:04:05.1234567",
        "31/01/2013",
        "2013-01-02 03:04:05+09:00",
        "2013-02-30",
        "01/02/2013",
        "infinity",
        "1500-01-01",
    ],
    "b": ["", "true", "false", "TRUE", "t", "F", "1", "0", "yes", "no", "2"],
    "d": ["", "1.25", "-0.5", "1.255", "1.250", "1234567.89", "12345678.90", "1e2", "x"],
}
USUAL = {name: st.sampled_from(texts[:4]) for name, texts in TEXTS.items()}
ANY = {name: st.sampled_from(texts) for name, texts in TEXTS.items()}


@st.composite
def tables(draw: st.DrawFn) -> list[bytes]:
    """Files with the same columns, mostly plain, with an odd value or an odd file here and there."""
    names = draw(st.lists(st.sampled_from(list(TEXTS)), min_size=1, max_size=4, unique=True))
    header = ",".join(["t", *(name for name in names if name != "t")])
    files = []
    for _ in range(draw(st.integers(2, 4))):
        is_odd = draw(st.integers(0, 3)) == 0
        values = ANY if is_odd else USUAL
        count = draw(st.integers(1, 4))
        lines = [",".join(draw(values[name]) for name in header.split(",")) for _ in range(count)]
        text = "\n".join([header, *lines]) + "\n"
        oddity = draw(st.sampled_from(list(ODD))) if draw(st.integers(0, 9)) == 0 else None
        try:
            files.append(ODD[oddity](text) if oddity else text.encode())
        except UnicodeEncodeError:
            files.append(text.encode())
    return files


RULES = [
    ReadingRules(),
    ReadingRules(new="accept", missing="accept", widened="accept"),
    ReadingRules(max_bad_share=0.5),
    ReadingRules(csv=CsvRules(nulls=("NULL", "-"))),
    ReadingRules(csv=CsvRules(quote="")),
    ReadingRules(csv=CsvRules(quote="'")),
    ReadingRules(csv=CsvRules(encoding="cp949")),
    ReadingRules(csv=CsvRules(header=True, delimiter=",")),
]


def check_a_batch(contents: list[bytes], rules: ReadingRules) -> bool:
    names = contents[0].decode("utf-8", "replace").partition("\n")[0].split(",")
    known = [one for one in PINNED.columns if one.name in names]
    pinned = Schema(columns=tuple(known)) if known else PINNED
    with engine() as (frames, folder):
        paths = written(folder, contents)
        batch = together(frames, paths, pinned=pinned, rules=rules)
        if batch is not None:
            same_as_alone(frames, paths, batch, pinned=pinned, rules=rules)
            batch.staged.unlink()
        assert left_behind(frames) == []
        return batch is not None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.sampled_from(RULES))
def test_a_batch_is_what_its_files_are_alone(contents: list[bytes], rules: ReadingRules):
    check_a_batch(contents, rules)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.sampled_from(RULES))
def test_many_batches_are_what_their_files_are_alone(contents: list[bytes], rules: ReadingRules):
    check_a_batch(contents, rules)


SIZES = {
    "small": ("x.csv", 1024, True),
    "of another kind": ("x.parquet", 1024, False),
    "packed": ("x.csv.gz", 1024, False),
    "large": ("x.csv", 1024 * 1024 + 1, False),
    "tab separated": ("x.TSV", 0, True),
}


@pytest.mark.parametrize(("name", "size_bytes", "is_small"), SIZES.values(), ids=SIZES.keys())
def test_only_small_plain_text_is_read_together(name: str, size_bytes: int, is_small: bool):
    assert can_be_small(Path(name), size_bytes) is is_small
