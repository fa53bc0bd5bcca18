"""The endpoint's OpenAPI document: valid, true of every model, and different after a swap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from storage.records import InputColumn, InputType, Routing, Signature
from tests.http.inprocess import MODELS, number
from tests.http.looked_up import LookedUp, looking_up
from tests.http.project import SIGNATURE, promote, register
from workbench.core.checking import Checks, Rules
from workbench.core.signature import infer
from workbench.errors import RequestInvalid
from workbench.http.pages.examples import example_row
from workbench.http.pages.openapi import rows
from workbench.services import routing

REJECT = Rules(unknown_category="reject", out_of_range="reject")
HOSTILE = Signature(
    task="regression",
    inputs=tuple(number(name) for name in ("<script>", "a/b{c}~d", '"\\\n', "$ref")),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LookedUp]:
    models = {**MODELS, "a b/c": None, "지연 </script>{x}": HOSTILE}
    with looking_up(tmp_path_factory.mktemp("openapi"), models=models) as found:
        yield found


@pytest.fixture(scope="module")
def document(asked: LookedUp) -> dict[str, Any]:
    return asked.get("/schema")[1]


def test_the_document_is_valid(document):
    OPENAPI_31_VALIDATOR.validate(document)


def test_every_schema_of_it_is_valid(document):
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(
            {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


def test_each_operation_has_a_name_of_its_own(document):
    names = [each["operationId"] for each in _operations(document)]

    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document):
    for reference in _references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]

        assert place


def test_what_is_looked_up_is_answered_as_the_document_says(asked, document):
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        status, body, headers = asked.get(path)
        said = item["get"]["responses"]["200"].get("content", {"": {}})

        assert status == 200, path
        (media,) = said
        assert headers["content-type"].startswith(media), path
        if media == "application/json":
            assert _validator(document, said[media]["schema"]).is_valid(body), path


def test_rows_are_asked_and_answered_as_the_document_says(asked, document):
    for path, item in document["paths"].items():
        if "post" not in item or path == "/invocations":
            continue
        schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
        example = _example(document, schema)
        status, body, _ = asked.post(unquote(path), example)
        answer = item["post"]["responses"]["200"]["content"]["application/json"]["schema"]

        assert _validator(document, schema).is_valid(example), path
        assert status == 200, (path, body)
        assert _validator(document, answer).is_valid(body), path


def test_a_refusal_is_one_of_those_that_are_told(asked, document):
    post = document["paths"]["/predict/late"]["post"]
    status, body, _ = asked.post("/predict/late", {"rows": []})

    assert str(status) in post["responses"]
    assert _validator(document, {"$ref": "#/components/schemas/Error"}).is_valid(body)


def test_the_document_is_sent_once_to_who_keeps_it(asked):
    _, document, headers = asked.get("/schema")
    status, body, again = asked.get("/schema/openapi.json", if_none_match=headers["etag"])

    assert (status, body or None, again["etag"]) == (304, None, headers["etag"])
    assert headers["etag"].strip('"') in document["info"]["version"]


def test_the_document_changes_with_a_swap(tmp_path):
    wider = replace(SIGNATURE, inputs=(*SIGNATURE.inputs, number("new")))
    with looking_up(tmp_path, models={"late": None}) as asked:
        before, _, tag = asked.get("/schema")[1], None, asked.get("/schema")[2]["etag"]
        promote(asked.store, register(asked.store, model="late", signature=wider))
        asked.endpoint.follow()
        _, after, headers = asked.get("/schema")

    assert headers["etag"] != tag
    assert before["info"]["version"] != after["info"]["version"]
    assert "new" in after["components"]["schemas"]["late.v2.row"]["required"]


def test_keys_are_part_of_the_document_once_there_are_some(tmp_path):
    with looking_up(tmp_path, models={"late": None}) as asked:
        assert "security" not in asked.get("/schema")[1]
        asked.lock()
        document = asked.get("/schema")[1]

    predict = document["paths"]["/predict/late"]["post"]
    live = document["paths"]["/v2/health/live"]["get"]
    assert {"bearer": []} in document["security"]
    assert "401" in predict["responses"]
    assert live["security"] == []
    OPENAPI_31_VALIDATOR.validate(document)


def test_the_document_is_valid_before_there_is_a_model(tmp_path):
    with looking_up(tmp_path, models={}) as asked:
        _, document, _ = asked.get("/schema")
        _, described, _ = asked.get("/models")

    OPENAPI_31_VALIDATOR.validate(document)
    assert described["models"] == []
    assert described["problems"] == ["No model has a champion yet; register one and promote it."]


def test_each_version_that_may_answer_is_part_of_the_document(tmp_path):
    longer = replace(SIGNATURE.inputs[0], maximum=99.0)
    wider = replace(SIGNATURE, inputs=(longer, *SIGNATURE.inputs[1:]))
    with looking_up(tmp_path, models={"late": None}) as asked:
        register(asked.store, model="late", signature=wider)
        with asked.store.write() as tx:
            tx.models.move_alias("late", "challenger", to=2, expected=None, who="test", why="test")
        shares = Routing(answers={"champion": 75, "challenger": 25})
        routing.set_routing(asked.context, "late", shares, expected=None, why="test")
        asked.endpoint.follow()
        _, document, _ = asked.get("/schema")
        _, described, _ = asked.get("/models")

    post = document["paths"]["/predict/late"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    answers = [one["share"] for one in described["models"][0]["answers"]]
    assert [one["$ref"].rpartition("/")[2] for one in schema["anyOf"]] == [
        "late.v1.request",
        "late.v2.request",
    ]
    assert "/v2/models/late/versions/2/infer" in document["paths"]
    assert (answers, post["tags"]) == ([0.75, 0.25], ["model late"])
    assert document["tags"][0]["description"] == (
        "Answered by v1 (champion) 75%, v2 (challenger) 25%."
    )


NAMES = st.sampled_from(["a", "거리(km)", "b c", "$ref"])
VALUES = {
    "numbers": st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5),
    "integers": st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5),
    "booleans": st.lists(st.booleans(), min_size=1, max_size=5),
    "texts": st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=5),
    "moments": st.lists(st.datetimes(), min_size=1, max_size=5),
}


def _trained(kind: str, values: list[Any]) -> np.ndarray[Any, Any]:
    dtypes: dict[str, Any] = {"texts": object, "moments": "datetime64[us]"}
    return np.array(values, dtypes.get(kind))


def test_an_example_of_the_smallest_number_is_in_its_range():
    signature = infer({"x": np.array([5e-324])}, task="regression")

    assert example_row(signature) == {"x": 5e-324}


@given(st.data())
def test_an_example_is_in_the_schema_and_no_model_refuses_it(data):
    kind = data.draw(st.sampled_from(sorted(VALUES)))
    values = data.draw(VALUES[kind])
    signature = infer({data.draw(NAMES): _trained(kind, values)}, task="regression")
    row = example_row(signature)

    assert jsonschema_rs.is_valid(rows.row(signature, REJECT), row)
    assert not Checks(signature, REJECT).of({name: [one] for name, one in row.items()}).doubts


@given(
    value=st.none()
    | st.booleans()
    | st.integers(-5, 15)
    | st.floats(-5, 15)
    | st.sampled_from(["", "AA", "ZZ"]),
    name=st.sampled_from([column.name for column in SIGNATURE.inputs]),
    rules=st.sampled_from([Rules(), REJECT]),
)
def test_a_value_is_in_the_schema_exactly_if_the_model_takes_it(value, name, rules):
    row = {**example_row(SIGNATURE), name: value}
    is_valid = jsonschema_rs.is_valid(rows.row(SIGNATURE, rules), row)
    try:
        Checks(SIGNATURE, rules).of({name: [one] for name, one in row.items()})
    except RequestInvalid:
        assert not is_valid
    else:
        assert is_valid


def test_where_everything_is_answered_ranges_and_categories_are_hints():
    distance, *_, carrier = rows.row(SIGNATURE, Rules())["properties"].values()
    _, distance, *_, carrier = rows.row(SIGNATURE, Rules())["properties"].values()

    assert (distance["x-range"], "minimum" in distance) == ([0.0, 10.0], False)
    assert (carrier["x-categories"], "enum" in carrier) == (["AA", "UA"], False)
    assert "Training saw 0 to 10." in distance["description"]


def test_a_column_of_very_many_categories_does_not_fill_the_document():
    column = InputColumn(
        name="c",
        graph_name="c",
        type=InputType.STRING,
        nullable=False,
        categories=tuple(f"k{i}" for i in range(100_000)),
    )

    assert len(json.dumps(rows.column(column, REJECT))) < 2000


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from item.values()


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": document["components"]})


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    name = schema["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]["examples"][0]
