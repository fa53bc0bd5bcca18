"""The task that a target asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.tasks import FEW_CLASSES, task_of


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (np.array([0, 1, 1]), "binary"),
        (np.array([1.0, 2.0]), "binary"),
        (np.array([0.25, 0.75]), "binary"),
        (np.array([True, False]), "binary"),
        (np.array(["예", "아니오"], object), "binary"),
        (np.array([1, 2, 3]), "multiclass"),
        (np.array([1.0, 2.0, 3.0]), "multiclass"),
        (np.array(["a", "b", "c"], object), "multiclass"),
        (np.array([1.5, 2.0, 3.0]), "regression"),
        (np.arange(FEW_CLASSES), "multiclass"),
        (np.arange(FEW_CLASSES + 1), "regression"),
        (np.array([str(n) for n in range(50)], object), "multiclass"),
        (np.ma.array([0, 1, 7], mask=[False, False, True]), "binary"),
        (np.array([0.0, 1.0, np.nan, np.nan]), "binary"),
    ],
    ids=[
        "0 and 1", "two numbers", "two fractions", "flags", "two texts", "few whole numbers",
        "few whole floats", "texts", "fractions", "20 whole numbers", "21 whole numbers",
        "many texts", "a masked third value", "NaN is no value",
    ],
)  # fmt: skip
def test_the_values_of_a_target_say_what_is_asked(target, expected):
    assert task_of(target) == expected


@given(st.lists(st.integers(-5, 5), min_size=1), st.randoms(use_true_random=False))
def test_neither_the_order_nor_repetition_nor_missing_labels_matter(labels, chance):
    shuffled = [*labels, *labels]
    chance.shuffle(shuffled)
    masked = np.ma.array([*shuffled, 99], mask=[False] * len(shuffled) + [True])

    assert task_of(masked) == task_of(np.array(labels))


@pytest.mark.parametrize("dtype", [np.int64, np.float64, object], ids=str)
def test_a_target_without_labels_is_no_error(dtype):
    assert task_of(np.array([], dtype)) == "binary"
