"""Files of rows in chunks: in their order, typed for a model, whatever their row groups are."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pytest

from storage.frames import chunks, names_of, open_chunks
from storage.frames.importing import FileUnreadable
from storage.records import CsvRules, InputColumn, InputType


def column(name: str, kind: InputType = InputType.NUMBER) -> InputColumn:
    return InputColumn(name=name, graph_name=name, type=kind, nullable=True)


def parquet(path, sql: str, options: str = ""):
    duckdb.connect().execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet{options})")
    return path


def read(frames, path, *inputs: InputColumn, kept=None):
    types = dict.fromkeys([one.name for one in inputs], "VARCHAR")
    with open_chunks(
        frames, path, types=types, csv=CsvRules(), kept=kept or path.with_suffix(".kept")
    ) as rows:
        found = [rows.read(inputs, span) for span in rows.spans]
    return {
        one.name: np.concatenate([chunk.columns[one.name] for chunk in found]) for one in inputs
    }, found


@pytest.mark.parametrize(
    ("groups", "columns", "sizes"),
    [
        ([5], 1, [5]),
        ([100_000, 100_000, 100_000], 1, [200_000, 100_000]),
        ([1_000_000], 1, [250_000] * 4),
        ([10, 1_000_000, 10], 1, [10, 250_000, 250_000, 250_000, 250_010]),
        ([100_000], 4_000, [2_000] * 50),
        ([], 1, []),
        ([0, 3], 1, [3]),
    ],
    ids=["small", "joined", "parted", "mixed", "wide rows", "no rows", "an empty group"],
)
def test_chunks_follow_the_row_groups(groups, columns, sizes):
    found = chunks._spans(groups, columns=columns)

    assert [rows for _, rows in found] == sizes
    assert [first for first, _ in found] == [sum(sizes[:place]) for place in range(len(sizes))]


def test_the_rows_come_in_their_order(frames, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "MOST_ROWS", 3_000)
    path = parquet(
        tmp_path / "rows.parquet", "SELECT i AS a FROM range(50000) t(i)", ", ROW_GROUP_SIZE 2048"
    )
    found, parts = read(frames, path, column("a", InputType.INTEGER))

    assert len(parts) > 10
    assert found["a"].tolist() == list(range(50_000))


@pytest.mark.parametrize(
    ("sql", "kind", "value", "is_misfit"),
    [
        ("1::TINYINT", InputType.NUMBER, 1.0, False),
        ("1.5::DECIMAL(9,2)", InputType.NUMBER, 1.5, False),
        ("2::HUGEINT", InputType.INTEGER, 2.0, False),
        ("2.0::DOUBLE", InputType.INTEGER, 2.0, False),
        ("2.5::DOUBLE", InputType.INTEGER, np.nan, True),
        ("true", InputType.BOOLEAN, 1.0, False),
        ("true", InputType.NUMBER, np.nan, True),
        ("1", InputType.BOOLEAN, np.nan, True),
        ("'1'", InputType.NUMBER, np.nan, True),
        ("1", InputType.STRING, "", True),
        ("'서울'", InputType.STRING, "서울", False),
        ("'b'::ENUM('a', 'b')", InputType.STRING, "b", False),
        ("NULL::INTEGER", InputType.STRING, "", False),
        ("NULL::VARCHAR", InputType.NUMBER, np.nan, False),
        ("'nan'::DOUBLE", InputType.NUMBER, np.nan, False),
        ("DATE '2024-01-01'", InputType.NUMBER, np.nan, True),
    ],
)
def test_a_value_is_what_its_input_takes_or_a_misfit(frames, tmp_path, sql, kind, value, is_misfit):
    path = parquet(tmp_path / "rows.parquet", f"SELECT {sql} AS a")
    found, (chunk,) = read(frames, path, column("a", kind))

    assert found["a"].tolist() == pytest.approx([value], nan_ok=True) or found["a"][0] == value
    assert bool(chunk.misfits) is is_misfit


@pytest.mark.parametrize(
    ("text", "kind", "value", "is_misfit"),
    [
        ("1.50", InputType.NUMBER, 1.5, False),
        ("1.0", InputType.INTEGER, 1.0, False),
        ("1.5", InputType.INTEGER, np.nan, True),
        ("", InputType.INTEGER, np.nan, False),
        ("yes", InputType.BOOLEAN, 1.0, False),
        ("perhaps", InputType.BOOLEAN, np.nan, True),
        ("007", InputType.STRING, "007", False),
        ("0x1A", InputType.NUMBER, np.nan, True),
    ],
)
def test_a_text_is_read_with_the_type_of_its_input(frames, tmp_path, text, kind, value, is_misfit):
    path = tmp_path / "rows.csv"
    path.write_text(f"a,b\n{text},x\n")
    found, (chunk,) = read(frames, path, column("a", kind))

    assert found["a"].tolist() == pytest.approx([value], nan_ok=True) or found["a"][0] == value
    assert bool(chunk.misfits) is is_misfit


@pytest.mark.parametrize(
    ("sql", "seconds"),
    [
        ("TIMESTAMP '1970-01-02 00:00:00.5'", 86_400.5),
        ("DATE '1970-01-02'", 86_400.0),
        ("TIMESTAMPTZ '1970-01-02 09:00:00+09'", 86_400.0),
        ("'1970-01-02T09:00:00+09:00'", 86_400.0),
        ("'1970-01-02 00:00:00'", 86_400.0),
        ("86400", 86_400.0),
        ("NULL::TIMESTAMP", np.nan),
        ("'soon'", None),
        ("true", None),
    ],
)
def test_a_moment_is_its_seconds_since_1970(frames, tmp_path, sql, seconds):
    path = parquet(tmp_path / "rows.parquet", f"SELECT {sql} AS a")
    found, (chunk,) = read(frames, path, replace(column("a"), is_moment=True))

    assert bool(chunk.misfits) is (seconds is None)
    assert found["a"].tolist() == pytest.approx([seconds or np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("name", "content", "names"),
    [
        ("rows.csv", "a;b\n1;2\n", ("a", "b")),
        ("rows.tsv", "a\tb,c\n1\t2\n", ("a", "b,c")),
        ("rows.jsonl", '{"a": 1}\n{"b": 2}\n', ("a", "b")),
        ("rows.json", '[{"a": 1, "나": 2}]', ("a", "나")),
    ],
)
def test_the_names_of_columns_are_known_before_rows_are_read(
    frames, tmp_path, name, content, names
):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    assert names_of(frames, path, likely=("a",), csv=CsvRules()) == names


def test_a_name_that_scans_have_for_themselves_is_refused(frames, tmp_path):
    path = parquet(tmp_path / "rows.parquet", "SELECT 1 AS file_row_number")

    with pytest.raises(FileUnreadable, match="may not be called file_row_number"):
        names_of(frames, path, likely=(), csv=CsvRules())
