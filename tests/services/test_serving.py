"""The endpoint follows the catalog: a good champion takes over, a bad one leaves the old one serving."""

from __future__ import annotations

import json

import pytest

from storage.errors import NotFound
from storage.records import AlertState, InputColumn, InputType, Signature
from tests.http.project import (
    ROW,
    SIGNATURE,
    batch_of,
    eventually,
    graph,
    promote,
    register,
    sample,
    score,
)
from workbench.errors import NotServed, RequestInvalid
from workbench.services.serving import Endpoint

COLUMNS = {name: [value] for name, value in ROW.items()}
BROKEN = {
    "no graph at all": {"onnx": b"this is no model"},
    "an empty file": {"onnx": b""},
    "a graph with other inputs": {
        "onnx": graph(
            Signature(
                task="regression",
                inputs=(
                    InputColumn(name="x", graph_name="x", type=InputType.NUMBER, nullable=False),
                ),
            )
        )
    },
    "a graph that answers differently": {"onnx": graph(bias=3.0)},
    "a sample of other columns": {"sample": b'{"columns": {"x": [1]}, "scores": [1]}'},
    "a sample with more scores than rows": {
        "sample": json.dumps(
            {**json.loads(sample(SIGNATURE, bias=1.0)), "scores": [0.5] * 4}
        ).encode()
    },
    "a sample that is no JSON": {"sample": b"{"},
}


def answer(endpoint, **columns):
    served = endpoint.routes.find("late")
    return float(endpoint.answer(served, {**COLUMNS, **columns}).scores[0])


def happened(store):
    with store.read() as tx:
        return [event.kind for event in reversed(tx.events.newest())]


def alerts(store, state=AlertState.OPEN):
    with store.read() as tx:
        return tx.events.alerts(state=state)


def test_before_the_catalog_is_read_no_model_can_answer(endpoint):
    with pytest.raises(NotServed, match="being loaded"):
        endpoint.routes.find("late")


def test_without_a_champion_the_endpoint_is_not_ready(endpoint, store):
    register(store)
    endpoint.follow()

    assert "No model has a champion yet" in endpoint.routes.unready
    with pytest.raises(NotFound, match="No served model is called 'late'"):
        endpoint.routes.find("late")


def test_a_champion_is_served(endpoint, store):
    promote(store, register(store, bias=1.0))
    endpoint.follow()

    assert endpoint.routes.unready == ""
    assert answer(endpoint) == pytest.approx(score(2.5, bias=1.0), abs=1e-12)
    assert happened(store) == ["endpoint.swapped"]


def test_a_new_champion_takes_over(endpoint, store):
    promote(store, register(store))
    endpoint.follow()
    before = answer(endpoint)
    promote(store, register(store, bias=-4.0))
    endpoint.follow()

    assert answer(endpoint) == pytest.approx(score(2.5, bias=-4.0), abs=1e-12)
    assert answer(endpoint) != before
    assert happened(store) == ["endpoint.swapped", "endpoint.swapped"]


def test_models_are_served_beside_each_other(endpoint, store):
    promote(store, register(store))
    promote(store, register(store, model="early", bias=1.0))
    endpoint.follow()

    assert set(endpoint.routes.plans) == {"late", "early"}


def test_a_look_at_an_unchanged_catalog_changes_nothing(endpoint, store):
    promote(store, register(store))
    endpoint.follow()
    routes = endpoint.routes
    endpoint.follow()
    endpoint.follow()

    assert endpoint.routes is routes


def test_who_holds_the_old_routes_is_answered_after_a_swap(endpoint, store):
    promote(store, register(store))
    endpoint.follow()
    old = endpoint.routes.find("late")
    promote(store, register(store, bias=-4.0))
    endpoint.follow()

    assert old.answer(COLUMNS).scores[0] == pytest.approx(score(2.5), abs=1e-12)


@pytest.mark.parametrize("blobs", BROKEN.values(), ids=BROKEN)
def test_a_broken_version_leaves_the_old_one_serving_and_raises_one_alert(endpoint, store, blobs):
    promote(store, register(store))
    endpoint.follow()
    promote(store, register(store, bias=1.0, blobs=blobs))
    for _ in range(3):
        endpoint.follow()

    assert endpoint.routes.find("late").version.number == 1
    assert endpoint.routes.unready == ""
    assert [(alert.key, alert.count) for alert in alerts(store)] == [
        ("endpoint:version:late@v2", 1)
    ]
    assert happened(store) == ["endpoint.swapped", "endpoint.refused"]


