"""A pending version is checked, and becomes current or is set aside."""

from __future__ import annotations

import json

import numpy as np
import pytest

from storage.records import AlertState, JobState, OnFail, Severity, VersionState
from tests.services.project import month, write_csv
from workbench.errors import ConfigInvalid
from workbench.services import datasets, settings

GOOD = month(1, rows=400)
SQL = "[datasets.sales.checks.sql]\nfew = {}"


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
        ('"지역" = { not_in = ["평양"] }', "지역", "평양", "지역 not in"),
        ("\"지역\" = { regex = '^\\p{Hangul}+$' }", "지역", "it's", "지역 regex"),
        ('"지역" = { length = { min = 2, max = 2 } }', "지역", "인천시", "지역 length"),
        ('"수량" = { less_than = "가격" }', "수량", 5000, "수량 less than 가격"),
        ('"수량" = { at_most = "가격" }', "수량", 5000, "수량 at most 가격"),
        (SQL.format("'\"수량\" < 9'"), "수량", 9, "few"),
        (SQL.format("{ predicate = '\"수량\" < 9 -- few' }"), "수량", 9, "few"),
    ],
    ids=[
        "not null",
        "null share",
        "min",
        "max",
        "in texts",
        "in numbers",
        "not in",
        "regex",
        "length",
        "less than",
        "at most",
        "predicate",
        "predicate in a table",
    ],
)
def test_each_check_of_single_values_passes_or_counts_the_rows_that_fail(
    project, checks, column, value, name
):
    failed = checked(project, bad_rows(column, value), checks)[name]

    assert (failed.passed, failed.rows, failed.rows_failed) == (False, 400, 7)
    assert failed.column == (column if name.startswith(column) else None)
    assert len(failed.examples) == 7
    assert {json.loads(one)[column] for one in failed.examples} == {value}


