"""`workbench score` and `workbench model register FILE`: what they print, and their exit codes."""

from __future__ import annotations

import json

import pytest

from tests.services.project import CONFIG, Project, month, write_csv
from workbench.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a champion and a file to score."""
    made = tmp_path_factory.mktemp("shop")
    project = Project(made, CONFIG)
    project.accept(month(1, rows=400), month(2, rows=400))
    project.champion()
    project.close()
    write_csv(made / "rows.csv", month(3, rows=30))
    return made


@pytest.fixture
def workbench(folder, capsys, monkeypatch):
    """Carries out a command in the project: exit code, stdout, stderr."""
    monkeypatch.chdir(folder)
    capsys.readouterr()

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    return carry_out


def test_the_output_is_named_on_stdout_and_told_on_stderr(workbench, folder):
    code, out, err = workbench("score", "returns@champion", "rows.csv", "a.csv")

    assert (code, out) == (0, "a.csv\n")
    assert err.startswith("returns@v1 answered 30 rows in ")
    assert (folder / "a.csv").read_text().splitlines()[0] == "id,prediction,probability"


def test_json_tells_what_was_counted(workbench):
    code, out, _ = workbench(
        "score", "returns", "rows.csv", "b.parquet", "--columns", "지역, id", "--json"
    )
    found = json.loads(out)

    assert code == 0
    assert (found["model"], found["rows"], found["unanswered_rows"]) == ("returns@v1", 30, 0)
    assert found["columns"] == ["지역", "id", "prediction", "probability"]


def test_an_output_that_is_there_needs_force(workbench):
    workbench("score", "returns", "rows.csv", "c.csv")
    code, _, err = workbench("score", "returns", "rows.csv", "c.csv")

    assert code == 1
    assert err == "c.csv is there already.\nGive --force to replace it.\n"
    assert workbench("score", "returns", "rows.csv", "c.csv", "--force")[0] == 0


def test_bad_rows_and_unknown_categories_are_told(workbench, folder):
    rows = month(3, rows=30)
    rows["수량"] = rows["수량"].astype(object)
    rows["수량"][4] = "many"
    rows["지역"] = rows["지역"].astype(object)
    rows["지역"][7] = "광주"
    write_csv(folder / "bad.csv", rows)
    code, _, err = workbench("score", "returns", "bad.csv", "d.csv", "--on-bad", "null")

    assert code == 0
    assert "1 value of 지역 never seen in training, such as '광주'." in err
    assert "1 value of 수량 of another type, the first in row 5." in err
    assert "answered 30 rows, 1 of them without an answer in" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("score", "nothing", "rows.csv", "e.csv"), 4, "nothing"),
        (("score", "returns", "none.csv", "e.csv"), 1, "There is no file none.csv."),
        (("score", "returns", "rows.csv", "e.xlsx"), 2, "e.xlsx tells no format."),
        (("score", "returns", "rows.csv"), 2, "OUTPUT"),
        (("model", "register", "m.onnx", "--as", "far"), 2, "A file needs --dataset"),
        (("model", "register", "r1", "--as", "far", "--trust"), 2, "are for files"),
        (
            ("model", "register", "m.onnx", "--as", "far", "--dataset", "sales@v1"),
            1,
            "There is no file m.onnx.",
        ),
    ],
)
def test_mistakes_are_told_with_their_exit_codes(workbench, words, code, said):
    found, _, err = workbench(*words)

    assert found == code
    assert said in err


def test_a_file_is_queued_as_a_job(workbench, folder):
    (folder / "m.pkl").write_bytes(b"anything")
    words = ("model", "register", "m.pkl", "--as", "far", "--dataset", "sales@v1")
    code, _, err = workbench(*words)
    trusted, out, said = workbench(*words, "--trust")

    assert code == 2
    assert "m.pkl is a pickle: whatever its author wrote into it runs" in err
    assert trusted == 0
    assert out.startswith("j")
    assert "you said that you trust it" in said
