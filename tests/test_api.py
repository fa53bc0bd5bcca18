"""The application handle: opens from anywhere in a project, and gives the records it promises."""

from __future__ import annotations

import getpass
import shutil
import threading
from pathlib import Path

import pytest

import workbench
from storage.errors import Conflict, NotFound, StoreMissing
from storage.records import (
    Alert,
    AlertState,
    Arrival,
    CheckResult,
    CurvePoint,
    Cycle,
    DatasetSummary,
    DriftReport,
    Evaluation,
    Event,
    GateReview,
    Job,
    JobState,
    ModelHistory,
    ModelSummary,
    ModelVersion,
    Overview,
    Profile,
    Run,
    ServiceStatus,
    Version,
)
from tests.services.project import CONFIG, month, opened, write_csv
from workbench.errors import ConfigInvalid, UsageError


@pytest.fixture(scope="session")
def lived_folder(tmp_path_factory) -> Path:
    """A project with a champion, a rejected and a promoted challenger, and rows in quarantine."""
    folder = tmp_path_factory.mktemp("lived")
    with opened(folder) as project:
        project.accept(month(1), month(2), month(3))
        project.champion()
        project.accept(month(4, slope=-3.0))
        project.work()
        project.configure('window = "90d"', 'window = "25d"')
        project.accept(month(5, slope=-3.0))
        project.work()
        bad = month(6)
        bad["가격"][:3] = -1
        project.accept(bad)
        project.file("waits.csv", month(7))
    return folder


