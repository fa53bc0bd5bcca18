"""Which columns and classes a model from elsewhere is asked about."""

from __future__ import annotations

import pytest

from workbench.core.foreign_columns import classes_of, matched
from workbench.errors import UsageError

KNOWN = ("id", "거리(km)", "sched dep", "seats")


def test_names_are_found_as_libraries_rewrite_them():
    assert matched(("거리_km_", "sched_dep"), 2, None, KNOWN) == ("거리(km)", "sched dep")


def test_what_somebody_says_goes_before_what_the_model_says():
    assert matched(("a", "b"), 2, ["seats", "거리(km)"], KNOWN) == ("seats", "거리(km)")


@pytest.mark.parametrize(
    ("features", "count", "asked", "said"),
    [
        ((), 2, None, "The model takes 2 columns and does not say which"),
        (("seats", "mass"), 2, None, "The dataset has no column 'mass', which the model takes"),
        ((), 3, ["seats"], "The model takes 3 columns, and 1 were named"),
        ((), 2, ["seats", "seats"], "Column 'seats' is named twice"),
        ((), 1, ["sched_dep"], "The dataset has no column 'sched_dep'"),
    ],
)
def test_columns_that_do_not_fit_are_named(features, count, asked, said):
    with pytest.raises(UsageError, match=said) as refused:
        matched(features, count, asked, KNOWN)

    assert refused.value.remedy


def test_a_name_that_could_be_two_columns_is_not_guessed():
    with pytest.raises(UsageError, match="no column 'a_b'"):
        matched(("a_b",), 1, None, ("a b", "a-b"))


@pytest.mark.parametrize(
    ("told", "count", "target", "task", "classes"),
    [
        (("no", "yes"), 2, ("no", "yes"), "binary", ("no", "yes")),
        (("no", "yes"), 2, ("no",), "binary", ("no", "yes")),
        (("no", "yes"), 2, None, "binary", ("no", "yes")),
        ((), 2, ("n", "y"), "binary", ("n", "y")),
        ((), 3, None, "multiclass", ("0", "1", "2")),
        ((), 0, ("n", "y"), "binary", ("n", "y")),
    ],
)
def test_classes_are_the_models_or_those_of_the_target(told, count, target, task, classes):
    assert classes_of(told, count, target, task=task) == classes


@pytest.mark.parametrize(
    ("told", "count", "target", "said"),
    [
        (("no", "yes"), 2, ("no", "maybe"), "The target has the value 'maybe'"),
        ((), 3, ("a", "b"), "The target has 2 values \\(a, b\\), and the model tells 3 classes"),
    ],
)
def test_a_target_that_does_not_fit_is_named(told, count, target, said):
    with pytest.raises(UsageError, match=said):
        classes_of(told, count, target, task="multiclass")
