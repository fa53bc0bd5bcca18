"""MLflow's forms of asking: each is answered as its scoring server answers, or refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.inprocess import COLUMNS, answering
from tests.http.project import ROW, score

LATE = "/invocations?model=late"
FLAT = "/invocations?model=flat"
VALUE = "/invocations?model=value"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as asked:
        yield asked


def ask_csv(served, text, path=LATE, content_type="text/csv"):
    """Status and decoded reply to a body of CSV."""
    body = text if isinstance(text, bytes) else text.encode()
    status, reply, _ = served.exchange(path, body, {"content-type": content_type})
    return status, json.loads(reply)


NAMED = {
    "dataframe_split": {
        "dataframe_split": {
            "index": [0],
            "columns": list(ROW),
            "data": [list(ROW.values())],
        }
    },
    "dataframe_split without names": {"dataframe_split": {"data": [list(ROW.values())]}},
    "dataframe_split with places": {
        "dataframe_split": {"columns": [0, 1, 2, 3], "data": [list(ROW.values())]}
    },
    "dataframe_records": {"dataframe_records": [ROW]},
    "instances of objects": {"instances": [ROW]},
    "instances of lists": {"instances": [list(ROW.values())]},
    "inputs by name": {"inputs": COLUMNS},
    "inputs by name, n x 1": {"inputs": {name: [[value]] for name, value in ROW.items()}},
    "inputs of lists": {"inputs": [list(ROW.values())]},
    "inputs of objects": {"inputs": [ROW]},
    "with params": {"dataframe_records": [ROW], "params": {"predict_method": "predict", "a": 1}},
    "with a name of TensorFlow": {"signature_name": "serving_default", "instances": [ROW]},
}


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED)
def test_every_form_is_answered_with_labels(served, body):
    status, reply, headers = served.post(LATE, body)

    assert (status, reply) == (200, {"predictions": ["late"]})
    assert (headers["x-model"], headers["x-model-version"]) == ("late", "1")


def test_csv_is_answered_too(served):
    text = '\ufeff거리(km),seats,night,carrier\r\n2.5,150,True,UA\r\n-3,,false,"A,\nA"\r\n'

    assert ask_csv(served, text) == (200, {"predictions": ["late", "on time"]})


def test_the_numbering_that_pandas_writes_is_left_out(served):
    assert ask_csv(served, ",x\n0,1.5\n1,-2\n", VALUE) == (200, {"predictions": [1.5, -2.0]})


def test_a_moment_may_stand_in_csv(served):
    answered = ask_csv(served, "x\n1970-01-01T00:00:02Z\n3.5\n", "/invocations?model=when")

    assert answered == (200, {"predictions": [2.0, 3.5]})


def test_probabilities_are_asked_for_by_params(served):
    body = {"dataframe_records": [ROW], "params": {"predict_method": "predict_proba"}}

    p = score(2.5)
    assert served.post(LATE, body)[1]["predictions"] == [pytest.approx([1 - p, p], abs=1e-12)]


def test_values_of_a_regression_are_numbers(served):
    assert served.post(VALUE, {"instances": [1.5, -2]})[1] == {"predictions": [1.5, -2.0]}


def test_classes_that_are_whole_numbers_come_back_as_numbers(served):
    body = {"inputs": [[2.5, 7, 0], [-9.0, None, 1]]}

    assert served.post(FLAT, body)[1] == {"predictions": [1, 0]}


def test_a_value_that_a_record_does_not_have_is_missing(served):
    lacking = {name: value for name, value in ROW.items() if name != "carrier"}

    assert served.post(LATE, {"dataframe_records": [ROW, lacking]})[0] == 200


def test_a_key_may_be_sent_along(served):
    assert served.post(LATE, {"dataframe_records": [{**ROW, "flight": "UA 7"}]})[0] == 200


def test_a_model_of_any_name_is_asked_by_its_name(served):
    status, _, headers = served.post("/invocations?model=a%2Fb+c", {"dataframe_records": [ROW]})

    assert (status, headers["x-model"]) == (200, "a%2Fb%20c")


WRONG = {
    "no model": ("/invocations", {"instances": [1]}, 400, "Several models are served: "),
    "an unknown model": ("/invocations?model=lata", {}, 404, "Did you mean 'late'?"),
    "no form": (LATE, {}, 400, "exactly one of dataframe_split, dataframe_records, instances"),
    "two forms": (LATE, {"instances": [ROW], "inputs": [ROW]}, 400, "it has instances and inputs"),
    "a list": (LATE, [ROW], 400, "Expected `object`"),
    "no rows": (LATE, {"instances": []}, 400, "no rows"),
    "no records": (LATE, {"dataframe_records": []}, 400, "no rows"),
    "no data": (LATE, {"dataframe_split": {"columns": ["x"], "data": []}}, 400, "no rows"),
    "no columns": (LATE, {"dataframe_split": {"columns": [], "data": [[]]}}, 400, "0 values"),
    "no inputs": (LATE, {"inputs": {}}, 400, "Column '거리(km)' is missing"),
    "a row too wide": (
        VALUE,
        {"dataframe_split": {"columns": ["x"], "data": [[1], [1, 2]]}},
        400,
        "Row 2 has 2 values; 1 are expected",
    ),
    "a column twice": (
        VALUE,
        {"dataframe_split": {"columns": ["x", "x"], "data": [[1, 2]]}},
        400,
        "'x' is given twice",
    ),
    "rows without names of another width": (FLAT, {"inputs": [[1, 2]]}, 400, "takes 3: x, n, z"),
    "rows of different kinds": (VALUE, {"instances": [1, [2]]}, 400, "different kinds"),
    "a tensor that is none": (VALUE, {"inputs": {"x": 1}}, 400, "Column 'x' of inputs is no list"),
    "a deep tensor": (VALUE, {"inputs": {"x": [[[1]]]}}, 400, "column 'x' is [1]"),
    "a wrong type": (
        LATE,
        {"dataframe_records": [{**ROW, "거리(km)": "far"}]},
        400,
        "column '거리(km)' is 'far'",
    ),
    "an extra column": (LATE, {"inputs": {**COLUMNS, "색": ["red"]}}, 400, "no column '색'"),
    "an unknown method": (
        LATE,
        {"instances": [ROW], "params": {"predict_method": "transform"}},
        400,
        "'transform'; allowed are predict and predict_proba",
    ),
    "probabilities of a regression": (
        VALUE,
        {"instances": [1], "params": {"predict_method": "predict_proba"}},
        400,
        "no probabilities",
    ),
    "params that are none": (LATE, {"instances": [ROW], "params": [1]}, 400, "$.params"),
    "rows of ever other columns": (
        LATE,
        {"dataframe_records": [{f"c{n}": 1} for n in range(900)]},
        400,
        "900 different columns, but 1 each",
    ),
    "too many rows": (VALUE, {"instances": [1] * 1001}, 400, "1001 rows; at most 1000"),
}


@pytest.mark.parametrize(("path", "body", "status", "named"), WRONG.values(), ids=WRONG)
def test_a_body_that_does_not_fit_is_refused_by_name(served, path, body, status, named):
    found, reply, _ = served.post(path, body)

    assert found == status
    assert named in reply["error"]


WRONG_CSV = {
    "empty": ("", "has no rows"),
    "names alone": ("x\n", "has no rows"),
    "a row too wide": ("x\n1\n1,2\n", "Row 2 has 2 values; the line of names has 1"),
    "a column twice": ("x,x\n1,2\n", "'x' is given twice"),
    "no number": ("x\n1\nfar\n", "Row 2 of column 'x' is 'far'"),
    "a number as Python writes it": ("x\n1_000\n", "Row 1 of column 'x' is '1_000'"),
    "infinite": ("x\ninf\n", "infinite"),
    "missing": ("x\nNA\n", "Row 1 has no value for column 'x'"),
    "an open quote": ('x\n"1\n', "Line 2 of the CSV cannot be read"),
    "a field without end": ("x\n" + "1" * 200_000, "field larger than field limit"),
    "no UTF-8": ("가,x\n1,2\n".encode("cp949"), "not UTF-8: byte 1"),
    "a NUL": ("x\n\0\n", "Row 1 of column 'x' is"),
    "too many rows": ("x\n" + "1\n" * 1001, "more than 1000 rows"),
}


@pytest.mark.parametrize(("text", "named"), WRONG_CSV.values(), ids=WRONG_CSV)
def test_csv_that_does_not_fit_is_refused_by_name(served, text, named):
    status, reply = ask_csv(served, text, VALUE)

    assert status == 400
    assert named in reply["error"]


@pytest.mark.parametrize(
    ("content_type", "named"),
    [
        ("text/csv; charset=cp949", "The charset is 'cp949'; allowed is utf-8"),
        ("application/vnd.apache.parquet", "allowed is application/json or text/csv"),
        ("text/plain", "allowed is application/json or text/csv"),
    ],
)
def test_another_content_type_is_refused(served, content_type, named):
    status, reply = ask_csv(served, "x\n1\n", VALUE, content_type)

    assert status == 415
    assert named in reply["error"]


def test_csv_in_utf_8_may_say_so(served):
    assert ask_csv(served, "x\n1\n", VALUE, 'Text/CSV; charset="UTF-8"')[0] == 200


def test_ping_and_version_answer(served):
    assert served.exchange("/ping", b"", {}, method="GET")[:2] == (200, b"\n")
    assert served.exchange("/version", b"", {}, method="GET")[0] == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
rows = st.fixed_dictionaries({name: st.just(value) | values for name, value in ROW.items()})
lists = st.lists(st.just(list(ROW.values())) | values | rows, max_size=3)
split = st.fixed_dictionaries(
    {"data": lists | values}, optional={"columns": st.just(list(ROW)) | values, "index": values}
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "dataframe_split": split | values,
        "dataframe_records": lists | values,
        "instances": lists | values,
        "inputs": lists | rows | values,
        "params": values | st.fixed_dictionaries({"predict_method": values}),
    },
)


@given(bodies)
@settings(max_examples=150, deadline=None)
def test_no_body_makes_the_endpoint_fail(served, body):
    status, reply, _ = served.post(LATE, body)

    assert status in {200, 400}
    assert (status == 400) == ("error" in reply)


@given(
    st.binary(max_size=80)
    | st.text(max_size=80).map(str.encode)
    | st.lists(st.lists(st.text(max_size=4), max_size=4), max_size=4).map(
        lambda lines: "\n".join(",".join(line) for line in [list(ROW), *lines]).encode()
    )
)
@settings(max_examples=150, deadline=None)
def test_no_csv_makes_the_endpoint_fail(served, body):
    status, reply = ask_csv(served, body)

    assert status in {200, 400}
    assert (status == 400) == ("error" in reply)


@given(st.text(max_size=30))
@settings(max_examples=80, deadline=None)
def test_no_query_makes_the_endpoint_fail(served, query):
    path = f"/invocations?{query.encode().decode('latin-1')}"

    assert served.post(path, {})[0] in {400, 404}
