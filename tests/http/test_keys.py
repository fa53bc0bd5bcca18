"""The endpoint behind keys: who is let in where, over real connections, while keys come and go."""

from __future__ import annotations

import base64
import json

import pytest

from storage.records import AlertState
from tests.http.project import (
    CONFIG,
    ROW,
    Caller,
    eventually,
    make_project,
    promote,
    register,
    serving,
    tensors,
    until_ready,
)
from workbench.services import keys
from workbench.services.context import open_context

V2 = "/v2/models/late/infer"
BODY = {"inputs": tensors(**{name: [value] for name, value in ROW.items()})}
OPEN = ["/v2/health/live", "/v2/health/ready", "/ping"]
FOR_PREDICTIONS = ["/models", "/v2", "/v2/models/late", "/version", "/nowhere"]
FOR_ADMINS = ["/health", "/metrics", "/figures"]
ALSO_FOR_ADMINS = [
    "/health/",
    "/metrics/",
    "//metrics",
    "/figures//",
    "/%6detrics",
    "/metrics?x",
    "/./metrics",
]


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    opened = open_context(make_project(tmp_path_factory.mktemp("project")), who="ann")
    promote(opened.store, register(opened.store))
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def texts(context):
    """The keys of the endpoint by scope."""
    return {
        scope: keys.add(context, f"{scope} 열쇠", scope=scope).text
        for scope in ("predict", "admin")
    }


@pytest.fixture(scope="module")
def address(context, texts):
    assert texts
    with serving(context.project_dir) as found:
        until_ready(found)
        yield found


@pytest.fixture
def caller(address):
    made = Caller(address)
    yield made
    made.close()


def status(caller, path, key=""):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    caller.connection.request("GET", path, headers=headers)
    reply = caller.connection.getresponse()
    reply.read()
    return reply.status


@pytest.mark.parametrize("path", OPEN)
def test_a_load_balancer_needs_no_key(caller, path):
    assert status(caller, path) == 200


@pytest.mark.parametrize("path", FOR_PREDICTIONS)
def test_a_page_asks_for_any_key(caller, texts, path):
    found = [status(caller, path, key) for key in ("", texts["predict"], texts["admin"])]

    assert found[0] == 401
    assert not {401, 403}.intersection(found[1:])


@pytest.mark.parametrize("path", FOR_ADMINS)
def test_a_page_about_the_endpoint_asks_for_an_admins_key(caller, texts, path):
    found = [status(caller, path, key) for key in ("", texts["predict"], texts["admin"])]

    assert found == [401, 403, 200]


@pytest.mark.parametrize("path", ALSO_FOR_ADMINS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_no_other_way_of_writing_a_path_opens_its_page(caller, texts, path, method):
    caller.connection.request(method, path, headers={"x-api-key": texts["predict"]})
    reply = caller.connection.getresponse()
    body = reply.read()

    assert reply.status in {403, 404, 405}
    assert b"workbench_" not in body


@pytest.mark.parametrize("path", [V2, "/predict/late", "/invocations", "/labels/late"])
def test_nothing_is_answered_or_taken_without_a_key(caller, path):
    found, reply, headers = caller.ask("POST", path, BODY)

    assert (found, reply["error"].startswith("This endpoint asks for a key.")) == (401, True)
    assert headers["www-authenticate"].startswith("Bearer")
    assert headers["x-request-id"]


def test_a_key_opens_predictions_in_each_way_of_sending_it(caller, texts):
    key = texts["predict"]
    password = base64.b64encode(f"ann:{key}".encode()).decode()
    for headers in (
        {"authorization": f"Bearer {key}"},
        {"authorization": f"Basic {password}"},
        {"x_api_key": key},
    ):
        assert caller.ask("POST", V2, BODY, **headers)[0] == 200


@pytest.mark.parametrize("key", ["wb_" + "x" * 43, "x", "wb_", "열쇠".encode().decode("latin-1")])
def test_a_wrong_key_is_turned_away_on_a_connection_that_goes_on(caller, texts, key):
    assert caller.ask("POST", V2, BODY, x_api_key=key)[0] == 401
    assert caller.ask("POST", V2, BODY, x_api_key=texts["predict"])[0] == 200
    assert caller.ask("POST", V2, BODY, x_api_key=key)[0] == 401


def test_the_prediction_log_says_whose_key_it_was(context, caller, texts):
    caller.ask("POST", V2, BODY, x_api_key=texts["predict"], x_request_id="whose")

    line = eventually(lambda: logged(context, "whose"))
    assert line["caller"] == "predict 열쇠"
    assert texts["predict"] not in json.dumps(line)


def test_a_use_is_noted(context, caller, texts):
    caller.ask("POST", V2, BODY, x_api_key=texts["predict"])

    with context.store.read() as tx:
        key = next(one for one in tx.keys.all() if one.scope == "predict")
    assert eventually(lambda: key.last_used_at or used(context, "predict 열쇠"))


def test_a_key_is_in_force_until_it_is_revoked_also_on_an_open_connection(context, caller):
    made = keys.add(context, "for a while")
    ask = {"x_api_key": made.text}
    eventually(lambda: caller.ask("POST", V2, BODY, **ask)[0] == 200)
    keys.revoke(context, "for a while")

    eventually(lambda: caller.ask("POST", V2, BODY, **ask)[0] == 401)


def test_the_first_key_locks_a_running_endpoint_and_the_last_ones_end_opens_it(tmp_path):
    context = open_context(make_project(tmp_path), who="ann")
    promote(context.store, register(context.store))
    with serving(tmp_path) as address:
        until_ready(address)
        caller = Caller(address)
        found = [caller.ask("POST", V2, BODY)[0]]
        keys.add(context, "ci")
        eventually(lambda: caller.ask("POST", V2, BODY)[0] == 401)
        keys.revoke(context, "ci")
        eventually(lambda: caller.ask("POST", V2, BODY)[0] == 200)
        caller.close()
    context.store.close()

    assert found == [200]


@pytest.mark.slow
def test_an_endpoint_that_others_reach_answers_nobody_once_its_last_key_is_gone(tmp_path):
    make_project(tmp_path, CONFIG.replace("port = 0", 'port = 0\nhost = "0.0.0.0"'))
    context = open_context(tmp_path, who="ann")
    promote(context.store, register(context.store))
    key = keys.add(context, "ci").text
    with serving(tmp_path) as address:
        until_ready(address)
        caller = Caller(address)
        assert caller.ask("POST", V2, BODY, x_api_key=key)[0] == 200
        keys.revoke(context, "ci")
        eventually(lambda: caller.ask("POST", V2, BODY, x_api_key=key)[0] == 401)
        titles = eventually(lambda: alerts(context))
        found = [status(caller, path) for path in (*OPEN, "/v2/models/late", "/metrics")]
        caller.close()
    context.store.close()

    assert titles == ["The endpoint has no key and answers nobody"]
    assert found == [200, 200, 200, 401, 401]


def logged(context, request):
    paths = context.store.layout.predictions.glob("*/*.jsonl")
    lines = [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]
    return next((line for line in lines if line.get("request") == request), None)


def used(context, name):
    with context.store.read() as tx:
        return next(one.last_used_at for one in tx.keys.all() if one.name == name)


def alerts(context):
    with context.store.read() as tx:
        return [alert.title for alert in tx.events.alerts(state=AlertState.OPEN)]
