from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import InputType, Signature
from workbench.core.signature import OUTPUTS, infer

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


@given(st.lists(st.text(), unique=True, min_size=1, max_size=8))
def test_graph_names_are_unique_ascii_identifiers(names):
    signature = infer({name: np.array([1.0]) for name in names}, task="regression")
    graph_names = [column.graph_name for column in signature.inputs]

    assert len(set(graph_names)) == len(names)
    assert all(name.isascii() and name.isidentifier() for name in graph_names)
    assert not set(graph_names) & set(OUTPUTS)
