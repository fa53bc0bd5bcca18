"""Datasets read by SQL, written to files and sampled, as Python and the command line do."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.errors import NotFound
from storage.frames import QueryStopped
from tests.services.project import CONFIG, month, opened, write_csv
from workbench.api import Workbench
from workbench.errors import UsageError

OTHERS = """
[datasets."판매"]
[datasets.my-sales]
[datasets.empty]
"""


def filled(folder):
    """A project with two accepted versions of sales, and a third in quarantine."""
    with opened(folder, text=CONFIG + OTHERS) as project:
        bad = month(3, rows=30)
        bad["가격"][0] = -1
        for rows in (month(1, rows=20), month(2, rows=30), bad):
            project.accept(rows)
        yield project


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """One for all tests that only read it."""
    yield from filled(tmp_path_factory.mktemp("queries"))


@pytest.fixture(scope="module")
def w(shop):
    return Workbench(shop.context)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select count(*) from sales", 50),
        ("select count(*) from SALES;", 50),
        ("select count(*) from sales@latest", 50),
        ("select count(*) from sales@v1", 20),
        ("select count(*) from sales@2", 50),
        ("select count(*) from sales@v3", 80),
        ('select count(*) from "sales"@2024-02', 30),
        ("select count(*) from sales@2024", 50),
        ("select count(*) from sales@2025", 0),
        ("select count(sales.id) from sales", 50),
        ("select count(*) from sales@v2 b anti join sales@v1 using (id)", 30),
        ("with sales as (select 7 as n) select n from sales", 7),
        ("select length('sales@v9') -- sales@v9", 8),
        ("select empty from (select 5 as empty)", 5),
    ],
)
def test_a_query_names_versions_and_periods(w, sql, rows):
    if "2024-02-28" in sql:
        at = w.sql("select count(*) from sales where \"at\"::date = date '2024-02-28'").rows[0][0]
        rows = at

    assert w.sql(sql).rows == ((rows,),)


def test_a_day_is_a_period(w):
    day = w.sql("select count(*) from sales@2024-02-10")
    same = w.sql("select count(*) from sales where \"at\"::date = date '2024-02-10'")

    assert day.rows == same.rows
    assert day.rows[0][0] > 0


def test_a_table_has_names_types_and_whether_there_is_more(w):
    found = w.sql('select "지역", "at" from sales@v1 order by id', limit=1)

    assert (found.columns, found.types) == (("지역", "at"), ("VARCHAR", "TIMESTAMP"))
    assert isinstance(found.rows[0][1], datetime)
    assert found.has_more


def told(caught: pytest.ExceptionInfo) -> list[str]:
    return [caught.value.problem, *caught.value.remedy.splitlines()]


@pytest.mark.parametrize(
    ("sql", "error", "lines"),
    [
        (
            "select * from sale@v1",
            NotFound,
            ["No dataset is called 'sale' (line 1, column 15).", "  select * from sale@v1"],
        ),
        (
            "select *\nfrom sale",
            NotFound,
            ["No dataset is called 'sale' (line 2, column 6).", "  from sale", "       ^"],
        ),
        (
            "from sales@v9",
            NotFound,
            ["No version is called 'sales@v9' (line 1, column 6).", "  from sales@v9", "       ^"],
        ),
        (
            "from 'inbox/a.parquet'",
            UsageError,
            ["A query reads datasets only, and 'inbox/a.parquet' is none."],
        ),
        (
            "select '가', prise\nfrom sales@v1",
            UsageError,
            [
                'Referenced column "prise" not found in FROM clause (line 1, column 13).',
                "  select '가', prise",
                "               ^",
            ],
        ),
        (
            "select * from sales@v1 wher id = 1 1",
            UsageError,
            ['Syntax error at or near "id" (line 1, column 29).'],
        ),
        (
            "from sales@v1 limit",
            UsageError,
            ['Syntax error at or near "limit" (line 1, column 15).'],
        ),
        (
            "from empty",
            UsageError,
            ["empty has no rows yet (line 1, column 6).", "  from empty", "       ^"],
        ),
        ("select 1 from empty@v1", UsageError, ["empty has no rows yet (line 1, column 15)."]),
        (
            "copy (select 1) to 'x'",
            UsageError,
            ["A query only reads; COPY is not allowed."],
        ),
        (
            "from read_csv('/etc/passwd'), sales@v1",
            UsageError,
            ["A query reads datasets only, and '/etc/passwd' is none (line 1, column 6)."],
        ),
        ("", UsageError, ["There is no SQL."]),
    ],
)
def test_what_is_wrong_with_a_query_is_shown_where_it_stands(w, sql, error, lines):
    with pytest.raises(error) as caught:
        w.sql(sql)

    assert told(caught)[: len(lines)] == lines


def test_a_period_needs_an_event_time(project):
    project.configure("[watch]", f"{OTHERS}[watch]")
    w = Workbench(project.context)
    w.add("my-sales", write_csv(project.folder / "a.csv", month(1, rows=20)))
    project.work(kinds=("check",))

    with pytest.raises(UsageError, match="has no event time, so my-sales@2024-01 means nothing"):
        w.sql("from my-sales@2024-01")
    assert len(w.sql("from my-sales@v1")) == 20


def test_a_query_may_be_given_a_time_limit(w):
    with pytest.raises(QueryStopped, match="stopped after"):
        w.sql("select count(*) from range(1000000000000) r(n) where n % 7 = 8", timeout_s=0.05)


def test_a_query_is_written_to_a_file(w, tmp_path):
    out = tmp_path / "지역.csv"

    assert w.write_sql("select count(*) as n from sales@v1 -- all", out) == 1
    assert out.read_text() == "n\n20\n"


@pytest.mark.parametrize(
    "name", ["a.parquet", "a.CSV", "a.tsv", "a.jsonl", "a.ndjson", "a.csv.gz", "a.jsonl.zst"]
)
def test_an_exported_version_can_be_added_again(w, project, tmp_path, name):
    out = tmp_path / "out" / name
    out.parent.mkdir()
    assert w.export("sales@v1", out) == 20

    other = Workbench(project.context)
    assert other.add("sales", out).rows == 20
    project.work(kinds=("check",))
    assert other.sql("from sales") == w.sql("from sales@v1")


def test_the_format_can_be_named(w, tmp_path):
    w.export("sales@v1", tmp_path / "rows", file_format="csv")

    assert (tmp_path / "rows").read_text().startswith("id,at,가격")


@pytest.mark.parametrize(
    ("name", "file_format", "says"),
    [
        ("a.xlsx", None, "a.xlsx tells no format"),
        ("rows", None, "rows tells no format"),
        ("a.gz", None, "a.gz tells no format"),
        ("a.csv", "excel", "'excel' is no format"),
        ("a.parquet.gz", None, "Parquet files are packed as they are"),
        ("nowhere/a.csv", None, "cannot be a file"),
        ("folder.csv", None, "cannot be a file"),
        (".workbench/a.csv", None, "lies in the store"),
        ("inbox/../.workbench/blobs/a.csv", None, "lies in the store"),
    ],
)
def test_a_file_that_cannot_be_is_refused(w, name, file_format, says):
    for folder in ("folder.csv", "inbox"):
        (w.project_dir / folder).mkdir(exist_ok=True)

    with pytest.raises(UsageError, match=says):
        w.export("sales@v1", w.project_dir / name, file_format=file_format)
    with pytest.raises(UsageError, match=says):
        w.write_sql("select 1", w.project_dir / name, file_format=file_format)


def test_what_is_not_there_is_not_exported(w, tmp_path):
    with pytest.raises(NotFound, match="Did you mean 'sales'"):
        w.export("sale", tmp_path / "a.csv")
    with pytest.raises(NotFound, match="sales@v9"):
        w.export("sales@v9", tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


def test_a_sample_is_the_same_for_a_version_and_seed(w):
    first = w.sample("sales@v2", rows=7, seed=3)

    assert first == w.sample("sales@v2", rows=7, seed=3) == w.sample("sales", rows=7, seed=3)
    assert first != w.sample("sales@v2", rows=7, seed=4)
    assert first.columns == w.sql("from sales").columns
    assert len(first) == 7


def test_a_sample_can_be_of_some_rows_only(w):
    found = w.sample(
        "sales@2024-02", rows=100, where="\"지역\" = '서울' and \"at\" >= '2024-02-10'"
    )

    assert (
        found.rows
        == w.sql("from sales@2024-02 where \"지역\" = '서울' and \"at\" >= '2024-02-10'").rows
    )


def test_the_condition_of_a_sample_may_name_other_versions(w):
    found = w.sample("sales@v2", rows=100, where="id in (select id from sales@v1)")

    assert len(found) == 20


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("nothing > 1", r'Referenced column "nothing" .* \(line 1, column 1\)'),
        ("id = ", r"Syntax error .* \(line 1, column 4\)|Syntax error .* \(line 1, column 6\)"),
        ("true) or (true", "ends the condition"),
        ("id in (from read_csv('/etc/passwd'))", "A query reads datasets only"),
        ("id in (select id from sale@v1)", "No dataset is called 'sale'"),
        ("", "The condition is empty"),
    ],
)
def test_a_wrong_condition_is_shown_where_it_stands(w, where, says):
    with pytest.raises((UsageError, NotFound), match=says):
        w.sample("sales", where=where)


def test_a_sample_of_less_than_nothing_is_refused(w):
    with pytest.raises(UsageError, match="cannot have -1 rows"):
        w.sample("sales", rows=-1)
