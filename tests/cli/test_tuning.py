"""`workbench tune`: what it prints, what it refuses, what ctrl-c means."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys

import pytest

from tests.services.project import month, opened
from workbench.cli import main
from workbench.services import tuning

SEARCH = """
[experiments.returns.search]
trials = 4
[experiments.returns.search.params]
num_leaves = { low = 4, high = 12 }

[models.returns]"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """Where a project with two accepted months and a search lies; not to be changed."""
    folder = tmp_path_factory.mktemp("searched")
    with opened(folder) as project:
        project.accept(month(1), month(2))
        project.configure("\n[models.returns]", SEARCH)
    return folder


@pytest.fixture
def shop(searched, tmp_path):
    """A copy of that project."""
    shutil.copytree(searched, tmp_path / "shop")
    with opened(tmp_path / "shop", text=None) as project:
        yield project


@pytest.fixture
def tune(shop, capsys):
    """Carries out `workbench tune` in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(shop.folder), "tune", *words])
        return code, *capsys.readouterr()

    return carry_out


def test_without_an_experiment_studies_are_listed(tune):
    none_yet = tune()
    tune("returns")
    code, out, _ = tune()

    assert none_yet == (0, "", "No studies yet. `workbench tune EXPERIMENT` starts one.\n")
    assert (code, out.split()[10:14]) == (0, ["s1", "returns", "boosted", "running"])
    assert [one["experiment"] for one in json.loads(tune("--json")[1])] == ["returns"]


def test_a_study_is_queued_and_says_that_no_worker_is_there(tune):
    code, out, err = tune("returns", "--trials", "9", "--timeout", "10m")
    study = json.loads(tune("--show", "s1", "--json")[1])["study"]

    assert (code, out) == (0, "s1\n")
    assert "No worker is running: start one with `workbench up`." in err
    assert (study["budget"], study["timeout_s"]) == (9, 600.0)


def test_the_best_params_are_told_whole_so_that_they_can_stand_in_the_file(shop, tune):
    tuning.start(shop.context, "returns", trials=1, params={"min_child_samples": 5})
    shop.work()
    code, out, err = tune("--show", "s1")
    params = json.loads(tune("--show", "s1", "--json")[1])["params"]

    assert code == 0
    assert out.splitlines()[-1].startswith("params = { ")
    assert {"n_estimators", "learning_rate", "num_leaves", "min_child_samples"} <= set(params)
    assert all(f"{name} = " in out.splitlines()[-1] for name in params)
    assert (
        "workbench run returns --recipe boosted --set min_child_samples=5 --set num_leaves=" in err
    )


def test_a_study_that_is_stopped_is_shown_and_cannot_be_stopped_again(tune):
    tune("returns")
    stopped, again = tune("--stop", "s1", "--json"), tune("--stop", "s1")

    assert (stopped[0], json.loads(stopped[1])["study"]["state"]) == (0, "stopped")
    assert again[0] == 1
    assert "s1 is stopped already." in again[2]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["nope"], 4, "No experiment is called 'nope'."),
        (["--show", "s9"], 4, "No study is called 's9'."),
        (["--stop", "s9"], 4, "No study is called 's9'."),
        (["returns", "--recipe", "deep"], 4, "No recipe is called 'deep'."),
        (["returns", "--trials", "0"], 2, "0 is not in the range"),
        (["returns", "--timeout", "soon"], 2, "'soon'"),
        (["returns", "--timeout", "0s"], 2, "allowed is more than zero"),
        (["returns", "--set", "num_leaves=9"], 2, "num_leaves is looked for"),
        (["returns", "--set", "num_leaves"], 2, "has no form NAME=VALUE"),
        (["returns", "--show", "s1"], 2, "Give one of EXPERIMENT"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_told(tune, words, code, told):
    found = tune(*words)

    assert (found[0], found[1]) == (code, "")
    assert told in found[2]


@pytest.mark.parametrize(
    ("answer", "code", "state"), [("leave\n", 130, "running"), ("stop\n", 0, "stopped")]
)
def test_ctrl_c_at_a_terminal_asks_whether_to_leave_the_study_or_to_stop_it(
    shop, tune, answer, code, state
):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "workbench", "-C", str(shop.folder), "tune", "returns"]
    with subprocess.Popen([*command, "--wait"], stdin=theirs, stdout=theirs, stderr=theirs) as one:
        read_until(ours, "s1 running")
        one.send_signal(signal.SIGINT)
        read_until(ours, "Leave it running, or stop it?")
        os.write(ours, answer.encode())
        found = one.wait(timeout=60)
    os.close(theirs)
    os.close(ours)

    assert found == code
    assert json.loads(tune("--show", "s1", "--json")[1])["study"]["state"] == state


def read_until(terminal: int, words: str) -> None:
    """Reads what is told at a terminal up to some words."""
    told = ""
    while words not in told:
        told += os.read(terminal, 4096).decode(errors="replace")
