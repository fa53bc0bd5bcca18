"""What tritonclient calls, against a running endpoint: no line of a caller's program has to change."""

from __future__ import annotations

import numpy as np
import pytest
from tritonclient import http as triton
from tritonclient.utils import InferenceServerException

from storage.store import Store
from tests.http.inprocess import FLAT
from tests.http.project import (
    ROW,
    Caller,
    eventually,
    make_project,
    promote,
    register,
    score,
    serving,
)

DISTANCES = np.array([2.5, -1.0, 0.25])


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("project"))
    store = Store.open(project, program="test")
    promote(store, register(store))
    promote(store, register(store, model="flat", signature=FLAT))
    promote(store, register(store, model="이상한 이름/x"))
    store.close()
    with serving(project) as found:
        caller = Caller(found)
        eventually(lambda: caller.ask("GET", "/v2/health/ready")[0] == 200)
        caller.close()
        yield found


@pytest.fixture
def client(address):
    with triton.InferenceServerClient(address.removeprefix("http://")) as made:
        yield made


def inputs(*, binary=True, rows=3):
    """The tensors of some rows of `late`."""
    columns = {
        "거리(km)": (np.resize(DISTANCES, rows), "FP64"),
        "seats": (np.full(rows, 150, np.int64), "INT64"),
        "night": (np.full(rows, True), "BOOL"),
        "carrier": (np.array(["UA"] * rows, object), "BYTES"),
    }
    made = []
    for name, (values, datatype) in columns.items():
        one = triton.InferInput(name, [rows], datatype)
        one.set_data_from_numpy(values, binary_data=binary)
        made.append(one)
    return made


def second(result):
    return result.as_numpy("probabilities")[:, 1].tolist()


EXPECTED = pytest.approx([score(x) for x in DISTANCES], abs=1e-12)


def test_the_server_says_who_and_how_it_is(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("late")
    assert client.is_model_ready("late", "1")
    assert not client.is_model_ready("lata")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data", "statistics"]


def test_a_model_says_what_it_takes_and_gives(client):
    found = client.get_model_metadata("late")

    assert [one["name"] for one in found["inputs"]] == list(ROW)
    assert [one["name"] for one in found["outputs"]] == ["label", "probabilities"]


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
def test_rows_are_answered_in_every_way(client, binary, coding):
    wanted = [
        triton.InferRequestedOutput(name, binary_data=binary) for name in ("label", "probabilities")
    ]

    found = client.infer(
        "late",
        inputs(binary=binary),
        request_id="q1",
        outputs=wanted,
        request_compression_algorithm=coding,
        response_compression_algorithm=coding,
    )

    names = found.as_numpy("label").tolist()
    assert [one.decode() if binary else one for one in names] == ["late", "on time", "late"]
    assert second(found) == EXPECTED
    assert found.get_response()["id"] == "q1"


@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
def test_many_rows_are_answered_without_naming_the_outputs(client, coding):
    found = client.infer(
        "late",
        inputs(rows=1000),
        model_version="1",
        parameters={"why": "a test"},
        request_compression_algorithm=coding,
        response_compression_algorithm=coding,
    )

    assert second(found) == pytest.approx([score(x) for x in np.resize(DISTANCES, 1000)], abs=1e-12)


def test_answers_may_be_waited_for_later(client):
    asked = [client.async_infer("late", inputs()) for _ in range(5)]

    assert [second(one.get_result()) for one in asked] == [EXPECTED] * 5


@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "JSON"])
def test_one_tensor_may_hold_all_numbers(client, binary):
    matrix = triton.InferInput("input-0", [3, 3], "FP32")
    matrix.set_data_from_numpy(
        np.stack([DISTANCES, np.full(3, 7), np.zeros(3)], axis=1).astype(np.float32),
        binary_data=binary,
    )

    assert second(client.infer("flat", [matrix])) == pytest.approx(
        [score(x) for x in DISTANCES], abs=1e-6
    )


def test_statistics_count_what_was_answered(client):
    def counted(**named):
        (one,) = client.get_inference_statistics("flat", **named)["model_stats"]
        return one["inference_count"], one["inference_stats"]["success"]["count"]

    rows, requests = counted()
    matrix = triton.InferInput("m", [2, 3], "FP64")
    matrix.set_data_from_numpy(np.ones((2, 3)))
    client.infer("flat", [matrix])

    assert counted(model_version="1") == (rows + 2, requests + 1)
    assert len(client.get_inference_statistics()["model_stats"]) == 3
    with pytest.raises(InferenceServerException, match="Known served models"):
        client.get_inference_statistics("lata")


def test_a_model_of_any_name_is_asked(client):
    assert client.is_model_ready("이상한 이름/x")
    assert client.get_model_metadata("이상한 이름/x", "1")["name"] == "이상한 이름/x"
    assert second(client.infer("이상한 이름/x", inputs())) == EXPECTED


def test_what_is_wrong_is_said(client):
    with pytest.raises(InferenceServerException, match="Known served models") as caught:
        client.infer("lata", inputs())
    assert caught.value.status() == "404"
    with pytest.raises(InferenceServerException, match="Column 'carrier' is missing"):
        client.infer("late", inputs()[:-1])
    with pytest.raises(InferenceServerException, match="has no output 'score'"):
        client.infer("late", inputs(), outputs=[triton.InferRequestedOutput("score")])
    with pytest.raises(InferenceServerException, match="a classification, which is not offered"):
        client.infer(
            "late", inputs(), outputs=[triton.InferRequestedOutput("label", class_count=2)]
        )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda client: client.get_model_repository_index(), "no model repository"),
        (lambda client: client.load_model("late"), "no model repository"),
        (lambda client: client.unload_model("late"), "no model repository"),
        (lambda client: client.get_model_config("late"), "metadata"),
        (lambda client: client.get_trace_settings(), "/metrics"),
        (lambda client: client.get_log_settings(), "workbench.toml"),
        (lambda client: client.get_system_shared_memory_status(), "Shared memory"),
        (lambda client: client.register_system_shared_memory("a", "b", 1), "Shared memory"),
        (lambda client: client.get_cuda_shared_memory_status(), "Shared memory"),
    ],
)
def test_what_is_not_offered_says_what_is(client, call, said):
    with pytest.raises(InferenceServerException, match=said) as caught:
        call(client)

    assert caught.value.status() == "404"
