"""The hot path in one process: every body gets an answer that says what is wrong with it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.inprocess import COLUMNS, answering, changed, infer
from tests.http.project import ROW, score, tensors
from workbench.http.front import INLINE_BYTES

V2 = "/v2/models/late/infer"
PREDICT = "/predict/late"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as asked:
        yield asked


def test_the_protocol_answers_label_and_probabilities(served):
    status, reply, headers = served.post(V2, {"id": "q1", **infer()})

    p = pytest.approx(score(2.5), abs=1e-12)
    assert status == 200
    assert reply == {
        "model_name": "late",
        "model_version": "1",
        "id": "q1",
        "outputs": [
            {"name": "label", "shape": [1], "datatype": "BYTES", "data": ["late"]},
            {
                "name": "probabilities",
                "shape": [1, 2],
                "datatype": "FP64",
                "data": [pytest.approx(1 - score(2.5), abs=1e-12), p],
            },
        ],
    }
    assert headers["x-model-version"] == "1"


def test_the_protocol_answers_the_value_of_a_regression(served):
    _, reply, _ = served.post("/v2/models/value/infer", {"inputs": tensors(x=[1.5, -2.0])})

    assert reply["outputs"] == [
        {"name": "value", "shape": [2], "datatype": "FP64", "data": [1.5, -2.0]}
    ]


def test_several_classes_have_a_probability_each(served):
    _, reply, _ = served.post("/v2/models/three/infer", {"inputs": tensors(x=[-9.0, 9.0])})

    label, probabilities = reply["outputs"]
    assert label["data"] == ["a", "b"]
    assert probabilities["shape"] == [2, 3]
    assert sum(probabilities["data"]) == pytest.approx(2.0)


def test_outputs_can_be_chosen(served):
    _, reply, _ = served.post(V2, {**infer(), "outputs": [{"name": "label"}]})

    assert [output["name"] for output in reply["outputs"]] == ["label"]


def test_a_version_can_be_asked_for(served):
    status, reply, _ = served.post("/v2/models/late/versions/1/infer", infer())

    assert (status, reply["model_version"]) == (200, "1")


def test_the_friendly_form_answers_rows(served):
    far = {**ROW, "거리(km)": -2.5}

    status, reply, headers = served.post(PREDICT, {"rows": [ROW, far]})

    p = score(2.5)
    assert status == 200
    assert (reply["model"], reply["version"], headers["x-model-version"]) == ("late", 1, "1")
    assert [one["label"] for one in reply["predictions"]] == ["late", "on time"]
    assert reply["predictions"][0]["probability"] == pytest.approx(p, abs=1e-12)
    assert reply["predictions"][1]["probabilities"]["late"] == pytest.approx(1 - p, abs=1e-12)


def test_rows_and_columns_are_answered_alike(served):
    by_rows = served.post(PREDICT, {"rows": [ROW, ROW]})
    by_columns = served.post(PREDICT, {"columns": {name: [v, v] for name, v in ROW.items()}})

    assert by_rows[1] == by_columns[1]


def test_the_friendly_form_answers_the_value_of_a_regression(served):
    _, reply, _ = served.post("/predict/value", {"rows": [{"x": 2}]})

    assert reply["predictions"] == [{"value": 2.0}]


def test_a_moment_is_sent_as_iso_8601_or_as_seconds_in_both_forms(served):
    texts = ["1970-01-01T00:00:02Z", "1970-01-01 09:00:02+09:00"]
    tensor = {"name": "x", "shape": [2], "datatype": "BYTES", "data": texts}
    seconds = {"name": "x", "shape": [2], "datatype": "FP64", "data": [2.0, 2.0]}
    bodies = ({"inputs": [tensor]}, {"inputs": [seconds]})
    answers = [served.post("/v2/models/when/infer", body)[1]["outputs"] for body in bodies]
    _, friendly, _ = served.post("/predict/when", {"columns": {"x": [texts[0], 2]}})

    assert [one["data"] for (one,) in answers] == [[2.0, 2.0], [2.0, 2.0]]
    assert friendly["predictions"] == [{"value": 2.0}, {"value": 2.0}]


def test_what_is_no_moment_is_refused_with_an_example_of_one(served):
    status, reply, _ = served.post("/predict/when", {"rows": [{"x": "yesterday"}]})

    assert status == 400
    assert "a moment such as 2026-01-31T12:00:00Z" in reply["error"]


def test_a_model_of_any_name_is_answered_for(served):
    assert served.post("/predict/a/b c", {"rows": [ROW]})[0] == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"shape": [1, 1]},
        {"shape": [1, 1], "data": [[2.5]]},
        {"datatype": "FP32"},
        {"datatype": "INT8", "data": [2]},
        {"parameters": {"content_type": "np"}},
    ],
    ids=["n x 1", "nested", "FP32", "whole number", "parameters"],
)
def test_a_tensor_may_say_the_same_in_several_ways(served, fields):
    assert served.post(V2, changed("거리(km)", **fields))[0] == 200


@pytest.mark.parametrize("chunks", [2, 7, 1000])
def test_a_body_in_pieces_is_the_same_body(served, chunks):
    assert served.post(V2, infer(), chunks=chunks)[1] == served.post(V2, infer())[1]


def test_a_long_body_is_answered_as_a_short_one(served):
    rows = [{**ROW, "거리(km)": i / 1000} for i in range(1000)]
    body = json.dumps({"rows": rows}).encode()

    status, reply, _ = served.post(PREDICT, body)

    assert len(body) > INLINE_BYTES
    assert status == 200
    assert [one["probabilities"]["late"] for one in reply["predictions"]] == pytest.approx(
        [score(i / 1000) for i in range(1000)], abs=1e-12
    )


@pytest.mark.parametrize("given_id", ["abc-1", "x" * 128])
def test_the_callers_request_id_is_kept(served, given_id):
    assert served.post(V2, infer(), x_request_id=given_id)[2]["x-request-id"] == given_id


@pytest.mark.parametrize("given_id", ["", "a b", "x" * 129, "\x7f", "é"])
def test_a_request_id_that_cannot_be_kept_is_replaced(served, given_id):
    made = served.post(V2, infer(), x_request_id=given_id)[2]["x-request-id"]

    assert made
    assert made != given_id


def test_ids_made_here_differ(served):
    ids = {served.post(V2, infer())[2]["x-request-id"] for _ in range(5)}

    assert len(ids) == 5


WRONG = {
    "no JSON": (V2, b"{]", "malformed"),
    "an empty body": (V2, b"", "truncated"),
    "no UTF-8": (V2, b'{"id": "\xff"}', "UTF-8"),
    "a body that nests": (
        V2,
        b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":' + b"[" * 9_000,
        "nested too deeply",
    ),
    "a list": (V2, [], "Expected `object`"),
    "no inputs": (V2, {}, "required field `inputs`"),
    "a shape of text": (V2, changed("seats", shape=["1"]), r"inputs[1].shape[0]"),
    "a shape that lies": (V2, changed("seats", shape=[2]), "'seats' has the shape [2] but 1"),
    "a negative shape": (V2, changed("seats", shape=[-1, 1]), "'seats' has the shape [-1, 1]"),
    "a deep shape": (V2, changed("seats", shape=[1, 1, 1]), "'seats' has the shape [1, 1, 1]"),
    "a wrong datatype": (V2, changed("seats", datatype="BYTES"), "allowed there: INT8"),
    "an unknown datatype": (V2, changed("night", datatype="BIT"), "'night' has the datatype 'BIT'"),
    "a float that says it is whole": (
        V2,
        changed("거리(km)", datatype="INT64"),
        "Row 1 of input '거리(km)' is no whole number",
    ),
    "a missing column": (V2, {"inputs": infer()["inputs"][1:]}, "Column '거리(km)' is missing"),
    "an extra column": (V2, infer(colour=["red"]), "takes no column 'colour'"),
    "a column twice": (V2, {"inputs": infer()["inputs"] * 2}, "'거리(km)' is given twice"),
    "a null where none may be": (V2, changed("night", data=[None]), "Row 1 has no value"),
    "a text for a number": (V2, changed("거리(km)", data=["far"]), "column '거리(km)' is 'far'"),
    "a list for a number": (V2, changed("거리(km)", data=[[1]]), "column '거리(km)' is [1]"),
    "a number for a text": (V2, changed("carrier", data=[7]), "column 'carrier' is 7"),
    "different lengths": (V2, infer(seats=[1, 2]), "different numbers of rows"),
    "no rows": (V2, {"inputs": tensors(**COLUMNS)[:0]}, "is missing"),
    "rows of none": (PREDICT, {"columns": {name: [] for name in ROW}}, "no rows"),
    "too many rows": (PREDICT, {"rows": [ROW] * 1001}, "1001 rows; at most 1000"),
    "an unknown output": (V2, {**infer(), "outputs": [{"name": "p"}]}, "no output 'p'"),
    "neither rows nor columns": (PREDICT, {}, "Send one of"),
    "rows and columns": (PREDICT, {"rows": [ROW], "columns": COLUMNS}, "Send one of"),
    "no row": (PREDICT, {"rows": []}, "no rows"),
    "a row that is a list": (PREDICT, {"rows": [[1]]}, "rows[0]"),
    "a row that lacks a column": (
        PREDICT,
        {"rows": [ROW, {"seats": 1}]},
        "Row 2 has no column '거리(km)'",
    ),
    "a row with one more": (PREDICT, {"rows": [ROW, {**ROW, "x": 1}]}, "Row 2 has the column 'x'"),
    "a number without end": (PREDICT, b'{"rows": [{"a": 1e999}]}', "out of range"),
}


@pytest.mark.parametrize(("path", "body", "named"), WRONG.values(), ids=WRONG)
def test_a_body_that_does_not_fit_is_refused_by_name(served, path, body, named):
    status, reply, headers = served.post(path, body)

    assert status == 400
    assert named in reply["error"]
    assert "x-model-version" not in headers


@pytest.mark.parametrize(
    ("path", "options", "status", "named"),
    [
        ("/predict/lata", {}, 404, "Did you mean 'late'?"),
        ("/v2/models/lata/infer", {}, 404, "Known served models"),
        ("/v2/models/late/versions/2/infer", {}, 404, "late@v2 is not served"),
        ("/v2/models/late/versions/x/infer", {}, 404, "'x' is no version"),
        ("/v2/models/late/versions/01/infer", {}, 404, "Nothing is answered at"),
        (V2, {"content_type": "text/csv"}, 415, "'text/csv'; allowed is application/json"),
        (V2, {"content_encoding": "br"}, 415, "'br'; allowed are identity"),
        (V2, {"content_length": "99999999"}, 413, "at most 1048576 bytes"),
        (V2, {"method": "GET"}, 405, "GET is not allowed here"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(served, path, options, status, named):
    found, reply, _ = served.post(path, infer(), **options)

    assert found == status
    assert named in reply["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (V2, b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[%b[]]}]}'),
        (PREDICT, b'{"rows":[%b{}]}'),
        ("/invocations?model=late", b'{"instances":[%b[]]}'),
    ],
    ids=["v2", "friendly", "MLflow"],
)
def test_lists_of_nothing_are_counted_before_they_are_made(served, path, body):
    status, reply, _ = served.post(path, body % (b"[]," * 100_000))

    assert status == 400
    assert "lists and objects, more than 34000" in reply["error"]


@pytest.mark.parametrize("chunks", [1, 5])
def test_a_body_over_the_limit_is_refused(served, chunks):
    status, reply, _ = served.post(V2, b" " * (1024 * 1024 + 1), chunks=chunks)

    assert (status, reply) == (
        413,
        {"error": "The body is too long; at most 1048576 bytes are allowed."},
    )


def test_the_content_type_may_say_more(served):
    assert served.post(V2, infer(), content_type="Application/JSON; charset=utf-8")[0] == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*ROW, "flight", "colour"])
tensor = st.fixed_dictionaries(
    {
        "name": names | values,
        "shape": st.lists(st.integers(-2, 3), max_size=3) | values,
        "datatype": st.sampled_from(["FP64", "INT64", "BOOL", "BYTES", "BIT"]) | values,
        "data": st.lists(values, max_size=3) | values,
    }
)
rows = st.fixed_dictionaries({name: st.just(value) | values for name, value in ROW.items()})
bodies = st.one_of(
    st.binary(max_size=200),
    values,
    st.fixed_dictionaries({"inputs": st.lists(tensor, max_size=6)}, optional={"id": values}),
    st.fixed_dictionaries({"rows": st.lists(rows | values, max_size=3)}),
    st.fixed_dictionaries({"columns": st.dictionaries(names, st.lists(values, max_size=3))}),
    st.builds(
        lambda name, value: (
            infer(**{name: [value]})
            if type(value) in {bool, int, float, str}
            else changed(name, data=[value])
        ),
        st.sampled_from(list(ROW)),
        values,
    ),
)


@given(st.sampled_from([V2, PREDICT]), bodies)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_makes_the_endpoint_fail(served, path, body):
    status, reply, _ = served.post(path, body)

    assert status in {200, 400}
    assert (status == 400) == ("error" in reply)


@given(st.text(max_size=30), bodies)
@settings(max_examples=100, deadline=None)
def test_no_path_makes_the_endpoint_fail(served, name, body):
    status, reply, _ = served.post(f"/predict/x{name}", body)

    assert status == 404
    assert reply["error"]


def test_a_caller_who_hangs_up_is_not_answered(served):
    sent: list[Any] = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": V2, "headers": []}
    asyncio.run(served.front(scope, receive, send))

    assert sent == []


def test_what_is_answered_is_logged(served):
    before = time.time_ns() // 1000
    served.post(V2, infer(flight=["UA 7"]), x_request_id="logged-1")
    served.endpoint.predictions.close()

    logged = [
        json.loads(line)
        for path in served.endpoint._context.store.layout.predictions.glob("late/*.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    last = logged[-1]
    assert last["request"] == "logged-1"
    assert (last["key"], last["inputs"]) == ({"flight": ["UA 7"]}, COLUMNS)
    assert last["scores"] == [pytest.approx(score(2.5), abs=1e-12)]
    assert last["at"] >= before
    assert all(line["rows"] == len(line["scores"]) for line in logged)
