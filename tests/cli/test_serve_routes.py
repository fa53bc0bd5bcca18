"""`workbench serve route`, `routes` and `shadows`: what they do, print and refuse."""

from __future__ import annotations

import json

import pytest

from storage.predictions import Writer
from storage.store import Store
from tests.http.project import make_project, promote, register
from tests.storage.logged import T0, batch
from workbench.cli import main


@pytest.fixture
def project(tmp_path):
    """A project with a champion of `late`, a challenger and a candidate."""
    make_project(tmp_path)
    store = Store.open(tmp_path, program="test")
    promote(store, register(store))
    for number, alias in ((2, "challenger"), (3, "candidate")):
        register(store, bias=number)
        with store.write() as tx:
            tx.models.move_alias("late", alias, to=number, expected=None, who="test", why="w")
    store.close()
    return tmp_path


@pytest.fixture
def serve(project, capsys):
    """Carries out a command below `workbench serve`: exit code, stdout, stderr."""

    def carry_out(*words):
        code = main(["-C", str(project), "serve", *words])
        return code, *capsys.readouterr()

    return carry_out


@pytest.fixture
def as_json(serve):
    """What a command prints as JSON."""

    def carry_out(*words):
        code, out, err = serve(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return carry_out


def test_requests_are_shared_out_and_taken_back(serve, as_json):
    (shared,) = as_json("route", "late", "challenger=10", "--shadow", "candidate")
    assert shared["answers"] == {"champion": 90, "challenger": 10}
    assert (shared["shadows"], shared["sticky"]) == (["candidate"], "")
    assert shared["versions"] == {"champion": 1, "challenger": 2, "candidate": 3}

    code, out, _ = serve("routes", "late")
    assert code == 0
    assert {"90", "10", "%", "shadow", "v3"} <= set(out.split())

    assert as_json("route", "late", "--clear")[0]["answers"] == {"champion": 100}
    assert as_json("routes")[0]["shadows"] == []


def test_what_sticks_stays_until_it_is_said_otherwise(as_json):
    as_json("route", "late", "challenger=10", "--sticky", "header:X-User")
    (grown,) = as_json("route", "late", "challenger=25")
    assert grown["sticky"] == "header:x-user"

    (cleared,) = as_json("route", "late", "--clear")
    assert cleared["sticky"] == ""


def test_the_reason_is_kept(serve, project):
    serve("route", "late", "challenger=10", "--why", "a first canary")
    store = Store.open(project, program="test")
    with store.read() as tx:
        event = tx.events.newest()[0]
    store.close()

    assert event.message == "late is answered by champion 90 %, challenger 10 %: a first canary"


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["late"], 2, "Say who answers"),
        (["late", "--clear", "challenger=5"], 2, "Say who answers"),
        (["late", "challenger"], 2, "'challenger' is no share"),
        (["late", "challenger=-5"], 2, "is no share"),
        (["late", "chalenger=5"], 4, "No alias is called 'chalenger'"),
        (["early", "challenger=5"], 4, "No model is called 'early'"),
        (["late", "champion=0"], 2, "Nobody would answer"),
        (["late", "--shadow", "champion"], 2, "cannot be their shadow"),
        (["late", "challenger=5", "--sticky", "column:colour"], 4, "No column is called 'colour'"),
    ],
)
def test_nonsense_is_refused_by_name(serve, words, code, named):
    found, out, err = serve("route", *words)

    assert (found, out) == (code, "")
    assert named in err


def test_shadows_are_compared_from_the_log(serve, as_json, project):
    assert "No shadow of late was asked yet" in serve("shadows", "late")[2]
    writer = Writer(project / ".workbench" / "predictions", failed=pytest.fail)
    for version, role, scores in ((1, "answer", [0.1, 0.4]), (3, "shadow", [0.2, 0.9])):
        writer.put(batch({}, scores, version=version, role=role, requests=["r1"], at=T0))
    writer.close()

    (found,) = as_json("shadows", "late")
    assert (found["version"], found["answered_by"], found["rows"]) == (3, 1, 2)
    assert found["agreeing"] == 1
    assert found["mean_difference"] == pytest.approx(0.3)
    code, out, _ = serve("shadows", "late")
    assert code == 0
    assert {"late@v3", "v1", "50.00", "0.300", "0.500"} <= set(out.split())
    assert as_json("shadows", "late", "--since", "1h") == []
    assert serve("shadows", "late", "--since", "soon")[0] == 2
