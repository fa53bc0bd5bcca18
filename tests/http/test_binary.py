"""The binary extension: what JSON says, bytes say too, and bytes that lie are refused by name."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.inprocess import answering, changed, infer
from tests.http.project import ROW, score
from workbench.http.forms import binary
from workbench.http.forms.datatypes import NUMPY
from workbench.http.replies import Refused

V2 = "/v2/models/late/infer"
FLAT = "/v2/models/flat/infer"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as asked:
        yield asked


def texts(*values: str | bytes) -> bytes:
    """A BYTES tensor's bytes."""
    parts = [value.encode() if isinstance(value, str) else value for value in values]
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def tensor(name: str, shape: list[int], datatype: str, raw: bytes, **fields: Any):
    """A tensor without its bytes, and the bytes."""
    size = fields.pop("size", len(raw))
    described = {
        "name": name,
        "shape": shape,
        "datatype": datatype,
        "parameters": {"binary_data_size": size},
    }
    return described | fields, raw


def row(**changes: Any) -> list[Any]:
    """The tensors of a row of `late`, as bytes."""
    made = {
        "거리(km)": tensor("거리(km)", [1], "FP64", struct.pack("<d", 2.5)),
        "seats": tensor("seats", [1], "INT64", struct.pack("<q", 150)),
        "night": tensor("night", [1], "BOOL", b"\x01"),
        "carrier": tensor("carrier", [1], "BYTES", texts("UA")),
    }
    return list((made | changes).values())


def ask(served, path, tensors, *, length=None, after=b"", **body):
    """Status, decoded JSON, the bytes after it, and headers of the reply."""
    inputs = [one if isinstance(one, tuple) else (one, b"") for one in tensors]
    head = json.dumps({"inputs": [described for described, _ in inputs], **body}).encode()
    content = head + b"".join(raw for _, raw in inputs) + after
    headers = {
        "content-type": "application/octet-stream",
        "inference-header-content-length": str(len(head)) if length is None else length,
    }
    status, reply, names = served.exchange(path, content, headers)
    if "inference-header-content-length" in names:
        split = int(names["inference-header-content-length"])
        return status, json.loads(reply[:split]), reply[split:], names
    return status, json.loads(reply), b"", names


def test_bytes_are_answered_as_json_is(served):
    status, reply, _, headers = ask(served, V2, row(), id="q1")

    assert (status, headers["content-type"]) == (200, "application/json")
    assert reply == served.post(V2, {**infer(), "id": "q1"})[1]


def test_outputs_come_as_bytes_where_they_are_wanted_so(served):
    _, reply, raw, headers = ask(served, V2, row(), parameters={"binary_data_output": True})

    label, probabilities = reply["outputs"]
    p = struct.unpack("<dd", raw[8:])
    assert headers["content-type"] == "application/octet-stream"
    assert raw[:8] == texts("late")
    assert label["parameters"] == {"binary_data_size": 8}
    assert (probabilities["shape"], probabilities["parameters"]) == (
        [1, 2],
        {"binary_data_size": 16},
    )
    assert "data" not in probabilities
    assert p == pytest.approx((1 - score(2.5), score(2.5)), abs=1e-12)


def test_each_output_says_whether_it_comes_as_bytes(served):
    wanted = [
        {"name": "label", "parameters": {"binary_data": False}},
        {"name": "probabilities", "parameters": {"binary_data": True}},
    ]
    _, reply, raw, _ = ask(
        served, V2, row(), outputs=wanted, parameters={"binary_data_output": True}
    )

    assert reply["outputs"][0]["data"] == ["late"]
    assert len(raw) == reply["outputs"][1]["parameters"]["binary_data_size"] == 16


def test_json_may_ask_for_bytes(served):
    content = json.dumps({**infer(), "parameters": {"binary_data_output": True}}).encode()

    _, reply, headers = served.exchange(V2, content, {})

    assert reply[int(headers["inference-header-content-length"]) :][:8] == texts("late")


