"""Which index answers what a screen asks again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage import tables
from storage.records import AlertState, Comparison, DriftVerdict, RunState, VersionState
from storage.store import Store, Transaction
from tests.storage import programs
from tests.storage.examples import accepted_version, decision, pending_version, registered

SMALL = frozenset(["datasets", "experiments", "models", "aliases"])
"""Tables with a row a name; any of them may be read as a whole."""


@pytest.fixture
def plans(store: Store, recorded: Callable[[], Any]) -> Callable[[Any], str]:
    """What SQLite does for all statements of a question."""
    with store.write() as tx:
        version = accepted_version(tx, "a")
        registered(tx)
        model = tx.models.get("late")
        tx.models.move_alias("late", "champion", to=1, expected=None, who="ann", why="first")
        tx.reviews.open_cycle(model, trigger="drift", version=version, policy_time=tx.now)
        tx.reviews.add(model, decision(), challenger=1, champion=None, version=version, cycle_id=1)
        tx.events.add(programs.numbered(1))

    def explain(ask: Callable[[Transaction], object]) -> str:
        with recorded() as sent, store.write() as tx:
            ask(tx)
        told = []
        with store._engine.connect() as connection:
            for statement, values in sent:
                if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
                    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                    told += [row[3] for row in plan]
        return "\n".join(told)

    return explain


def flights(tx: Transaction) -> Any:
    return tx.datasets.get("flights")


def late(tx: Transaction) -> Any:
    return tx.models.get("late")


def first_version(tx: Transaction) -> Any:
    return tx.datasets.version(flights(tx), 1)


FOUND_BY_INDEX = {
    "versions": lambda tx: tx.datasets.newest(flights(tx), offset=50),
    "versions in quarantine": lambda tx: tx.datasets.newest(
        flights(tx), state=VersionState.QUARANTINED
    ),
    "latest version": lambda tx: tx.datasets.latest(flights(tx)),
    "pending version": lambda tx: tx.datasets.pending(flights(tx)),
    "one version": first_version,
    "versions by id": lambda tx: tx.datasets.by_id([1, 2]),
    "number of versions": lambda tx: tx.datasets.count(flights(tx)),
    "partitions": lambda tx: tx.partitions.of_version(1, 1),
    "partitions added": lambda tx: tx.partitions.of_version(1, 1, added_only=True),
    "a source": lambda tx: tx.partitions.sources(flights(tx), ["a"]),
    "profile": lambda tx: tx.datasets.profile_blob(first_version(tx)),
    "files that may lie there": lambda tx: tx.arrivals.unmoved(),
    "known files": lambda tx: tx.arrivals.known(["inbox/a", "inbox/b"]),
    "files put at places": lambda tx: tx.arrivals.put_at(["inbox/done/a"]),
    "files of a dataset": lambda tx: tx.arrivals.newest(dataset="flights"),
    "runs of an experiment": lambda tx: tx.runs.newest(experiment="late", offset=50),
    "number of an experiment's runs": lambda tx: tx.runs.count(experiment="late"),
    "one run": lambda tx: tx.runs.get(1),
    "children of runs": lambda tx: tx.runs.child_counts([1, 2]),
    "artifacts": lambda tx: tx.runs.artifacts(1),
    "model versions": lambda tx: tx.models.newest("late"),
    "one model version": lambda tx: tx.models.version("late", 1),
    "champion": lambda tx: tx.models.at("late"),
    "alias moves": lambda tx: tx.models.moves("late"),
    "cycles": lambda tx: tx.reviews.cycles(late(tx)),
    "gate reviews": lambda tx: tx.reviews.newest(late(tx)),
    "looks": lambda tx: tx.reviews.looks(late(tx), first_version(tx)),
    "reports on a model": lambda tx: tx.drift.newest(model="late"),
    "evaluations": lambda tx: tx.drift.evaluations(late(tx)),
    "new events": lambda tx: tx.events.newest(since=5),
    "older events": lambda tx: tx.events.newest(before=5),
    "open alerts": lambda tx: tx.events.alerts(state=AlertState.OPEN),
}

FOUND_BY_INDEX_AND_SORTED = {
    "the check results of one version": lambda tx: tx.checks.of(1),
    "the check results of several versions": lambda tx: tx.checks.over([1, 2, 3]),
    "the points of a curve": lambda tx: tx.runs.curve(1, "auc", points=100),
    "the reports on one dataset": lambda tx: tx.drift.newest(dataset="flights"),
}

READ_FROM_THE_END = {
    "runs": lambda tx: tx.runs.newest(),
    "files": lambda tx: tx.arrivals.newest(),
    "reports": lambda tx: tx.drift.newest(),
    "events": lambda tx: tx.events.newest(),
    "last event": lambda tx: tx.events.last_id(),
    "alerts": lambda tx: tx.events.alerts(state=None),
}


SORTS_ALL = "TEMP B-TREE FOR ORDER BY"  # what is FOR RIGHT PART sorts the columns of one report


def scanned(plan: str) -> set[str]:
    """The tables that are read as a whole or from an end."""
    lines = [line.split() for line in plan.splitlines()]
    return {
        words[1] for words in lines if words[0] == "SCAN" and words[1] in tables.metadata.tables
    }


@pytest.mark.parametrize("ask", FOUND_BY_INDEX.values(), ids=FOUND_BY_INDEX.keys())
def test_an_index_finds_and_orders_the_rows(plans: Callable[[Any], str], ask: Any):
    plan = plans(ask)

    assert scanned(plan) <= SMALL, plan
    assert SORTS_ALL not in plan, plan


@pytest.mark.parametrize(
    "ask", FOUND_BY_INDEX_AND_SORTED.values(), ids=FOUND_BY_INDEX_AND_SORTED.keys()
)
def test_an_index_finds_the_few_rows_to_sort(plans: Callable[[Any], str], ask: Any):
    plan = plans(ask)

    assert scanned(plan) <= SMALL, plan


@pytest.mark.parametrize("ask", READ_FROM_THE_END.values(), ids=READ_FROM_THE_END.keys())
def test_a_page_is_read_from_the_end_and_nothing_is_sorted(plans: Callable[[Any], str], ask: Any):
    plan = plans(ask)

    assert len(scanned(plan)) == 1, plan
    assert SORTS_ALL not in plan, plan


CHANGES = {
    "the partitions of a dataset": lambda tx: tx.datasets.accept(
        pending_version(tx, "b", replace=True), replace=True, profile_blob="p"
    ),
    "the runs of a job": lambda tx: tx.runs.close_of_job(1, state=RunState.KILLED, error="gone"),
    "the files of a version": lambda tx: tx.arrivals.quarantine(first_version(tx), "bad"),
    "an open alert": lambda tx: tx.events.resolve("drift late"),
    "the evaluations of a window": lambda tx: tx.drift.evaluate(late(tx), first_version(tx), []),
    "the report on a version": lambda tx: tx.drift.keep(
        first_version(tx),
        Comparison(verdict=DriftVerdict.STABLE, rows=1, reference_rows=1, columns=()),
        against=tx.models.version("late", 1),
        reference="training rows",
        sentence="stable",
        decision="no action",
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_index_finds_the_rows_to_change(plans: Callable[[Any], str], change: Any):
    plan = plans(change)

    assert scanned(plan) <= SMALL, plan
