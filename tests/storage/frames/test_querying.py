"""Rows that SQL selects, as tables and in files."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from storage.errors import StoreUnusable
from storage.frames import (
    Destination,
    Frames,
    Selection,
    SqlRefused,
    View,
    all_rows,
    frame,
    literal,
    read_table,
    relation,
    sampling,
    write_file,
)

SALES = """
SELECT n AS 번호, CASE WHEN n % 3 = 0 THEN NULL ELSE '서울 ' || n END AS "지역 이름",
       n / 2 AS 가격, TIMESTAMP '2024-01-01' + INTERVAL (n) HOUR AS 때
FROM range({rows}) r(n)
"""


def view(frames: Frames, folder: Path, select: str, name: str = "판매", parts: int = 1) -> View:
    """A view of as many equal files."""
    paths = [folder / f"{name}-{part}.parquet" for part in range(parts)]
    for path in paths:
        frames.rows(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
    return View(name=name, selection=Selection(paths=tuple(paths)))


@pytest.fixture
def sales(frames: Frames, tmp_path: Path) -> View:
    return view(frames, tmp_path, SALES.format(rows=9))


def test_a_table_has_names_types_and_rows(frames, sales):
    found = read_table(frames, 'SELECT 번호, "지역 이름", 때 FROM 판매 WHERE 번호 < 2', [sales])

    assert found.columns == ("번호", "지역 이름", "때")
    assert found.types == ("BIGINT", "VARCHAR", "TIMESTAMP")
    assert found.rows == ((0, None, datetime(2024, 1, 1)), (1, "서울 1", datetime(2024, 1, 1, 1)))  # noqa: DTZ001
    assert len(found) == 2


@pytest.mark.parametrize(
    ("limit", "rows", "has_more"),
    [(0, 0, True), (8, 8, True), (9, 9, False), (10**12, 9, False), (None, 9, False)],
)
def test_a_limit_cuts_and_says_so(frames, sales, limit, rows, has_more):
    found = read_table(frames, "FROM 판매", [sales], limit=limit)

    assert (len(found), found.has_more) == (rows, has_more)


def test_no_rows_have_columns_still(frames, sales):
    found = read_table(frames, "FROM 판매 WHERE false", [sales])

    assert (found.columns[0], found.rows) == ("번호", ())


def test_an_order_lasts(frames, tmp_path):
    many = view(frames, tmp_path, "SELECT hash(n) AS h FROM range(200000) r(n)")
    rows = read_table(frames, "SELECT h FROM 판매 ORDER BY h DESC", [many]).rows

    assert list(rows) == sorted(rows, reverse=True)
    assert (
        read_table(frames, "SELECT h FROM 판매 ORDER BY h DESC", [many], limit=3).rows == rows[:3]
    )


def test_columns_of_the_same_name_are_told_apart(frames):
    found = read_table(frames, 'SELECT 1 AS a, 2 AS a, 3 AS "A", 4 AS "a b ""c"""', [])

    assert found.columns == ("a", "a_1", "A_2", 'a b "c"')
    assert found.rows == ((1, 2, 3, 4),)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("TIMESTAMPTZ '2024-01-01 09:00:00+09'", datetime(2024, 1, 1, tzinfo=UTC)),
        ("NULL::TIMESTAMPTZ", None),
        ("'290000-01-01'::TIMESTAMPTZ", "290000-01-01 00:00:00"),
        ("[TIMESTAMPTZ '2024-01-01']", "['2024-01-01 00:00:00+00']"),
        ("INTERVAL 14 MONTH", "1 year 2 months"),
        ("1::HUGEINT << 100", 2**100),
        ("1.50::DECIMAL(9, 2)", Decimal("1.50")),
        ("DATE '2024-02-29'", date(2024, 2, 29)),
        ("[1, NULL]", [1, None]),
        ("{'가': 1}", {"가": 1}),
        ("NULL", None),
        ("'x'::ENUM ('x')", "x"),
    ],
)
def test_a_value_comes_as_pythons_own(frames, sql, value):
    assert read_table(frames, f"SELECT {sql}", []).rows == ((value,),)


