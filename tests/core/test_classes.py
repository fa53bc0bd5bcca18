from __future__ import annotations

import numpy as np
import pytest

from workbench.core.classes import UNKNOWN, class_codes, class_names


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (np.array([True, False]), ("false", "true")),
        (np.array([10, 2, 2]), ("2", "10")),
        (np.array([1.0, 0.0, np.nan]), ("0", "1")),
        (np.array(["no", "yes", None, "No"], object), ("No", "no", "yes")),
        (np.ma.masked_array([3, 4, 5], mask=[0, 0, 1]), ("3", "4")),
    ],
    ids=["booleans", "integers", "floats", "texts", "masked"],
)
def test_classes_stand_in_their_natural_order(target, names):
    assert class_names(target) == names


def test_codes_are_positions_and_unknown_labels_have_none():
    target = np.array(["b", "a", "c", None], object)

    assert class_codes(target, ("a", "b")).tolist() == [1, 0, UNKNOWN, UNKNOWN]


def test_names_are_their_own_codes_whatever_the_target_was():
    names = class_names(np.array([True, False]))

    assert class_codes(np.array(names, object), names).tolist() == [0, 1]
