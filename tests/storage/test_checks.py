from __future__ import annotations

from storage.records import CheckResult, OnFail
from storage.store import Store
from tests.storage.examples import pending_version


def result(check: str, **fields: object) -> CheckResult:
    known = {
        "check": check,
        "column": None,
        "passed": True,
        "on_fail": OnFail.BLOCK,
        "rows": 10,
        "rows_failed": 0,
        "value": None,
        "limit": "at least 0",
    }
    return CheckResult(**{**known, **fields})


def test_a_result_comes_back_as_it_was(store: Store):
    kept = result(
        "거리 min 0",
        column="거리",
        passed=False,
        on_fail=OnFail.WARN,
        rows_failed=3,
        value=float("inf"),
        examples=('{"거리":-1}', '{"거리":NaN}'),
    )
    with store.write() as tx:
        version = pending_version(tx, "a")
        tx.checks.keep(version.id, [kept])

        assert tx.checks.of(version.id) == (kept,)


def test_failed_checks_come_first_in_the_order_they_were_kept(store: Store):
    kept = [result("a"), result("b", passed=False), result("c"), result("d", passed=False)]
    with store.write() as tx:
        version = pending_version(tx, "a")
        tx.checks.keep(version.id, kept)

        assert [one.check for one in tx.checks.of(version.id)] == ["b", "d", "a", "c"]


def test_results_kept_again_replace_the_earlier_ones(store: Store):
    with store.write() as tx:
        version = pending_version(tx, "a")
        other = pending_version(tx, "a", dataset="weather")
        tx.checks.keep(version.id, [result("a"), result("b")])
        tx.checks.keep(other.id, [result("a")])
        tx.checks.keep(version.id, [result("c")])

        assert [one.check for one in tx.checks.of(version.id)] == ["c"]
        assert [one.check for one in tx.checks.of(other.id)] == ["a"]


def test_no_checks_are_no_results(store: Store):
    with store.write() as tx:
        version = pending_version(tx, "a")
        tx.checks.keep(version.id, [result("a")])
        tx.checks.keep(version.id, [])

        assert tx.checks.of(version.id) == ()


def test_the_results_of_several_versions_come_at_once_without_examples(store: Store):
    with store.write() as tx:
        first, second = pending_version(tx, "a"), pending_version(tx, "a", dataset="weather")
        tx.checks.keep(first.id, [result("b"), result("a", passed=False, examples=("{}",))])
        tx.checks.keep(second.id, [result("a", rows_failed=3)])

        assert tx.checks.over([first.id, second.id, 99]) == {
            first.id: (result("b"), result("a", passed=False)),
            second.id: (result("a", rows_failed=3),),
        }
        assert tx.checks.over([]) == {}
