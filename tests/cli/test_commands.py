"""Commands on a real project: what they print, and their exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import main

PROJECT = """
[project]
name = "shop"
[datasets.sales]
key = ["id"]
[datasets.sales.checks.columns]
price = { min = 0, on_fail = "warn" }
[experiments.returned]
dataset = "sales"
target = "returned"
model = "sklearn.linear_model.LogisticRegression"
params = { C = 0.5 }
[models.returned]
experiment = "returned"
"""


@pytest.fixture
def project(tmp_path, capsys):
    """A project with one dataset and one file of 200 rows that has not been read."""
    (tmp_path / "workbench.toml").write_text(PROJECT)
    lines = [f"{n},{n % 17 - (n == 3) * 9},{int(n % 17 > 8)}" for n in range(200)]
    (tmp_path / "sales.csv").write_text("\n".join(["id,price,returned", *lines]))
    assert main(["init", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def workbench(project, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(project), *words])
        return code, *capsys.readouterr()

    return carry_out


def in_a_process(project: Path, *words: str) -> int:
    command = [sys.executable, "-m", "workbench", "-C", str(project), *words]
    # Both ends are read to the end: nothing that was started may hold on to them.
    return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode


def document(told: tuple[int, str, str]) -> object:
    code, out, _ = told
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "list"],
        ["model", "list"],
        ["jobs", "list"],
        ["events"],
        ["alerts", "list"],
        ["drift", "history"],
    ],
)
def test_an_empty_list_is_an_empty_array_and_a_hint_for_people(workbench, words):
    assert document(workbench(*words, "--json")) == []

    code, out, err = workbench(*words)
    assert (code, out) == (0, "")
    assert err.endswith(".\n")


def test_status_shows_the_whole_project(workbench, project):
    overview = document(workbench("status", "--json"))

    assert overview["project"] == "shop"
    assert [one["name"] for one in overview["services"]] == ["up", "worker", "watch", "serve"]
    assert [one["dataset"]["name"] for one in overview["datasets"]] == ["sales"]
    assert str(project) in workbench("status")[1]


@pytest.mark.parametrize(
    "words",
    [
        ["data", "log", "nothing"],
        ["data", "show", "sales@v9"],
        ["data", "profile", "nothing"],
        ["data", "check", "nothing"],
        ["drift", "show"],
        ["runs", "show", "r9"],
        ["run", "nothing"],
        ["model", "show", "nothing"],
        ["model", "show", "nothing@v1"],
        ["model", "reviews", "nothing"],
        ["model", "promote", "nothing@v1", "--why", "x"],
        ["model", "rollback", "nothing", "--why", "x"],
        ["history", "nothing"],
        ["jobs", "show", "j9"],
        ["jobs", "log", "9"],
        ["jobs", "cancel", "9"],
        ["jobs", "retry", "9"],
        ["alerts", "ack", "9"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_not_found(workbench, words):
    code, out, err = workbench(*words)

    assert (code, out) == (4, "")
    assert err


def test_files_become_a_version_once(workbench, project):
    file = str(project / "sales.csv")

    assert workbench("data", "add", "sales", file) == (
        0,
        "sales@v1\n",
        (
            "sales@v1 is pending: 200 rows added.\n"
            "sales.csv: the last line has no line end: it may be cut\n"
        ),
    )
    assert workbench("data", "add", "sales", file)[1] == ""
    assert [one["rows"] for one in document(workbench("data", "log", "sales", "--json"))] == [200]
    assert document(workbench("data", "show", "sales@v1", "--json"))["state"] == "pending"


def test_a_run_is_a_job_that_can_be_cancelled_and_retried(workbench):
    code, out, err = workbench("run", "returned", "--set", "C=2", "--set", "solver=saga")
    assert (code, out) == (0, "j1\n")
    assert "No worker is running" in err
    assert document(workbench("jobs", "show", "j1", "--json"))["arguments"]["params"] == {
        "C": 2,
        "solver": "saga",
    }

    assert document(workbench("jobs", "cancel", "j1", "--json"))["state"] == "cancelled"
    assert document(workbench("jobs", "retry", "1", "--json"))["state"] == "queued"
    assert [one["id"] for one in document(workbench("jobs", "list", "--live", "--json"))] == [1]


def test_events_are_found_by_number_and_by_time(workbench):
    workbench("run", "returned")
    workbench("jobs", "cancel", "j1")
    (event,) = document(workbench("events", "--json"))

    assert document(workbench("events", "--since", str(event["id"]), "--json")) == []
    assert document(workbench("events", "--since", "1h", "--json")) == [event]
    assert workbench("events", "--since", "yesterday")[0] == 2


def test_a_project_is_found_from_a_folder_below_it(project, monkeypatch, capsys):
    (project / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project / "deep" / "er")

    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["project"] == "shop"


def test_a_workbench_toml_with_mistakes_is_told_line_by_line(workbench, project):
    (project / "workbench.toml").write_text("[project]\nnmae = 1\n[datasets.a]\nmode = 'x'\n")

    code, out, err = workbench("status")
    assert (code, out) == (2, "")
    assert [line.partition(":")[0] for line in err.splitlines()[:-1]] == ["workbench.toml"] * 3


def test_an_interrupted_command_ends_with_130_and_leaves_its_job(workbench, project):
    command = [sys.executable, "-m", "workbench", "-C", str(project), "run", "returned", "--wait"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as following:
        while following.stderr.readline() != "j1 queued\n":
            assert following.poll() is None
        following.send_signal(signal.SIGINT)
        rest = following.stderr.read()

    assert following.returncode == 130
    assert "Traceback" not in rest
    assert document(workbench("jobs", "show", "j1", "--json"))["state"] == "queued"


@pytest.mark.slow
def test_from_a_file_to_a_champion(workbench, project):
    def work() -> None:
        # A process of its own, because a worker keeps the signals of the one it runs in.
        assert in_a_process(project, "worker", "--until-idle") == 0

    workbench("data", "add", "sales", str(project / "sales.csv"))
    work()
    checks = document(workbench("data", "check", "sales", "--json"))
    assert {one["check"]: one["passed"] for one in checks}["price min"] is False
    assert "price" in workbench("data", "profile", "sales")[1]

    workbench("run", "returned")
    work()
    assert document(workbench("runs", "show", "r1", "--json"))["state"] == "finished"
    assert "roc_auc" in workbench("runs", "list")[1]

    assert workbench("model", "register", "r1", "--model", "returned")[0] == 0
    work()
    assert workbench("model", "promote", "returned@v1", "--why", "first")[:2] == (
        0,
        "returned@v1\n",
    )
    assert document(workbench("model", "show", "returned@champion", "--json"))["number"] == 1
    assert "passed: " in workbench("model", "show", "returned@v1")[1]
    assert workbench("model", "promote", "returned@v1", "--why", "x", "--expected", "7")[0] == 1
    assert workbench("history", "returned")[0] == 0


@pytest.mark.slow
def test_what_up_starts_runs_jobs_until_down(workbench, project):
    with (project / "workbench.toml").open("a") as file:
        file.write("[serve]\nport = 0\n")

    assert in_a_process(project, "up", "--detach") == 0
    try:
        assert in_a_process(project, "up", "--detach") == 1
        workbench("data", "add", "sales", str(project / "sales.csv"))
        assert workbench("jobs", "log", "j1", "--follow")[0] == 0
        code, out, err = workbench("run", "returned", "--wait", "--json")
        assert (code, json.loads(out)["state"]) == (0, "finished"), err
        assert workbench("run", "returned", "--set", "C=-1", "--wait")[0] == 1
    finally:
        assert workbench("down")[2] == "Stopped.\n"
    assert "Nothing was running" in workbench("down")[2]
