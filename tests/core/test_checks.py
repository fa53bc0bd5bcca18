"""From counts to results, and whether checks make sense of the columns they are about."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Column, ColumnKind, Measured, OnFail
from workbench.config import ColumnCheck, DatasetConfig, QuantileRange, Range, TableCheck
from workbench.core import checks
from workbench.core.declared import declared


def of_column(**asked: object) -> list[checks.Check]:
    column = ColumnCheck(column="가격", **asked)  # type: ignore[arg-type]
    return list(declared(DatasetConfig(name="sales", columns=(column,))))


def only(**asked: object) -> checks.Check:
    (check,) = of_column(**asked)
    return check


@pytest.mark.parametrize(
    ("rows", "passed"), [(9, False), (10, True), (20, True), (21, False)], ids=str
)
def test_a_table_check_has_two_ends(rows, passed):
    dataset = DatasetConfig(name="sales", table=TableCheck(min_rows=10, max_rows=20))
    (check,) = declared(dataset)
    result = checks.judge(check, Measured(rows=rows, value=rows))

    assert (result.passed, result.value, result.limit) == (passed, rows, "10 to 20 rows")
    assert result.column is None


@pytest.mark.parametrize(("most", "passed"), [(None, True), (10**9, True), (5, False)])
def test_a_table_without_a_lower_end_may_be_empty(most, passed):
    dataset = DatasetConfig(name="sales", table=TableCheck(min_rows=0, max_rows=most))
    (check,) = declared(dataset)

    assert checks.judge(check, Measured(rows=7, value=7 if most == 5 else 0)).passed is passed


@pytest.mark.parametrize(
    ("bad", "passed"), [(0, True), (10, True), (11, False)], ids=["none", "just", "too many"]
)
def test_at_least_99_per_cent_lets_one_row_in_a_hundred_fail(bad, passed):
    check = only(minimum=0, at_least=0.99)
    result = checks.judge(check, Measured(rows=1000, value=bad))

    assert (result.passed, result.rows_failed) == (passed, bad)
    assert result.limit == "at least 0 in 99.0% of the rows"


@given(st.integers(1, 1_000), st.integers(0, 100))
def test_a_share_that_is_met_to_the_row_passes(rows, percent):
    check = only(not_null=True, at_least=1 - percent / 100)

    assert checks.judge(check, Measured(rows=rows, value=rows * percent // 100)).passed


def test_a_share_of_nulls_does_not_add_up_with_at_least():
    check = only(max_null_share=0.25, at_least=0.5)

    assert checks.judge(check, Measured(rows=100, value=25)).passed
    assert not checks.judge(check, Measured(rows=100, value=26)).passed


@pytest.mark.parametrize(("distinct", "passed"), [(4, True), (5, False)])
def test_different_values_are_counted_not_rows(distinct, passed):
    result = checks.judge(only(max_categories=4), Measured(rows=100, value=distinct))

    assert (result.passed, result.value) == (passed, distinct)
    assert result.rows_failed == (0 if passed else 100)


def test_only_a_failed_check_that_blocks_sets_a_version_aside():
    failed = [
        checks.judge(only(minimum=0, on_fail=on_fail), Measured(rows=10, value=1))
        for on_fail in (OnFail.BLOCK, OnFail.WARN)
    ]
    passed = checks.judge(only(minimum=0), Measured(rows=10, value=0))

    assert checks.is_blocked([passed, failed[0]])
    assert not checks.is_blocked([passed, failed[1]])


def test_a_summary_counts_what_passed_and_names_the_first_that_did_not():
    good = checks.judge(only(minimum=0), Measured(rows=1200, value=0))
    bad = checks.judge(only(maximum=9), Measured(rows=1200, value=3))

    assert checks.summary([good, good]) == "2 of 2 checks passed"
    assert checks.summary([good, bad, bad]) == (
        "1 of 3 checks passed; 가격 max: 3 of 1 200 rows, allowed is at most 9 and 1 more"
    )
    assert checks.summary([]) == "0 of 0 checks passed"


def test_columns_that_are_not_there_are_named_once():
    column = ColumnCheck(column="할인", not_null=True, minimum=0)
    dataset = DatasetConfig(name="sales", key=("id",), columns=(column,))

    assert checks.missing_columns(declared(dataset), ["가격"]) == ("할인", "id")


def test_a_range_may_lie_below_zero():
    check = only(mean=Range(least=-5, most=-1))

    assert checks.judge(check, Measured(rows=9, value=-3.5)).passed
    assert not checks.judge(check, Measured(rows=9, value=-5.5)).passed
    assert not checks.judge(check, Measured(rows=9, value=0)).passed


@pytest.mark.parametrize(
    "asked",
    [
        {"mean": Range(least=1)},
        {"std": Range(least=1)},
        {"quantiles": (QuantileRange(q=0.5, within=Range(least=1)),)},
        {"freshness": timedelta(days=1)},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_what_has_nothing_to_be_measured_on_passes(asked):
    result = checks.judge(only(**asked), Measured(rows=0, value=None))

    assert (result.passed, result.value, result.rows_failed) == (True, None, 0)


def test_a_number_out_of_range_fails_all_rows_it_is_of():
    result = checks.judge(only(mean=Range(most=3)), Measured(rows=40, value=math.inf))

    assert (result.passed, result.value, result.rows, result.rows_failed) == (
        False,
        math.inf,
        40,
        40,
    )


@pytest.mark.parametrize(
    ("age", "passed"), [(timedelta(hours=47), True), (timedelta(hours=49), False)], ids=str
)
def test_the_newest_time_is_compared_with_when_the_version_came(age, passed):
    came = datetime(2024, 9, 1, tzinfo=UTC)
    check = only(freshness=timedelta(days=2))
    newest = Measured(rows=10, value=(came - age).timestamp())
    result = checks.judge(check, checks.aged(check, newest, came))

    assert result.passed is passed
    assert result.value == pytest.approx(age / timedelta(days=1))
    assert result.limit == "the newest at most 2 days old"


def test_a_time_that_is_not_there_has_no_age():
    nothing = Measured(rows=0, value=None)

    assert checks.aged(only(freshness=timedelta(days=2)), nothing, datetime.now(UTC)) == nothing


def column(kind: ColumnKind, name: str = "가격", type_: str | None = None) -> Column:
    return Column(name=name, type=type_ or kind.value.upper(), kind=kind)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"minimum": 0}, {"numeric"}),
        ({"maximum": 0}, {"numeric"}),
        ({"mean": Range(least=0)}, {"numeric"}),
        ({"std": Range(least=0)}, {"numeric"}),
        ({"freshness": timedelta(1)}, {"timestamp"}),
        ({"monotonic": True}, {"timestamp"}),
        ({"not_null": True}, set(ColumnKind)),
        ({"within": ("a",)}, set(ColumnKind)),
        ({"pattern": "a"}, set(ColumnKind)),
        ({"unique": True}, set(ColumnKind)),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("kind", ColumnKind)
def test_each_check_fits_some_kinds_of_columns(asked, fits, kind):
    wrong = checks.misfits(of_column(**asked), [column(kind)])

    assert not wrong if kind in fits else wrong[0].endswith(f", but it holds {kind.upper()}")


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("BIGINT", "DOUBLE", True),
        ("TIMESTAMP", "DATE", True),
        ("VARCHAR", "VARCHAR", True),
        ("BIGINT", "VARCHAR", False),
        ("VARCHAR", "TIME", False),
        ("BOOLEAN", "BIGINT", False),
    ],
)
def test_two_columns_are_compared_when_their_values_can_be(one, other, fits):
    kinds = {
        "BIGINT": ColumnKind.NUMERIC,
        "DOUBLE": ColumnKind.NUMERIC,
        "TIMESTAMP": ColumnKind.TIMESTAMP,
        "DATE": ColumnKind.TIMESTAMP,
        "BOOLEAN": ColumnKind.BOOLEAN,
    }
    columns = [
        Column(name=name, type=type_, kind=kinds.get(type_, ColumnKind.CATEGORICAL))
        for name, type_ in (("가격", one), ("정가", other))
    ]
    wrong = checks.misfits(of_column(less_than="정가"), columns)

    assert wrong == (
        () if fits else (f"compare 가격 with 정가, but one holds {one}, the other {other}",)
    )


def test_a_list_is_sought_as_numbers_in_a_column_of_numbers():
    asked = of_column(within=("1", "2.5", "서울", "1; DROP", "nan"))
    (numbers,) = checks.fitted(asked, [column(ColumnKind.NUMERIC)])
    (texts,) = checks.fitted(asked, [column(ColumnKind.CATEGORICAL)])

    assert (numbers.probe.is_numeric, numbers.probe.values) == (True, ("1", "2.5"))
    assert texts == asked[0]


@pytest.mark.parametrize(("type_", "passed"), [("VARCHAR", True), ("BIGINT", False)])
def test_a_type_is_known_without_the_rows(type_, passed):
    columns = [column(ColumnKind.CATEGORICAL, type_=type_)]
    (check,) = checks.fitted(of_column(type="VARCHAR"), columns)
    result = checks.judge(check, checks.of_type(check, columns, rows=7))

    assert (result.passed, result.rows, result.rows_failed) == (passed, 7, 0 if passed else 7)
    assert result.limit == ("VARCHAR" if passed else "VARCHAR, it holds BIGINT")


def test_sql_that_people_wrote_is_found_once():
    asked = of_column(minimum=0, maximum=1, where="a > 1")

    assert checks.conditions(asked) == ("a > 1",)
