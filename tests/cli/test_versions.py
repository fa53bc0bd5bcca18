"""Commands about versions and the quarantine: what they print, and their exit codes."""

from __future__ import annotations

import json

import pytest

from tests.services.project import Project, month
from workbench.cli import main


@pytest.fixture
def folder(tmp_path):
    """A project with a current version, and one that its checks blocked."""
    project = Project(tmp_path)
    project.accept(month(1, rows=30))
    blocked = month(2, rows=30)
    blocked["가격"][:2] = -1.0
    project.accept(blocked)
    project.close()
    return tmp_path


@pytest.fixture
def data(folder, capsys):
    """Carries out a `data` command in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(folder), "data", *words])
        return code, *capsys.readouterr()

    return carry_out


def accepted(data):
    """Takes the blocked version out of quarantine."""
    assert data("quarantine", "accept", "sales@v2", "--why", "refunds")[:2] == (0, "sales@v3\n")


@pytest.mark.parametrize(
    "words",
    [
        ["verify", "slaes"],
        ["undo", "slaes"],
        ["undo", "sales@v9"],
        ["rm", "sales@v9"],
        ["rm", "slaes", "--yes"],
        ["diff", "sales@v1", "slaes"],
        ["quarantine", "list", "slaes"],
        ["quarantine", "show", "sales@v1"],
        ["quarantine", "accept", "sales@v9", "--why", "x"],
        ["quarantine", "retry", "a9"],
        ["quarantine", "drop", "a9"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_4_and_says_what_is(data, words):
    code, out, err = data(*words)

    assert (code, out) == (4, "")
    assert len(err.splitlines()) == 2


def test_a_whole_store_is_verified_with_0(data):
    code, out, err = data("verify")

    assert (code, out) == (0, "")
    assert err.endswith("read: all are whole.\n")


def test_a_damaged_store_is_verified_with_1_and_a_document(data, folder):
    accepted(data)
    blobs = sorted(
        (folder / ".workbench" / "blobs").glob("??/*"), key=lambda one: one.stat().st_size
    )
    blobs[-1].unlink()

    code, out, _ = data("verify", "--json")

    assert code == 1
    assert [one["is_missing"] for one in json.loads(out)["damaged"]] == [True]
    assert data("verify")[0] == 1


def test_nothing_is_freed_without_yes(data):
    assert data("gc")[:2] == (0, "0 blobs of 0 B, 0 staged files of 0 B\n")
    assert json.loads(data("gc", "--yes", "--json")[1])["is_freed"] is True


def test_a_dataset_is_not_removed_without_yes(data):
    code, _, err = data("rm", "sales")

    assert (code, "--yes" in err) == (2, True)
    assert data("rm", "sales", "--yes")[:2] == (0, "sales\n")


def test_a_version_that_is_needed_is_told(data):
    accepted(data)

    code, _, err = data("rm", "sales@v1")

    assert (code, err.splitlines()[0]) == (1, "sales@v1 is kept: sales@v3 needs it.")


def test_an_undo_gives_the_new_version(data):
    accepted(data)

    assert data("undo", "sales")[:2] == (0, "sales@v4\n")
    assert data("undo", "sales@v1")[0] == 1


def test_the_quarantine_is_listed_and_shown_with_offending_rows(data):
    assert "sales@v2" in data("quarantine", "list")[1]
    out = data("quarantine", "show", "sales@v2")[1]

    assert out.count('"가격":-1.0') == 2
    assert json.loads(data("quarantine", "show", "sales@v2", "--json")[1])["version"]["number"] == 2


def test_an_empty_quarantine_says_so(data):
    assert data("quarantine", "drop", "sales@v2")[0] == 0
    assert data("quarantine", "list") == (0, "", "Nothing is in quarantine.\n")


def test_a_version_in_quarantine_is_checked_again(data):
    assert data("quarantine", "retry", "sales@v2")[:2] == (0, "sales@v3\n")


def test_a_file_in_quarantine_is_shown_put_back_and_dropped(data, folder):
    path = folder / "inbox" / "sales" / "broken.csv"
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert data("add", "sales", str(path))[0] == 1
    name = json.loads(data("quarantine", "list", "--json")[1])["files"][0]["id"]

    assert "it is empty" in data("quarantine", "show", f"a{name}")[1]
    assert data("quarantine", "retry", f"a{name}")[:2] == (0, "")
    assert data("quarantine", "drop", f"a{name}")[0] == 4


def test_a_difference_names_rows_and_columns(data):
    accepted(data)
    out = data("diff", "sales@v1", "sales")[1]

    assert "30 added, 0 removed, 0 changed" in out
    assert json.loads(data("diff", "sales@v1", "sales", "--json")[1])["rows"]["added"] == 30
