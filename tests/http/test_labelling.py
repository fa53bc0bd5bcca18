"""Labels over HTTP: kept before they are acknowledged, refused with the row and column named."""

from __future__ import annotations

from contextlib import closing

import pytest

from storage.labels import Labels
from storage.store import Store
from tests.http.inprocess import VALUE, InProcess
from tests.http.project import Caller, make_project, promote, register, serving, until_ready
from workbench.http.front import Front
from workbench.http.pages.application import pages
from workbench.services.context import open_context
from workbench.services.serving import Endpoint

FULL_DISK = """
import resource, sys
from pathlib import Path
from workbench.http.process.server import run
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
sys.exit(run(Path(sys.argv[1])))
"""


@pytest.fixture
def served(tmp_path):
    context = open_context(make_project(tmp_path), who="test")
    promote(context.store, register(context.store))
    promote(context.store, register(context.store, model="a/b", signature=VALUE))
    endpoint = Endpoint(context)
    endpoint.follow()
    front = Front(endpoint, context.config.serve, pages(endpoint))
    yield InProcess(endpoint, front)
    front.close()
    endpoint.close()
    context.store.close()


def kept(project, model="late"):
    store = Store.open(project, program="test")
    labels = Labels(store.frames, store.layout.labels, model, ("flight",))
    found = {one.key["flight"]: one.label for one in labels.newest(limit=100_000)}
    store.close()
    return found


def row(**changes):
    return {"flight": "UA1", "label": "late", **changes}


def test_labels_are_kept_and_counted(served, tmp_path):
    status, reply, _ = served.post(
        "/labels/late", {"rows": [row(), row(flight=2, at="2026-01-01")]}
    )

    assert (status, reply) == (200, {"model": "late", "kept": 2})
    assert kept(tmp_path) == {"UA1": "late", "2": "late"}


def test_sending_labels_again_changes_nothing_and_a_correction_counts(served, tmp_path):
    for label in ("late", "late", "on time"):
        served.post("/labels/late", {"rows": [row(label=label)]})

    assert kept(tmp_path) == {"UA1": "on time"}


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("late", {"rows": [row(), row(label="early")]}, 400, "The label of row 2 is 'early'"),
        ("late", {"rows": [row(fligth="x")]}, 400, "Row 1 has a column 'fligth'"),
        ("late", {"rows": [{"label": "late"}]}, 400, "no value for the key column 'flight'"),
        ("late", {"rows": []}, 400, "There are no labels"),
        ("late", {"row": []}, 400, "row"),
        ("late", {"rows": [row()] * 1001}, 400, "at most 1000 are allowed"),
        ("late", b"{", 400, ""),
        ("late", b"\xff", 400, ""),
        ("late", [], 400, ""),
        ("early", {"rows": [row()]}, 404, "early"),
        ("a/b", {"rows": [{"label": 1}]}, 400, "a/b has no key columns"),
    ],
)
def test_what_makes_no_sense_is_refused(served, tmp_path, path, body, status, told):
    found, reply, _ = served.post(f"/labels/{path}", body)

    assert found == status
    assert told in reply["error"]
    assert kept(tmp_path) == {}


@pytest.mark.slow
def test_labels_that_find_no_room_are_not_acknowledged_and_the_others_are_kept(tmp_path):
    project = make_project(tmp_path)
    with closing(Store.open(project, program="test")) as store:
        promote(store, register(store))
    acknowledged = {}
    status = 200
    with serving(project, program=FULL_DISK) as address:
        until_ready(address)
        caller = Caller(address)
        while status == 200:
            flights = [f"{len(acknowledged)}-{n}-{'x' * 200}" for n in range(900)]
            rows = [row(flight=flight) for flight in flights]
            status, reply, _ = caller.ask("POST", "/labels/late", {"rows": rows})
            acknowledged |= dict.fromkeys(flights, "late") if status == 200 else {}
        caller.close()

    assert status == 503
    assert reply["error"].startswith("The labels were not kept: File too large.")
    assert len(acknowledged) > 1000
    assert kept(project) == acknowledged