@pytest.mark.parametrize("model", ["value", "three"])
def test_values_and_several_classes_come_as_bytes_too(served, model):
    asked = [tensor("x", [2], "FP64", struct.pack("<dd", 1.5, -2.0))]
    path = f"/v2/models/{model}/infer"
    _, reply, raw, _ = ask(served, path, asked, parameters={"binary_data_output": True})

    plain = ask(served, path, asked)[1]["outputs"][-1]
    last = reply["outputs"][-1]
    found = np.frombuffer(raw[-last["parameters"]["binary_data_size"] :], "<f8")
    assert last["shape"] == plain["shape"]
    assert found.tolist() == plain["data"]


@pytest.mark.parametrize("datatype", [name for name in NUMPY if name != "BOOL"])
def test_every_datatype_of_numbers_is_read(served, datatype):
    raw = np.array([2, 3], NUMPY[datatype]).tobytes()
    path = "/v2/models/value/infer"

    for shape in ([2], [2, 1]):
        _, reply, _, _ = ask(served, path, [tensor("x", shape, datatype, raw)])
        assert reply["outputs"][0]["data"] == [2.0, 3.0]


def test_tensors_as_bytes_and_as_json_stand_side_by_side(served):
    mixed = row(seats=({"name": "seats", "shape": [1], "datatype": "INT64", "data": [150]}, b""))

    assert ask(served, V2, mixed)[0] == 200


def test_a_matrix_holds_all_numbers(served):
    matrix = np.array([[2.5, 7, 0], [-1.0, np.nan, 1]])
    key = tensor("id", [2], "INT32", np.array([1, 2], "<i4").tobytes())
    flat = {"name": "m", "shape": [2, 3], "datatype": "FP64", "data": [2.5, 7, 0, -1, None, 1]}
    nested = {**flat, "data": [[2.5, 7, 0], [-1, None, 1]]}
    apart = [
        {"name": name, "shape": [2], "datatype": "FP64", "data": data}
        for name, data in (("x", [2.5, -1.0]), ("n", [7, None]), ("z", [0, 1]))
    ]

    _, as_bytes, _, _ = ask(
        served, FLAT, [tensor("input-0", [2, 3], "FP64", matrix.tobytes()), key]
    )

    for inputs in ([flat], [nested], apart):
        assert served.post(FLAT, {"inputs": inputs})[1] == as_bytes
    assert as_bytes["outputs"][1]["data"][1] == pytest.approx(score(2.5), abs=1e-12)


WRONG_MATRIX = {
    "texts": ({"datatype": "BYTES", "data": ["a"] * 3}, "allowed in a matrix: FP64"),
    "too few values": ({"data": [1, 2]}, "has the shape [1, 3] but 2 values; it would have 3"),
    "a short row": ({"data": [[1, 2]]}, "Row 1 of input 'm' has 2 values; its shape says 3"),
    "a row and a value": (
        {"shape": [2, 3], "data": [[1, 2, 3], 4]},
        "Row 2 of input 'm' has no list of values",
    ),
    "a fraction that says it is whole": (
        {"datatype": "INT8", "data": [1, 2, 3.5]},
        "Row 1 of input 'm' is no whole number",
    ),
    "a fraction where none may be": ({"data": [1, 2.5, 3]}, "column 'n' is 2.5"),
    "no rows": ({"shape": [0, 3], "data": []}, "no rows"),
}


@pytest.mark.parametrize(("fields", "named"), WRONG_MATRIX.values(), ids=WRONG_MATRIX)
def test_a_matrix_that_does_not_fit_is_refused_by_name(served, fields, named):
    matrix = {"name": "m", "shape": [1, 3], "datatype": "FP64", "data": [1, 2, 3], **fields}

    status, reply, _ = served.post(FLAT, {"inputs": [matrix]})

    assert status == 400
    assert named in reply["error"]


def test_a_matrix_and_a_column_of_it_are_one_too_many(served):
    matrix = {"name": "m", "shape": [1, 3], "datatype": "FP64", "data": [1, 2, 3]}
    column = {"name": "z", "shape": [1], "datatype": "FP64", "data": [3]}

    assert "Input 'z' is given twice" in served.post(FLAT, {"inputs": [matrix, column]})[1]["error"]


def test_a_row_of_one_column_is_no_matrix_by_its_own_name(served):
    asked = {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "BOOL", "data": [True]}]}

    assert "allowed there: FP64" in served.post("/v2/models/value/infer", asked)[1]["error"]


