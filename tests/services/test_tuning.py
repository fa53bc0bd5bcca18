"""Studies on a real store: their trials proposed, trained, pruned, counted; stopped, late and retried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from storage.errors import Conflict, NotFound
from storage.records import (
    Job,
    JobState,
    RunState,
    Study,
    StudyState,
    Trial,
    TrialState,
)
from tests.services.conftest import copied
from tests.services.project import NOW, Project
from workbench.errors import UsageError
from workbench.services import automation, planning, tuning, versions
from workbench.worker import endings

SEARCH = """
[experiments.returns.search]
trials = 4
[experiments.returns.search.params]
learning_rate = { low = 0.05, high = 0.5, log = true }
num_leaves = { low = 4, high = 12 }

[models.returns]"""


@pytest.fixture
def shop(quarter_folder: Path, tmp_path: Path) -> Iterator[Project]:
    """A project with three accepted months and a search."""
    with copied(quarter_folder, tmp_path) as project:
        project.configure("\n[models.returns]", SEARCH)
        yield project


def study(project: Project, number: int = 1) -> Study:
    with project.store.read() as tx:
        return tx.studies.get(number)


def trials(project: Project, number: int = 1) -> tuple[Trial, ...]:
    with project.store.read() as tx:
        return tx.studies.trials(number)


def states(project: Project) -> list[TrialState]:
    return [trial.state for trial in trials(project)]


def claim(project: Project) -> Job:
    with project.store.write() as tx:
        job = tx.jobs.claim("other", lease_s=600)
    assert job is not None
    return job


def test_a_study_does_its_trials_one_after_the_other_and_names_the_best(shop):
    tuning.start(shop.context, "returns")
    jobs = shop.work()

    found, done = study(shop), trials(shop)
    best = max(done, key=lambda trial: trial.value)
    assert [job.kind for job in jobs] == ["trial"] * 4 + ["importances"]
    assert found.state is StudyState.FINISHED
    assert (found.best_trial, found.best_value) == (best.number, best.value)
    assert (found.best_run_id, found.best_params) == (best.run_id, best.params)
    assert found.reason == "All 4 trials are done."


def test_each_trial_is_a_run_below_the_run_of_its_study(shop):
    tuning.start(shop.context, "returns")
    shop.work()
    found, done = study(shop), trials(shop)
    parent = shop.run(found.run_id)
    runs = [shop.run(trial.run_id) for trial in done]

    assert {run.parent_id for run in runs} == {parent.id}
    assert {run.state for run in (parent, *runs)} == {RunState.FINISHED}
    assert [run.metrics["roc_auc"].value for run in runs] == [trial.value for trial in done]
    assert [run.params["learning_rate"] for run in runs] == [
        trial.params["learning_rate"] for trial in done
    ]
    assert parent.metrics["roc_auc"].value == found.best_value
    assert parent.params["num_leaves"] == found.best_params["num_leaves"]


def test_the_run_of_a_study_shows_the_best_so_far_as_a_curve(shop):
    tuning.start(shop.context, "returns")
    shop.work()
    with shop.store.read() as tx:
        curve = tx.runs.curve(study(shop).run_id, "roc_auc", points=100)
    values = [trial.value for trial in trials(shop)]

    assert [point.value for point in curve] == [max(values[: n + 1]) for n in range(4)]


def test_the_first_trial_is_the_recipe_as_it_stands(shop):
    tuning.start(shop.context, "returns", trials=1)
    shop.work()

    assert trials(shop)[0].params == {"learning_rate": 0.3, "num_leaves": 7}


def test_trials_never_see_the_test_rows(shop):
    tuning.start(shop.context, "returns", trials=1)
    shop.work()
    trial, whole = shop.run(trials(shop)[0].run_id), shop.train()
    rows = {key: trial.metrics[key].value for key in ("training_rows", "validation_rows")}

    assert sum(rows.values()) == whole.metrics["training_rows"].value
    assert rows["validation_rows"] == pytest.approx(0.2 * sum(rows.values()), rel=0.01)


def test_the_same_study_again_tries_and_finds_the_same(shop):
    tuning.start(shop.context, "returns")
    shop.work()
    tuning.start(shop.context, "returns")
    shop.work()

    first, second = ([(one.params, one.value) for one in trials(shop, n)] for n in (1, 2))
    assert first == second


def test_what_mattered_is_measured_at_the_end(shop):
    tuning.start(shop.context, "returns")
    shop.work()
    shares = study(shop).importances

    assert set(shares) == {"learning_rate", "num_leaves"}
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_study_is_no_run_that_a_plan_compares_with(shop):
    run = shop.train()
    tuning.start(shop.context, "returns", trials=1)
    shop.work()

    (found,) = (one for one in planning.plan(shop.context) if one.recipe == run.recipe)
    assert (found.last_run, found.changes) == (run.id, ())


def test_params_set_for_a_study_are_in_all_its_trials(shop):
    tuning.start(shop.context, "returns", trials=2, params={"n_estimators": 3})
    shop.work()
    runs = [shop.run(trial.run_id) for trial in trials(shop)]

    assert [run.params["num_iterations"] for run in runs] == [3, 3]


def test_two_trials_at_a_time_are_queued_and_know_of_each_other(shop):
    tuning.start(shop.context, "returns", parallel=2)
    queued = [job.arguments["number"] for job in shop.jobs() if job.kind == "trial"]
    first, second = claim(shop), claim(shop)
    shop.attempt(second)
    shop.attempt(first)
    shop.work()

    assert queued == [0, 1]
    assert states(shop) == [TrialState.FINISHED] * 4
    assert len({str(trial.params) for trial in trials(shop)}) == 4


def test_a_trial_that_fails_is_counted_and_the_study_goes_on(shop):
    shop.configure(
        "low = 4, high = 12 }", 'low = 4, high = 12 }\nboosting = { choices = ["gbdt", "no"] }'
    )
    tuning.start(shop.context, "returns", trials=6)
    shop.work()
    failed = [trial for trial in trials(shop) if trial.state is TrialState.FAILED]

    assert study(shop).state is StudyState.FINISHED
    assert {trial.params["boosting"] for trial in failed} == {"no"}
    assert len(trials(shop)) == 6
    assert all("LightGBM refused" in trial.error for trial in failed)
    assert {shop.run(trial.run_id).state for trial in failed} == {RunState.FAILED}
    assert not shop.alerts()


def test_a_study_gives_up_when_nothing_but_failures_comes(shop):
    shop.configure("num_leaves = { low = 4, high = 12 }", "num_leafes = { low = 4, high = 12 }")
    tuning.start(shop.context, "returns", trials=50)
    shop.work()
    found = study(shop)

    assert found.state is StudyState.FAILED
    assert len(trials(shop)) == 5
    assert "The first 5 trials all failed" in found.reason
    assert "num_leafes" in found.reason
    assert shop.run(found.run_id).state is RunState.FAILED


def test_no_trial_starts_after_the_timeout(quarter_folder, tmp_path):
    times = iter(NOW + timedelta(seconds=n) for n in range(10_000))

    def clock() -> datetime:
        return next(times)

    with copied(quarter_folder, tmp_path) as project:
        project.configure("\n[models.returns]", SEARCH)
    with_clock = Project(tmp_path / "shop", None, clock=clock)
    tuning.start(with_clock.context, "returns", trials=500, timeout_s=60)
    with_clock.work()
    found = study(with_clock)
    with_clock.close()

    assert found.state is StudyState.FINISHED
    assert 1 <= found.ended < 20
    assert "Its time of 60 s was over" in found.reason


def test_a_trial_behind_the_median_is_pruned_and_its_run_says_at_which_step(shop):
    shop.configure("trials = 4", "trials = 14")
    shop.configure("low = 0.05, high = 0.5, log = true", "low = 0.000001, high = 0.5, log = true")
    shop.configure('metric = "roc_auc"', 'metric = "log_loss"')
    tuning.start(shop.context, "returns")
    shop.work()
    pruned = [trial for trial in trials(shop) if trial.state is TrialState.PRUNED]

    assert pruned
    assert min(trial.number for trial in pruned) >= 5
    run = shop.run(pruned[0].run_id)
    assert run.state is RunState.KILLED
    assert run.error.startswith("Pruned at step 5: log_loss 0.")
    assert {shop.jobs()[trial.job_id - 1].state for trial in pruned} == {JobState.FINISHED}


def test_without_a_pruner_every_trial_comes_to_its_end(shop):
    shop.configure("trials = 4", 'trials = 10\npruner = "none"')
    tuning.start(shop.context, "returns")
    shop.work()

    assert states(shop) == [TrialState.FINISHED] * 10


def test_a_stopped_study_keeps_its_best_and_cancels_what_waits(shop):
    tuning.start(shop.context, "returns", trials=50)
    for _ in range(2):
        shop.attempt(claim(shop))
    found = tuning.stop(shop.context, 1)
    left = shop.work()

    assert found.state is StudyState.STOPPED
    assert found.reason == "test stopped it after 2 trials."
    assert found.best_value is not None
    assert states(shop) == [TrialState.FINISHED, TrialState.FINISHED, TrialState.CANCELLED]
    assert shop.run(found.run_id).state is RunState.FINISHED
    assert not left


def test_a_trial_under_way_is_asked_to_end_when_its_study_is_stopped(shop):
    tuning.start(shop.context, "returns", trials=50)
    job = claim(shop)
    tuning.stop(shop.context, 1)
    with shop.store.write() as tx:
        wanted = tx.jobs.get(job.id).cancel_requested
        endings.cancel(tx, job)

    assert wanted
    assert states(shop) == [TrialState.CANCELLED]
    assert shop.run(study(shop).run_id).state is RunState.KILLED


def test_an_ended_study_cannot_be_stopped(shop):
    tuning.start(shop.context, "returns", trials=1)
    shop.work()

    with pytest.raises(Conflict, match="s1 is finished already"):
        tuning.stop(shop.context, 1)


def test_cancelling_the_job_of_a_trial_takes_that_trial_only(shop):
    tuning.start(shop.context, "returns", trials=3)
    automation.cancel(shop.context, shop.jobs()[-1].id)
    shop.work()

    assert states(shop) == [TrialState.CANCELLED, TrialState.FINISHED, TrialState.FINISHED]
    assert study(shop).state is StudyState.FINISHED


def test_a_trial_whose_worker_was_lost_is_tried_once_more_with_the_same_params(shop):
    tuning.start(shop.context, "returns", trials=2)
    shop.work(kinds=())
    first = lose(shop)
    lost = shop.run(first.run_id)
    shop.configure("[watch]", "[watch]")
    wait_and_work(shop)
    again = trials(shop)[0]

    assert lost.state is RunState.FAILED
    assert again.state is TrialState.FINISHED
    assert again.params == first.params
    assert again.run_id != first.run_id
    assert study(shop).state is StudyState.FINISHED


def lose(project: Project) -> Trial:
    """Has a trial begin, and its worker vanish; the trial as it is then."""
    from workbench.services import trials as trial_services

    job = claim(project)
    begun = trial_services._begin(project.context.within(job), 1, job.arguments["number"])
    assert begun is not None
    with project.store.write() as tx:
        endings.expire(tx, except_of="a worker that lives")
    return trials(project)[job.arguments["number"]]


def wait_and_work(project: Project) -> None:
    """Does what is queued once the time of another attempt has come."""
    from storage.store import Store

    later = Store.open(project.folder, program="test", clock=lambda: NOW + timedelta(hours=1))
    project.store.close()
    project.store = later
    project.work()


def test_a_trial_that_is_lost_twice_has_failed_and_the_study_goes_on(shop):
    tuning.start(shop.context, "returns", trials=2)
    lose(shop)
    from storage.store import Store

    shop.store.close()
    shop.store = Store.open(shop.folder, program="test", clock=lambda: NOW + timedelta(hours=1))
    lose(shop)
    shop.work()

    assert states(shop) == [TrialState.FAILED, TrialState.FINISHED]
    assert "worker stopped" in trials(shop)[0].error


def test_a_trial_that_is_over_is_not_trained_again(shop):
    tuning.start(shop.context, "returns", trials=1)
    shop.work()
    before = trials(shop)
    job = shop.do("trial", study=1, number=0)

    assert job.state is JobState.FINISHED
    assert trials(shop) == before
    with shop.store.read() as tx:
        assert tx.runs.count() == 2


def test_a_dataset_that_a_study_learns_from_cannot_be_removed_meanwhile(shop):
    tuning.start(shop.context, "returns", trials=2)
    with pytest.raises(Conflict, match="sales is kept: r1"):
        versions.remove_dataset(shop.context, "sales")
    shop.work()

    assert states(shop) == [TrialState.FINISHED] * 2


def test_a_study_whose_experiment_is_taken_out_of_the_file_fails_and_says_so(shop):
    tuning.start(shop.context, "returns", trials=2)
    shop.configure("experiments.returns", "experiments.gone")
    shop.configure('experiment = "returns"', 'experiment = "gone"')
    shop.work()

    assert study(shop).state is StudyState.FAILED
    assert "No experiment is called 'returns'" in study(shop).reason


def test_a_study_does_not_compare_trials_of_before_and_after_a_change(shop):
    tuning.start(shop.context, "returns", trials=3)
    shop.attempt(claim(shop))
    shop.configure("seed = 7", "seed = 8")
    shop.work()

    assert states(shop)[1:] == [TrialState.FAILED, TrialState.FAILED]
    assert "has changed since s1 began" in trials(shop)[1].error


def test_the_metric_follows_from_the_target_when_nothing_names_it(shop):
    shop.configure('task = "binary"\n', "")
    shop.configure('metric = "roc_auc"\n', "")

    assert tuning.start(shop.context, "returns").metric == "roc_auc"


def test_a_study_needs_a_search(quarter):
    with pytest.raises(UsageError, match=r"\[experiments\.returns\.search\.params\]"):
        tuning.start(quarter.context, "returns")


def test_a_param_is_not_both_set_and_looked_for(shop):
    with pytest.raises(UsageError, match="learning_rate is looked for"):
        tuning.start(shop.context, "returns", params={"learning_rate": 0.1})


def test_an_unknown_experiment_or_recipe_is_named(shop):
    with pytest.raises(NotFound, match="No experiment is called 'return'"):
        tuning.start(shop.context, "return")
    with pytest.raises(NotFound, match="No recipe is called 'deep'"):
        tuning.start(shop.context, "returns", recipe="deep")
