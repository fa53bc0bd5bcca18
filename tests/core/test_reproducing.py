"""How like each other two runs are, and what may be why they differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from storage.records import Metric
from storage.records.reproduction import Sameness
from workbench.core import reproducing


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((True, True, True), Sameness.BIT_IDENTICAL),
        ((False, True, True), Sameness.SAME_MODEL),
        ((False, False, True), Sameness.SAME_PREDICTIONS),
        ((True, True, False), Sameness.DIFFERS),
    ],
    ids=["file", "model", "scores", "nothing that counts"],
)
def test_the_strongest_sameness_that_holds_is_told(facts, expected):
    file, model, scores = facts

    found = reproducing.sameness(same_file=file, same_model=model, same_scores=scores)
    assert found is expected
    assert found.is_reproduced == scores


@pytest.mark.parametrize(
    ("first", "again", "expected"),
    [
        ([0.5, math.nan], [0.5, math.nan], 0.0),
        ([0.5, 0.25], [0.5, 0.5], 0.25),
        ([0.5, 0.1], [0.5, math.nan], math.inf),
        ([math.inf], [math.inf], 0.0),
        ([0.5], [0.5, 0.5], None),
        ([], [], None),
    ],
    ids=["NaN is itself", "apart", "NaN and a number", "infinite", "other rows", "no rows"],
)
def test_the_largest_difference_of_scores(first, again, expected):
    assert reproducing.largest_difference(np.array(first), np.array(again)) == expected


def test_only_metrics_that_changed_are_told():
    first = {key: Metric(key=key, value=value, step=0) for key, value in (("a", 1.0), ("b", math.nan), ("c", 2.0))}  # fmt: skip

    (found,) = reproducing.remade(first, {"a": 1.5, "b": math.nan})
    assert (found.key, found.first, found.again) == ("a", 1.0, 1.5)


def test_changes_name_packages_before_the_machine_and_what_is_gone():
    then = {"python": "3.11.7", "package.numpy": "1.0", "package.gone": "2.0", "cpus": 2, "pid": 1}
    now = {"python": "3.12.0", "package.numpy": "2.0", "cpus": 2, "pid": 2, "package.new": "1"}

    assert list(reproducing.changes(then, now)) == [
        "package changed: gone was 2.0, is not there",
        "package changed: numpy was 1.0, is 2.0",
        "machine changed: python was 3.11.7, is 3.12.0",
    ]
