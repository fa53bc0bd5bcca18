from __future__ import annotations

import numpy as np
import pytest

from storage.records import InputType
from workbench.core.columns import kind_of, missing, numbers, texts, typed
from workbench.core.signature import infer
from workbench.errors import RequestInvalid


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([1, 2]), InputType.INTEGER),
        (np.array([1.0, 2.0]), InputType.NUMBER),
        (np.array([True]), InputType.BOOLEAN),
        (np.array(["a", None], object), InputType.STRING),
        (np.array(["a"]), InputType.STRING),
        (np.array([[1], "a"], object), None),
        (np.array(["2026-01-01"], "datetime64[us]"), None),
    ],
    ids=["integer", "float", "bool", "object text", "text", "lists", "time"],
)
def test_a_column_is_the_kind_of_input_its_values_allow(values, kind):
    assert kind_of(values) is kind


@pytest.mark.parametrize(
    "values",
    [
        np.ma.masked_array([1, 2], mask=[False, True]),
        np.array([1.0, np.nan]),
        np.array(["a", None], object),
        np.array(["a", ""], object),
        np.array(["a", np.nan], object),
        np.array(["2026-01-01", "NaT"], "datetime64[us]"),
    ],
    ids=["masked", "nan", "none", "empty text", "nan as text", "nat"],
)
def test_every_way_of_being_missing_is_seen(values):
    assert missing(values).tolist() == [False, True]


def test_a_masked_number_becomes_nan_and_the_original_stays():
    values = np.ma.masked_array([1.5, 2.5], mask=[False, True])

    assert np.isnan(numbers(values)).tolist() == [False, True]
    assert values.data.tolist() == [1.5, 2.5]


def test_a_moment_becomes_its_seconds_since_1970_where_it_is_asked_for():
    moments = np.ma.masked_array(
        np.array(["1969-12-31T23:59:59", "2026-01-01T00:00:00.25", "2026-01-02"], "datetime64[us]"),
        mask=[False, False, True],
    )
    asked = infer({"t": moments}, task="regression")

    found = typed(asked, {"t": moments})["t"]
    assert found[:2].tolist() == [-1.0, 1767225600.25]
    assert np.isnan(found[2])
    with pytest.raises(RequestInvalid, match="holds datetime64"):
        typed(infer({"t": np.array([1.0])}, task="regression"), {"t": moments})


def test_a_missing_text_becomes_the_empty_text():
    values = np.ma.masked_array(np.array(["a", "b"], object), mask=[True, False])

    assert texts(values).tolist() == ["", "b"]


def test_typing_columns_twice_changes_nothing():
    columns = {"n": np.ma.masked_array([1, 2], mask=[0, 1]), "s": np.array(["a", None], object)}
    signature = infer(columns, task="regression")

    once = typed(signature, columns)
    again = typed(signature, once)

    assert all(np.array_equal(once[n], again[n], equal_nan=n == "n") for n in columns)


def test_a_column_without_any_value_fits_every_input():
    signature = infer({"s": np.array(["a"], object)}, task="regression")
    nothing = np.ma.masked_array([1, 2], mask=True)

    assert typed(signature, {"s": nothing})["s"].tolist() == ["", ""]


def test_numbers_do_not_pass_for_texts():
    signature = infer({"s": np.array(["a"], object)}, task="regression")

    with pytest.raises(RequestInvalid, match="Column 's' holds integer values"):
        typed(signature, {"s": np.array([1])})
