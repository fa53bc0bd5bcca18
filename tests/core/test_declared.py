"""From what workbench.toml asks to checks, each with its probe, its limit and its name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.records import Measure, OnFail
from workbench.config import (
    ColumnCheck,
    ColumnReference,
    DatasetConfig,
    PredicateCheck,
    QuantileRange,
    Range,
    TableCheck,
    Terms,
    UniqueCheck,
)
from workbench.core.checks import Check
from workbench.core.declared import declared


def of_column(**asked: object) -> list[Check]:
    column = ColumnCheck(column="가격", **asked)
    return list(declared(DatasetConfig(name="sales", columns=(column,))))


def only(**asked: object) -> Check:
    (check,) = of_column(**asked)
    return check


def of_table(**asked: object) -> list[Check]:
    return list(declared(DatasetConfig(name="sales", table=TableCheck(**asked))))


def test_nothing_is_checked_that_is_not_asked_for():
    assert declared(DatasetConfig(name="sales")) == ()
    assert of_column() == []


KINDS = {
    "not null": ({"not_null": True}, Measure.NULLS, "no nulls"),
    "null share": ({"max_null_share": 0.25}, Measure.NULLS, "nulls in at most 25.0% of the rows"),
    "min": ({"minimum": 0}, Measure.BELOW, "at least 0"),
    "max": ({"maximum": 1234567.5}, Measure.ABOVE, "at most 1234567.5"),
    "in": ({"within": ("a", "b")}, Measure.OUTSIDE, "one of a, b"),
    "not in": ({"not_within": ("a",)}, Measure.INSIDE, "none of a"),
    "regex": ({"pattern": "^a"}, Measure.UNLIKE, "text with ^a"),
    "length": ({"length": Range(least=2, most=5)}, Measure.LENGTH, "2 to 5 characters"),
    "categories": ({"max_categories": 4}, Measure.DISTINCT, "at most 4 different values"),
    "unique": ({"unique": True}, Measure.DUPLICATES, "every value once"),
    "mean": ({"mean": Range(least=-1)}, Measure.MEAN, "at least -1"),
    "std": ({"std": Range(most=2)}, Measure.STD, "at most 2"),
    "quantile 0.9": (
        {"quantiles": (QuantileRange(q=0.9, within=Range(least=1, most=2)),)},
        Measure.QUANTILE,
        "1 to 2",
    ),
    "type": ({"type": "BIGINT"}, Measure.TYPE, "BIGINT"),
    "freshness": (
        {"freshness": timedelta(hours=36)},
        Measure.NEWEST,
        "the newest at most 1.5 days old",
    ),
    "monotonic": ({"monotonic": True}, Measure.BACKWARDS, "no time before the one above"),
    "less than 정가": ({"less_than": "정가"}, Measure.NOT_LESS, "less than 정가"),
    "at most 정가": ({"at_most": "정가"}, Measure.GREATER, "at most 정가"),
    "equal to 정가": ({"equal_to": "정가"}, Measure.UNEQUAL, "equal to 정가"),
    "references shops.id": (
        {"references": ColumnReference(dataset="shops", column="id")},
        Measure.ORPHANS,
        "a value of shops.id",
    ),
}


@pytest.mark.parametrize(("name", "asked"), KINDS.items(), ids=KINDS)
def test_each_kind_of_column_check_needs_one_number(name, asked):
    asks, measure, limit = asked
    check = only(**asks)

    assert (check.probe.name, check.probe.measure, check.limit) == (f"가격 {name}", measure, limit)
    assert (check.column, check.probe.columns[0]) == ("가격", "가격")


@pytest.mark.parametrize("asked", KINDS.values(), ids=KINDS)
def test_each_kind_may_warn_and_may_be_about_some_rows_only(asked):
    check = only(**asked[0], on_fail=OnFail.WARN, where="a > 1")

    assert check.on_fail is OnFail.WARN
    if check.probe.measure is not Measure.TYPE:
        assert check.probe.where == "a > 1"
        assert check.probe.name.endswith(" where a > 1")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "1.5 hours"),
        (timedelta(seconds=30), "30 seconds"),
        (timedelta(milliseconds=500), "0.5 seconds"),
    ],
    ids=str,
)
def test_an_age_is_told_in_the_unit_it_was_asked_in(span, words):
    check = only(freshness=span)

    assert check.limit == f"the newest at most {words} old"
    assert check.allowed * check.unit_s == pytest.approx(span.total_seconds())


def test_a_column_may_be_asked_for_several_things_at_once():
    names = [check.probe.name for check in of_column(not_null=True, minimum=0, maximum=9)]

    assert names == ["가격 not null", "가격 min", "가격 max"]


def test_what_is_asked_twice_has_two_names():
    twice = (ColumnCheck(column="a", minimum=0), ColumnCheck(column="a", minimum=5, at_least=0.9))
    names = [one.probe.name for one in declared(DatasetConfig(name="sales", columns=twice))]

    assert names == ["a min", "a min (2)"]


def test_the_key_must_name_each_row_once_in_the_whole_version():
    (check,) = declared(DatasetConfig(name="sales", key=("id", "day")))

    assert (check.probe.columns, check.whole_version, check.on_fail, check.column) == (
        ("id", "day"),
        True,
        OnFail.WARN,
        None,
    )


def test_columns_of_a_table_may_be_unique_together():
    terms = Terms(at_least=0.9, where="a > 1")
    (check,) = of_table(unique=(UniqueCheck(columns=("a", "b"), terms=terms),))

    assert (check.probe.name, check.probe.columns) == ("a, b unique where a > 1", ("a", "b"))
    assert (check.allowed, check.is_share, check.whole_version) == (0.1, True, True)


def test_a_predicate_has_the_name_it_was_given():
    (check,) = of_table(predicates=(PredicateCheck(name="cheap", predicate="a < b"),))

    assert (check.probe.name, check.probe.predicate, check.limit, check.column) == (
        "cheap",
        "a < b",
        "a < b",
        None,
    )


def test_a_long_list_of_allowed_values_is_cut_in_words_only():
    check = only(within=tuple("abcdefghij"))

    assert check.limit == "one of a, b, c, d, e, f, g, h, …"
    assert len(check.probe.values) == 10