@pytest.mark.parametrize(
    "checks",
    [
        '"지역" = { not_null = true, max_null_share = 0.0, max_categories = 4 }',
        '"가격" = { min = 0, max = 1000 }',
        '"지역" = { in = ["서울", "부산", "대구", "제주"] }',
        "id = { unique = true }",
        "\"지역\" = { not_in = ['평양'], regex = '^..$', length = { min = 2 }, type = 'varchar' }",
        '"가격" = { mean = { min = 50, max = 150 }, std = { max = 20 } }',
        '"가격" = [{ quantile = { q = 0.5, min = 90 } }, { quantile = { q = 0.9, max = 150 } }]',
        '"수량" = { less_than = "가격", at_most = "가격" }',
        '"수량" = { equal_to = "returned", where = "id < \'\'" }',
        "at = { monotonic = true }",
        "id = { references = 'sales.id' }",
        '"지역" = { in = ["서울"], where = "id = \'2024-01-00000\' OR \\"지역\\" = \'서울\'", at_least = 0.5 }',
        SQL.format("'\"수량\" < 9 OR TRY(CAST(id AS INT)) > 0'"),
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


@pytest.mark.parametrize(
    ("checks", "name", "value"),
    [
        ('"수량" = { mean = { max = 1 } }', "수량 mean", GOOD["수량"].mean()),
        ('"가격" = { std = { max = 1 } }', "가격 std", GOOD["가격"].std(ddof=1)),
        (
            '"가격" = { quantile = { q = 0.9, max = 1 } }',
            "가격 quantile 0.9",
            np.quantile(GOOD["가격"], 0.9),
        ),
        ('"수량" = { max_categories = 2 }', "수량 categories", 8),
    ],
    ids=["mean", "std", "quantile", "categories"],
)
def test_a_number_that_is_out_of_range_is_told(project, checks, name, value):
    failed = checked(project, GOOD, checks)[name]

    assert (failed.passed, failed.rows, failed.rows_failed) == (False, 400, 400)
    assert failed.value == pytest.approx(value)


def test_a_type_is_compared_with_that_of_the_column(project):
    failed = checked(project, GOOD, '"수량" = { type = "varchar" }')["수량 type"]

    assert (failed.passed, failed.limit) == (False, "VARCHAR, it holds BIGINT")


def test_rows_come_late_when_their_newest_time_is_old(project):
    results = checked(
        project, GOOD, 'at = [{ freshness = "200d" }, { freshness = "300d", where = "true" }]'
    )

    assert results["at freshness"].passed is False
    assert results["at freshness"].value == pytest.approx(217, abs=3)
    assert results["at freshness where true"].passed is True


def test_times_that_run_backwards_are_counted_and_shown(project):
    rows = {**GOOD, "at": GOOD["at"].copy()}
    rows["at"][[100, 200]] -= np.timedelta64(40, "D")
    failed = checked(project, rows, "at = { monotonic = true }")["at monotonic"]

    assert (failed.passed, failed.rows, failed.rows_failed) == (False, 400, 2)
    assert [json.loads(one)["id"] for one in failed.examples] == ["2024-01-00100", "2024-01-00200"]


def test_only_not_null_judges_what_is_missing(project):
    checks = """"지역" = { in = ["서울", "부산", "대구", "제주"], at_least = 0.99, regex = "." }"""
    results = checked(project, bad_rows("지역", None, count=100), checks)

    assert {(one.passed, one.rows) for name, one in results.items() if "지역" in name} == {
        (True, 300)
    }


def test_a_check_may_be_about_some_rows_only(project):
    checks = """ "가격" = { min = 0, where = "\\"지역\\" = '서울'" }"""
    results = checked(project, bad_rows("가격", -1.0), checks)
    seoul = GOOD["지역"] == "서울"
    (found,) = [one for name, one in results.items() if name.startswith("가격 min")]

    assert (found.rows, found.rows_failed) == (seoul.sum(), seoul[:7].sum())


def test_columns_are_unique_together(project):
    project.configure(
        "rows = { min = 10 }", 'rows = { min = 10 }\nunique = [["id", "at"], ["지역", "수량"]]'
    )
    results = checked(project, GOOD, "")

    assert results["id, at unique"].passed
    assert (
        results["지역, 수량 unique"].rows_failed,
        len(results["지역, 수량 unique"].examples),
    ) == (
        400 - 32,
        20,
    )


class TestAForeignKey:
    """What looks into another dataset."""

    @pytest.fixture
    def shop(self, project):
        project.configure(
            '"가격" = { min = 0 }', '"지역" = { references = "regions.name" }\n[datasets.regions]'
        )
        return project

    def add_regions(self, shop, names, **more):
        rows = {"name": np.array(names), **more}
        datasets.ingest(
            shop.context, "regions", [write_csv(shop.folder / f"{len(names)}.csv", rows)]
        )
        shop.work(kinds=("check",))

    def test_counts_the_rows_whose_value_the_other_does_not_have(self, shop):
        self.add_regions(shop, ["서울", "부산", "대구"])
        shop.accept(GOOD)
        with shop.store.read() as tx:
            found = {one.check: one for one in tx.checks.of(shop.version(1).id)}
        failed = found["지역 references regions.name"]

        assert failed.rows_failed == (GOOD["지역"] == "제주").sum()
        assert {json.loads(one)["지역"] for one in failed.examples} == {"제주"}
        assert failed.limit == "a value of regions.name"

    def test_waits_for_the_other_to_have_rows(self, shop):
        shop.add(GOOD)
        (job,) = shop.work()

        assert job.state is JobState.FAILED
        assert job.error.startswith("Checks of sales look into regions, which has no rows yet.")

    def test_needs_the_column(self, shop):
        shop.configure("regions.name", "regions.code")
        self.add_regions(shop, ["서울"])
        shop.add(GOOD)
        job = shop.work()[-1]

        assert job.error.startswith("Checks of sales look into regions, which has no column code.")

    def test_needs_values_of_the_same_kind(self, shop):
        shop.configure("regions.name", "regions.code")
        self.add_regions(shop, ["서울"], code=np.array([1]))
        shop.add(GOOD)
        job = shop.work()[-1]

        assert job.error.startswith(
            "Checks of sales look for 지역, which holds VARCHAR, in regions.code, which holds BIGINT."
        )


@pytest.mark.parametrize(
    ("checks", "problem"),
    [
        (
            '"지역" = { monotonic = true }',
            "take 지역 for a time, but it holds VARCHAR",
        ),
        (
            '"지역" = { less_than = "가격" }',
            "compare 지역 with 가격, but one holds VARCHAR, the other DOUBLE",
        ),
        (SQL.format("'price > 0'"), "ask price > 0, but there is no column price"),
        (
            SQL.format("'\"수량\" + 1'"),
            'ask "수량" + 1, but it gives BIGINT, where true or false is needed',
        ),
        (
            '"가격" = { min = 0, where = "length(price) > 0" }',
            "ask length(price) > 0, but there is no column price",
        ),
    ],
)
def test_what_cannot_be_asked_fails_the_job_in_words(project, checks, problem):
    project.configure('"가격" = { min = 0 }', checks)
    project.add(GOOD)
    (job,) = project.work()

    assert job.state is JobState.FAILED
    assert job.error.startswith(f"Checks of sales {problem}.")


@pytest.mark.parametrize("sql", ["id IN (FROM read_text('x'))", "sum(1) > 0", "true) OR (true"])
def test_sql_that_nobody_judged_is_judged_before_it_meets_rows(project, sql):
    project.configure('"가격" = { min = 0 }', SQL.format(json.dumps(sql)))
    project.add(GOOD)
    (job,) = project.work()

    assert job.state is JobState.FAILED
    assert job.error.startswith(f"Checks of sales ask {sql}, but ")


def test_a_pattern_that_is_none_is_a_mistake_of_the_file(project):
    project.configure("min = 0", "regex = '['")

    with pytest.raises(ConfigInvalid, match="allowed is a regular expression of RE2; missing"):
        settings.read(project.folder / "workbench.toml")


def test_a_predicate_that_breaks_on_a_value_fails_the_job_in_words(project):
    project.configure('"가격" = { min = 0 }', SQL.format("'CAST(id AS INT) > 0'"))
    project.add(GOOD)
    (job,) = project.work()

    assert job.state is JobState.FAILED
    assert job.error.startswith("The check few breaks on these rows: Could not convert string")


def test_two_hundred_checks_of_a_hundred_columns_of_any_name(project):
    names = [f"열 {n} 'x' \"y\"" for n in range(100)]
    rows = {**GOOD, **dict.fromkeys(names, GOOD["수량"])}
    asked = "\n".join(
        f"{json.dumps(name, ensure_ascii=False)} = {{ min = 1, not_null = true }}" for name in names
    )
    results = checked(project, rows, asked)

    assert len(results) == 202
    assert all(one.passed and one.rows == 400 for one in results.values())
