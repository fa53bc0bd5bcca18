"""What a run looks like in a terminal, and how the end of its job is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import Job, JobState, Metric
from tests.report import lives
from tests.report.runs import a_run, figures
from workbench.cli import following, run_summary
from workbench.core.run_figures import RunFigures

DRAWN = {
    "binary": ["Confusion", "ROC of yes, area", "Precision and recall of yes, area", "Calibration"],
    "multiclass": ["Confusion", "Each class against all others", "PR area", "Calibration"],
    "regression": ["Residuals, truth minus prediction"],
}


def job(**changed):
    made = Job(
        id=4,
        kind="train",
        subject="late boosted",
        arguments={},
        dedup_key=None,
        state=JobState.RUNNING,
        priority=0,
        attempts=1,
        max_attempts=3,
        token=1,
        worker="w",
        pid=1,
        lease_until=None,
        run_at=lives.MADE_AT,
        progress=None,
        message="",
        created_at=lives.MADE_AT,
        started_at=lives.MADE_AT,
        ended_at=None,
        error=None,
        result=None,
        cancel_requested=False,
        cause=None,
    )
    return replace(made, **changed)


@pytest.mark.parametrize(("task", "titles"), DRAWN.items(), ids=DRAWN)
def test_every_figure_of_a_task_is_drawn(capsys, task, titles):
    run_summary.tell(a_run(task), None, figures(task))
    told = capsys.readouterr().out

    assert all(title in told for title in titles)
    assert "Warning: carrier knows it." in told
    assert "Cross-validation of the training rows" in told
    assert "Slices of the test rows" in told
    assert "75.0 %" in told


def test_a_run_stands_beside_its_baseline(capsys):
    guess = replace(a_run(), metrics={"roc_auc": Metric(key="roc_auc", value=0.5, step=0)})
    run_summary.tell(a_run(), guess, figures())
    told = capsys.readouterr().out

    assert "Better than the baseline" in told
    assert "0.7000  0.6000 to 0.8000    0.5000" in told


def test_a_run_that_kept_nothing_to_draw_tells_its_metrics(capsys):
    run_summary.tell(a_run(), None, None)
    run_summary.of_figures(RunFigures(task="binary", metric="roc_auc"))

    assert "roc_auc" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"state": JobState.FINISHED, "result": {"run": 3}}, "j4 finished: run 3."),
        ({"state": JobState.FAILED, "error": "It raised."}, "j4 failed: It raised."),
        ({"state": JobState.FAILED}, "j4 failed: no reason was kept"),
        ({"state": JobState.CANCELLED}, "j4 cancelled."),
    ],
    ids=["finished", "failed", "failed in silence", "cancelled"],
)
def test_the_end_of_a_job_is_told(capsys, changed, told):
    code = following.answer_ended(job(**changed), as_json=False)

    assert capsys.readouterr().err.splitlines()[0] == told
    assert code == (changed["state"] is not JobState.FINISHED)


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({"progress": 0.25}, 30.0),
        ({"progress": 0.02}, None),
        ({"progress": None}, None),
        ({"progress": 0.5, "state": JobState.QUEUED}, None),
        ({"progress": 0.5, "started_at": None}, None),
    ],
    ids=["a quarter", "hardly begun", "unknown", "queued", "not started"],
)
def test_the_time_that_is_left_is_told_once_it_can_be(changed, left):
    now = lives.MADE_AT + timedelta(seconds=10)

    assert following.seconds_left(job(**changed), now) == left
