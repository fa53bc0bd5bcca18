"""Who answers at which path: shares, what keeps a caller with one version, keys, warnings, and what is noted."""

from __future__ import annotations

import json
import time

import pytest

from storage.records import CHAMPION, ProcessFigures, Routing
from storage.store import Store
from tests.http.inprocess import COLUMNS, InProcess, infer, no_pages
from tests.http.project import CONFIG, ROW, make_project, promote, register
from workbench.http.front import Front
from workbench.services import keyring, keys
from workbench.services.context import open_context
from workbench.services.serving import Endpoint

CHALLENGER = "challenger"
PREDICT = "/predict/late"
V2 = "/v2/models/late/infer"
INVOCATIONS = "/invocations"
RULES = """
unknown_category = "warn"
out_of_range = "warn"
extra_column = "warn"
"""


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    folder = make_project(tmp_path_factory.mktemp("project"), CONFIG + RULES)
    opened = open_context(folder, who="test")
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def served(context):
    promote(context.store, register(context.store))
    second = register(context.store, bias=5.0)
    challenge(context.store, second)
    endpoint = Endpoint(context)
    endpoint.follow()
    front = Front(endpoint, context.config.serve, no_pages)
    yield InProcess(endpoint, front)
    front.close()
    endpoint.close()


def challenge(store: Store, version):
    with store.write() as tx:
        tx.models.move_alias(
            version.model, CHALLENGER, to=version.number, expected=None, who="test", why="test"
        )


@pytest.fixture
def route(context, served):
    def by(sticky="", shares=(50, 50)):
        answers = dict(zip((CHAMPION, CHALLENGER), shares, strict=True))
        with context.store.write() as tx:
            tx.models.route("late", Routing(answers=answers, sticky=sticky))
        served.endpoint.follow()

    return by


def version_of(reply):
    status, body, headers = reply
    assert status == 200, body
    return headers["x-model-version"]


def by_form(served, form, flight):
    """The version that answers a row of this flight, asked in one of the forms."""
    if form == "v2":
        return version_of(served.post(V2, infer(flight=[flight])))
    row = {**ROW, "flight": flight}
    body = {"rows": [row]} if form == "friendly" else {"dataframe_records": [row]}
    return version_of(served.post(PREDICT if form == "friendly" else INVOCATIONS, body))


def test_versions_answer_by_their_shares(served, route):
    route(shares=(50, 50))

    assert {version_of(served.post(V2, infer())) for _ in range(60)} == {"1", "2"}


def test_a_version_without_a_share_answers_nobody_by_chance(served, route):
    route(shares=(100, 0))

    assert {version_of(served.post(V2, infer())) for _ in range(20)} == {"1"}


def test_a_version_that_is_named_answers(served, route):
    route(shares=(50, 50))

    for number in "12":
        path = f"/v2/models/late/versions/{number}/infer"
        assert version_of(served.post(path, infer())) == number


def test_a_column_keeps_its_rows_with_one_version_in_every_form(served, route):
    route("column:flight")

    chosen = [{by_form(served, form, f"UA {n}") for form in ("v2", "friendly", "mlflow")}
              for n in range(20)]  # fmt: skip
    assert all(len(versions) == 1 for versions in chosen)
    assert set().union(*chosen) == {"1", "2"}


def test_a_key_is_the_same_one_as_a_number_and_as_a_text(served, route):
    route("column:flight")

    for n in range(10):
        assert len({by_form(served, "friendly", value) for value in (n, float(n), str(n))}) == 1


def test_an_input_may_keep_its_rows_too(served, route):
    route("column:seats")

    asked = [{version_of(served.post(V2, infer(seats=[n]))) for _ in range(3)} for n in range(10)]

    assert all(len(versions) == 1 for versions in asked)


def test_a_header_keeps_its_caller_with_one_version(served, route):
    route("header:x-user")

    chosen = {
        user: {version_of(served.post(V2, infer(), x_user=user)) for _ in range(3)}
        for user in map(str, range(20))
    }
    assert all(len(versions) == 1 for versions in chosen.values())
    assert set().union(*chosen.values()) == {"1", "2"}


