"""Batches become one only where that says the same of every request and row."""

from __future__ import annotations

import numpy as np
import pytest

from tests.storage.logged import T0, batch
from workbench.services.joined_batches import is_like, joined


def test_a_joined_batch_says_of_each_request_what_its_own_said():
    first = batch({"id": [1, 2]}, [0.1, 0.2], inputs={"x": (1.0, None)}, requests=["a"])
    second = batch({"id": ["z"]}, [0.3], at=T0 + 9, inputs={"x": ["?"]}, requests=["b"])
    found = joined([first, second])

    assert is_like(first, second)
    assert (found.requests, found.at, found.rows) == (["a", "b"], [T0, T0 + 9], [2, 1])
    assert (found.key, found.inputs) == ({"id": [1, 2, "z"]}, {"x": [1.0, None, "?"]})
    assert found.scores.tolist() == [0.1, 0.2, 0.3]


def test_scores_of_several_classes_stay_rows():
    found = joined([batch({}, [[0.1, 0.9]]), batch({}, [[0.2, 0.8], [0.5, 0.5]])])

    assert found.scores.shape == (3, 2)


@pytest.mark.parametrize(
    "other",
    [
        batch({}, [0.1], version=2),
        batch({}, [0.1], role="shadow"),
        batch({}, [0.1], inputs={"y": [1.0]}),
        batch({"id": [1]}, [0.1]),
        batch({}, [0.1], inputs={"x": np.array([1.0])}),
    ],
    ids=["version", "role", "columns", "key", "arrays"],
)
def test_what_is_not_alike_stays_apart(other):
    assert is_like(batch({}, [0.1]), batch({}, [0.2]))
    assert not is_like(batch({}, [0.1]), other)
