"""Versions come, go and share requests while callers ask: none fails, and nothing is left behind."""

from __future__ import annotations

import gc
import json
import weakref
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from storage.records import Routing
from tests.http.inprocess import answering, infer
from tests.http.load import calling
from tests.http.project import (
    Caller,
    eventually,
    graph,
    promote,
    register,
    score,
    serving,
    until_ready,
)
from tests.http.wired import read_reply, request, wired
from workbench.config import ServeConfig
from workbench.engines import instance
from workbench.services import champions, routing
from workbench.services.context import open_context

V2 = "/v2/models/late/infer"
SWAPS = 30
TABLE_BYTES = 8_000_000


@pytest.fixture
def context(project):
    opened = open_context(project, who="test")
    yield opened
    opened.store.close()


def large(bias):
    """The model that `graph` makes, with a table that takes memory as long as it is loaded."""
    model = onnx.load_from_string(graph(bias=bias))
    body = model.graph
    constants = {"nothing": np.array([0.0]), "table": np.full(TABLE_BYTES // 8, bias)}
    del body.initializer[[one.name for one in body.initializer].index("bias")]
    body.initializer.extend(numpy_helper.from_array(one, name) for name, one in constants.items())
    body.node[0].input[1] = "found"
    looked_up = [
        helper.make_node("Mul", ["km", "nothing"], ["zero"]),
        helper.make_node("Cast", ["zero"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "place"], ["found"], axis=0),
    ]
    nodes = [*looked_up, *body.node]
    del body.node[:]
    body.node.extend(nodes)
    return bytes(model.SerializeToString())


def memory_bytes(project):
    pid = instance.look(project / ".workbench" / "locks" / "serve.lock").pid
    (line,) = [
        one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in one
    ]
    return int(line.split()[1]) * 1024


def is_answered_by(caller, bias):
    _, reply, _ = caller.ask("POST", V2, infer())
    return abs(reply["outputs"][1]["data"][1] - score(2.5, bias=bias)) < 1e-12


def test_a_connection_that_stays_open_keeps_no_version_alive(tmp_path):
    plain = request(V2, infer())
    with (
        answering(tmp_path) as front,
        wired(front.endpoint, front.front, ServeConfig()) as servers,
        servers.connect() as busy,
        servers.connect() as idle,
        busy.makefile("rb") as replies,
        idle.makefile("rb") as idle_replies,
    ):
        for connection, answers in ((busy, replies), (idle, idle_replies)):
            for _ in range(3):
                connection.sendall(plain)
                assert read_reply(answers)[0] == 200
        endpoint, store = front.endpoint, front.endpoint._context.store
        old = weakref.ref(endpoint.routes.find("late").session)
        promote(store, register(store, bias=1.0))
        endpoint.follow()
        busy.sendall(plain)
        version = read_reply(replies)[1]["x-model-version"]
        gone = eventually(lambda: (gc.collect(), old() is None)[1], within_s=10)

    assert (version, gone) == ("2", True)


@pytest.mark.slow
def test_thirty_swaps_under_load_fail_nothing_and_leave_no_memory_behind(project, store):
    biases = [number / 4 for number in range(6)]
    versions = [register(store, bias=bias, blobs={"onnx": large(bias)}) for bias in biases]
    promote(store, versions[0])
    with serving(project) as address:
        until_ready(address)
        caller = Caller(address)
        before = memory_bytes(project)
        with calling(address, request(V2, infer()), connections=8) as callers:
            for swap in range(1, SWAPS + 1):
                promote(store, versions[swap % 6])
                eventually(lambda swap=swap: is_answered_by(caller, biases[swap % 6]))
        # A version that stayed would keep its table.
        eventually(lambda: memory_bytes(project) < before + SWAPS * TABLE_BYTES / 2, within_s=10)
        caller.close()

    assert (callers.unanswered, callers.refused) == ([], 0)
    assert set(callers.statuses) == {200}


@pytest.mark.slow
def test_a_callers_version_outlives_restarts_and_a_growing_canary_only_adds_callers(
    project, context
):
    promote(context.store, register(context.store))
    register(context.store, bias=1.0)
    champions.promote(context, "late", 2, expected=None, why="w", alias="challenger")
    users = [f"user {number}" for number in range(400)]

    def met(weight):
        """The version that each user meets."""
        wanted = Routing(answers={"challenger": weight}, sticky="header:x-user")
        routing.set_routing(context, "late", wanted, expected=None, why="w")
        with serving(project) as address:
            until_ready(address)
            caller = Caller(address)
            # Twice: the first row may go another way through the server than those after it.
            rounds = [
                [
                    caller.ask("POST", V2, infer(), x_user=user)[2]["x-model-version"]
                    for user in users
                ]
                for _ in range(2)
            ]
            caller.close()
        assert rounds[0] == rounds[1]
        return dict(zip(users, rounds[0], strict=True))

    before, again, more = met(20), met(20), met(50)

    # Three standard deviations of a binomial with n = 400 and p = .2 are 24.
    assert Counter(before.values())["2"] == pytest.approx(80, abs=24)
    assert again == before
    assert {more[user] for user in users if before[user] == "2"} == {"2"}
    assert Counter(more.values())["2"] == pytest.approx(200, abs=30)


@pytest.mark.slow
def test_shares_and_shadows_hold_under_load(project, context):
    store = context.store
    promote(store, register(store))
    for alias, bias in (("challenger", 1.0), ("candidate", -1.0)):
        made = register(store, bias=bias)
        champions.promote(context, "late", made.number, expected=None, why="w", alias=alias)
    wanted = Routing(answers={"challenger": 25}, shadows=("candidate",))
    routing.set_routing(context, "late", wanted, expected=None, why="w")
    with serving(project) as address:
        until_ready(address)
        with calling(address, request(V2, infer()), connections=8) as callers:
            eventually(lambda: callers.answered > 6000)

    lines = [
        json.loads(line)
        for path in store.layout.predictions.glob("late/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    ids = {role: Counter() for role in ("answer", "shadow")}
    by_version = Counter()
    for line in lines:
        several = line.get("requests") or [line["request"]]
        ids[line.get("role", "answer")].update(several)
        by_version[line["version"]] += len(several)
    answered = ids["answer"].total()
    assert (set(callers.statuses), callers.unanswered) == ({200}, [])
    # What the endpoint still answers when it is told to end is answered; nobody has to have read it.
    assert answered >= callers.answered
    # Five standard deviations of a binomial with p = .25: the seed is the system's.
    assert by_version[2] / answered == pytest.approx(0.25, abs=5 * (0.1875 / answered) ** 0.5)
    assert ids["shadow"] <= ids["answer"]
    assert ids["shadow"].total() > 0