EIGHT = struct.pack("<d", 2.5)
LYING = {
    "a size beyond the body": (row(carrier=tensor("carrier", [1], "BYTES", texts("UA"), size=99)), {}, "6 of the 23 bytes"),
    "a size below the bytes": (row(carrier=tensor("carrier", [1], "BYTES", texts("UA"), size=2)), {}, "23 bytes follow the JSON"),
    "a negative size": (row(night=tensor("night", [1], "BOOL", b"\1", size=-1)), {}, "binary_data_size -1"),
    "a huge size": (row(night=tensor("night", [1], "BOOL", b"\1", size=10**30)), {}, "binary_data_size 1000"),
    "a size of text": (row(night=tensor("night", [1], "BOOL", b"\1", size="1")), {}, "binary_data_size"),
    "bytes after all tensors": (row(), {"after": b"x"}, "24 bytes follow the JSON"),
    "more elements than bytes": (row(seats=tensor("seats", [2], "INT64", EIGHT)), {}, "has 8 bytes; 2 elements of INT64 are 16"),
    "fewer elements than bytes": (row(seats=tensor("seats", [1], "INT32", EIGHT)), {}, "has 8 bytes; 1 elements of INT32 are 4"),
    "a negative shape": (row(seats=tensor("seats", [-1], "INT64", EIGHT)), {}, "'seats' has the shape [-1]"),
    "a deep shape": (row(seats=tensor("seats", [1, 1, 1], "INT64", EIGHT)), {}, "'seats' has the shape [1, 1, 1]"),
    "no shape": (row(seats=tensor("seats", [], "INT64", EIGHT)), {}, "'seats' has the shape []"),
    "a huge shape": (row(seats=tensor("seats", [10**12, 10**12], "INT64", EIGHT)), {}, "'seats' has 8 bytes"),
    "a wide shape": (row(seats=tensor("seats", [1, 2], "INT32", EIGHT)), {}, "'seats' has the shape [1, 2]"),
    "an unknown datatype": (row(seats=tensor("seats", [4], "BF16", EIGHT)), {}, "'BF16'; known are: BYTES"),
    "another datatype": (row(seats=tensor("seats", [1], "BYTES", texts("1"))), {}, "allowed there: INT8"),
    "a BOOL of 2": (row(night=tensor("night", [1], "BOOL", b"\2")), {}, "Row 1 of input 'night' is 2"),
    "a text longer than the bytes": (row(carrier=tensor("carrier", [1], "BYTES", b"\x09\0\0\0UA")), {}, "say more"),
    "a text of four thousand million bytes": (row(carrier=tensor("carrier", [1], "BYTES", b"\xff\xff\xff\xffUA")), {}, "say more"),
    "a text with less than its length": (row(carrier=tensor("carrier", [2], "BYTES", texts("UA"))), {}, "cannot be 2 texts"),
    "texts that end early": (row(carrier=tensor("carrier", [1], "BYTES", texts("UA", "AA"))), {}, "say 6"),
    "a text that is not UTF-8": (row(carrier=tensor("carrier", [1], "BYTES", texts(b"\xff"))), {}, "Row 1 of input 'carrier' is not UTF-8"),
    "a tensor twice": ([*row(), row()[0]], {}, "'거리(km)' is given twice"),
    "data and bytes": (row(night=tensor("night", [1], "BOOL", b"\1", data=[True])), {}, "both data and a binary_data_size"),
    "neither data nor bytes": ([{"name": "x", "shape": [1], "datatype": "FP64"}], {}, "'x' has no data"),
    "no JSON length": (row(), {"length": ""}, "Inference-Header-Content-Length is ''"),
    "a JSON of no bytes": (row(), {"length": "0"}, "Inference-Header-Content-Length is '0'"),
    "a negative JSON length": (row(), {"length": "-5"}, "Inference-Header-Content-Length is '-5'"),
    "a JSON longer than the body": (row(), {"length": "99999"}, "bytes of the body are JSON"),
    "a JSON length without end": (row(), {"length": "9" * 5000}, "bytes of the body are JSON"),
    "a JSON length in the middle": (row(), {"length": "20"}, "not what this address takes"),
    "shared memory": ([{"name": "x", "shape": [1], "datatype": "FP64", "parameters": {"shared_memory_region": "r"}}], {}, "shared memory"),
    "an output in shared memory": (row(), {"outputs": [{"name": "label", "parameters": {"shared_memory_region": "r"}}]}, "Output 'label' is in shared memory"),
    "a classification": (row(), {"outputs": [{"name": "label", "parameters": {"classification": 3}}]}, "a classification, which is not offered"),
    "infinite": (row(**{"거리(km)": tensor("거리(km)", [1], "FP64", struct.pack("<d", np.inf))}), {}, "'거리(km)' is infinite"),
    "missing": (row(**{"거리(km)": tensor("거리(km)", [1], "FP64", struct.pack("<d", np.nan))}), {}, "Row 1 has no value for column '거리(km)'"),
    "no rows": (row(**{"거리(km)": tensor("거리(km)", [0], "FP64", b"")}), {}, "different numbers of rows"),
}  # fmt: skip


