from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import InputType, Signature
from workbench.core.signature import OUTPUTS, arrays, infer
from workbench.errors import RequestInvalid

TRAINED_ON = {
    "거리(km)": np.array([1.0, 2.5, np.nan]),
    "stops": np.array([0, 1, 2]),
    "late": np.ma.masked_array([True, False, True], mask=[0, 0, 1]),
    "carrier": np.array(["UA", "AA", None], object),
    "origin": np.array(["JFK", "EWR", "JFK"], object),
}


@pytest.fixture
def signature() -> Signature:
    return infer(TRAINED_ON, task="binary", classes=("no", "yes"), key=("flight_id",))


def request(**changed):
    one_row = {
        "거리(km)": [7.5],
        "stops": [1],
        "late": [True],
        "carrier": ["UA"],
        "origin": ["JFK"],
    }
    return {**one_row, **changed}


def test_types_ranges_and_categories_are_those_of_the_training_rows(signature):
    distance, stops, late, carrier, _ = signature.inputs

    assert (distance.type, distance.minimum, distance.maximum) == (InputType.NUMBER, 1.0, 2.5)
    assert (stops.type, stops.nullable) == (InputType.INTEGER, False)
    assert (late.type, late.nullable, late.minimum) == (InputType.BOOLEAN, True, None)
    assert (carrier.categories, carrier.nullable) == (("AA", "UA"), True)


def test_floats_that_happen_to_be_whole_are_numbers():
    signature = infer({"x": np.array([1.0, 2.0])}, task="regression")

    assert signature.inputs[0].type is InputType.NUMBER


def test_a_range_leaves_infinite_numbers_out():
    signature = infer({"x": np.array([1.0, np.inf, -np.inf])}, task="regression")

    assert (signature.inputs[0].minimum, signature.inputs[0].maximum) == (1.0, 1.0)


def test_a_moment_is_a_number_of_seconds_since_1970():
    moments = np.array(["2026-01-01T00:00:01.5", "NaT"], "datetime64[us]")
    (column,) = infer({"t": moments}, task="regression").inputs

    assert (column.type, column.is_moment, column.nullable) == (InputType.NUMBER, True, True)
    assert column.minimum == 1767225601.5


def test_a_span_of_time_is_no_input():
    with pytest.raises(ValueError, match="no model takes"):
        infer({"t": np.array([1], "timedelta64[us]")}, task="regression")


MOMENTS = infer({"t": np.array(["2026-01-01"], "datetime64[us]")}, task="regression")


@pytest.mark.parametrize(
    "sent",
    [
        1767225601.5,
        "2026-01-01T00:00:01.5Z",
        "2026-01-01 00:00:01.500",
        "2026-01-01T09:00:01.5+09:00",
        datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC).replace(tzinfo=None),
        datetime(2026, 1, 1, 0, 0, 1, 500_000, UTC),
    ],
    ids=str,
)
def test_a_moment_may_be_sent_as_iso_8601_or_as_seconds(sent):
    assert arrays(MOMENTS, {"t": [sent]})["t"].tolist() == [1767225601.5]


def test_moments_of_numpy_may_be_sent():
    sent = np.array(["2026-01-01T00:00:01.5"], "datetime64[ns]")

    assert arrays(MOMENTS, {"t": sent})["t"].tolist() == [1767225601.5]


@pytest.mark.parametrize("sent", ["tomorrow", "2026-13-01", "", None, True, np.inf], ids=repr)
def test_what_is_no_moment_is_refused_with_an_example_of_one(sent):
    with pytest.raises(RequestInvalid, match="a moment such as 2026-01-31T12:00:00Z"):
        arrays(MOMENTS, {"t": ["2026-01-01", sent]})


@given(st.lists(st.text(), unique=True, min_size=1, max_size=8))
def test_graph_names_are_unique_ascii_identifiers(names):
    signature = infer({name: np.array([1.0]) for name in names}, task="regression")
    graph_names = [column.graph_name for column in signature.inputs]

    assert len(set(graph_names)) == len(names)
    assert all(name.isascii() and name.isidentifier() for name in graph_names)
    assert not set(graph_names) & set(OUTPUTS)


