"""The commands that read rows: what they print, and their exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from tests.services.project import opened
from workbench.cli import main
from workbench.services import datasets

PROJECT = """
[project]
name = "shop"
[datasets."판매"]
time = "때"
"""
CSV = """번호,지역 이름,[red]가격,때
1,서울,1.5,2024-01-05 10:00:00
2,부산 광역시,,2024-01-20 10:00:00
3,"a
b",1000000.25,2024-02-01 10:00:00
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with one dataset of three rows."""
    made = tmp_path_factory.mktemp("shop")
    (made / "rows.csv").write_text(CSV, encoding="utf-8")
    with opened(made, text=PROJECT) as project:
        datasets.ingest(project.context, "판매", [made / "rows.csv"])
        project.work(kinds=("check",))
    return made


@pytest.fixture
def workbench(folder, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""
    capsys.readouterr()

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(folder), *words])
        return code, *capsys.readouterr()

    return carry_out


def test_a_table_lines_up_though_hangul_is_wide(workbench):
    code, out, err = workbench("data", "sql", "from 판매@v1 order by 번호")

    assert (code, err) == (0, "")
    assert [line.rstrip() for line in out.splitlines()] == [
        "번호  지역 이름     [red]가격  때",
        "   1  서울                1.5  2024-01-05 10:00:00",
        "   2  부산 광역시           -  2024-01-20 10:00:00",
        "   3  a\\nb         1000000.25  2024-02-01 10:00:00",
    ]


def test_json_has_one_object_a_row(workbench):
    sql = (
        "select *, 1.10::decimal(5,2) d, 2::hugeint ** 3 h, 1::hugeint << 90 big from 판매@2024-02"
    )
    code, out, _ = workbench("data", "sql", sql, "--json")

    assert code == 0
    assert json.loads(out) == [
        {
            "번호": 3,
            "지역 이름": "a\nb",
            "[red]가격": 1000000.25,
            "때": "2024-02-01T10:00:00",
            "d": 1.1,
            "h": 8.0,
            "big": str(2**90),
        }
    ]


def test_an_empty_result_shows_its_columns(workbench):
    code, out, err = workbench("data", "sql", "select 번호 from 판매 where false")

    assert (code, out.strip(), err) == (0, "번호", "There are no such rows.\n")
    assert json.loads(workbench("data", "sql", "from 판매 where false", "--json")[1]) == []


def test_a_limit_is_told(workbench):
    code, out, err = workbench("data", "sql", "select 번호 from 판매 order by 1", "--limit", "2")

    assert (code, out.split()) == (0, ["번호", "1", "2"])
    assert err == "These are the first 2 rows; --limit N shows more, --out FILE keeps all.\n"


def test_a_big_limit_is_no_limit(workbench):
    code, out, err = workbench(
        "data", "sql", "select n from range(20000) r(n)", "--limit", str(10**15), "--json"
    )

    assert (code, len(json.loads(out)), err) == (0, 20_000, "")


def test_sql_can_come_from_the_standard_input(workbench, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("select count(*) as n\nfrom 판매;\n"))

    assert json.loads(workbench("data", "sql", "-", "--json")[1]) == [{"n": 3}]


@pytest.mark.parametrize("name", ["나감.parquet", "out.csv", "out.tsv.gz", "out.jsonl"])
def test_a_query_goes_into_a_file_whole(workbench, tmp_path, name):
    out = tmp_path / name
    told = workbench("data", "sql", "select 번호 from 판매", "--out", str(out), "--limit", "1")

    assert told == (0, f"{out}\n", f"{name} has 3 rows.\n")
    assert out.stat().st_size


def test_a_version_is_exported(workbench, tmp_path):
    out = tmp_path / "out.csv"
    code, told, _ = workbench("data", "export", "판매@v1", str(out), "--json")

    assert (code, json.loads(told)) == (0, {"file": str(out), "rows": 3})
    assert out.read_text(encoding="utf-8").splitlines()[1] == "1,서울,1.5,2024-01-05 10:00:00"


def test_a_sample_is_the_same_each_time(workbench):
    words = ("data", "sample", "판매", "--rows", "2", "--seed", "5", "--json")
    first = workbench(*words)

    assert first == workbench(*words)
    assert (first[0], len(json.loads(first[1]))) == (0, 2)


def test_a_sample_may_meet_a_condition(workbench):
    code, out, _ = workbench(
        "data", "sample", "판매", "--where", "\"지역 이름\" = '서울'", "--json"
    )

    assert (code, [row["번호"] for row in json.loads(out)]) == (0, [1])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["sql", "from 판"], 4, "No dataset is called '판' (line 1, column 6)."),
        (["sql", "from 판매@v9"], 4, "No version is called '판매@v9'"),
        (["sql", "from 판매@newest"], 2, "names neither a version nor a period"),
        (
            ["sql", "select x from 판매"],
            2,
            "(line 1, column 8).\n  select x from 판매\n         ^\n",
        ),
        (["sql", "drop table 판매"], 2, "A query only reads; DROP is not allowed."),
        (["sql", "from read_text('/etc/passwd')"], 2, "A query reads datasets only"),
        (["sql", "from range(1000000000000) r(n) where n = -1", "--timeout", ".05"], 1, "stopped"),
        (["sql", "select 1", "--limit", "0"], 2, "--limit"),
        (["sql", "select 1", "--out", "a.xlsx"], 2, "a.xlsx tells no format"),
        (["sample", "판"], 4, "No dataset is called '판'"),
        (["sample", "판매", "--where", "1) or (1"], 2, "')' ends the condition"),
        (["export", "판", "a.csv"], 4, "No dataset is called '판'"),
        (["export", "판매", "nowhere/a.csv"], 2, "cannot be a file"),
    ],
)
def test_what_goes_wrong_is_told_with_its_exit_code(workbench, words, code, says):
    found, out, err = workbench("data", *words)

    assert (found, out) == (code, "")
    assert says in err


def test_ctrl_c_ends_a_query_with_130(folder):
    # The query tells that it runs by what it writes: its file appears before its rows are counted.
    sql = "select n from range(1000000000000) r(n) where n % 7 = 8"
    out = folder / "never.csv"
    words = ["-C", str(folder), "data", "sql", sql, "--out", str(out)]
    program = (
        "import os, signal, sys, threading; from pathlib import Path; from workbench.cli import main\n"
        f"folder = Path({str(folder)!r})\n"
        "def watch():\n"
        "    while not list(folder.glob('.*.tmp')): pass\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=watch, daemon=True).start()\n"
        f"sys.exit(main({words!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")
    assert list(folder.glob("*never*")) == list(folder.glob(".*.tmp")) == []
