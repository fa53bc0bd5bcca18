"""The endpoint as a process: it starts, answers, swaps under load, drains, and leaves its log whole."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import numpy as np
import pytest

from storage.frames import Frames
from storage.predictions import Predictions
from storage.store import Store
from tests.http.load import logged
from tests.http.project import (
    CONFIG,
    ROW,
    SERVE,
    Caller,
    eventually,
    graph,
    make_project,
    promote,
    register,
    score,
    serving,
    tensors,
    until_ready,
)
from workbench.engines import instance
from workbench.errors import AddressUnusable, AlreadyRunning, UsageError
from workbench.http.process.server import run
from workbench.services import keys
from workbench.services.context import open_context

V2 = "/v2/models/late/infer"
UNWANTED = {
    "alembic", "duckdb", "lightgbm", "onnx", "pandas", "scipy", "skl2onnx", "sklearn", "textual",
}  # fmt: skip
NOTES_MODULES = """
import sys
from pathlib import Path
from workbench.http.process.server import run
code = run(Path(sys.argv[1]))
names = {name.partition(".")[0] for name in sys.modules}
Path(sys.argv[1], "modules.txt").write_text(" ".join(names))
sys.exit(code)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("project"))
    store = Store.open(project, program="test")
    promote(store, register(store))
    store.close()
    with serving(project) as found:
        until_ready(found)
        yield found


@pytest.fixture
def caller(address):
    made = Caller(address)
    yield made
    made.close()


def infer(**changes):
    columns = {**{name: [value] for name, value in ROW.items()}, **changes}
    return {"inputs": tensors(**columns)}


def probability(reply):
    return reply["outputs"][1]["data"][1]


def version_of(caller):
    return caller.ask("POST", V2, infer())[2].get("x-model-version")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/v2",
            {
                "name": "workbench",
                "version": "0.1.0",
                "extensions": ["binary_tensor_data", "statistics"],
            },
        ),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/late/ready", {"name": "late", "ready": True}),
        ("/v2/models/late/versions/1/ready", {"name": "late", "ready": True}),
    ],
)
def test_the_protocols_questions_are_answered(caller, path, expected):
    assert caller.ask("GET", path)[:2] == (200, expected)


@pytest.mark.parametrize("path", ["/v2/models/late", "/v2/models/late/versions/1"])
def test_the_metadata_says_what_a_model_takes_and_gives(caller, path):
    _, metadata, _ = caller.ask("GET", path)

    assert metadata["versions"] == ["1"]
    assert [(one["name"], one["datatype"]) for one in metadata["inputs"]] == [
        ("거리(km)", "FP64"),
        ("seats", "INT64"),
        ("night", "BOOL"),
        ("carrier", "BYTES"),
    ]
    assert metadata["outputs"][1] == {
        "name": "probabilities",
        "datatype": "FP64",
        "shape": [-1, 2],
    }
    assert metadata["parameters"]["key"] == ["flight"]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/v2/models/lata", 404, "Did you mean 'late'?"),
        ("/v2/models/late/versions/7", 404, "late@v7 is not served"),
        ("/v2/models/late/versions/x/ready", 404, "'x' is no version"),
        ("/nowhere", 404, "Nothing is answered at /nowhere."),
        ("/predict/late", 405, "POST the rows"),
    ],
)
def test_what_is_not_there_is_named(caller, path, status, named):
    found, reply, _ = caller.ask("GET", path)

    assert found == status
    assert named in reply["error"]


def test_a_wrong_method_is_refused(caller):
    assert caller.ask("DELETE", "/v2")[:2] == (405, {"error": "DELETE is not allowed at /v2."})


def test_the_health_page_names_what_is_served(caller):
    _, health, _ = caller.ask("GET", "/health")

    assert (health["status"], health["problems"]) == ("ok", [])
    assert health["models"]["late"] == {
        "champion": 1,
        "answers": [{"version": 1, "alias": "champion", "weight": 100}],
        "shadows": [],
    }
    assert health["prediction_log"] == {"on": True, "dropped_rows": 0}