def test_a_clean_request_becomes_typed_arrays(signature):
    columns = arrays(signature, request())

    assert list(columns) == list(signature.names)
    assert [columns[name].dtype.kind for name in signature.names] == ["f", "f", "f", "O", "O"]
    assert columns["late"].tolist() == [1.0]


@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6), min_size=1))
def test_numbers_arrive_as_they_were_sent(values):
    signature = infer({"x": np.array([1.0, np.nan])}, task="regression")
    found = arrays(signature, {"x": values})["x"]

    assert all(
        math.isnan(got) if sent is None else got == sent
        for got, sent in zip(found.tolist(), values, strict=True)
    )


def test_a_missing_value_is_nan_or_the_empty_text(signature):
    columns = arrays(signature, request(**{"거리(km)": [None], "late": [None], "carrier": [None]}))

    assert math.isnan(columns["거리(km)"][0])
    assert math.isnan(columns["late"][0])
    assert columns["carrier"].tolist() == [""]


def test_key_columns_may_be_sent_and_are_left_out(signature):
    assert "flight_id" not in arrays(signature, request(flight_id=["x1"]))


def test_unknown_categories_and_numbers_out_of_range_are_answered(signature):
    columns = arrays(signature, request(carrier=["ZZ"], **{"거리(km)": [1e9]}))

    assert (columns["carrier"][0], columns["거리(km)"][0]) == ("ZZ", 1e9)


def test_a_whole_number_may_be_sent_with_a_fraction_of_zero(signature):
    assert arrays(signature, request(stops=[2.0]))["stops"].tolist() == [2.0]


def test_arrays_of_a_binary_body_are_taken_as_they_are(signature):
    body = request(**{"거리(km)": np.array([7.5], np.float32), "stops": np.array([1], np.int32)})

    assert arrays(signature, body)["거리(km)"].tolist() == [7.5]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"stops": ["2"]}, "Row 1 of column 'stops' is '2'; a whole number is allowed"),
        ({"stops": [2.5]}, "column 'stops' is 2.5; a whole number"),
        ({"stops": [True]}, "column 'stops' is True; a whole number"),
        ({"stops": [None]}, "Row 1 has no value for column 'stops'"),
        ({"stops": [10**400]}, "column 'stops' is infinite"),
        ({"거리(km)": [math.inf]}, "is infinite; a number"),
        ({"거리(km)": np.array([np.inf])}, "is infinite; a number"),
        ({"거리(km)": [[1]]}, r"is \[1\]; a number"),
        ({"late": [1]}, "column 'late' is 1; true or false"),
        ({"carrier": [3]}, "column 'carrier' is 3; a text"),
        ({"origin": [""]}, "Row 1 has no value for column 'origin'"),
        ({"orign": ["JFK"]}, "takes no column 'orign'"),
        ({"stops": [1, 2]}, "different numbers of rows"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_request_that_does_not_fit_says_where(signature, changed, problem):
    with pytest.raises(RequestInvalid, match=problem):
        arrays(signature, request(**changed))


def test_a_missing_column_is_named_with_those_the_model_takes(signature):
    columns = request()
    del columns["stops"]

    with pytest.raises(RequestInvalid, match="Column 'stops' is missing") as caught:
        arrays(signature, columns)
    assert "origin" in caught.value.remedy


def test_an_unknown_column_is_answered_with_the_nearest_known_one(signature):
    with pytest.raises(RequestInvalid) as caught:
        arrays(signature, request(orign=["JFK"]))
    assert "Did you mean 'origin'?" in caught.value.remedy


def test_a_request_without_rows_is_refused(signature):
    with pytest.raises(RequestInvalid, match="no rows"):
        arrays(signature, {name: [] for name in signature.names})
