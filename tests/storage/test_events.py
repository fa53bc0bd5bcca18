from __future__ import annotations

import math
from datetime import timedelta

import pytest
from sqlalchemy import delete

from storage import engine, tables
from storage.errors import NotFound
from storage.records import Alert, AlertState, NewAlert, NewEvent, Severity
from storage.store import Store
from tests.storage.examples import NOW, Clock
from tests.storage.programs import numbered


def raised(store: Store, key: str = "drift late", **fields: object) -> None:
    known = {"key": key, "severity": Severity.WARNING, "title": "temp drifted", "text": "by 0.3"}
    with store.write() as tx:
        tx.events.raise_alert(NewAlert(**{**known, **fields}))


def alerts(store: Store, state: AlertState | None = None) -> tuple[Alert, ...]:
    with store.read() as tx:
        return tx.events.alerts(state=state)


def test_an_event_comes_back_as_it_was(store: Store, clock: Clock):
    new = NewEvent(
        kind="alias.moved",
        subject="late@v7",
        message="지연 v7 is champion; was v6",
        severity=Severity.WARNING,
        payload={"from": 6, "reasons": ["a", "b"], "gain": math.inf},
    )
    with store.write() as tx:
        tx.events.add(new)
        (event,) = tx.events.newest()

    assert (event.kind, event.subject, event.message) == (new.kind, new.subject, new.message)
    assert (event.severity, event.payload, event.at) == (new.severity, new.payload, clock.now)


def test_events_are_paged_newest_first(store: Store):
    with store.write() as tx:
        tx.events.add(*[numbered(number) for number in range(6)])
        tx.events.add()

        assert [one.id for one in tx.events.newest(limit=2)] == [6, 5]
        assert [one.id for one in tx.events.newest(limit=2, before=5)] == [4, 3]
        assert [one.id for one in tx.events.newest(since=4)] == [6, 5]
        assert tx.events.last_id() == 6


def test_no_event_has_the_last_id_zero(store: Store):
    with store.read() as tx:
        assert (tx.events.last_id(), tx.events.newest()) == (0, ())


def test_the_id_of_a_deleted_event_is_never_given_again(store: Store):
    with store.write() as tx:
        tx.events.add(*[numbered(number) for number in range(3)])
    with engine.writing(store._engine) as connection:
        connection.execute(delete(tables.events).where(tables.events.c.id > 1))
    with store.write() as tx:
        tx.events.add(numbered(9))

        assert [one.id for one in tx.events.newest()] == [4, 1]


def test_an_alert_that_is_raised_again_counts_up(store: Store, clock: Clock):
    raised(store)
    clock.advance(60)
    raised(store, title="temp and dewp drifted", severity=Severity.ERROR)
    (alert,) = alerts(store)

    assert (alert.count, alert.title, alert.severity) == (2, "temp and dewp drifted", "error")
    assert (alert.first_at, alert.last_at) == (NOW, NOW + timedelta(seconds=60))


def test_alerts_of_other_keys_are_alerts_of_their_own(store: Store):
    raised(store, "drift late")
    raised(store, "drift early")

    assert [(alert.key, alert.count) for alert in alerts(store)] == [
        ("drift early", 1),
        ("drift late", 1),
    ]


def test_an_alert_whose_cause_is_gone_is_resolved_and_may_be_raised_anew(store: Store):
    raised(store)
    with store.write() as tx:
        tx.events.resolve("drift late")
        tx.events.resolve("nothing")
    raised(store)

    assert [(alert.id, alert.state.value, alert.count) for alert in alerts(store)] == [
        (2, "open", 1),
        (1, "resolved", 1),
    ]
    assert [alert.id for alert in alerts(store, AlertState.OPEN)] == [2]


def test_an_alert_is_acknowledged_by_somebody(store: Store):
    raised(store)
    with store.write() as tx:
        alert = tx.events.acknowledge(1, who="ann")

    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "ann")
    assert alerts(store, AlertState.OPEN) == ()


def test_an_alert_that_is_closed_stays_as_it_is(store: Store):
    raised(store)
    with store.write() as tx:
        tx.events.resolve("drift late")
        alert = tx.events.acknowledge(1, who="ann")

    assert (alert.state, alert.acknowledged_by) == (AlertState.RESOLVED, None)


def test_an_unknown_alert_is_named(store: Store):
    with store.write() as tx, pytest.raises(NotFound, match="No alert is called '7'"):
        tx.events.acknowledge(7, who="ann")
