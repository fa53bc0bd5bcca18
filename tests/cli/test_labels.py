"""`workbench labels` and `workbench serve log`: what they print, and what they say when there is nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.storage.logged import batch, write
from workbench.cli import main


@pytest.fixture
def workbench(project, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words):
        code = main(["-C", str(project), *words])
        return code, *capsys.readouterr()

    return carry_out


def log(project, *batches):
    write(project / ".workbench" / "predictions", *batches)


def test_labels_of_a_file_are_added_and_listed(project, workbench):
    (project / "labels.csv").write_text("flight,label\nUA1,late\nUA2,on time\n")
    log(project, batch({"flight": ["UA1", "UA9"]}, [0.25, 0.75]))
    code, out, err = workbench("labels", "add", "late", str(project / "labels.csv"))

    assert (code, out, err) == (0, "2\n", "2 labels of late kept.\n")
    code, out, err = workbench("labels", "list", "late")
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["UA1", "late"], ["UA2", "on"]]
    assert err == "2 rows with a label, 1 of them answered by the endpoint; 2 labels sent in all.\n"
    code, out, err = workbench("labels", "list", "late", "--json")
    assert json.loads(out)["labels"][0]["key"] == {"flight": "UA1"}


def test_a_label_that_is_no_class_is_told_with_its_row(project, workbench):
    (project / "labels.csv").write_text("flight,label\nUA1,late\nUA2,early\n")
    code, out, err = workbench("labels", "add", "late", str(project / "labels.csv"))

    assert (code, out) == (1, "")
    assert "The label of row 2 is 'early', which is no class of the model." in err


def test_a_model_without_labels_says_how_to_add_some(workbench):
    code, out, err = workbench("labels", "list", "late")

    assert (code, out) == (0, "")
    assert "`workbench labels add late FILE`" in err
    assert workbench("labels", "list", "early")[0] == 4


def test_the_newest_requests_are_shown_first(project, workbench):
    first = batch({"flight": ["UA1"]}, [0.25], callers=["app"])
    second = batch({}, [0.75, 0.5], at=first.at[0] + 1_000_000, role="shadow")
    log(project, first, second)
    code, out, err = workbench("serve", "log", "late")

    (_, newest, oldest) = out.splitlines()
    assert (code, err) == (0, "")
    assert all(part in newest for part in ("late@v1 shadow", second.requests[0], "late 0.75"))
    assert all(part in oldest for part in ("late@v1", first.requests[0], "on time 0.25", "app"))
    code, out, err = workbench("serve", "log", "--limit", "1", "--json")
    assert [one["request"] for one in json.loads(out)] == second.requests


def test_a_model_that_was_not_asked_yet_is_told(workbench):
    assert workbench("serve", "log", "late") == (0, "", "No request was logged for late yet.\n")
    assert workbench("serve", "log", "early")[0] == 4


@pytest.mark.slow
def test_those_that_come_are_followed_once_each_until_ctrl_c(project):
    first = batch({}, [0.25])
    log(project, first)
    command = [sys.executable, "-m", "workbench", "-C", str(project), "serve", "log"]
    following = subprocess.Popen([*command, "--follow", "--json"], stdout=subprocess.PIPE)
    seen = [json.loads(following.stdout.readline())["request"]]
    later = [batch({}, [0.5], at=first.at[0] + number) for number in range(5)]
    log(project, *later)
    seen += [json.loads(following.stdout.readline())["request"] for _ in later]
    os.kill(following.pid, signal.SIGINT)
    rest, _ = following.communicate(timeout=60)

    assert (seen, rest) == ([one.requests[0] for one in (first, *later)], b"")
    assert following.returncode == 0
