"""The demo as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import workbench
from storage.records import JobState
from workbench.engines import instance

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    home = tmp_path_factory.mktemp("home") / "demo"
    command = [sys.executable, "-m", "workbench", "demo", str(home), "--headless", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert ended.returncode == 0, ended.stderr
    return home, json.loads(ended.stdout.strip().splitlines()[-1]), ended


def test_every_month_from_april_is_told_with_its_rows_and_both_figures(told):
    _, result, _ = told

    assert [month["month"] for month in result["months"]] == [f"2013-{n:02}" for n in range(4, 13)]
    assert sum(month["rows"] for month in result["months"]) == 249_435
    for month in result["months"]:
        assert 0.5 < month["auc_frozen"] < 0.8
        assert 0.5 < month["auc_champion"] < 0.8
        assert month["reason"]


def test_some_challengers_are_promoted_and_some_are_rejected(told):
    _, result, _ = told

    decisions = {month["decision"] for month in result["months"]}

    assert {"promoted", "rejected"} <= decisions


def test_no_request_fails_over_the_swaps(told):
    _, result, _ = told

    assert result["requests"]["failed"] == 0
    assert result["requests"]["rows"] >= 249_435


def test_every_version_answers_as_its_model_does(told):
    _, result, _ = told

    assert result["parity"]["flips"] == 0
    assert result["parity"]["max_abs_diff"] <= 1e-9


def test_the_figures_are_those_of_the_store(told):
    home, result, _ = told

    with workbench.open(home) as opened:
        history = opened.history("late")
        ended = {job.state for job in opened.jobs(limit=500)}

    champions = [window.champion.value for window in history.windows]
    assert champions == [month["auc_champion"] for month in result["months"]]
    assert all(window.champion.source == "predictions" for window in history.windows)
    assert ended == {JobState.FINISHED}


def test_the_report_is_one_file_that_needs_nothing_else(told):
    _, result, _ = told

    page = Path(result["report"]).read_text(encoding="utf-8")

    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_nothing_is_left_running(told):
    home, _, _ = told

    locks = home / ".workbench" / "locks"

    assert [path.name for path in locks.glob("*.lock") if instance.look(path)] == []