def test_a_row_without_the_column_is_answered_by_chance(served, route):
    route("column:flight")

    assert {version_of(served.post(V2, infer())) for _ in range(60)} == {"1", "2"}


def test_the_only_model_need_not_be_named(served):
    assert served.post(INVOCATIONS, {"dataframe_records": [ROW]})[0] == 200


def test_warnings_stand_in_header_and_body(served):
    odd = {"carrier": ["ZZ"], "거리(km)": [99.0]}
    row = {**ROW, "carrier": "ZZ", "거리(km)": 99.0}

    _, by_v2, headers = served.post(V2, infer(**odd))
    _, friendly, _ = served.post(PREDICT, {"row": row})
    _, mlflow, _ = served.post(INVOCATIONS, {"dataframe_records": [row]})

    assert headers["x-warnings"] == "2"
    assert list(by_v2)[-1] == "parameters"
    assert by_v2["parameters"]["warnings"] == friendly["warnings"] == mlflow["warnings"]
    assert any("'ZZ'" in warning for warning in friendly["warnings"])
    assert "x-warnings" not in served.post(V2, infer())[2]


def test_a_column_too_many_is_left_out_with_a_warning(served):
    _, reply, _ = served.post(PREDICT, {"columns": {**COLUMNS, "색": ["red"]}})

    assert "'색'" in reply["warnings"][0]


@pytest.fixture
def locked(context, served):
    key = keys.add(context, "mina")
    before = served.endpoint.keys
    served.endpoint.keys = keyring.read(context)
    yield key.text
    keys.revoke(context, "mina")
    served.endpoint.keys = before


@pytest.mark.usefixtures("locked")
def test_a_key_is_asked_for_before_the_body_is_read(served):
    async def unread():
        raise AssertionError("the body was read")

    for path in (V2, PREDICT, INVOCATIONS, "/predict/unknown", "/version"):
        status, reply, headers = served.post(path, infer(), receive=unread)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert "asks for a key" in reply["error"]


@pytest.mark.usefixtures("locked")
def test_a_load_balancer_needs_no_key(served):
    assert served.exchange("/ping", b"", {}, method="GET")[0] == 200


def test_who_has_a_key_is_answered(served, locked):
    assert served.post(V2, infer(), authorization=f"Bearer {locked}")[0] == 200
    assert served.post(V2, infer(), x_api_key=locked)[0] == 200
    assert served.post(V2, infer(), x_api_key=f"{locked}x")[0] == 401


def test_what_was_answered_and_refused_is_noted(context, served, route, locked):
    route(shares=(100, 0))
    named = {"x_api_key": locked, "user_agent": "테스트"}
    served.post(V2, infer(flight=["UA 7"]), x_request_id="noted-1", **named)
    served.post(V2, infer(night=["no"]), x_request_id="noted-2", **named)
    served.post("/predict/lata", {}, x_request_id="noted-3", **named)
    process = ProcessFigures(slot=0, pid=1, at=time.time_ns() // 1000, started_at=0)
    figures = served.endpoint.figures.snapshot(process)
    served.endpoint.predictions.close()
    served.endpoint.access.close()

    logged = [
        json.loads(line)
        for path in context.store.layout.predictions.glob("late/*.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    (mine,) = [line for line in logged if line.get("request") == "noted-1"]
    assert (mine["caller"], mine["key"], mine["inputs"]) == ("mina", {"flight": ["UA 7"]}, COLUMNS)
    lines = [
        json.loads(line)
        for path in (context.store.layout.logs / "access").glob("*")
        for line in path.read_bytes().splitlines()
    ]
    by_id = {line["id"]: line for line in lines}
    assert by_id["noted-1"]["rows"] == 1
    assert (by_id["noted-2"]["status"], by_id["noted-2"]["key"]) == (400, "mina")
    assert "night" in by_id["noted-2"]["error"]
    assert by_id["noted-3"]["status"] == 404
    assert any(one.errors.get(400) for one in figures.versions if one.model == "late")
