"""Several versions of a model at once: shares, shadows, and what becomes of those that cannot be served."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from storage.errors import NotFound
from storage.predictions import recent
from storage.records import CHAMPION, AlertState, NewAlert, NewEvent, Routing, Severity
from tests.http.project import (
    ROW,
    SIGNATURE,
    batch_of,
    eventually,
    promote,
    register,
    score,
)
from workbench.core import routing as rules
from workbench.errors import NotServed
from workbench.services import champions, routing
from workbench.services.following import RETRY_S
from workbench.services.serving import Endpoint

COLUMNS = {name: [value] for name, value in ROW.items()}
VALUES = [b"customer %d" % number for number in range(2000)]


def challenge(context, **blobs):
    """A challenger beside the champion, v2 beside v1."""
    promote(context.store, register(context.store))
    version = register(context.store, bias=1.0, blobs=blobs)
    champions.promote(context, "late", 2, expected=None, why="w", alias="challenger")
    return version


def share(context, **routes):
    routing.set_routing(context, "late", Routing(**routes), expected=None, why="w")


def move(store, alias, version, *, expected):
    """Points an alias elsewhere, whatever a service would say to it."""
    with store.write() as tx:
        tx.models.move_alias(
            "late", alias, to=version.number, expected=expected, who="test", why="w"
        )


def alerts(store):
    with store.read() as tx:
        return [one.key for one in tx.events.alerts(state=AlertState.OPEN)]


def test_requests_are_shared_out_by_weight(context, endpoint):
    challenge(context)
    share(context, answers={"challenger": 25})
    endpoint.follow()
    plan = endpoint.routes.plans["late"]

    found = Counter(plan.choose(value).version.number for value in VALUES)
    # Three standard deviations of a binomial with n = 2,000 and p = .25 are 58.
    assert found[2] == pytest.approx(500, abs=58)
    assert {plan.choose(None).version.number for _ in range(200)} == {1, 2}


def test_the_same_value_is_always_answered_by_the_same_version(context, endpoint):
    challenge(context)
    share(context, answers={"challenger": 50}, sticky="column:flight")
    endpoint.follow()
    plan = endpoint.routes.plans["late"]

    assert (plan.sticky.kind, plan.sticky.name) == ("column", "flight")
    for value in ("UA 7", "UA 8"):
        found = {plan.choose(rules.as_bytes(value)).version.number for _ in range(50)}
        assert len(found) == 1


def test_every_version_of_a_route_can_be_asked_by_its_number(context, endpoint):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint.follow()

    assert endpoint.routes.find("late", 2).version.number == 2
    with pytest.raises(NotFound, match="Served are late@v1, late@v2"):
        endpoint.routes.find("late", 3)


def test_a_challenger_that_cannot_be_served_leaves_its_share_to_the_champion(context, endpoint):
    challenge(context, onnx=b"no model")
    share(context, answers={"challenger": 50})
    endpoint.follow()

    (only,) = endpoint.routes.plans["late"].answers
    assert (only.alias, only.weight) == (CHAMPION, 100)
    assert endpoint.routes.unready == ""
    with pytest.raises(NotServed, match="late@v2 cannot be served"):
        endpoint.routes.find("late", 2)
    assert alerts(context.store) == ["endpoint:version:late@v2"]
    share(context)
    endpoint.follow()
    assert alerts(context.store) == []
    assert endpoint.routes.refused == {}


def test_a_version_whose_cause_is_gone_is_served_after_a_while(context, endpoint, monkeypatch):
    version = challenge(context)
    path = context.store.blobs.path(version.onnx_blob)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"")
    share(context, answers={"challenger": 50})
    endpoint.follow()
    assert len(endpoint.routes.plans["late"].answers) == 1

    path.write_bytes(whole)
    endpoint.follow()
    assert len(endpoint.routes.plans["late"].answers) == 1
    monkeypatch.setattr("workbench.services.following.RETRY_S", -RETRY_S)
    endpoint.follow()

    assert len(endpoint.routes.plans["late"].answers) == 2
    assert alerts(context.store) == []


def test_a_share_that_cannot_be_served_moves_no_other_share(context, endpoint):
    challenge(context)
    register(context.store, bias=2.0, blobs={"onnx": b"no model"})
    champions.promote(context, "late", 3, expected=None, why="w", alias="zeta")
    share(context, answers={"challenger": 20, "zeta": 20})
    endpoint.follow()
    plan = endpoint.routes.plans["late"]

    assert [one.served.version.number for one in plan.answers] == [1, 2, 1]
    met = {rules.point("late", value): plan.choose(value).version.number for value in VALUES}
    assert {number for at, number in met.items() if 0.6 <= at < 0.8} == {2}
    assert {number for at, number in met.items() if not 0.6 <= at < 0.8} == {1}


def test_two_aliases_of_one_version_share_its_session(context, endpoint):
    challenge(context)
    champions.promote(context, "late", 2, expected=None, why="w", alias="candidate")
    share(context, answers={"challenger": 5}, shadows=("candidate",))
    endpoint.follow()
    plan = endpoint.routes.plans["late"]

    assert plan.shadows[0] is plan.answers[1].served
    assert endpoint.publisher._look().versions[1].loads == 1


def test_a_challenger_that_takes_other_columns_waits_for_a_champion_that_does_too(
    context, endpoint
):
    store = context.store
    narrow = replace(SIGNATURE, inputs=SIGNATURE.inputs[:2])
    challenge(context)
    share(context, answers={"challenger": 5})
    third, fourth = (register(store, signature=narrow, bias=bias) for bias in (3.0, 4.0))
    move(store, "challenger", third, expected=2)
    endpoint.follow()
    assert "takes no column night" in endpoint.routes.refused[third.id].reason
    assert (not endpoint.routes.unready, alerts(store)) == (True, ["endpoint:version:late@v3"])

    move(store, CHAMPION, fourth, expected=1)
    endpoint.follow()

    assert set(endpoint.routes.versions) == {("late", 3), ("late", 4)}
    assert alerts(store) == []


def test_an_alert_of_an_earlier_process_is_settled_unless_it_is_so_still(context):
    challenge(context, onnx=b"no model")
    share(context, answers={"challenger": 50})
    with context.store.write() as tx:
        for key in ("endpoint:version:late@v9", "endpoint:shadow:late@v2", "disk"):
            tx.events.raise_alert(
                NewAlert(key=key, severity=Severity.ERROR, title="t", text="of before")
            )
    endpoint = Endpoint(context)
    endpoint.follow()
    endpoint.close()

    assert alerts(context.store) == ["endpoint:version:late@v2", "disk"]


def test_of_several_processes_the_first_one_tells_of_swaps(context):
    promote(context.store, register(context.store))
    for slot in (0, 1):
        endpoint = Endpoint(context, slot=slot)
        endpoint.follow()
        endpoint.close()

    with context.store.read() as tx:
        kinds = [event.kind for event in tx.events.newest()]
    assert kinds.count("endpoint.swapped") == 1


def test_a_catalog_that_cannot_be_read_stops_no_answer(context, endpoint, monkeypatch, caplog):
    promote(context.store, register(context.store))
    endpoint.start()
    eventually(lambda: endpoint.routes.is_read)
    monkeypatch.setattr(context.store, "change_token", lambda: (_ for _ in ()).throw(OSError("io")))
    eventually(lambda: caplog.records)

    assert endpoint.answer(endpoint.routes.find("late"), COLUMNS).scores.shape == (1,)
    monkeypatch.undo()
    promote(context.store, register(context.store, bias=1.0))
    assert eventually(lambda: endpoint.routes.find("late").version.number == 2)
    assert len(caplog.records) == 1


def test_a_share_of_a_thousandth_is_followed(context, endpoint):
    challenge(context)
    for weight in (1, 4):
        share(context, answers={CHAMPION: 1000, "challenger": weight})
        endpoint.follow()
        assert endpoint.routes.plans["late"].answers[1].weight == weight


def test_changed_weights_load_nothing_anew(context, endpoint):
    challenge(context)
    share(context, answers={"challenger": 5})
    endpoint.follow()
    before = endpoint.routes.versions
    share(context, answers={"challenger": 50})
    endpoint.follow()

    after = endpoint.routes.versions
    assert all(after[key] is before[key] for key in before)


def test_a_version_that_answers_no_more_is_dropped(context, endpoint):
    challenge(context)
    endpoint.follow()
    gone = weakref.ref(endpoint.routes.find("late").session)
    champions.promote(context, "late", 2, expected=1, why="w")
    endpoint.follow()
    gc.collect()

    assert gone() is None


def test_a_change_of_something_else_makes_nobody_look_at_versions(context, endpoint, monkeypatch):
    challenge(context)
    endpoint.follow()
    monkeypatch.setattr(endpoint._follower, "take_over", lambda _: pytest.fail("looked"))
    with context.store.write() as tx:
        tx.events.add(NewEvent(kind="k", subject="s", message="m"))
    endpoint.follow()


def test_an_end_does_not_wait_for_a_version_that_takes_long_to_load(context, monkeypatch):
    begun, may_end = threading.Event(), threading.Event()

    def load(*_given, **_named):
        begun.set()
        may_end.wait(30)
        raise OSError("too late")

    monkeypatch.setattr("workbench.services.served.load", load)
    monkeypatch.setattr("workbench.services.serving.LOADING_S", 0.0)
    promote(context.store, register(context.store))
    endpoint = Endpoint(context)
    endpoint.start()
    begun.wait(30)
    endpoint.close()

    assert endpoint._thread.is_alive()
    may_end.set()
    endpoint._thread.join(30)


def shadowed(endpoint):
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    answer = endpoint.answer(plan.champion, COLUMNS)
    endpoint.answered(plan, batch_of(plan.champion, answer))
    endpoint.close()
    (found,) = [one for one in endpoint.publisher._look().versions if one.role == "shadow"]
    return found


def test_a_shadow_is_asked_logged_and_compared(context):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint = Endpoint(context)
    found = shadowed(endpoint)

    assert (found.version, found.shadow.requests, found.shadow.agreeing) == (2, 1, 1)
    expected = abs(score(2.5, bias=1.0) - score(2.5))
    assert found.shadow.largest == pytest.approx(expected, abs=1e-12)
    segments = context.store.layout.predictions.glob("late/*.jsonl")
    lines = [line for path in segments for line in path.read_text().splitlines()]
    assert sum('"shadow"' in line for line in lines) == 1


def test_a_shadow_is_asked_about_many_requests_at_once(context):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint = Endpoint(context)
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    asked = [{**COLUMNS, "거리(km)": [number / 10]} for number in range(60)]
    for number, columns in enumerate(asked):
        answer = endpoint.answer(plan.champion, columns)
        endpoint.answered(plan, batch_of(plan.champion, answer, request=f"r{number}"))
    endpoint.close()

    (found,) = [one for one in endpoint.publisher._look().versions if one.role == "shadow"]
    assert (found.shadow.requests, found.requests, found.shadow.dropped) == (60, 60, 0)
    assert found.calls < 60
    logged = recent([context.store.layout.predictions / "late"], limit=200)
    shadows = {one.request: one.scores[0] for one in logged if one.role == "shadow"}
    assert shadows == {
        f"r{number}": pytest.approx(score(number / 10, bias=1.0)) for number in range(60)
    }


def test_a_shadow_that_fails_is_counted_and_told_once(context, monkeypatch):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint = Endpoint(context)
    endpoint.follow()

    def fail(_columns):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(endpoint.routes.find("late", 2).session, "scores", fail)
    found = shadowed(endpoint)

    assert (found.shadow.failed, found.shadow.requests) == (1, 0)
    assert alerts(context.store) == ["endpoint:shadow:late@v2"]


def test_a_shadow_that_answers_again_settles_its_alert(context, endpoint, monkeypatch):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    batch = batch_of(plan.champion, endpoint.answer(plan.champion, COLUMNS))
    monkeypatch.setattr(plan.shadows[0].session, "scores", lambda _columns: np.zeros((2, 2)))
    endpoint.shadows.put(plan, batch)
    eventually(lambda: endpoint.figures.shadow_failures or endpoint.publisher._look() is None)
    endpoint.follow()
    assert alerts(context.store) == ["endpoint:shadow:late@v2"]

    monkeypatch.undo()
    endpoint.shadows.put(plan, batch)
    eventually(lambda: not (endpoint.follow() or alerts(context.store)))


def test_what_a_version_answered_is_not_compared_with_itself(context):
    challenge(context)
    champions.promote(context, "late", 2, expected=None, why="w", alias="candidate")
    share(context, answers={"challenger": 5}, shadows=("candidate",))
    endpoint = Endpoint(context)
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    served = plan.answers[1].served
    endpoint.answered(plan, batch_of(served, endpoint.answer(served, COLUMNS)))
    endpoint.close()

    assert [one.role for one in endpoint.publisher._look().versions] == ["answer", "answer"]


def test_an_end_does_not_wait_for_all_that_shadows_have_before_them(context, monkeypatch):
    monkeypatch.setattr("workbench.services.shadows.CLOSING_S", 0.0)
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint = Endpoint(context)
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    batch = batch_of(plan.champion, endpoint.answer(plan.champion, COLUMNS))
    with endpoint.shadows._lock:
        endpoint.shadows._waiting.extend([(plan, batch)] * 50)
    endpoint.close()

    (found,) = [one for one in endpoint.publisher._look().versions if one.role == "shadow"]
    assert found.shadow.dropped == 50


def test_a_shadow_that_cannot_keep_up_is_left_out_and_counted(context, endpoint):
    challenge(context)
    share(context, shadows=("challenger",))
    endpoint.follow()
    plan = endpoint.routes.plans["late"]
    answer = endpoint.answer(plan.champion, COLUMNS)
    batch = batch_of(plan.champion, answer)
    endpoint.shadows._rows = 10**9
    endpoint.shadows.put(plan, batch)
    endpoint.shadows._rows = 0

    (found,) = [one for one in endpoint.publisher._look().versions if one.role == "shadow"]
    assert found.shadow.dropped == 1
    assert np.isfinite(answer.scores).all()