def test_damaged_bytes_are_not_served(endpoint, store):
    version = register(store)
    path = store.blobs.path(version.onnx_blob)
    path.chmod(0o644)
    path.write_bytes(graph(bias=2.0))
    promote(store, version)
    endpoint.follow()

    with pytest.raises(NotServed, match="does not hold the bytes its name promises"):
        endpoint.routes.find("late")


def test_a_good_version_after_a_broken_one_closes_the_alert(endpoint, store):
    promote(store, register(store))
    endpoint.follow()
    promote(store, register(store, bias=1.0, blobs=BROKEN["no graph at all"]))
    endpoint.follow()
    promote(store, register(store, bias=2.0))
    endpoint.follow()

    assert endpoint.routes.refused == {}
    assert alerts(store) == ()
    assert len(alerts(store, AlertState.RESOLVED)) == 1


def test_going_back_to_the_version_that_serves_closes_the_alert(endpoint, store):
    good = register(store)
    promote(store, good)
    endpoint.follow()
    promote(store, register(store, bias=1.0, blobs=BROKEN["an empty file"]))
    endpoint.follow()
    promote(store, good)
    endpoint.follow()

    assert endpoint.routes.refused == {}
    assert alerts(store) == ()


def test_a_broken_first_version_is_named_to_who_asks(endpoint, store):
    promote(store, register(store, blobs=BROKEN["a graph that answers differently"]))
    endpoint.follow()

    assert "late@v1 cannot be served: it answers its sample" in endpoint.routes.unready
    with pytest.raises(NotServed, match="late@v1 cannot be served"):
        endpoint.routes.find("late")


def test_a_version_that_is_not_champion_is_not_served(endpoint, store):
    promote(store, register(store))
    endpoint.follow()

    assert endpoint.routes.find("late", 1).version.number == 1
    with pytest.raises(NotFound, match="late@v2 is not served"):
        endpoint.routes.find("late", 2)


def test_the_thread_follows_without_being_asked(endpoint, store):
    endpoint.start()
    promote(store, register(store))

    assert eventually(lambda: endpoint.routes.plans.get("late"))


def test_a_key_column_is_logged_and_never_fed(endpoint, store):
    promote(store, register(store))
    endpoint.follow()

    found = endpoint.answer(endpoint.routes.find("late"), {**COLUMNS, "flight": ["UA 7"]})

    assert found.key == {"flight": ["UA 7"]}
    assert set(found.inputs) == set(ROW)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"flight": [[1]]}, "Row 1 of the key column 'flight' is a list or an object"),
        ({"flight": [1, 2]}, "'flight' has 2 rows, the others have 1"),
        ({"seats": ["many"]}, "Row 1 of column 'seats' is 'many'"),
        ({"colour": ["red"]}, "no column 'colour'"),
        ({"seats": [1, 2]}, "different numbers of rows"),
        ({"seats": [1] * 1001}, "1001 rows; at most 1000"),
    ],
    ids=["nested key", "long key", "wrong type", "extra", "lengths", "too many"],
)
def test_rows_that_do_not_fit_are_refused_by_name(endpoint, store, columns, named):
    promote(store, register(store))
    endpoint.follow()

    with pytest.raises(RequestInvalid, match=named):
        answer(endpoint, **columns)


def test_an_answer_that_is_kept_is_on_disk_after_the_end(context, store):
    endpoint = Endpoint(context)
    promote(store, register(store))
    endpoint.follow()
    served = endpoint.routes.find("late")
    found = endpoint.answer(served, {**COLUMNS, "flight": [7]})
    endpoint.answered(None, batch_of(served, found))
    endpoint.close()

    (segment,) = store.layout.predictions.glob("late/*.jsonl")
    line = json.loads(segment.read_text(encoding="utf-8"))

    assert (line["request"], line["key"], line["inputs"]) == ("r1", {"flight": [7]}, COLUMNS)
    assert line["scores"] == found.scores.tolist()


def test_a_log_that_cannot_be_written_raises_an_alert_and_serving_goes_on(context, store):
    store.layout.predictions.rmdir()
    store.layout.predictions.write_text("a file where a folder should be")
    endpoint = Endpoint(context)
    promote(store, register(store))
    endpoint.follow()
    served = endpoint.routes.find("late")
    endpoint.answered(None, batch_of(served, endpoint.answer(served, COLUMNS)))
    endpoint.close()

    assert answer(endpoint) > 0
    assert [alert.title for alert in alerts(store)] == ["Predictions are no longer logged"]


def test_a_start_closes_the_alert_of_a_log_that_had_failed(context, store):
    endpoint = Endpoint(context)
    endpoint._log_failed(OSError("no space"))
    endpoint.follow()
    endpoint.close()
    again = Endpoint(context)
    again.start()
    again.close()

    assert alerts(store) == ()
    assert happened(store) == ["predictions.off", "endpoint.started"]
