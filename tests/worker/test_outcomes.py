from __future__ import annotations

import sys
from pathlib import Path

import pytest

from storage.records import AlertState, JobState, NewRun, RunState
from tests.worker.conftest import Project
from tests.worker.waiting import lives, written


def test_a_function_that_returns_has_its_job_concluded(project: Project):
    project.enqueue("remember", word="hello")

    assert project.work() == 0
    with project.store.read() as tx:
        told = [(event.subject, event.message) for event in tx.events.newest()]
    assert told == [("hello", "j1")]
    assert (project.job().state, project.job().progress) == ("finished", 1.0)


def test_a_function_may_conclude_its_job_itself(project: Project):
    project.enqueue("conclude", n=3)
    project.work()

    assert (project.job().state, project.job().result) == ("finished", {"n": 3})


def test_a_problem_ends_the_job_with_its_sentences_and_is_not_tried_again(project: Project):
    project.enqueue("misname", max_attempts=3)
    project.work()

    job = project.job()
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error == (
        "No dataset is called 'loan'. Did you mean 'loans'? Known datasets: loans."
    )


def test_what_a_problem_was_made_of_stays_in_the_log(project: Project):
    project.enqueue("misread")
    project.work()

    assert project.job().error == "The recipe counts in words."
    assert "ValueError: invalid literal for int() with base 10: 'seven'" in project.log()


@pytest.mark.slow
def test_an_error_is_tried_again_and_its_traceback_stays_in_the_log(
    project: Project, tmp_path: Path
):
    project.enqueue("stumble", max_attempts=2, path=str(tmp_path / "tried"))
    project.work()

    assert (project.job().state, project.job().attempts) == ("finished", 2)
    assert "ValueError: the first attempt always stumbles\nand says more" in project.log()
    assert "attempt 2 of 2" in project.log()


DEATHS = {
    "crash": "Its process ended with exit code 3 before the job was done.",
    "vanish": "Its process ended with exit code 0 before the job was done.",
    "leave_early": "Its process ended with exit code 1 before the job was done.",
    "kill_itself": "Its process was killed by signal 9 (SIGKILL; out of memory?).",
    "missing": ("AttributeError: module 'tests.worker.jobs' has no attribute 'no_such_function'"),
}


@pytest.mark.parametrize(("kind", "sentence"), DEATHS.items(), ids=DEATHS.keys())
def test_a_process_that_ends_without_concluding_fails_its_job(
    project: Project, kind: str, sentence: str
):
    project.enqueue(kind)
    project.work()

    assert (project.job().state, project.job().error) == ("failed", sentence)
    assert sentence in project.log()


def test_an_unknown_kind_fails_with_the_known_ones(project: Project):
    project.enqueue("paint", max_attempts=3)
    project.work()

    assert project.job().state is JobState.FAILED
    assert "This program knows no job 'paint', only conclude, configured" in (
        project.job().error or ""
    )


def test_a_job_that_fails_closes_its_runs_and_raises_an_alert(project: Project):
    job = project.enqueue("crash")
    run = NewRun(
        experiment="late",
        name="n",
        recipe="r",
        model="m",
        params={},
        seed=1,
        source_hash="0",
        job_id=job.id,
    )
    with project.store.write() as tx:
        run_id = tx.runs.start(run).id
    project.work()

    with project.store.read() as tx:
        ended = tx.runs.get(run_id)
        alerts = tx.events.alerts(state=AlertState.OPEN)
    assert (ended.state, ended.error) == (RunState.FAILED, project.job().error)
    assert len(alerts) == 1


def test_what_a_job_says_by_any_way_is_in_its_log(project: Project):
    project.enqueue("speak")
    project.work()

    head, *said = project.log().splitlines()
    assert head.startswith("--- j1 speak, attempt 1 of 1, process ")
    assert sorted(said) == ["an error", "from Python", "from the descriptor"]


def test_a_job_has_the_memory_that_the_configuration_allows(project: Project):
    project.configure('[worker]\nmemory_limit = "16GB"\n')
    project.enqueue("limit")
    project.enqueue("eat_memory", max_attempts=3)
    project.work()

    assert project.job(1).result == {"limit": 16 * 1024**3}
    assert (project.job(2).state, project.job(2).attempts) == ("failed", 1)
    assert "more memory than a job may have, 16 GB" in (project.job(2).error or "")


def test_what_a_job_leaves_behind_in_its_group_is_killed(project: Project, tmp_path: Path):
    path = tmp_path / "left"
    project.enqueue("with_grandchild", path=str(path))
    project.work()

    assert project.job().state is JobState.FINISHED
    assert not lives(int(written(path)))


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_the_nursery_has_imported_what_jobs_need_and_has_no_thread(project: Project):
    project.enqueue("threads")
    project.work()

    assert project.job().result == {
        "nursery": 1,
        "imported": ["lightgbm", "onnx", "onnxruntime"],
    }


def test_many_jobs_are_each_done_once(project: Project):
    for n in range(12):
        project.enqueue("conclude", n=n)
    project.work()

    with project.store.read() as tx:
        subjects = sorted(int(event.subject) for event in tx.events.newest())
        counts = tx.jobs.counts()
    assert subjects == list(range(12))
    assert counts[JobState.FINISHED] == 12