def test_the_page_for_people_needs_nothing_from_elsewhere(caller):
    status, page, _ = caller.ask("GET", "/")

    assert status == 200
    assert "late" in page.decode()
    assert "src=" not in page.decode()


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/v2/health/live", "/v2/health/ready"])
def test_every_reply_has_one_request_id_and_hides_the_server(caller, path):
    caller.connection.request("GET", path, headers={"x-request-id": "mine"})
    reply = caller.connection.getresponse()
    reply.read()

    assert reply.headers.get_all("x-request-id") == ["mine"]
    assert "server" not in reply.headers


def test_a_connection_survives_a_refused_request(caller):
    assert caller.ask("POST", V2, b" " * 2_000_000)[0] == 413
    assert caller.ask("POST", V2, infer())[0] == 200


def test_an_endpoint_without_a_model_is_alive_and_becomes_ready(project, store):
    with serving(project) as address:
        caller = Caller(address)
        version = register(store)
        assert caller.ask("GET", "/v2/health/live")[0] == 200
        status, reply, _ = eventually(
            lambda: (
                (asked := caller.ask("GET", "/v2/health/ready"))
                and "being loaded" not in asked[1]["error"]
                and asked
            )
        )
        promote(store, version)
        until_ready(address)
        caller.close()

    assert status == 503
    assert "No model has a champion yet" in reply["error"]


def test_after_a_stop_every_answered_request_is_logged_exactly(project, store):
    promote(store, register(store))
    with serving(project) as address:
        until_ready(address)
        caller = Caller(address)
        for number in range(300):
            body = infer(flight=[number], **{"거리(km)": [number / 100]})
            assert caller.ask("POST", V2, body, x_request_id=f"r{number}")[0] == 200
        caller.close()

    lines = logged(store)
    assert [line["request"] for line in lines] == [f"r{number}" for number in range(300)]
    assert [line["key"]["flight"] for line in lines] == [[number] for number in range(300)]
    assert [line["scores"][0] for line in lines] == pytest.approx(
        [score(number / 100) for number in range(300)], abs=1e-12
    )