@pytest.fixture
def handle(lived_folder, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(lived_folder, folder)
    with workbench.open(folder) as opened_handle:
        yield opened_handle


def all_are(records, kind):
    assert records
    assert all(type(record) is kind for record in records)
    return records


@pytest.mark.parametrize("below", [".", "inbox", "inbox/sales", ".workbench/blobs"])
def test_a_project_opens_from_any_of_its_folders(handle, below):
    with workbench.open(handle.project_dir / below) as other:
        assert other.project_dir == handle.project_dir


def test_a_project_opens_where_the_process_runs(handle, monkeypatch):
    monkeypatch.chdir(handle.project_dir / "inbox")
    with workbench.open() as other:
        assert other.config == handle.config


@pytest.mark.parametrize("has_file", [True, False], ids=["not initialised", "no project"])
def test_where_there_is_no_store_nothing_opens(tmp_path, has_file):
    if has_file:
        (tmp_path / "workbench.toml").write_text(CONFIG, encoding="utf-8")

    with pytest.raises(StoreMissing, match="There is no Workbench project in"):
        workbench.open(tmp_path)


def test_a_project_with_a_mistake_in_its_file_does_not_open(handle):
    (handle.project_dir / "workbench.toml").write_text("[project]\nnam = 1\n")

    with pytest.raises(ConfigInvalid, match="did you mean"):
        workbench.open(handle.project_dir)


def test_the_whole_project_is_one_record(handle):
    found = handle.overview()

    assert type(found) is Overview
    assert found.project == "shop"
    assert handle.services() == found.services
    all_are(found.services, ServiceStatus)
    assert handle.warnings == ()


def test_datasets_and_their_versions(handle):
    (sales,) = all_are(handle.datasets(), DatasetSummary)
    versions = all_are(handle.versions("sales"), Version)

    assert (sales.latest.number, sales.versions) == (3, 4)
    assert [version.number for version in versions] == [4, 3, 2, 1]
    assert [version.number for version in handle.versions("sales", limit=2, offset=1)] == [3, 2]


@pytest.mark.parametrize(
    ("label", "number"), [("sales", 3), ("sales@latest", 3), ("sales@v4", 4), ("sales@1", 1)]
)
def test_a_version_is_found_by_its_label(handle, label, number):
    assert handle.version(label).number == number


def test_what_is_known_of_a_version(handle):
    version = handle.version("sales@v4")
    failed, *passed = all_are(handle.check_results(version), CheckResult)

    assert type(handle.profile(version)) is Profile
    assert (failed.passed, failed.rows_failed) == (False, 3)
    assert all(result.passed for result in passed)


def test_before_its_checks_a_version_has_no_profile(handle, tmp_path):
    version = handle.add("sales", write_csv(tmp_path / "aug.csv", month(8, rows=50)))

    assert handle.profile(version) is None
    assert handle.check_results(version) == ()


def test_files_that_came_and_files_that_wait(handle):
    arrivals = all_are(handle.arrivals(), Arrival)

    assert [arrival.state for arrival in arrivals[:2]] == ["quarantined", "ingested"]
    assert handle.arrivals(dataset="sales", limit=1) == arrivals[:1]
    assert handle.arrivals(dataset="others") == ()
    assert handle.waiting_files() == ("inbox/sales/waits.csv",)


def test_a_file_is_added_and_its_check_is_queued(handle):
    version = handle.add("sales", handle.project_dir / "inbox" / "sales" / "waits.csv")

    assert version.label == "sales@v5"
    assert [job.kind for job in handle.jobs(live=True)] == ["check"]
    assert handle.waiting_files() == ()


def test_a_file_that_is_not_there_is_named(handle):
    with pytest.raises(UsageError, match=r"There is no file nowhere\.csv"):
        handle.add("sales", "nowhere.csv")


def test_drift_reports_and_evaluations(handle):
    reports = all_are(handle.drift_reports(), DriftReport)
    evaluations = all_are(handle.evaluations("returns"), Evaluation)

    assert [report.version for report in reports] == [3, 2]
    assert handle.drift_reports(model="returns", dataset="sales", limit=1) == reports[:1]
    assert handle.drift_reports(model="others") == ()
    assert [one.version for one in evaluations] == [2, 2, 3, 3]


@pytest.mark.parametrize("label", [2, "2", "r2"], ids=repr)
def test_a_run_is_found_by_number_and_label(handle, label):
    assert handle.get_run(label).id == 2


@pytest.mark.parametrize("label", ["x2", "rr2", "", "r", "-1", "²"])
def test_what_names_no_run_says_what_would(handle, label):
    with pytest.raises(UsageError, match="Write a number, or r and a number: r12"):
        handle.get_run(label)


def test_an_unknown_run_is_not_found(handle):
    with pytest.raises(NotFound):
        handle.get_run("r99")


def test_runs_and_their_metrics(handle):
    runs = all_are(handle.runs(), Run)
    points = all_are(handle.metric_history(1, "roc_auc"), CurvePoint)

    assert [run.id for run in runs] == list(range(len(runs), 0, -1))
    assert handle.runs(experiment="returns", limit=1, offset=1) == runs[1:2]
    assert handle.runs(experiment="others") == ()
    assert (handle.run_count(), handle.run_count(experiment="others")) == (len(runs), 0)
    assert [point.step for point in points] == list(range(1, 13))
    assert len(handle.metric_history(1, "roc_auc", points=4)) <= 6


def test_training_is_queued(handle):
    job = handle.train("returns")

    assert type(job) is Job
    assert (job.kind, job.state) == ("train", JobState.QUEUED)
    assert job.arguments == {"experiment": "returns", "recipe": "boosted"}


def test_training_takes_a_recipe_params_and_a_version(handle):
    job = handle.train("returns", recipe="linear", params={"C": 0.5}, version=2)

    assert job.arguments == {
        "experiment": "returns",
        "recipe": "linear",
        "params": {"C": 0.5},
        "version": 2,
    }
    assert job.subject == "returns linear"


@pytest.mark.parametrize(
    ("experiment", "recipe", "named"), [("return", None, "returns"), ("returns", "lin", "linear")]
)
def test_what_cannot_be_trained_is_said_before_it_is_queued(handle, experiment, recipe, named):
    before = handle.jobs()

    with pytest.raises(NotFound, match=f"Did you mean '{named}'|{named}"):
        handle.train(experiment, recipe=recipe)
    assert handle.jobs() == before


def test_models_and_their_versions(handle):
    (returns,) = all_are(handle.models(), ModelSummary)
    versions = all_are(handle.model_versions("returns"), ModelVersion)

    assert (returns.champion.number, returns.versions) == (3, 3)
    assert [version.number for version in versions] == [3, 2, 1]
    assert handle.model_versions("returns", limit=1, offset=2) == versions[2:]


@pytest.mark.parametrize(
    ("label", "number"), [("returns", 3), ("returns@champion", 3), ("returns@v1", 1)]
)
def test_a_model_version_is_found_by_its_label(handle, label, number):
    assert handle.model_version(label).number == number


def test_reviews_cycles_and_the_history_of_a_model(handle):
    reviews = all_are(handle.reviews("returns"), GateReview)
    cycles = all_are(handle.cycles("returns"), Cycle)
    history = handle.history("returns")

    assert [review.decision.verdict for review in reviews] == ["pass", "reject"]
    assert [cycle.state for cycle in cycles] == ["promoted", "rejected"]
    assert type(history) is ModelHistory
    assert [window.version.number for window in history.windows] == [2, 3]
    assert handle.reviews("returns", limit=1) == reviews[:1]


@pytest.mark.parametrize("run", [1, "r1"])
def test_a_registration_is_queued(handle, run):
    job = handle.register(run, model="returns")

    assert (job.kind, job.subject) == ("register", "r1 as returns")
    assert job.arguments == {"run": 1, "model": "returns", "who": getpass.getuser()}


def test_a_champion_is_promoted_and_rolled_back(handle):
    with pytest.raises(Conflict):
        handle.promote("returns", 1, expected=2, why="a test")
    promoted = handle.promote("returns", 1, expected=3, why="a test")
    back = handle.roll_back("returns", why="a test")

    assert (promoted.number, back.number) == (1, 3)
    assert handle.model_version("returns").number == 3


def test_jobs_newest_first_or_live(handle):
    jobs = all_are(handle.jobs(), Job)
    queued = handle.train("returns")

    assert [job.id for job in jobs] == sorted((job.id for job in jobs), reverse=True)
    assert handle.jobs(live=True) == (queued,)
    assert handle.jobs(limit=1, offset=1) == jobs[:1]


@pytest.mark.parametrize("label", [1, "1", "j1"], ids=repr)
def test_a_job_is_found_by_number_and_label(handle, label):
    assert handle.job(label).kind == "check"


def test_a_job_is_cancelled_and_queued_again(handle):
    job = handle.train("returns")

    assert handle.cancel_job(job.id).state is JobState.CANCELLED
    assert handle.retry_job(job.id).state is JobState.QUEUED
    with pytest.raises(Conflict):
        handle.retry_job(1)


def test_the_log_of_a_job_is_read_on_from_where_it_ended(handle):
    log = handle.project_dir / ".workbench" / "logs" / "jobs" / "1.log"
    log.write_text("한 줄\n", encoding="utf-8")
    text, after = handle.job_log(1)
    with log.open("a", encoding="utf-8") as file:
        file.write("and more\n")

    assert text == "한 줄\n"
    assert handle.job_log(1, from_byte=after)[0] == "and more\n"
    assert handle.job_log(99) == ("", 0)


def test_events_page_by_page(handle):
    events = all_are(handle.events(), Event)
    newest, oldest = events[0].id, events[-1].id

    assert [event.id for event in events] == list(range(newest, oldest - 1, -1))
    assert handle.events(limit=2, before=events[1].id) == events[2:4]
    assert handle.events(since=events[2].id) == events[:2]


def test_alerts_are_open_until_somebody_has_seen_them(handle):
    (alert,) = all_are(handle.alerts(), Alert)
    seen = handle.acknowledge(alert.id)

    assert (alert.key, seen.state) == ("quarantine sales", AlertState.ACKNOWLEDGED)
    assert seen.acknowledged_by
    assert handle.alerts() == ()
    assert len(handle.alerts(state=None)) >= 1
    with pytest.raises(NotFound):
        handle.acknowledge(99)


def test_the_token_changes_when_another_process_commits_and_only_then(handle):
    before = handle.change_token()
    assert handle.change_token() == before
    handle.overview()
    assert handle.change_token() == before
    with workbench.open(handle.project_dir) as other:
        other.train("returns")

    assert handle.change_token() != before


def test_any_thread_may_ask(handle):
    found: list[Overview] = []
    threads = [threading.Thread(target=lambda: found.append(handle.overview())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {len(one.events) for one in found} == {len(handle.overview().events)}
    assert len(found) == 4


@pytest.mark.parametrize(
    "ask",
    [
        lambda handle: handle.versions("others"),
        lambda handle: handle.model_versions("others"),
        lambda handle: handle.evaluations("others"),
        lambda handle: handle.reviews("others"),
        lambda handle: handle.cycles("others"),
        lambda handle: handle.history("others"),
        lambda handle: handle.register(99, model="others"),
        lambda handle: handle.roll_back("others", why="a test"),
        lambda handle: handle.job("j999"),
        lambda handle: handle.cancel_job(999),
        lambda handle: handle.retry_job(999),
        lambda handle: handle.add("others", handle.project_dir / "workbench.toml"),
    ],
    ids=[
        "versions", "model_versions", "evaluations", "reviews", "cycles", "history", "register",
        "roll_back", "job", "cancel_job", "retry_job", "add",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(handle, ask):
    with pytest.raises(NotFound):
        ask(handle)
