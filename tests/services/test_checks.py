"""A pending version is checked, and becomes current or is set aside."""

from __future__ import annotations

import json

import pytest

from storage.records import AlertState, JobState, OnFail, Severity, VersionState
from tests.services.project import month

GOOD = month(1, rows=400)


def bad_rows(column, value, *, count=7, of=GOOD):
    """The rows, some of which have another value in a column."""
    values = of[column].astype(object)
    values[:count] = value
    return {**of, column: values}


def checked(project, rows, checks):
    """What the checks of a version with these rows say, by the name of the check."""
    project.configure('"가격" = { min = 0 }', checks)
    project.add(rows)
    project.work(kinds=("check",))
    with project.store.read() as tx:
        dataset = tx.datasets.get("sales")
        (version,) = tx.datasets.newest(dataset)
        return {one.check: one for one in tx.checks.of(version.id)}


@pytest.mark.parametrize(
    ("checks", "column", "value", "name"),
    [
        ('"지역" = { not_null = true }', "지역", None, "지역 not null"),
        ('"지역" = { max_null_share = 0.01 }', "지역", None, "지역 null share"),
        ('"가격" = { min = 0 }', "가격", -1.5, "가격 min"),
        ('"가격" = { max = 1000 }', "가격", 1000.5, "가격 max"),
        ('"지역" = { in = ["서울", "부산", "대구", "제주"] }', "지역", "평양", "지역 in"),
        ('"수량" = { in = [1, 2, 3, 4, 5, 6, 7, 8] }', "수량", 9, "수량 in"),
    ],
    ids=["not null", "null share", "min", "max", "in texts", "in numbers"],
)
def test_each_check_of_single_values_passes_or_counts_the_rows_that_fail(
    project, checks, column, value, name
):
    failed = checked(project, bad_rows(column, value), checks)[name]

    assert (failed.passed, failed.rows, failed.rows_failed, failed.column) == (
        False,
        400,
        7,
        column,
    )
    assert len(failed.examples) == 7
    assert {json.loads(one)[column] for one in failed.examples} == {value}


@pytest.mark.parametrize(
    "checks",
    [
        '"지역" = { not_null = true, max_null_share = 0.0, max_categories = 4 }',
        '"가격" = { min = 0, max = 1000 }',
        '"지역" = { in = ["서울", "부산", "대구", "제주"] }',
        "id = { unique = true }",
    ],
)
def test_good_rows_pass_each_check(project, checks):
    results = checked(project, GOOD, checks)

    assert all(one.passed and not one.examples for one in results.values())
    assert project.version(1).state is VersionState.CURRENT


def test_too_many_categories_are_counted_not_shown(project):
    failed = checked(project, GOOD, '"지역" = { max_categories = 3 }')["지역 categories"]

    assert (failed.passed, failed.value, failed.examples) == (False, 4.0, ())


def test_a_value_that_must_be_unique_is_sought_in_all_rows_of_the_version(project):
    project.configure('"가격" = { min = 0 }', "id = { unique = true }")
    project.accept(GOOD)
    version = project.accept(
        {name: values[:20] for name, values in month(1, rows=400, seed=2).items()}
    )

    assert version.state is VersionState.QUARANTINED
    assert version.reason == (
        "1 of 3 checks passed; id unique: 20 of 420 rows, allowed is every value once and 1 more"
    )


def test_a_key_that_occurs_twice_warns_by_itself(project):
    project.accept(GOOD)
    version = project.accept(
        {name: values[:20] for name, values in month(1, rows=400, seed=2).items()}
    )

    assert version.state is VersionState.CURRENT
    assert project.events()[-1].severity is Severity.WARNING
    assert "key id unique: 20 of 420 rows" in project.events()[-1].message


def test_at_most_20_examples_are_kept(project):
    failed = checked(project, bad_rows("가격", -1.0, count=300), '"가격" = { min = 0 }')["가격 min"]

    assert (failed.rows_failed, len(failed.examples)) == (300, 20)


@pytest.mark.parametrize(
    ("count", "state"), [(4, VersionState.CURRENT), (5, VersionState.QUARANTINED)]
)
def test_a_share_of_the_rows_may_fail(project, count, state):
    checks = '"가격" = { min = 0, at_least = 0.99 }'
    checked(project, bad_rows("가격", -1.0, count=count), checks)

    assert project.version(1).state is state


def test_a_check_that_only_warns_lets_the_version_through(project):
    checks = '"가격" = { min = 0, on_fail = "warn" }'
    failed = checked(project, bad_rows("가격", -1.0), checks)["가격 min"]

    assert (failed.passed, failed.on_fail) == (False, OnFail.WARN)
    assert project.version(1).state is VersionState.CURRENT
    assert project.alerts() == []
    assert (project.events()[-1].kind, project.events()[-1].severity) == (
        "version.current",
        Severity.WARNING,
    )


@pytest.mark.parametrize(("rows", "passed"), [(9, False), (10, True)])
def test_a_file_must_have_enough_rows(project, rows, passed):
    results = checked(project, month(1, rows=rows), "")

    assert results["rows"].passed is passed


