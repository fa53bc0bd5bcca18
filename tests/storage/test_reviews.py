from __future__ import annotations

import math

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from storage import engine, tables
from storage.errors import Conflict, NotFound
from storage.records import Cycle, CycleState, GateVerdict, Model, SliceGain, Version
from storage.store import Store, Transaction
from tests.storage.examples import NOW, Clock, accepted_version, decision


def model_and_version(tx: Transaction) -> tuple[Model, Version]:
    return tx.models.ensure("late", experiment="late"), accepted_version(tx, "a")


def opened(tx: Transaction, model: Model, version: Version) -> Cycle:
    return tx.reviews.open_cycle(model, trigger="drift: temp", version=version, policy_time=NOW)


def test_a_cycle_opens_with_what_fired_it(store: Store, clock: Clock):
    clock.advance(60)
    with store.write() as tx:
        cycle = opened(tx, *model_and_version(tx))

    assert (cycle.model, cycle.dataset, cycle.version, cycle.trigger) == (
        "late",
        "flights",
        1,
        "drift: temp",
    )
    assert (cycle.state, cycle.opened_at, cycle.policy_time) == (CycleState.OPEN, clock.now, NOW)
    assert (cycle.closed_at, cycle.outcome, cycle.run_id, cycle.challenger) == (None,) * 4


def test_at_most_one_cycle_of_a_model_is_open(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        opened(tx, model, version)

        with pytest.raises(Conflict, match="cycle of late is open already"):
            opened(tx, model, version)


def test_the_catalog_itself_holds_one_open_cycle_of_a_model(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        opened(tx, model, version)
    row = {
        "model_id": model.id,
        "state": "open",
        "trigger": "drift",
        "version_id": version.id,
        "opened_at": NOW,
        "policy_time": NOW,
    }

    with engine.writing(store._engine) as connection, pytest.raises(IntegrityError):
        connection.execute(insert(tables.cycles).values(row))


def test_two_models_may_each_have_an_open_cycle(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        other = tx.models.ensure("early", experiment="early")

        assert opened(tx, model, version).id != opened(tx, other, version).id


def test_a_cycle_notes_its_run_and_its_challenger_and_closes_once(store: Store, clock: Clock):
    with store.write() as tx:
        cycle = opened(tx, *model_and_version(tx))
        tx.reviews.note_run(cycle.id, 5)
        tx.reviews.note_challenger(cycle.id, 2)
        tx.reviews.close_cycle(cycle.id, state=CycleState.PROMOTED, outcome="late v2 is champion")
        clock.advance(60)
        tx.reviews.close_cycle(cycle.id, state=CycleState.FAILED, outcome="too late")
        tx.reviews.note_run(cycle.id, 6)
        closed = tx.reviews.cycle(cycle.id)

    assert (closed.state, closed.outcome, closed.closed_at) == (
        CycleState.PROMOTED,
        "late v2 is champion",
        NOW,
    )
    assert (closed.run_id, closed.challenger) == (5, 2)


def test_cycles_are_listed_newest_first(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        for _ in range(3):
            cycle = opened(tx, model, version)
            tx.reviews.close_cycle(cycle.id, state=CycleState.REJECTED, outcome="worse")

        assert [cycle.id for cycle in tx.reviews.cycles(model, limit=2)] == [3, 2]


def test_an_unknown_cycle_is_named(store: Store):
    with store.read() as tx, pytest.raises(NotFound, match="No cycle is called '7'"):
        tx.reviews.cycle(7)


def test_every_look_at_a_hold_out_is_counted(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        other = accepted_version(tx, "b")
        looks = [
            tx.reviews.add(
                model, decision(), challenger=2, champion=1, version=one, cycle_id=None
            ).looks
            for one in (version, version, other, version)
        ]

        assert looks == [1, 2, 1, 3]
        assert (tx.reviews.looks(model, version), tx.reviews.looks(model, other)) == (3, 1)


def test_a_decision_comes_back_as_it_was(store: Store):
    gain = SliceGain(
        column="origin", value="뉴욕", rows=9, gain=-0.1, low=-0.2, high=0.0, p_adjusted=0.04
    )
    kept = decision(
        verdict=GateVerdict.REJECT,
        p_value=None,
        champion_value=None,
        slices=(gain,),
        guards={"latency_ms": 3.0},
    )
    with store.write() as tx:
        model, version = model_and_version(tx)
        cycle = opened(tx, model, version)
        added = tx.reviews.add(
            model, kept, challenger=2, champion=None, version=version, cycle_id=cycle.id
        )

        assert added.decision == kept
        assert (added.challenger, added.champion, added.cycle_id) == (2, None, cycle.id)
        assert tx.reviews.newest(model) == (added,)


def test_a_bound_that_is_not_finite_can_be_read_again(store: Store):
    kept = decision(low=-math.inf, high=math.nan, guards={"psi": math.inf})
    with store.write() as tx:
        model, version = model_and_version(tx)
        tx.reviews.add(model, kept, challenger=2, champion=1, version=version, cycle_id=None)
        (found,) = tx.reviews.newest(model)

    assert (found.decision.low, found.decision.guards) == (-math.inf, {"psi": math.inf})
    assert math.isnan(found.decision.high)


def test_reviews_are_listed_newest_first(store: Store):
    with store.write() as tx:
        model, version = model_and_version(tx)
        for number in (2, 3, 4):
            tx.reviews.add(
                model, decision(), challenger=number, champion=1, version=version, cycle_id=None
            )

        assert [one.challenger for one in tx.reviews.newest(model, limit=2)] == [4, 3]