def test_several_views_are_joined(frames, tmp_path, sales):
    other = view(frames, tmp_path, "SELECT 2 AS 번호, '부산' AS 이름", name="지역@v1")
    found = read_table(frames, 'SELECT 이름 FROM 판매 JOIN "지역@v1" USING (번호)', [sales, other])

    assert found.rows == (("부산",),)


def test_a_cte_hides_the_view_of_its_name(frames, sales):
    assert read_table(frames, "WITH 판매 AS (SELECT 1 AS n) FROM 판매", [sales]).rows == ((1,),)


def written(frames: Frames, sales: View, path: Path, **options: str | None) -> int:
    return write_file(frames, all_rows(sales), [sales], Destination(path=path, **options))


def test_a_parquet_file_holds_what_the_view_does(frames, sales, tmp_path):
    out = tmp_path / "나감.parquet"

    assert written(frames, sales, out, file_format="parquet") == 9
    assert frames.rows(f"FROM {literal(str(out))}") == frames.rows(sales.selection.sql())


def test_a_text_file_can_be_packed(frames, sales, tmp_path):
    out = tmp_path / "a.csv.gz"
    written(frames, sales, out, file_format="csv", packing="gzip")

    lines = gzip.decompress(out.read_bytes()).decode().splitlines()
    assert lines[:3] == [
        "번호,지역 이름,가격,때",
        "0,,0.0,2024-01-01 00:00:00",
        "1,서울 1,0.5,2024-01-01 01:00:00",
    ]


def test_json_lines_are_one_row_each(frames, sales, tmp_path):
    out = tmp_path / "a.jsonl"
    written(frames, sales, out, file_format="jsonl")

    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[1] == {"번호": 1, "지역 이름": "서울 1", "가격": 0.5, "때": "2024-01-01 01:00:00"}


def test_the_largest_whole_numbers_are_not_rounded(frames, tmp_path):
    # DuckDB writes a sum of whole numbers to Parquet as a float.
    out = Destination(path=tmp_path / "a.parquet", file_format="parquet")
    exact = 2**62 + 1
    write_file(frames, f"SELECT sum(n) AS s, [sum(n)] AS l FROM (SELECT {exact} AS n)", [], out)

    assert frames.rows(f"FROM {literal(str(out.path))}") == [(Decimal(exact), [Decimal(exact)])]


def test_no_rows_make_a_file_with_columns(frames, sales, tmp_path):
    out = Destination(path=tmp_path / "a.csv", file_format="csv")

    assert write_file(frames, "SELECT 번호 FROM 판매 WHERE false", [sales], out) == 0
    assert out.path.read_text() == "번호\n"


def test_an_older_file_is_replaced_only_by_a_whole_one(frames, sales, tmp_path):
    out = Destination(path=tmp_path / "a.csv", file_format="csv")
    out.path.write_text("older")
    with pytest.raises(SqlRefused, match="Could not convert"):
        write_file(frames, "SELECT CAST(때::VARCHAR AS INT) FROM 판매", [sales], out)

    assert out.path.read_text() == "older"
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".tmp")] == []

    write_file(frames, "SELECT 1 AS a", [], out)
    assert out.path.read_text() == "a\n1\n"