@pytest.mark.slow
def test_a_swap_under_load_fails_no_request_and_changes_the_answers(project, store):
    promote(store, register(store))
    after = register(store, bias=-4.0)
    answers = {"1": score(2.5), "2": score(2.5, bias=-4.0)}
    with serving(project) as address:
        until_ready(address)
        half, replies = threading.Event(), []

        def ask(count):
            caller = Caller(address)
            for number in range(count):
                replies.append(caller.ask("POST", V2, infer()))
                if number == count // 2:
                    half.set()
            # Goes on until the swap is seen, so that it certainly fell under load.
            eventually(lambda: replies.append(caller.ask("POST", V2, infer())) or is_swapped())
            caller.close()

        def is_swapped():
            return replies[-1][2].get("x-model-version") == "2"

        threads = [threading.Thread(target=ask, args=(1500,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert half.wait(60)
        promote(store, after)
        for thread in threads:
            thread.join()

    versions = [headers.get("x-model-version") for _, _, headers in replies]
    assert len(replies) > 4500
    assert {status for status, _, _ in replies} == {200}
    assert set(versions) == {"1", "2"}
    assert all(
        abs(probability(reply) - answers[version]) < 1e-12
        for (_, reply, _), version in zip(replies, versions, strict=True)
    )
    assert len(logged(store)) == len(replies)


def test_a_swap_to_a_broken_model_leaves_the_old_one_answering(project, store):
    promote(store, register(store))
    with serving(project) as address:
        until_ready(address)
        caller = Caller(address)
        promote(store, register(store, bias=1.0, blobs={"onnx": graph(bias=3.0)}))
        health = eventually(
            lambda: (found := caller.ask("GET", "/health")[1])["problems"] and found
        )
        version = version_of(caller)
        caller.close()

    with store.read() as tx:
        titles = [alert.title for alert in tx.events.alerts(state=None)]
    assert version == "1"
    assert health["status"] == "degraded"
    assert titles == ["late@v2 cannot be served"]


def test_a_request_that_is_under_way_at_sigterm_is_answered(project, store):
    promote(store, register(store))
    body = json.dumps(infer(flight=["last"])).encode()
    with serving(project) as address:
        until_ready(address)
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            head = f"POST {V2} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
            connection.sendall(f"{head}expect: 100-continue\r\n\r\n".encode())
            went_on = connection.recv(1000)
            facts = instance.look(store.layout.locks / "serve.lock")
            os.kill(facts.pid, signal.SIGTERM)
            eventually(lambda: refuses(parts.hostname, parts.port))
            connection.sendall(body)
            reply = connection.makefile("rb").readline()

    assert b"100 Continue" in went_on
    assert b"200 OK" in reply
    assert logged(store)[-1]["key"] == {"flight": ["last"]}


def refuses(host, port):
    try:
        socket.create_connection((host, port), timeout=60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_after_a_kill_the_log_is_whole_and_the_next_process_adds_to_it(project, store):
    promote(store, register(store))
    killed = subprocess.Popen([sys.executable, "-c", SERVE, str(project)])
    lock = store.layout.locks / "serve.lock"
    address = eventually(lambda: (facts := instance.look(lock)) and facts.address)
    until_ready(address)
    caller = Caller(address)
    for number in range(50):
        assert caller.ask("POST", V2, infer(flight=[number]))[0] == 200
    eventually(lambda: len(logged(store)) == 50)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    caller.close()
    with serving(project) as again:
        until_ready(again)
        caller = Caller(again)
        assert caller.ask("POST", V2, infer(flight=[0], **{"거리(km)": [-1.0]}))[0] == 200
        caller.close()

    frames = Frames(store.blobs, store.layout.staging)
    found = Predictions(frames, store.layout.predictions).labelled_scores(
        "SELECT range AS flight, range AS y FROM range(100)",
        key=["flight"], target="y", model="late",
    )  # fmt: skip
    frames.close()
    order = np.argsort(found["target"])
    assert found["target"][order].tolist() == list(range(50))
    assert found["score"][order][:2] == pytest.approx([score(-1.0), score(2.5)], abs=1e-12)


def test_a_second_endpoint_of_a_project_is_refused(project, store):
    with (
        instance.hold(store.layout.locks / "serve.lock"),
        pytest.raises(AlreadyRunning, match="runs already"),
    ):
        run(project)


def test_a_busy_port_is_named(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match=f"127.0.0.1 port {port}: Address already in use"):
            run(project, port=port)


def test_a_host_that_is_not_of_this_machine_is_named(tmp_path):
    project = make_project(tmp_path, CONFIG.replace("port = 0", 'port = 0\nhost = "192.0.2.1"'))
    context = open_context(project, who="ann")
    keys.add(context, "ci")
    context.store.close()
    with pytest.raises(AddressUnusable, match=r"192\.0\.2\.1 port 0"):
        run(project)


def test_the_process_loads_no_training_and_no_screen_whatever_it_is_asked(project, store):
    promote(store, register(store))
    with serving(project, program=NOTES_MODULES) as address:
        until_ready(address)
        caller = Caller(address)
        for path in ("/", "/health", "/v2/models/late"):
            assert caller.ask("GET", path)[0] == 200
        assert caller.ask("POST", V2, infer())[0] == 200
        assert caller.ask("POST", "/predict/late", {"rows": [ROW]})[0] == 200
        caller.close()

    loaded = set((project / "modules.txt").read_text().split())
    assert UNWANTED.isdisjoint(loaded)
    assert {"onnxruntime", "litestar", "uvicorn"} <= loaded


def test_the_process_is_opened_without_what_only_its_pages_need():
    program = "import sys, workbench.http.process.server; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert {"litestar", "uvicorn", "onnxruntime", "duckdb", "click"}.isdisjoint(loaded)


def test_a_host_that_others_reach_is_refused_without_a_key_and_says_so(tmp_path):
    project = make_project(tmp_path)

    with pytest.raises(UsageError) as refused:
        run(project, host="0.0.0.0")
    assert refused.value.problem.startswith("The endpoint does not listen on 0.0.0.0")
    assert instance.look(project / ".workbench" / "locks" / "serve.lock") is None
