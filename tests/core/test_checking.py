"""Requests held against what a model takes: types, missing values, and what training never saw."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Signature
from workbench.core.checking import Checks, Rules, arrays
from workbench.core.signature import infer
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


def test_a_missing_column_is_sought_among_those_that_were_sent(signature):
    columns = request(stop=[1])
    del columns["stops"]

    with pytest.raises(RequestInvalid) as caught:
        arrays(signature, columns)
    assert caught.value.remedy.startswith("Is it the one called 'stop'?")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"stops": np.array([1.0, 2.5])}, "Row 2 of column 'stops' is 2.5; a whole number"),
        ({"stops": np.array([True, True])}, "Row 1 of column 'stops' is True; a whole number"),
        ({"stops": np.array([1, np.nan])}, "Row 2 has no value for column 'stops'"),
        ({"late": np.array([0, 1])}, "Row 1 of column 'late' is 0; true or false"),
        ({"origin": np.array(["JFK", ""], object)}, "Row 2 has no value for column 'origin'"),
        ({"carrier": np.array([1.5, 2.5])}, "Row 1 of column 'carrier' is 1.5; a text"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_arrays_that_do_not_fit_say_where(signature, changed, problem):
    body = {name: values * 2 for name, values in request().items()}

    with pytest.raises(RequestInvalid, match=problem):
        arrays(signature, {**body, **changed})


def test_booleans_and_whole_floats_of_a_binary_body_are_taken(signature):
    body = request(late=np.array([False]), stops=np.array([2.0], np.float16))
    columns = arrays(signature, body)

    assert (columns["late"].tolist(), columns["stops"].tolist()) == ([0.0], [2.0])


COLUMNS = st.fixed_dictionaries(
    {
        "거리(km)": st.none() | st.floats(-1e6, 1e6) | st.just(math.inf) | st.integers(),
        "stops": st.integers(-9, 9) | st.sampled_from([2.0, 2.5, None, True, "1"]),
        "late": st.booleans() | st.sampled_from([None, 1]),
        "carrier": st.sampled_from(["AA", "ZZ", "", None, 4]),
        "origin": st.sampled_from(["JFK", "EWR", "ua", None]),
    }
)


@given(st.lists(COLUMNS, min_size=1, max_size=4))
def test_rows_are_answered_or_refused_together_as_one_by_one(rows):
    signature = infer(TRAINED_ON, task="binary", classes=("no", "yes"))
    names = signature.names

    def outcome(some):
        try:
            found = arrays(signature, {name: [row[name] for row in some] for name in names})
        except RequestInvalid:
            return None
        return [[repr(value) for value in found[name].tolist()] for name in names]

    single = [outcome([row]) for row in rows]
    together = outcome(rows)

    assert (together is None) == (None in single)
    assert together is None or together == [
        [cells[0] for cells in column] for column in zip(*single, strict=True)
    ]


FITTING = st.fixed_dictionaries(
    {
        "거리(km)": st.floats(-5, 5) | st.sampled_from([1.0, 2.5]),
        "stops": st.integers(-2, 4),
        "late": st.booleans(),
        "carrier": st.sampled_from(["AA", "UA", "ZZ", ""]),
        "origin": st.sampled_from(["JFK", "EWR", "LGA"]),
    }
)
WARN = Rules(unknown_category="warn", out_of_range="warn", extra_column="warn")
REJECT = Rules(unknown_category="reject", out_of_range="reject")


def test_what_training_never_saw_is_answered_with_a_warning_that_says_where(signature):
    body = request(carrier=["aa", "UA", "ZZ"], **{"거리(km)": [1.0, None, 99]})
    body = {name: values if len(values) == 3 else values * 3 for name, values in body.items()}
    found = Checks(signature, WARN).of(body)

    distance, carrier = found.warnings
    assert distance == "Row 3 of column '거리(km)' is 99; training saw 1 to 2.5 there."
    assert carrier == (
        "Row 1 of column 'carrier' is 'aa', which training never saw there. "
        "Did you mean 'AA'? Known are: AA, UA. 1 more row of this column likewise."
    )
    assert [(doubt.kind, doubt.values) for doubt in found.doubts] == [
        ("out_of_range", 1),
        ("unknown_category", 2),
    ]
    assert found.arrays["carrier"].tolist() == ["aa", "UA", "ZZ"]


@given(st.lists(FITTING, min_size=1, max_size=6), st.booleans())
def test_doubts_are_those_of_a_look_at_each_value(rows, is_sent_as_arrays):
    signature = infer(TRAINED_ON, task="binary", classes=("no", "yes"))
    columns = {name: [row[name] for row in rows] for name in signature.names}
    if is_sent_as_arrays:
        dtypes = {"carrier": object, "origin": object, "late": bool}
        columns = {name: np.array(one, dtypes.get(name)) for name, one in columns.items()}
    found = Checks(signature, WARN).of(columns).doubts
    counted = {
        "거리(km)": sum(not 1.0 <= row["거리(km)"] <= 2.5 for row in rows),
        "stops": sum(not 0 <= row["stops"] <= 2 for row in rows),
        "carrier": sum(row["carrier"] not in {"AA", "UA", ""} for row in rows),
        "origin": sum(row["origin"] not in {"JFK", "EWR"} for row in rows),
    }

    assert {doubt.column: doubt.values for doubt in found} == {
        name: count for name, count in counted.items() if count
    }


@pytest.mark.parametrize(
    ("changed", "problem", "remedy"),
    [
        (
            {"stops": [3]},
            "Row 1 of column 'stops' is 3; training saw 0 to 2 there.",
            "Send a whole number of that range.",
        ),
        (
            {"거리(km)": [-1]},
            "Row 1 of column '거리(km)' is -1; training saw 1 to 2.5 there.",
            "Send a number of that range or null.",
        ),
        (
            {"origin": ["JFX"]},
            "Row 1 of column 'origin' is 'JFX', which training never saw there.",
            "Did you mean 'JFK'? Known are: EWR, JFK.",
        ),
    ],
    ids=["whole", "number", "category"],
)
def test_what_training_never_saw_is_refused_where_the_rules_say_so(
    signature, changed, problem, remedy
):
    with pytest.raises(RequestInvalid) as caught:
        Checks(signature, REJECT).of(request(**{"거리(km)": [2.5], **changed}))

    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)


def test_the_ends_of_the_range_and_missing_values_raise_no_doubt(signature):
    body = request(**{"거리(km)": [1.0, 2.5, None]}, carrier=["AA", None, ""])
    body = {name: values if len(values) == 3 else values * 3 for name, values in body.items()}

    assert Checks(signature, REJECT).of(body).doubts == ()


def test_the_largest_value_of_training_is_no_doubt_when_sent_with_fewer_digits():
    signature = infer({"x": np.array([0.1, 0.7])}, task="regression")
    sent = np.array([0.1, 0.7, 0.8], np.float32)
    (doubt,) = Checks(signature, WARN).of({"x": sent}).doubts

    assert doubt.values == 1
    assert doubt.text.startswith("Row 3 of column 'x' is 0.8")


def test_a_model_of_texts_alone_is_held_against_its_categories():
    signature = infer({"a": np.array(["x", "y"], object)}, task="regression")
    checks = Checks(signature, REJECT)

    assert checks.of({"a": ["x"]}).arrays["a"].tolist() == ["x"]
    with pytest.raises(RequestInvalid, match="never saw"):
        checks.of({"a": ["z"]})


def test_a_moment_out_of_range_is_told_as_a_moment():
    with pytest.raises(RequestInvalid, match="is 2027-01-01T00:00:00Z; training saw 2026-01-01"):
        Checks(MOMENTS, REJECT).of({"t": ["2027-01-01"]})


def test_columns_the_model_does_not_take_are_left_out_with_one_warning(signature):
    rules = Rules(extra_column="warn")
    found = Checks(signature, rules).of(request(orign=["JFK"], colour=["red"], flight_id=["x"]))

    assert list(found.arrays) == list(signature.names)
    assert found.warnings == (
        "The model takes no columns 'orign' and 'colour'; they were left out. Did you mean 'origin'?",
    )


def test_accepted_columns_raise_no_doubt(signature):
    rules = Rules(extra_column="accept")

    assert Checks(signature, rules).of(request(colour=["red"])).doubts == ()


def test_warnings_are_few_however_many_columns_raise_them():
    signature = infer({f"x{i}": np.array([0.0, 1.0]) for i in range(50)}, task="regression")
    warnings = Checks(signature, WARN).of({name: [9.0] for name in signature.names}).warnings

    assert len(warnings) == 21
    assert warnings[-1] == "There are doubts about 30 more columns."


def test_what_a_caller_sent_is_repeated_in_short(signature):
    with pytest.raises(RequestInvalid) as caught:
        arrays(signature, request(stops=["9" * 100_000]))
    assert len(caught.value.problem) < 200