@pytest.mark.parametrize(("tensors", "options", "named"), LYING.values(), ids=LYING)
def test_bytes_that_are_not_what_they_say_are_refused_by_name(served, tensors, options, named):
    status, reply, _, _ = ask(served, V2, tensors, **options)

    assert status == 400
    assert named in reply["error"]


def test_a_size_without_the_header_is_refused(served):
    content = json.dumps(changed("night", parameters={"binary_data_size": 1}, data=None)).encode()

    status, reply, _ = served.exchange(V2, content, {})

    assert status == 400
    assert "no header Inference-Header-Content-Length" in json.loads(reply)["error"]


sizes = st.integers(-3, 40) | st.sampled_from([2**31, 2**32, 2**63, 10**25, -(2**63)])
pieces = st.tuples(
    st.sampled_from([*ROW, "flight", "x"]),
    st.lists(sizes, max_size=3),
    st.sampled_from([*NUMPY, "BYTES", "BF16", ""]),
    st.binary(max_size=40),
    sizes | st.none(),
)


@given(st.lists(pieces, max_size=6), st.integers(-3, 3), st.binary(max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_endpoint_fail(served, made, off, after):
    tensors = [
        tensor(name, shape, datatype, raw, size=len(raw) if size is None else size)
        for name, shape, datatype, raw, size in made
    ]
    head = json.dumps({"inputs": [described for described, _ in tensors]})
    length = str(len(head.encode()) + off)

    status, reply, _, _ = ask(served, V2, tensors, length=length, after=after)

    assert status in {200, 400}
    assert (status == 400) == ("error" in reply)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_or_changed_body_is_refused_or_answered(served, data):
    head = json.dumps({"inputs": [described for described, _ in row()]}).encode()
    whole = bytearray(head + b"".join(raw for _, raw in row()))
    del whole[data.draw(st.integers(0, len(whole))) :]
    for _ in range(data.draw(st.integers(0, 3))):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    status, _, _ = served.exchange(
        V2, bytes(whole), {"inference-header-content-length": str(len(head))}
    )

    assert status in {200, 400}


@given(st.sampled_from([name for name in NUMPY if name != "BOOL"]), st.data())
def test_numbers_come_back_as_they_were_sent(datatype, data):
    dtype = NUMPY[datatype]
    raw = data.draw(
        st.binary(max_size=64).map(lambda b: b[: len(b) // dtype.itemsize * dtype.itemsize])
    )

    found = binary.values("x", datatype, [len(raw) // dtype.itemsize], memoryview(raw))

    assert np.asarray(found).tobytes() == raw


@given(st.lists(st.text(), max_size=20))
def test_texts_come_back_as_they_were_sent(given_texts):
    raw = b"".join(map(binary.text, given_texts))

    assert binary.values("x", "BYTES", [len(given_texts)], memoryview(raw)) == given_texts


@given(st.integers(0, 5), st.binary(max_size=60))
def test_bytes_are_texts_or_refused(count, raw):
    try:
        found = binary.values("x", "BYTES", [count], memoryview(raw))
    except Refused:
        return

    assert b"".join(map(binary.text, found)) == raw
