"""From what workbench.toml declares to probes, and from counts to results."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Column, ColumnKind, Measure, OnFail
from workbench.config import ColumnCheck, DatasetConfig, TableCheck
from workbench.core import checks


def of_column(**asked: object) -> list[checks.Check]:
    column = ColumnCheck(column="가격", **asked)  # type: ignore[arg-type]
    return list(checks.declared(DatasetConfig(name="sales", columns=(column,))))


def only(**asked: object) -> checks.Check:
    (check,) = of_column(**asked)
    return check


def test_nothing_is_checked_that_is_not_asked_for():
    assert checks.declared(DatasetConfig(name="sales")) == ()
    assert of_column() == []


@pytest.mark.parametrize(
    ("asked", "name", "measure", "limit"),
    [
        ({"not_null": True}, "가격 not null", Measure.NULLS, "no nulls"),
        (
            {"max_null_share": 0.25},
            "가격 null share",
            Measure.NULLS,
            "nulls in at most 25.0% of the rows",
        ),
        ({"minimum": 0}, "가격 min", Measure.BELOW, "at least 0"),
        ({"maximum": 9.5}, "가격 max", Measure.ABOVE, "at most 9.5"),
        ({"within": ("a", "b")}, "가격 in", Measure.OUTSIDE, "one of a, b"),
        (
            {"max_categories": 4},
            "가격 categories",
            Measure.DISTINCT,
            "at most 4 different values",
        ),
        ({"unique": True}, "가격 unique", Measure.DUPLICATES, "every value once"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_kind_of_column_check_needs_one_number(asked, name, measure, limit):
    check = only(**asked)

    assert (check.probe.name, check.probe.measure, check.limit) == (name, measure, limit)
    assert (check.column, check.probe.columns) == ("가격", ("가격",))


def test_a_column_may_be_asked_for_several_things_at_once():
    names = [check.probe.name for check in of_column(not_null=True, minimum=0, maximum=9)]

    assert names == ["가격 not null", "가격 min", "가격 max"]


def test_the_key_must_name_each_row_once_in_the_whole_version():
    (check,) = checks.declared(DatasetConfig(name="sales", key=("id", "day")))

    assert (check.probe.columns, check.whole_version, check.on_fail) == (
        ("id", "day"),
        True,
        OnFail.WARN,
    )
    assert check.column is None


@pytest.mark.parametrize(
    ("rows", "passed"), [(9, False), (10, True), (20, True), (21, False)], ids=str
)
def test_a_table_check_has_two_ends(rows, passed):
    dataset = DatasetConfig(name="sales", table=TableCheck(min_rows=10, max_rows=20))
    (check,) = checks.declared(dataset)
    result = checks.judge(check, rows, rows=rows)

    assert (result.passed, result.value, result.limit) == (passed, rows, "10 to 20 rows")
    assert result.column is None


@pytest.mark.parametrize(("most", "passed"), [(None, True), (10**9, True), (5, False)])
def test_a_table_without_a_lower_end_may_be_empty(most, passed):
    dataset = DatasetConfig(name="sales", table=TableCheck(min_rows=0, max_rows=most))
    (check,) = checks.declared(dataset)

    assert checks.judge(check, 7 if most == 5 else 0, rows=7).passed is passed


@pytest.mark.parametrize(
    ("bad", "passed"), [(0, True), (10, True), (11, False)], ids=["none", "just", "too many"]
)
def test_at_least_99_per_cent_lets_one_row_in_a_hundred_fail(bad, passed):
    check = only(minimum=0, at_least=0.99)
    result = checks.judge(check, bad, rows=1000)

    assert (result.passed, result.rows_failed) == (passed, bad)
    assert result.limit == "at least 0 in 99.0% of the rows"


@given(st.integers(1, 1_000), st.integers(0, 100))
def test_a_share_that_is_met_to_the_row_passes(rows, percent):
    check = only(not_null=True, at_least=1 - percent / 100)

    assert checks.judge(check, rows * percent // 100, rows=rows).passed


def test_a_share_of_nulls_does_not_add_up_with_at_least():
    check = only(max_null_share=0.25, at_least=0.5)

    assert checks.judge(check, 25, rows=100).passed
    assert not checks.judge(check, 26, rows=100).passed


@pytest.mark.parametrize(("distinct", "passed"), [(4, True), (5, False)])
def test_different_values_are_counted_not_rows(distinct, passed):
    result = checks.judge(only(max_categories=4), distinct, rows=100)

    assert (result.passed, result.value) == (passed, distinct)
    assert result.rows_failed == (0 if passed else 100)


def test_a_long_list_of_allowed_values_is_cut_in_words_only():
    check = only(within=tuple("abcdefghij"))

    assert check.limit == "one of a, b, c, d, e, f, g, h, …"
    assert len(check.probe.values) == 10


def test_only_a_failed_check_that_blocks_sets_a_version_aside():
    failed = [
        checks.judge(only(minimum=0, on_fail=on_fail), 1, rows=10)
        for on_fail in (OnFail.BLOCK, OnFail.WARN)
    ]
    passed = checks.judge(only(minimum=0), 0, rows=10)

    assert checks.is_blocked([passed, failed[0]])
    assert not checks.is_blocked([passed, failed[1]])


def test_a_summary_counts_what_passed_and_names_the_first_that_did_not():
    good = checks.judge(only(minimum=0), 0, rows=1200)
    bad = checks.judge(only(maximum=9), 3, rows=1200)

    assert checks.summary([good, good]) == "2 of 2 checks passed"
    assert checks.summary([good, bad, bad]) == (
        "1 of 3 checks passed; 가격 max: 3 of 1 200 rows, allowed is at most 9 and 1 more"
    )
    assert checks.summary([]) == "0 of 0 checks passed"


@pytest.mark.parametrize("kind", ColumnKind)
def test_only_numbers_are_compared_with_numbers(kind):
    column = Column(name="가격", type="T", kind=kind)
    other = Column(name="other", type="T", kind=ColumnKind.CATEGORICAL)
    compared = [*of_column(minimum=0), *of_column(maximum=1)]
    counted = [*of_column(not_null=True), *of_column(within=("a",))]

    assert checks.misfits(compared, [column, other]) == (
        () if kind is ColumnKind.NUMERIC else (column,)
    )
    assert checks.misfits(counted, [column, other]) == ()


def test_columns_that_are_not_there_are_named_once():
    column = ColumnCheck(column="할인", not_null=True, minimum=0)
    dataset = DatasetConfig(name="sales", key=("id",), columns=(column,))

    assert checks.missing_columns(checks.declared(dataset), ["가격"]) == ("할인", "id")