def test_a_link_stays_and_its_file_is_replaced(frames, tmp_path):
    (tmp_path / "deep").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "deep" / "real.csv")
    write_file(frames, "SELECT 1 AS a", [], Destination(path=link, file_format="csv"))

    assert link.is_symlink()
    assert (tmp_path / "deep" / "real.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize("folder", ["[w]", "a*b", "it's", "비행"])
def test_a_file_may_lie_in_any_folder(frames, sales, tmp_path, folder):
    (tmp_path / folder).mkdir()

    assert written(frames, sales, tmp_path / folder / "a'b*.csv", file_format="csv") == 9
    assert [one.name for one in (tmp_path / folder).iterdir()] == ["a'b*.csv"]


def test_a_file_that_cannot_be_written_is_told(frames, tmp_path):
    out = Destination(path=tmp_path / "no folder" / "a.csv", file_format="csv")

    with pytest.raises(StoreUnusable, match=r"a\.csv cannot be written: No such file"):
        write_file(frames, "SELECT 1 AS a", [], out)


def test_a_query_cannot_write_where_its_file_goes(frames, tmp_path):
    out = Destination(path=tmp_path / "a.csv", file_format="csv")
    sql = f"WITH a AS (COPY (SELECT 2) TO {literal(str(tmp_path / 'b.csv'))}) FROM a"
    with pytest.raises(SqlRefused, match="A query only reads; COPY is not allowed"):
        write_file(frames, sql, [], out)

    assert list(tmp_path.glob("*.csv")) == []


def sampled(frames: Frames, of: View, condition: str = "true", *, rows: int = 5, seed: int = 0):
    sql, _ = sampling(of, condition, rows=rows, seed=seed)
    return read_table(frames, sql, [of]).rows


def test_a_sample_is_the_same_each_time_and_in_order(frames, tmp_path):
    many = view(frames, tmp_path, "SELECT n FROM range(100000) r(n)")
    first = sampled(frames, many, rows=50)

    assert first == sampled(frames, many, rows=50)
    assert list(first) == sorted(first)
    assert first != sampled(frames, many, rows=50, seed=1)


def test_a_sample_does_not_depend_on_how_rows_are_cut_into_files(frames, tmp_path):
    whole = view(frames, tmp_path, "SELECT n % 100 AS n FROM range(400) r(n)", name="a")
    parts = view(frames, tmp_path, "SELECT n FROM range(100) r(n)", name="b", parts=4)

    assert sampled(frames, whole, rows=20) == sampled(frames, parts, rows=20)


def test_every_row_has_the_same_chance(frames, tmp_path):
    many = view(frames, tmp_path, "SELECT n FROM range(1000) r(n)")
    counts = np.zeros(10)
    for seed in range(30):
        for (n,) in sampled(frames, many, rows=100, seed=seed):
            counts[n // 100] += 1

    # 300 of each tenth are expected; five standard deviations are 78.
    assert np.abs(counts - 300).max() < 78


@pytest.mark.parametrize(("rows", "found"), [(0, 0), (3, 3), (9, 9), (10**6, 9)])
def test_a_sample_has_as_many_rows_as_there_are(frames, sales, rows, found):
    assert len(set(sampled(frames, sales, rows=rows))) == found


def test_sampled_rows_meet_the_condition(frames, sales):
    found = sampled(frames, sales, "\"지역 이름\" LIKE '서울%' -- a comment")

    assert len(found) == 5
    assert all(row[1].startswith("서울") for row in found)


def test_a_huge_seed_is_a_seed(frames, sales):
    assert len(sampled(frames, sales, seed=10**30)) == len(sampled(frames, sales, seed=-1)) == 5


def test_a_relation_outlives_the_call_that_made_it(frames, sales):
    found = relation(frames, sales.selection, ["가격", "번호"])

    assert found.columns == ["가격", "번호"]
    assert found.filter("번호 = 3").fetchall() == [(1.5, 3)]


def test_a_frame_knows_missing_values_and_zones(frames, tmp_path):
    select = """
        SELECT TIMESTAMPTZ '2024-01-01 09:00:00+09' AS 때, '서울' AS s, 1 AS n, 1.5 AS x
        UNION ALL SELECT NULL, NULL, NULL, NULL ORDER BY n NULLS LAST
    """
    found = frame(frames, view(frames, tmp_path, select).selection, ["때", "s", "n", "x"])

    assert list(found.columns) == ["때", "s", "n", "x"]
    assert found["때"][0].isoformat() == "2024-01-01T00:00:00+00:00"
    assert found.isna().to_numpy().tolist() == [[False] * 4, [True] * 4]
