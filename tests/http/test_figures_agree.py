"""What the endpoint says it did agrees with what it was asked, whoever of its processes is asked."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import workbench
from storage.frames import Frames
from storage.layout import Layout
from storage.predictions import Predictions
from storage.records import Routing
from storage.store import Store
from tests.http.load import calling
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
from workbench.engines import instance
from workbench.services import access, figures

FRIENDLY = "/predict/late"
V2 = "/v2/models/late/infer"
COLUMNS = {name: [value] for name, value in ROW.items()}
NAMED = "/v2/models/late/versions/1/infer"
ANSWERED = [
    # How often, where, what, and how many rows that has.
    (7, FRIENDLY, {"rows": [ROW]}, 1),
    (3, FRIENDLY, {"rows": [ROW] * 5}, 5),
    (2, FRIENDLY, {"columns": {name: [value] * 700 for name, value in ROW.items()}}, 700),
    (6, V2, {"inputs": tensors(**COLUMNS)}, 1),
    (4, NAMED, {"inputs": tensors(**COLUMNS)}, 1),
    (1, "/predict/other", {"rows": [ROW] * 2}, 2),
    (2, "/invocations?model=late", {"dataframe_records": [ROW] * 3}, 3),
    (3, V2, gzip.compress(json.dumps({"inputs": tensors(**COLUMNS)}).encode()), 1),
]
REFUSED = [
    # How often, how, where, what, and the status.
    (2, "POST", FRIENDLY, b"{", 400),
    (3, "POST", FRIENDLY, {"rows": [{**ROW, "seats": "many"}]}, 400),
    (1, "POST", FRIENDLY, {"rows": [ROW] * 1001}, 400),
    (4, "POST", "/predict/nobody", {"rows": [ROW]}, 404),
    (2, "POST", "/v2/models/late/versions/99/infer", {"inputs": tensors(**COLUMNS)}, 404),
    (1, "GET", FRIENDLY, None, 405),
    (1, "POST", FRIENDLY, b" " * 1_100_000, 413),
]  # fmt: skip


def make(folder: Path, config: str = CONFIG) -> Path:
    """A project with a champion of `late` and one of `other`."""
    project = make_project(folder, config)
    store = Store.open(project, program="test")
    for model in ("late", "other"):
        promote(store, register(store, model=model))
    store.close()
    return project


@contextmanager
def callers_of(address: str, count: int = 1) -> Iterator[list[Caller]]:
    """Several connections to an endpoint."""
    callers = [Caller(address) for _ in range(count)]
    yield callers
    for caller in callers:
        caller.close()


def page(address: str, path: str) -> Any:
    """What is shown to who asks by a connection of their own."""
    with callers_of(address) as (caller,):
        status, body, _ = caller.ask("GET", path)
    assert status == 200, body
    return body


def ask_everything(callers: list[Caller]) -> None:
    """Asks each thing as often as the tables say, by turns of all callers."""
    turn = 0
    for times, path, body, _ in ANSWERED:
        for _ in range(times):
            coding = {"content_encoding": "gzip"} if isinstance(body, bytes) else {}
            assert callers[turn % len(callers)].ask("POST", path, body, **coding)[0] == 200
            turn += 1
    for times, method, path, body, status in REFUSED:
        for _ in range(times):
            caller = callers[turn % len(callers)]
            assert caller.ask(method, path, body)[0] == status, (method, path)
            # A server may hang up on whoever sends too much.
            caller.close()
            turn += 1


def totals(record) -> dict[str, int]:
    """What was counted, over all versions."""
    versions = record.versions
    return {
        "requests": sum(one.requests for one in versions),
        "rows": sum(one.rows for one in versions),
        "latencies": sum(sum(one.latency.values()) for one in versions),
        "request_rows": sum(sum(one.request_rows.values()) for one in versions),
        "calls": sum(sum(one.call_rows.values()) for one in versions),
        "errors": sum(sum(one.errors.values()) for one in versions),
        "rejected": sum(record.rejected.values()),
        "in steps": sum(step.requests for one in versions for step in one.steps),
    }


def expected(times: int = 1) -> dict[str, int]:
    """What must have been counted once everything was asked."""
    requests = times * sum(count for count, *_ in ANSWERED)
    errors = times * sum(count for count, *_ in REFUSED)
    return {
        "requests": requests,
        "rows": times * sum(count * rows for count, _, _, rows in ANSWERED),
        "latencies": requests,
        "request_rows": requests,
        "calls": requests,
        "errors": errors,
        "rejected": errors,
        "in steps": requests,
    }


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """An endpoint that was asked everything one after the other: its project, and what it says of itself."""
    project = make(tmp_path_factory.mktemp("project"))
    with serving(project) as address:
        until_ready(address)
        with callers_of(address) as callers:
            ask_everything(callers)
        pages = {path: page(address, path) for path in ("/metrics", "/figures", "/health")}
    return project, pages


def samples(text: bytes) -> Counter[tuple[str, ...]]:
    """The values of /metrics by name and labels."""
    return Counter(
        {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        }
    )


def test_every_request_row_and_error_is_counted_once(asked):
    assert totals(figures.read(Layout(asked[0]))) == expected()


def test_each_is_counted_where_it_belongs(asked):
    record = figures.read(Layout(asked[0]))
    counted = Counter(
        (one.model, status) for one in record.versions for status in Counter(one.errors).elements()
    )
    answered = {(one.model, one.version): one.requests for one in record.versions if one.requests}

    assert answered == {("late", 1): 27, ("other", 1): 1}
    assert counted == Counter({("late", 400): 6, ("", 404): 6, ("late", 405): 1, ("late", 413): 1})


def test_the_metrics_say_the_same(asked):
    found = samples(asked[1]["/metrics"])

    assert found["workbench_requests_total", "200", "late", "1"] == 27
    assert found["workbench_request_duration_seconds_count", "late", "1"] == 27
    assert found["workbench_inference_rows_total", "late", "1"] == 1441
    assert found["workbench_requests_total", "404", "", ""] == 6
    assert found["workbench_model_loads_total", "late", "1"] == 1
    assert found["process_resident_memory_bytes",] > 10_000_000


def test_the_figures_of_the_page_say_the_same(asked):
    answer = next(one for one in asked[1]["/figures"]["versions"] if one["requests"] == 27)

    assert (answer["model"], answer["version"], answer["rows"]) == ("late", 1, 1441)
    assert sum(answer["trend"]) >= 27
    assert 0 < answer["p50_us"] <= answer["p99_us"]


def test_a_sound_endpoint_is_healthy(asked):
    health = asked[1]["/health"]

    assert (health["status"], health["problems"]) == ("ok", [])
    assert [worker["number"] for worker in health["workers"]] == [0]


def test_the_access_log_has_a_line_for_each(asked):
    lines = access.newest(Layout(asked[0]).logs / access.FOLDER, limit=1000)
    found = Counter((line.status, line.model) for line in lines if "/" in line.path and line.method)

    assert found[200, "late"] == 27
    assert found[400, "late"] == 6
    assert found[413, "late"] == 1
    assert sum(count for (status, _), count in found.items() if status == 404) == 6
    refused = next(line for line in lines if line.status == 405)
    assert (refused.method, refused.path, refused.client) == ("GET", FRIENDLY, "127.0.0.1")
    assert "not allowed" in refused.error


def test_pages_are_in_the_access_log_too(asked):
    lines = access.newest(Layout(asked[0]).logs / access.FOLDER, limit=1000)

    assert {"/metrics", "/figures", "/health"} <= {
        line.path for line in lines if line.status == 200
    }


def test_a_refused_request_says_why_in_the_access_log(asked):
    text = (Layout(asked[0]).logs / access.FOLDER / "0.jsonl").read_text(encoding="utf-8")
    errors = [json.loads(line).get("error", "") for line in text.splitlines()]

    assert any("seats" in error for error in errors)


@pytest.mark.slow
def test_processes_that_share_the_port_count_together_even_when_one_dies(tmp_path):
    project = make(tmp_path, CONFIG + "workers = 2\n")
    layout = Layout(project)

    def counted():
        return totals(figures.read(layout))

    with serving(project) as address:
        until_ready(address)
        with callers_of(address, 16) as callers:
            ask_everything(callers)
        eventually(lambda: counted() == expected())
        slots = {process.slot: process.pid for process in figures.read(layout).processes}
        assert sorted(slots) == [0, 1]
        eventually(lambda: all(_answers(layout, slot) for slot in slots))

        os.kill(slots[1], signal.SIGKILL)
        assert counted() == expected()
        eventually(
            lambda: (
                {one.slot for one in figures.read(layout).processes} == {0, 1}
                and slots != {one.slot: one.pid for one in figures.read(layout).processes}
            )
        )
        assert counted() == expected()

        until_ready(address)
        with callers_of(address, 16) as callers:
            ask_everything(callers)
        eventually(lambda: counted() == expected(2))
        whoever = [page(address, "/metrics") for _ in range(6)]
    assert {samples(text)["workbench_requests_total", "200", "late", "1"] for text in whoever} == {
        54
    }


def _answers(layout: Layout, slot: int) -> bool:
    """Whether a process has counted anything of its own."""
    record = figures._read(layout.locks / figures.FOLDER / f"{slot}.json")
    return record is not None and totals(record)["requests"] > 0


@pytest.fixture(scope="module")
def shared_out(tmp_path_factory):
    """What was counted of 300 requests that two versions share and a third one sees, 20 of them doubtful."""
    folder = tmp_path_factory.mktemp("shared")
    project = make_project(folder, CONFIG + 'unknown_category = "warn"\n')
    store = Store.open(project, program="test")
    promote(store, register(store))
    for number, alias in ((2, "challenger"), (3, "trial")):
        register(store, bias=1.0 if number == 2 else -5.0)
        with store.write() as tx:
            tx.models.move_alias("late", alias, to=number, expected=None, who="test", why="test")
    store.close()
    with workbench.open(project) as opened:
        wanted = Routing(answers={"champion": 70, "challenger": 30}, shadows=("trial",))
        opened.set_routing("late", wanted, why="test")
    with serving(project) as address:
        until_ready(address)
        with callers_of(address) as (caller,):
            for number in range(300):
                carrier = "ZZ" if number % 15 == 0 else "UA"
                body = {"inputs": tensors(**{**COLUMNS, "carrier": [carrier]})}
                assert caller.ask("POST", V2, body)[0] == 200
    return figures.read(Layout(project))


def test_the_shares_of_versions_add_up_to_what_was_asked(shared_out):
    answers = [one for one in shared_out.versions if one.role == "answer" and one.version < 3]

    assert sum(one.requests for one in answers) == 300
    assert all(one.requests > 0 for one in answers)


def test_a_shadow_sees_everything_and_its_answers_are_compared(shared_out):
    (shadow,) = [one for one in shared_out.versions if one.role == "shadow"]
    compared = shadow.shadow

    assert (shadow.version, shadow.requests, shadow.rows) == (3, 300, 300)
    assert (compared.requests, compared.rows, compared.dropped, compared.failed) == (300, 300, 0, 0)
    # Both answer "late" at this distance; the shadow, five lower, does not.
    assert compared.agreeing == 0
    assert compared.difference / compared.rows == pytest.approx(0.86, abs=0.05)


def test_doubts_are_counted_by_kind(shared_out):
    counted = Counter()
    for one in shared_out.versions:
        counted.update(one.warnings)

    assert counted == {"unknown_category": 20}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_under_load_figures_access_log_and_prediction_log_agree_with_the_callers(tmp_path, workers):
    project = make(tmp_path, CONFIG + f"workers = {workers}\n")
    body = json.dumps({"inputs": tensors(**COLUMNS)}).encode()
    request = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b"
    request %= (V2.encode(), len(body), body)
    with serving(project) as address:
        until_ready(address)
        with calling(address, request, connections=16) as callers:
            eventually(lambda: callers.answered >= 6000)
    record = figures.read(Layout(project))
    (late,) = [one for one in record.versions if one.requests]
    store = Store.open(project, program="test")
    frames = Frames(store.blobs, store.layout.staging)
    logged = Predictions(frames, store.layout.predictions).answered("late", 1)
    frames.close()
    store.close()
    lines = [
        line
        for path in (Layout(project).logs / access.FOLDER).iterdir()
        for line in path.read_bytes().splitlines()
        if b'"rows":1' in line
    ]

    assert callers.statuses == {200: callers.answered}
    assert late.requests == late.rows == callers.answered
    assert sum(late.latency.values()) == callers.answered
    assert sum(late.call_rows.values()) == late.calls < callers.answered
    assert sum(step.requests for step in late.steps) == callers.answered
    assert sum(sum(step.scores.values()) for step in late.steps) == callers.answered
    assert len(lines) == callers.answered
    assert (logged.requests, logged.rows) == (callers.answered, callers.answered)


def test_without_an_access_log_there_is_none(tmp_path):
    project = make(tmp_path, CONFIG + "[serve.log]\naccess = false\n")
    with serving(project) as address:
        until_ready(address)
        with callers_of(address) as (caller,):
            assert caller.ask("POST", FRIENDLY, {"rows": [ROW]})[0] == 200

    assert not (Layout(project).logs / access.FOLDER).exists()
    assert instance.look(Layout(project).locks / figures.LOCK) is None
