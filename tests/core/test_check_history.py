"""Results of several versions, check by check."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from storage.records import CheckResult, OnFail, Version, VersionState
from workbench.core.check_history import timeline


def version(number: int) -> Version:
    return Version(
        id=10 * number,
        dataset_id=1,
        dataset="sales",
        number=number,
        state=VersionState.CURRENT,
        parent=None,
        hash="",
        rows=1,
        rows_added=1,
        size_bytes=1,
        created_at=datetime(2024, 1, number, tzinfo=UTC),
        created_by="test",
        sources=(),
        first_time=None,
        last_time=None,
        reason=None,
    )


RESULT = CheckResult(
    check="a min",
    column="a",
    passed=True,
    on_fail=OnFail.BLOCK,
    rows=5,
    rows_failed=0,
    value=None,
    limit="at least 0",
)
OTHER = replace(RESULT, check="b max")


def test_a_check_has_a_place_for_each_version_that_was_checked():
    newest = [version(3), version(2), version(1)]
    found = timeline("sales", newest, {30: (OTHER, RESULT), 10: (RESULT,)})

    assert [one.number for one in found.versions] == [1, 3]
    assert [(one.check, one.results) for one in found.checks] == [
        ("b max", (None, OTHER)),
        ("a min", (RESULT, RESULT)),
    ]


def test_what_is_asked_no_more_comes_last():
    found = timeline("sales", [version(2), version(1)], {20: (RESULT,), 10: (OTHER,)})

    assert [one.check for one in found.checks] == ["a min", "b max"]


def test_without_results_there_is_no_history():
    found = timeline("sales", [version(1)], {})

    assert (found.versions, found.checks) == ((), ())
