from __future__ import annotations

import numpy as np
import pytest

from workbench.core.signature import infer
from workbench.engines.edges import edges

ROWS = {
    "a": np.random.default_rng(1).normal(size=200),
    "b": np.random.default_rng(2).normal(size=200) * 1e6,
    "s": np.array(["x", "y"] * 100, object),
}
SIGNATURE = infer(ROWS, task="binary")


def found(ask, rows=ROWS, signature=SIGNATURE):
    return edges(ask, rows, signature, rng=np.random.default_rng(0))


def test_the_numbers_on_both_sides_of_a_jump_are_found():
    threshold = 0.1234567890123

    at = found(lambda rows: (rows["a"] > threshold) * 1.0)

    assert list(at) == ["a"]
    assert at["a"].tolist() == [threshold, np.nextafter(threshold, 1)]


@pytest.mark.parametrize("threshold", [0.0, -0.75, -1e5, 3e5])
def test_a_jump_is_found_at_every_size_and_sign(threshold):
    at = found(lambda rows: (rows["b"] <= threshold) * 1.0)

    assert at["b"].tolist() == [threshold, np.nextafter(threshold, np.inf)]


def test_a_jump_by_rounding_lies_where_the_rounding_turns():
    limit = np.float32(0.3)

    at = found(lambda rows: (rows["a"].astype(np.float32) <= limit) * 1.0)["a"]

    assert np.float32(at[0]) <= limit < np.float32(at[1])
    assert at[1] == np.nextafter(at[0], 1)


def test_a_model_that_always_says_the_same_has_none():
    assert found(lambda rows: np.zeros(len(rows["a"]))) == {}


def test_a_model_of_texts_has_none():
    only = {"s": ROWS["s"]}

    assert found(lambda _: np.zeros(200), only, infer(only, task="binary")) == {}


def test_a_column_of_which_the_model_takes_known_numbers_only_has_none_and_others_have_theirs():
    rows = {**ROWS, "code": np.arange(200) % 3.0}

    def ask(asked):
        if not np.isin(asked["code"], rows["code"]).all():
            raise ValueError("unknown")
        return (asked["a"] > 0.5) * 1.0

    at = found(ask, rows, infer(rows, task="binary"))
    assert at["a"].tolist() == [0.5, np.nextafter(0.5, 1)]
    assert "code" not in at


def test_a_column_between_whose_values_there_is_no_answer_has_none_and_the_others_have():
    def ask(rows):
        if not set(rows["b"]) <= set(ROWS["b"]):
            raise ValueError("unknown category")
        return (rows["a"] > 0.25) * 1.0

    assert found(ask)["a"].tolist() == [0.25, np.nextafter(0.25, 1)]
    assert list(found(ask)) == ["a"]