class TestABlockedVersion:
    """What becomes of rows that may not be used."""

    @pytest.fixture
    def blocked(self, trained):
        trained.accept(bad_rows("가격", -1.0, of=month(4)))
        return trained

    def test_it_is_set_aside_and_the_latest_stays(self, blocked):
        version = blocked.version(2)

        assert version.state is VersionState.QUARANTINED
        assert version.reason.startswith("2 of 3 checks passed; 가격 min: 7 of 1 500 rows")
        with blocked.store.read() as tx:
            assert tx.datasets.latest(tx.datasets.get("sales")).number == 1

    def test_it_raises_an_alert_and_asks_for_no_drift_report(self, blocked):
        (alert,) = blocked.alerts()

        assert (alert.key, alert.title) == ("quarantine sales", "sales@v2 is in quarantine")
        assert [job.kind for job in blocked.jobs()].count("drift") == 0

    def test_its_files_are_noted_as_set_aside(self, blocked):
        assert blocked.arrivals()[-1].state == "quarantined"
        assert blocked.arrivals()[-1].reason == blocked.version(2).reason

    def test_no_later_version_has_its_rows(self, blocked):
        version = blocked.accept(month(5, rows=100))

        assert (version.number, version.parent, version.rows) == (3, 1, 4600)
        assert not [one for one in blocked.ids() if one.startswith("2024-04")]

    def test_the_next_good_version_settles_the_alert(self, blocked):
        blocked.accept(month(5, rows=100))

        assert blocked.alerts() == []
        assert blocked.alerts(state=AlertState.RESOLVED)[-1].key == "quarantine sales"

    def test_its_profile_is_kept_for_whoever_looks(self, blocked):
        with blocked.store.read() as tx:
            assert tx.datasets.profile_blob(blocked.version(2)) is not None

    def test_the_same_file_may_come_again_once_the_check_was_mended(self, blocked):
        blocked.configure('"가격" = { min = 0 }', "")
        version = blocked.accept(bad_rows("가격", -1.0, of=month(4)))

        assert (version.state, version.rows) == (VersionState.CURRENT, 6000)


def test_an_accepted_version_asks_for_a_drift_report_on_each_model_that_feeds_on_it(trained):
    trained.accept(month(4))

    (drift,) = [job for job in trained.jobs() if job.kind == "drift"]
    check = [job for job in trained.jobs() if job.kind == "check"][-1]
    assert drift.arguments == {"dataset": "sales", "version": 2, "model": "returns"}
    assert drift.cause == check.id


def test_without_a_champion_nothing_is_watched(project):
    project.accept(month(1))

    assert [job.kind for job in project.jobs()] == ["check"]


def test_the_rows_that_came_are_profiled(project):
    project.accept(GOOD)
    project.accept(month(2, rows=100))

    with project.store.read() as tx:
        blob = tx.datasets.profile_blob(project.version(2))
    profile = json.loads(project.store.blobs.read(blob))
    assert profile["rows"] == 100
    assert [column["name"] for column in profile["columns"]] == list(GOOD)


def test_a_check_of_an_unknown_column_fails_the_job_in_words(project):
    project.configure('"가격" = { min = 0 }', '"할인" = { min = 0 }')
    project.add(GOOD)
    (job,) = project.work()

    assert job.state is JobState.FAILED
    assert job.error.startswith(
        "Checks of sales name columns it does not have: 할인. Its columns are id, at, 가격, 수량"
    )
    assert project.version(1).state is VersionState.PENDING


@pytest.mark.parametrize("check", ["min = 0", "max = 9"])
def test_a_check_of_numbers_on_a_column_of_texts_fails_the_job_in_words(project, check):
    project.configure('"가격" = { min = 0 }', f'"지역" = {{ {check} }}')
    project.add(GOOD)
    (job,) = project.work()

    assert job.state is JobState.FAILED
    assert job.error.startswith("Checks of sales compare 지역 with numbers, but it holds VARCHAR.")


def test_a_failed_check_job_may_be_tried_again_after_the_file_was_mended(project):
    project.configure('"가격" = { min = 0 }', '"할인" = { min = 0 }')
    project.add(GOOD)
    (failed,) = project.work()
    project.configure('"할인" = { min = 0 }', '"가격" = { min = 0 }')
    with project.store.write() as tx:
        tx.jobs.retry(failed.id)
    (again,) = project.work()

    assert again.state is JobState.FINISHED
    assert project.version(1).state is VersionState.CURRENT


def test_a_job_that_comes_again_after_its_own_success_changes_nothing(project):
    project.accept(GOOD)
    before = project.happened()
    again = project.do("check", dataset="sales", version=1)

    assert again.state is JobState.FINISHED
    assert project.happened() == before


def test_a_job_that_lost_its_lease_decides_nothing(project):
    project.add(GOOD)
    with project.store.write() as tx:
        slow = tx.jobs.claim("slow", lease_s=1)
        tx.jobs.expire(except_of="another")
    project.attempt(slow)

    assert project.version(1).state is VersionState.PENDING
    assert project.happened() == ["version.pending"]


def test_a_missing_value_is_neither_too_small_nor_too_large(project):
    rows = bad_rows("가격", None)
    results = checked(
        project, rows, '"가격" = { min = 0, max = 1000, in = ["1"], on_fail = "warn" }'
    )

    assert (results["가격 min"].passed, results["가격 max"].passed) == (True, True)
    assert results["가격 in"].rows_failed == 393
