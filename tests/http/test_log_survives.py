"""The prediction log of a killed endpoint: what is older than a second is there, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from storage.predictions import Predictions
from storage.store import Store
from tests.http.project import (
    ROW,
    SERVE,
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


def ask(caller, flight):
    columns = {**{name: [value] for name, value in ROW.items()}, "flight": [flight]}
    status, _, headers = caller.ask("POST", "/v2/models/late/infer", {"inputs": tensors(**columns)})
    assert status == 200
    return headers["x-request-id"]


def logged(store):
    log = Predictions(store.frames, store.layout.predictions)
    rows = log.rows("late", {}).sql("request, flight, count(*)") + " GROUP BY ALL"
    return {request: (flight, count) for request, flight, count in store.frames.rows(rows)}


@pytest.mark.slow
def test_a_killed_endpoint_leaves_its_log_whole_and_the_next_one_has_it_sealed(tmp_path):
    project = make_project(tmp_path)
    lock = project / ".workbench" / "locks" / "serve.lock"
    with closing(Store.open(project, program="test")) as store:
        promote(store, register(store))
        killed = subprocess.Popen([sys.executable, "-c", SERVE, str(project)])
        address = eventually(lambda: (facts := instance.look(lock)) and facts.address)
        until_ready(address)
        caller = Caller(address)
        asked = {ask(caller, f"UA{n}"): f"UA{n}" for n in range(300)}
        eventually(lambda: len(logged(store)) == 300)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        caller.close()
        with serving(project) as address:
            until_ready(address)
            caller = Caller(address)
            asked |= {ask(caller, f"AA{n}"): f"AA{n}" for n in range(20)}
            caller.close()

        assert logged(store) == {request: (flight, 1) for request, flight in asked.items()}
        with store.read() as tx:
            assert [(job.kind, job.subject) for job in tx.jobs.live()] == [("seal", "predictions")]
