"""The `runs` and `plan` commands: what they print, and their exit codes."""

from __future__ import annotations

import json

import pytest

import workbench as package
from workbench.cli import main

PROJECT = """
[project]
name = "shop"
[datasets.sales]
key = ["id"]
[experiments.returned]
dataset = "sales"
target = "returned"
model = "sklearn.linear_model.LogisticRegression"
"""


@pytest.fixture
def project(tmp_path, capsys):
    """A project with two runs that a program logged."""
    (tmp_path / "workbench.toml").write_text(PROJECT)
    assert main(["init", str(tmp_path)]) == 0
    with package.open(tmp_path) as opened:
        for rate in (0.1, 0.3):
            with opened.run("늦음", params={"rate": rate}, tags={"팀": "red"}) as run:
                for step in range(5):
                    run.log(step=step, auc=0.6 + rate * step / 5)
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def workbench(project, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(project), *words])
        return code, *capsys.readouterr()

    return carry_out


def test_runs_are_filtered_sorted_and_shown_by_column(workbench):
    where = "metrics.auc > 0.6 and tags.팀 = 'red'"
    code, out, _ = workbench("runs", "list", "--where", where, "--sort", "-auc", "--columns", "run,params.rate", "--json")  # fmt: skip

    assert code == 0
    assert json.loads(out) == [
        {"run": "r2", "params.rate": 0.3},
        {"run": "r1", "params.rate": 0.1},
    ]


def test_a_wrong_word_is_pointed_at_and_the_nearest_is_named(workbench):
    code, out, err = workbench("runs", "list", "--where", "rate > 0 and metrics.acu > 1")

    assert (code, out) == (2, "")
    shown, caret = err.splitlines()[1:3]
    assert shown[caret.index("^") :].startswith("acu")
    assert "Did you mean 'auc'?" in err


def test_a_condition_that_no_run_meets_says_so(workbench):
    assert workbench("runs", "list", "--where", "auc > 9") == (0, "", "No run meets the condition.\n")  # fmt: skip


def test_a_comparison_tells_what_differs_before_metrics_and_curves(workbench):
    code, out, _ = workbench("runs", "compare", "r1", "r2")

    places = [out.index(word) for word in ("rate", "Metrics", "auc by step", "● r1")]
    assert code == 0
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["compare", "r1"], 2),
        (["compare", "r1", "r9"], 4),
        (["reproduce", "r9"], 4),
        (["reproduce", "r1"], 2),
        (["rm", "r1", "r9"], 4),
        (["tag", "r1", "nothing"], 2),
        (["list", "--columns", "run,,"], 2),
        (["list", "--sort", "-nope"], 2),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_and_nothing_is_changed(workbench, words, code):
    assert workbench("runs", *words)[:2] == (code, "")
    assert len(json.loads(workbench("runs", "list", "--json")[1])) == 2


def test_a_run_is_written_as_a_page(workbench, tmp_path):
    page = tmp_path / "r1.html"
    code, out, told = workbench("runs", "show", "r1", "--html", str(page))

    assert (code, out, told) == (0, "", f"Wrote {page}.\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_written_says_why(workbench, tmp_path):
    code, _, told = workbench("runs", "show", "r1", "--html", str(tmp_path / "none" / "r1.html"))

    assert code == 2
    assert "r1.html cannot be written: No such file or directory." in told


def test_tags_and_notes_are_set_shown_and_taken_away(workbench):
    assert json.loads(workbench("runs", "tag", "r1", "a=b=c", "--remove", "팀", "--json")[1]) == {"a": "b=c"}  # fmt: skip
    assert workbench("runs", "note", "r1", "다시 볼 것")[1] == "다시 볼 것\n"
    assert "다시 볼 것" in workbench("runs", "show", "r1")[1]

    assert workbench("runs", "note", "r1", "") == (0, "", "r1 has no note.\n")


def test_removed_runs_are_gone(workbench):
    assert workbench("runs", "rm", "r1", "r2") == (0, "r1\nr2\n", "2 runs removed.\n")
    assert workbench("runs", "list")[2].startswith("No runs yet.")


def test_a_plan_tells_what_cannot_be_run(workbench):
    code, out, err = workbench("plan")

    assert (code, "cannot run" in out) == (0, True)
    assert err == "0 of 1 run would change. Nothing was run.\n"
    assert json.loads(workbench("plan", "--json")[1])[0]["would_change"] is False
    assert workbench("plan", "nothing")[0] == 4
