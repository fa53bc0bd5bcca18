"""The watched folders on the command line: one run for cron, and what `status` says of them."""

from __future__ import annotations

import json
import os

import pytest

import workbench
from tests.privileges import without_privileges
from workbench.cli import main
from workbench.engines import instance

PROJECT = """
[project]
name = "shop"
[datasets.sales]
files = "inbox/sales/*.csv"
[watch]
settle = "50ms"
"""


@pytest.fixture
def project(tmp_path, capsys):
    """A project with a watched folder in which nothing lies."""
    (tmp_path / "workbench.toml").write_text(PROJECT)
    (tmp_path / "inbox" / "sales").mkdir(parents=True)
    assert main(["init", str(tmp_path)]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def told(project, capsys):
    """Carries out a command in the project: exit code, stdout, stderr."""

    def carry_out(*words: str) -> tuple[int, str, str]:
        code = main(["-C", str(project), *words])
        return code, *capsys.readouterr()

    return carry_out


def drop(project, name, first=0):
    path = project / "inbox" / "sales" / name
    path.write_text("id,price\n" + "".join(f"{first + n},{n}\n" for n in range(20)))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def line_of(status):
    """The cells of the watched folder's line."""
    (line,) = [line for line in status.splitlines() if "inbox/sales" in line]
    return line.split()


def test_a_run_for_cron_prints_what_it_did_on_stdout(project, told):
    drop(project, "a.csv")
    drop(project, "b.csv")

    assert told("watch", "--once") == (0, "sales: 1 file read, 1 duplicate\n", "")
    assert told("watch", "--once") == (0, "", "")


def test_a_run_for_cron_that_leaves_files_ends_with_1(project, told):
    drop(project, "a.csv").chmod(0)
    with without_privileges():
        code, out, err = told("watch", "--once")

    assert (code, out) == (1, "sales: 1 file left: 1 cannot be opened\n")
    assert "inbox/sales/a.csv: Permission denied" in err


def test_a_second_watcher_is_refused(project, told):
    with instance.hold(project / ".workbench" / "locks" / "watch.lock"):
        code, out, err = told("watch", "--once")

    assert (code, out) == (1, "")
    assert "runs already" in err


def test_status_tells_what_waits_and_that_nobody_watches(project, told):
    drop(project, "a.csv")
    told("watch", "--once")
    drop(project, "b.csv", first=20)
    waits, settled, read = line_of(told("status")[1])[2:5]

    assert (waits, settled, read) == ("1", "1", "1")
    assert line_of(told("status")[1])[-1] == "stopped"


def test_status_names_what_cannot_be_opened(project, told):
    (project / "inbox" / "sales" / "round.csv").symlink_to("round.csv")
    _, _, err = told("status")

    assert "sales: inbox/sales/round.csv: Too many levels of symbolic links" in err


def test_programs_and_python_see_the_same(project, told):
    drop(project, "a.csv")
    told("watch", "--once")
    (printed,) = json.loads(told("status", "--json")[1])["inbox"]
    with workbench.open(project) as opened:
        (sales,) = opened.inbox()

    assert (printed["dataset"], printed["ingested"], printed["is_watched"]) == ("sales", 1, False)
    assert (sales.ingested, sales.waiting, sales.last_scan_at is not None) == (1, 0, True)
