"""Commands about files: read into a dataset, looked at before, and lines set aside."""

from __future__ import annotations

import json

import pytest

from tests.services.project import Project
from tests.services.shop import bring, configured, write
from workbench.cli import main

TEXT = configured(
    'mode = "upsert"',
    'time = "at"',
    'on_schema_change = { new = "accept" }',
    "max_bad_share = 0.5",
)
DAY = "2024-01-0"


@pytest.fixture
def project(tmp_path):
    """A project with a version of two rows."""
    opened = Project(tmp_path, TEXT)
    bring(opened, f"id,v,at\na,1,{DAY}1\nb,2,2024-02-01\n")
    yield opened
    opened.close()


@pytest.fixture
def data(project, capsys, monkeypatch):
    """Carries out a `data` command in the project: exit code, stdout, stderr."""
    monkeypatch.chdir(project.folder)

    def carry_out(*words: object) -> tuple[int, str, str]:
        code = main(["-C", str(project.folder), "data", *map(str, words)])
        return code, *capsys.readouterr()

    return carry_out


def test_add_says_how_many_rows_came_and_how_many_they_replaced(project, data):
    path = write(project, "x.csv", f"id,v,at\na,3,{DAY}2\nc,4,{DAY}3\n")
    code, out, err = data("add", "sales", path)

    assert (code, out) == (0, "sales@v2\n")
    assert "sales@v2 is pending: 2 rows added, in place of 1." in err


def test_add_takes_a_folder_and_says_what_became_of_each_file(project, data):
    folder = project.folder / "new"
    folder.mkdir()
    (folder / "a.csv").write_text(f"id,v,at\nc,1,{DAY}1\n")
    (folder / "b.csv").write_text(f"id,v,at\nc,1,{DAY}1\n")
    (folder / "c.csv").write_text("v\n1\n")
    (folder / "d.csv").write_text(f"id,v,at,w\nd,1,{DAY}1,x\ne\n")
    code, out, err = data("add", "sales", folder)

    assert (code, out) == (0, "sales@v2\n")
    for said in (
        "2 rows added by 2 files",
        "1 file left out: the same bytes are in sales already.",
        "c.csv is in quarantine as a",
        "d.csv: the new column w was added",
        "d.csv: 1 line set aside; see `workbench data rejects a",
    ):
        assert said in err


def test_add_fails_when_every_file_was_refused(project, data):
    code, out, err = data("add", "sales", write(project, "x.csv", "id\nx\n"))

    assert (code, out) == (1, "")
    assert "sales has no new version." in err


def test_adding_the_same_bytes_again_is_no_failure(project, data):
    code, out, err = data("add", "sales", project.folder / "files" / "0000.csv")

    assert (code, out) == (0, "")
    assert "1 file left out" in err


def test_a_preview_shows_columns_rows_and_bad_lines(project, data):
    path = write(project, "x.csv", f"id,v,at,w\nc,1,{DAY}1,x\nd\n")
    before = [one.id for one in project.arrivals()]
    code, out, _ = data("add", "sales", path, "--preview")

    assert code == 0
    for said in ("new", "BIGINT", "it has 1 field instead of 4"):
        assert said in out
    assert [one.id for one in project.arrivals()] == before


def test_a_preview_of_a_file_that_would_be_refused_fails(project, data):
    code, out, err = data("add", "sales", write(project, "x.csv", "id\nx\n"), "--preview")

    assert (code, out) == (1, "")
    assert "It would go into quarantine: x.csv cannot be read" in err


def test_a_preview_as_json_is_one_object(project, data):
    code, out, _ = data(
        "add", "sales", write(project, "x.csv", f"id,v,at\nc,1,{DAY}1\n"), "--preview", "--json"
    )

    assert (code, json.loads(out)["row_count"]) == (0, 1)


def test_lines_set_aside_are_shown_by_version_and_by_file(project, data):
    data("add", "sales", write(project, "x.csv", f"id,v,at\nc,1,{DAY}1\nd\n"))
    number = project.arrivals()[-1].id
    project.work(kinds=("check",))

    for name in ("sales@v2", f"a{number}"):
        code, out, _ = data("rejects", name)
        assert code == 0
        assert "it has 1 field instead of 3" in out
    code, out, _ = data("rejects", "sales@v2", "--json")
    assert [one["line"] for one in json.loads(out)[0]["lines"]] == [3]


def test_without_lines_set_aside_that_is_said(data):
    code, out, err = data("rejects", "sales@v1")

    assert (code, out, err) == (0, "", "No line of sales@v1 was set aside.\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rejects", "a99"), 4),
        (("rejects", "sales@v9"), 4),
        (("rejects", "x"), 2),
        (("add", "slaes", "workbench.toml"), 4),
        (("add", "sales", "nothing.csv"), 2),
        (("add", "sales", "a.csv", "b.csv", "--preview"), 2),
        (("show", "sales@2024-13"), 2),
        (("show", "sales@2024-02-30"), 2),
        (("show", "slaes@2024"), 4),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_ends_with_its_code(data, words, code):
    assert data(*words)[0] == code


def test_show_of_a_month_counts_its_rows(data):
    code, out, _ = data("show", "sales@2024-01")

    assert code == 0
    assert "1" in out.split()
