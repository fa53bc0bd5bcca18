"""What a lane takes, the long way answers the same; and the plain ways of asking are all taken."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records import InputColumn, InputType, Signature
from tests.http.inprocess import COLUMNS, InProcess, infer, no_pages
from tests.http.project import CONFIG, ROW, SIGNATURE, graph, make_project, register, tensors
from workbench.config import ServeConfig
from workbench.http.forms.friendly import Friendly
from workbench.http.forms.v2 import V2
from workbench.http.front import Front
from workbench.http.wire.column_types import ColumnTypes
from workbench.http.wire.lanes import MOST, friendly_lanes, v2_lanes
from workbench.http.wire.row_scores import RowScores
from workbench.http.wire.stencils import numbers_of, stencil
from workbench.services.context import open_context
from workbench.services.routes import Plan, Routes, Share
from workbench.services.served import Served
from workbench.services.serving import Endpoint

START = b"HTTP/1.1 200 OK\r\n"
NAMES = ("거리(km)", 'a"b', "x%", "seats", "night", "출발지", "when", "c\\d")
EVERY = [
    None, True, False, 0, 1, -3, 2.0, 2.5, 1e-7, 1e300, 2**53 + 1, 10**25, "", "UA", "새",
    "2026-01-31T12:00:00Z", [], {}, [1],
]  # fmt: skip
DATATYPES = ["FP64", "FP32", "INT64", "UINT8", "BOOL", "BYTES", "FP99"]


def late(**changes: Any) -> Signature:
    return dataclasses.replace(SIGNATURE, **changes)


def row_of(lanes: Any, body: Any) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lane = lanes.find(content)
    return None if lane is None else lane.row(content)


def v2(signature: Signature = SIGNATURE, **serve: Any) -> Any:
    return v2_lanes(ColumnTypes(signature, ServeConfig(**serve)))


def friendly(signature: Signature = SIGNATURE, **serve: Any) -> Any:
    return friendly_lanes(ColumnTypes(signature, ServeConfig(**serve)))


def test_a_tensor_a_column_is_a_row():
    assert row_of(v2(), infer()) == ([2.5, 150, True, "UA"], None)


def test_tensors_in_another_order_are_the_same_row():
    body = {"id": "mine", "inputs": infer()["inputs"][::-1]}

    assert row_of(v2(), body) == ((2.5, 150, True, "UA"), "mine")


def test_key_columns_follow_the_inputs_wherever_they_were_sent():
    inputs = [*tensors(flight=["KE1"]), *infer()["inputs"]]

    assert row_of(v2(), {"inputs": inputs})[0] == (2.5, 150, True, "UA", "KE1")


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "by row"])
@pytest.mark.parametrize("datatype", ["FP64", "INT32"])
def test_one_tensor_may_hold_all_numbers(nested, datatype):
    numbers = late(inputs=SIGNATURE.inputs[:2])
    tensor = {"name": "rows", "shape": [1, 2], "datatype": datatype}
    body = {"inputs": [{**tensor, "data": [[3, 4]] if nested else [3, 4]}]}

    assert list(row_of(v2(numbers), body)[0]) == [3, 4]


@pytest.mark.parametrize("where", ["rows", "row"])
def test_a_friendly_row_may_name_its_columns_in_any_order(where):
    row = dict(reversed([*ROW.items(), ("flight", 7)]))

    taken = row_of(friendly(), {where: [row] if where == "rows" else row})

    assert taken == ((2.5, 150, True, "UA", 7), None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"inputs": infer()["inputs"][1:]}, id="a column is missing"),
        pytest.param(infer(other=[1.5]), id="a column too many"),
        pytest.param(infer(seats=[1.5]), id="no whole number"),
        pytest.param(infer(night=["true"]), id="another type"),
        pytest.param(infer(**{name: one * 2 for name, one in COLUMNS.items()}), id="two rows"),
        pytest.param({**infer(), "outputs": [{"name": "label"}]}, id="outputs are chosen"),
        pytest.param({**infer(), "parameters": {"binary_data_output": True}}, id="parameters"),
        pytest.param(b'{"inputs": [', id="torn"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b'{"inputs":"\xff"}', id="no utf-8"),
    ],
)
def test_what_is_not_one_plain_row_is_left_to_the_long_way(body):
    assert row_of(v2(), body) is None


def test_values_that_training_never_saw_are_left_to_the_long_way_where_that_is_told():
    strict = v2(out_of_range="warn", unknown_category="reject")
    far, new = infer(**{"거리(km)": [10.5]}), infer(carrier=["ZZ"])

    assert row_of(strict, infer()) is not None
    assert [row_of(strict, body) for body in (far, new)] == [None, None]
    assert None not in [row_of(v2(), body) for body in (far, new)]


def test_no_more_than_so_many_layouts_are_compiled():
    lanes = friendly(late(key=tuple(f"k{at}" for at in range(MOST + 1))))
    bodies = [{"rows": [{**ROW, f"k{at}": 1}]} for at in range(MOST + 1)]

    taken = [row_of(lanes, body) is not None for body in bodies]

    assert taken == [True] * MOST + [False]


@pytest.fixture(scope="module")
def long_way(tmp_path_factory):
    context = open_context(make_project(tmp_path_factory.mktemp("project"), CONFIG), who="test")
    endpoint = Endpoint(context)
    front = Front(endpoint, context.config.serve, no_pages)
    yield InProcess(endpoint, front), register(context.store)
    front.close()
    endpoint.close()
    context.store.close()


@st.composite
def signatures(draw):
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    kinds = [InputType.NUMBER, *(draw(st.sampled_from(list(InputType))) for _ in names[1:])]
    columns = tuple(
        InputColumn(
            name=name,
            graph_name=f"c{at}",
            type=kind,
            nullable=draw(st.booleans()),
            is_moment=kind is InputType.NUMBER and draw(st.booleans()),
        )
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    classes = draw(st.sampled_from([(), ("no", "예%"), ("a", 'b"', "c")]))
    task = {0: "regression", 2: "binary", 3: "multiclass"}[len(classes)]
    key = draw(st.sampled_from([(), ("편",), ("편", names[0])]))
    return Signature(task=task, inputs=columns, classes=classes, key=key)


def likely(column: InputColumn) -> Any:
    """Values of which most are right."""
    right = {
        InputType.NUMBER: st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
        InputType.INTEGER: st.integers(-(2**60), 2**60) | st.sampled_from([3.0, 2.5]),
        InputType.BOOLEAN: st.booleans(),
        InputType.STRING: st.text(max_size=3),
    }[column.type]
    return st.integers(0, 19).flatmap(
        lambda at: st.sampled_from(EVERY) if at == 0 else st.none() if at == 1 else right
    )


@st.composite
def asked(draw, signature):
    """A path, and a body of one row that may well be right."""
    values = {column.name: draw(likely(column)) for column in signature.inputs}
    if signature.key and draw(st.booleans()):
        values["편"] = draw(st.sampled_from([*EVERY[:12], "KE1"]))
    order = draw(st.permutations(list(values)))
    if draw(st.booleans()):
        row = {name: values[name] for name in order}
        return "/predict/late", draw(st.sampled_from([{"rows": [row]}, {"row": row}]))
    inputs = [draw(tensor_of(signature, name, values[name])) for name in order]
    only_numbers = {one.type for one in signature.inputs} <= {InputType.NUMBER, InputType.INTEGER}
    if only_numbers and draw(st.booleans()):
        data = [values[column.name] for column in signature.inputs]
        matrix = {"name": "m", "shape": [1, len(data)], "datatype": "FP64", "data": data}
        matrix["data"] = draw(st.sampled_from([data, [data]]))
        inputs = [matrix, *(one for one in inputs if one["name"] == "편")]
    id_ = draw(st.sampled_from([{}, {"id": 'q"새'}, {"id": None}]))
    return "/v2/models/late/infer", {**id_, "inputs": inputs}


@st.composite
def tensor_of(draw, signature, name, value):
    kinds = {column.name: column.type for column in signature.inputs}
    usual = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}.get(kinds.get(name), "BYTES")
    datatype = draw(st.sampled_from([usual] * 9 + DATATYPES))
    shape, data = draw(
        st.sampled_from(
            [([1], [value])] * 5 + [([1, 1], [value]), ([1, 1], [[value]]), ([2], [value])]
        )
    )
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_a_lane_takes_has_the_reply_of_the_long_way(long_way, data):
    front, registered = long_way
    signature = data.draw(signatures())
    version = dataclasses.replace(registered, signature=signature, model="late")
    served = Served.of(version, graph(signature))
    front.endpoint.routes = Routes(plans={"late": Plan("late", [Share(served, "champion", 1)])})
    types = ColumnTypes(signature, ServeConfig())
    lanes = {"/predict/late": friendly_lanes(types), "/v2/models/late/infer": v2_lanes(types)}
    forms = {
        "/predict/late": stencil(served, Friendly(served), b'{"columns":{}}'),
        "/v2/models/late/infer": stencil(served, V2(served), b'{"inputs":[]}'),
    }
    for _ in range(12):
        path, body = data.draw(asked(signature))
        content = json.dumps(body, ensure_ascii=data.draw(st.booleans())).encode()
        row = row_of(lanes[path], content)
        if row is None:
            continue
        values, id_ = row
        (code,), (numbers,) = numbers_of(signature, RowScores(served).of([values]))
        reply = forms[path].reply(START, code, numbers, b"me", id_)

        headers = {"content-type": "application/json", "x-request-id": "me"}
        status, expected, named = front.exchange(path, content, headers)

        head = "".join(f"{name}: {value}\r\n" for name, value in named.items()).encode()
        assert status == 200
        assert reply == START + head + b"\r\n" + expected


def test_plain_bodies_of_any_signature_are_taken():
    for task, classes in (("binary", ("a", "b")), ("regression", ())):
        signature = late(task=task, classes=classes)
        bodies = [(v2(signature), infer()), (friendly(signature), {"rows": [ROW]})]

        assert None not in [row_of(lanes, body) for lanes, body in bodies]


def test_a_row_that_is_read_keeps_its_values_as_they_were_sent():
    key = late(key=("거리(km)", "flight"))
    body = msgspec.json.encode({"row": {**ROW, "거리(km)": 7, "flight": 12}})

    (values, _) = row_of(friendly(key), body)

    assert [type(value) for value in values] == [int, int, bool, str, int]
