"""What can be seen of jobs and done to them on the Jobs screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.layout import Layout
from storage.records import JobState, NewJob
from storage.store import Store
from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.shapes import NOW
from tests.tui.stock import LIVE_JOB, LIVE_RUN, processes, reopened
from workbench.tui.log_tail import LogTail
from workbench.tui.screens.confirm import Confirm
from workbench.tui.views import jobs as views
from workbench.tui.widgets.table import Table

FAILED, FINISHED = 13, 15
SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(ROOMY, id="120x36"), pytest.param(NARROW, id="80x24", marks=pytest.mark.slow)],
)


def told(pilot):
    return "\n".join(one.message for one in pilot.app._notifications)


def title(pilot):
    return str(pilot.app.screen.query_one("#jobs", Table).border_title)


def job_line(pilot, label):
    lines = shown(pilot, "#jobs").splitlines()
    return next(one for one in lines if label in one.split())


async def on_job(pilot, number):
    """Puts the cursor on a job."""
    await press(pilot, "7")
    pilot.app.screen.reveal(number)
    await settled(pilot)


def job_of(project, number):
    return reopened(project).job(number)


@SIZES
def test_a_running_job_says_how_far_it_is_and_how_long_it_still_takes(stocked, size):
    async def scenario(pilot):
        await on_job(pilot, LIVE_JOB)
        assert "62 %" in job_line(pilot, f"j{LIVE_JOB}")
        assert "62 %  1 min 00 s left" in shown(pilot, "#job")
        assert "tree 124 of 200" in shown(pilot, "#job")
        assert "[236] valid roc_auc" in shown(pilot, "#log")

    play(scenario, stocked, size=size)


def test_the_title_counts_what_runs_and_waits(stocked):
    async def scenario(pilot):
        await press(pilot, "7")
        assert title(pilot) == "Jobs  2 running · 1 waits"

    with processes(stocked):
        play(scenario, stocked)


def test_jobs_that_wait_for_a_worker_say_how_to_start_one(stocked):
    async def scenario(pilot):
        await press(pilot, "7")
        assert "1 waits · no worker: `workbench up` starts one" in title(pilot)

    play(scenario, stocked)


def test_live_jobs_alone_are_listed_and_all_again(stocked):
    async def scenario(pilot):
        await press(pilot, "7", "l")
        assert [row.key for row in pilot.app.screen.main.rows] == [16, 17, 18]
        assert title(pilot).startswith("Jobs, live only")
        await press(pilot, "l")
        assert len(pilot.app.screen.main.rows) == 18

    play(scenario, stocked)


def test_a_filter_keeps_jobs_by_kind_and_state(stocked):
    async def scenario(pilot):
        await press(pilot, "7", "slash")
        await fill(pilot, "kind:train -state:finished")
        assert [row.key for row in pilot.app.screen.main.rows] == [16, 13]
        assert title(pilot).endswith("/ kind:train -state:finished")

    play(scenario, stocked)


@pytest.mark.slow
def test_a_job_leads_to_the_run_that_it_makes(stocked):
    async def scenario(pilot):
        await on_job(pilot, LIVE_JOB)
        assert f"r{LIVE_RUN}, o opens it" in shown(pilot, "#job")
        await press(pilot, "o")
        assert pilot.app.screen.MODE == "runs"
        assert pilot.app.screen.main.selected == LIVE_RUN

    play(scenario, stocked)


def test_a_job_without_a_run_leads_nowhere(stocked):
    async def scenario(pilot):
        await on_job(pilot, FINISHED)
        await press(pilot, "o")
        assert "makes no run" in told(pilot)

    play(scenario, stocked)


def test_a_running_job_is_asked_to_stop_after_a_question(project):
    async def scenario(pilot):
        await on_job(pilot, LIVE_JOB)
        await press(pilot, "x")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "enter")
        assert "is being cancelled" in shown(pilot, "#job")

    play(scenario, project)
    assert job_of(project, LIVE_JOB).cancel_requested


@pytest.mark.slow
def test_a_job_goes_on_when_the_question_is_left(project):
    async def scenario(pilot):
        await on_job(pilot, LIVE_JOB)
        await press(pilot, "x", "escape")

    play(scenario, project)
    assert not job_of(project, LIVE_JOB).cancel_requested


def test_a_failed_job_is_tried_again(project):
    async def scenario(pilot):
        await on_job(pilot, FAILED)
        assert "The recipe 'deep' needs torch." in shown(pilot, "#job")
        await press(pilot, "r")
        assert told(pilot) == f"j{FAILED} waits again"

    play(scenario, project)
    assert job_of(project, FAILED).state is JobState.QUEUED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "job", "said"),
    [
        pytest.param("r", FINISHED, "failed, died or was cancelled", id="finished"),
        pytest.param("r", LIVE_JOB, "failed, died or was cancelled", id="running"),
        pytest.param("x", FINISHED, "queued or running", id="cancel what has ended"),
    ],
)
def test_what_cannot_be_done_to_a_job_is_said(project, key, job, said):
    async def scenario(pilot):
        await on_job(pilot, job)
        await press(pilot, key)
        assert said in told(pilot)

    before = job_of(project, job)
    play(scenario, project)
    assert job_of(project, job) == before


def test_a_log_that_grows_is_followed(project):
    async def scenario(pilot):
        await on_job(pilot, LIVE_JOB)
        with Layout(project).job_log(LIVE_JOB).open("a", encoding="utf-8") as log:
            log.write("나무 61 of 200\nTraceback (most recent call last)\n")
        pilot.app.screen.memory.forget()
        pilot.app.look()
        await settled(pilot)
        assert "나무 61 of 200" in shown(pilot, "#log")

    play(scenario, project)


def test_what_colours_and_rewrites_a_terminal_is_left_out_of_a_log(project):
    written = "\x1b[31mred\x1b[0m\n10 %\r50 %\r90 %\r\n\x1b]0;title\x07named\n"
    Layout(project).job_log(LIVE_JOB).write_text(written, encoding="utf-8", newline="")

    assert LogTail(LIVE_JOB).read(reopened(project)) == ("red", "90 %", "named")


def test_an_empty_queue_says_how_it_is_filled(empty):
    async def scenario(pilot):
        await press(pilot, "7")
        assert "No jobs yet." in shown(pilot, "#jobs")
        await press(pilot, "l")
        assert "Nothing runs and nothing waits." in shown(pilot, "#jobs")
        await press(pilot, "x", "r", "o")

    play(scenario, empty)


def test_trouble_in_a_log_has_its_colour(stocked):
    job = job_of(stocked, FINISHED)
    seen = views.JobSeen(
        job=job, log=("mean_absolute_error 0.1", "UserWarning: slow", "ValueError: no"), run=None
    )

    fine, doubtful, alarming = views.log_lines(seen, 80)

    styles = [{str(span.style) for span in line.spans} for line in (fine, doubtful, alarming)]
    assert styles == [set(), {"$warning"}, {"$error"}]


def test_what_a_job_was_given_and_what_came_of_it_stand_by_name(stocked):
    given = {"experiment": "late", "params": {"num_leaves": 31, "잎": 3}, "version": None}
    job = replace(
        job_of(stocked, FINISHED), arguments=given, result={"run": 7, "test": {"rows": 9}}
    )

    lines = views.job_lines(views.JobSeen(job=job, log=(), run=7), NOW, 60)

    told = dict(line.plain.split(maxsplit=1) for line in lines[1:])
    assert told["params.num_leaves"] == "31"
    assert told["test.rows"] == "9"
    assert told["run"] == "r7, o opens it"
    assert "version" not in told
    assert views.job_rows([job], NOW)[0].cells[7].plain == "run 7, test.rows 9"


def test_a_job_that_rests_says_until_when(empty):
    store = Store.open(empty, program="test", clock=lambda: NOW)
    with store.write() as tx:
        job = tx.jobs.enqueue(NewJob(kind="train", subject="late", delay_s=90))
    store.close()

    lines = views.job_lines(views.JobSeen(job=replace(job, attempts=1), log=(), run=None), NOW, 80)

    assert any("rests for 1 min 30 s" in line.plain for line in lines)
    assert job.run_at - NOW == timedelta(seconds=90)
