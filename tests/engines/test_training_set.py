"""Rows as a model takes them: the same whether texts are looked at one by one or by distinct values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.synthetic import rows
from workbench.core.columns import kind_of, missing, texts, typed
from workbench.engines import training_set
from workbench.engines.coded import coded
from workbench.engines.native import encoded
from workbench.engines.rows import Rows

cells = st.lists(
    st.sampled_from(["a", "b", "", None, float("nan"), "c d", "한글"]), min_size=1, max_size=40
)


def column(values, mask=None):
    found = np.empty(len(values), object)
    found[:] = values
    return found if mask is None else np.ma.masked_array(found, mask=mask)


@given(cells, st.data())
def test_a_coded_column_has_the_texts_of_the_column(values, data):
    mask = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    given_values = column(values, mask)
    found = coded(given_values)

    assert found.texts().tolist() == texts(given_values).tolist()
    assert (found.codes < 0).tolist() == missing(given_values).tolist()
    assert missing(found.in_short).any() == missing(given_values).any()
    assert set(found.distinct) == set(texts(given_values)) - {""}


@pytest.mark.parametrize(
    "values",
    [np.arange(3.0), column([[1], [2]]), column([1, 2]), column(["a", 1])],
    ids=["numbers", "lists", "objects that are numbers", "mixed"],
)
def test_what_holds_other_than_texts_is_not_coded(values):
    assert coded(values) is None


def test_a_masked_value_of_another_kind_does_not_count():
    found = coded(column(["a", 1], [False, True]))

    assert (found.distinct.tolist(), found.codes.tolist()) == (["a"], [0, -1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_prepared_rows_are_those_that_are_served(task):
    train, test = rows(task), rows(task, 300, seed=1)
    found = training_set.prepare(task, train, test)

    for features, inputs, matrix in (
        (train.features, found.train, found.train_matrix),
        (test.features, found.test, found.test_matrix),
    ):
        served = typed(found.signature, features)
        assert np.array_equal(matrix, encoded(found.signature, served), equal_nan=True)
        assert all(
            np.array_equal(inputs[name], served[name], equal_nan=served[name].dtype.kind == "f")
            for name in found.signature.names
        )


def test_test_rows_without_any_text_are_missing_ones():
    train = Rows(features={"x": column(["a", "b"] * 10)}, target=np.arange(20) % 2)
    test = Rows(features={"x": np.ma.masked_all(4, np.int32)}, target=np.arange(4) % 2)
    found = training_set.prepare("binary", train, test)

    assert found.test["x"].tolist() == [""] * 4
    assert np.isnan(found.test_matrix).all()
    assert kind_of(found.test["x"]) == kind_of(train.features["x"])
