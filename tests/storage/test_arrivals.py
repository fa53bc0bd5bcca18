from __future__ import annotations

from storage.records import ArrivalState
from storage.store import Store
from tests.storage.examples import Clock, pending_version


def arrived(name: str, **fields: object) -> dict[str, object]:
    known = {
        "path": f"inbox/{name}",
        "sha256": name,
        "size_bytes": 5,
        "modified_ns": 1_767_225_600_123_456_789,
        "state": ArrivalState.INGESTED.value,
    }
    return {**known, **fields}


def test_what_became_of_a_file_is_kept(store: Store, clock: Clock):
    with store.write() as tx:
        dataset = tx.datasets.ensure("flights")
        tx.arrivals.record(dataset, [arrived("항공.csv", version=1, rows=10)])
        (found,) = tx.arrivals.newest()

    assert (found.dataset, found.path, found.version, found.rows) == (
        "flights",
        "inbox/항공.csv",
        1,
        10,
    )
    assert (found.modified_ns, found.arrived_at) == (1_767_225_600_123_456_789, clock.now)
    assert (found.state, found.reason, found.moved_to) == (ArrivalState.INGESTED, None, None)


def test_nothing_arrived_is_nothing_recorded(store: Store):
    with store.write() as tx:
        tx.arrivals.record(tx.datasets.ensure("flights"), [])

        assert tx.arrivals.newest() == ()


def test_files_that_were_put_away_need_no_putting_away(store: Store):
    with store.write() as tx:
        dataset = tx.datasets.ensure("flights")
        tx.arrivals.record(dataset, [arrived(name) for name in "abc"])
        first, second, third = tx.arrivals.unmoved()
        tx.arrivals.moved({first.id: "inbox/done/a", third.id: ""})

        assert [one.path for one in tx.arrivals.unmoved()] == [second.path]
        assert [one.moved_to for one in tx.arrivals.newest()] == ["", None, "inbox/done/a"]


def test_files_of_a_version_that_is_being_checked_may_not_be_put_away_yet(store: Store):
    with store.write() as tx:
        version = pending_version(tx, "a")
        dataset = tx.datasets.get("flights")
        tx.arrivals.record(dataset, [arrived("a", version=version.number), arrived("b")])
        before = [one.path for one in tx.arrivals.unmoved()]
        tx.datasets.accept(version, replace=False, profile_blob="p")

        assert before == ["inbox/b"]
        assert [one.path for one in tx.arrivals.unmoved()] == ["inbox/a", "inbox/b"]


def test_files_to_put_away_come_page_by_page(store: Store):
    with store.write() as tx:
        tx.arrivals.record(tx.datasets.ensure("flights"), [arrived(name) for name in "abc"])
        first = tx.arrivals.unmoved(limit=2)
        second = tx.arrivals.unmoved(after=first[-1].id, limit=2)

    assert [one.path[-1] for one in (*first, *second)] == ["a", "b", "c"]


def test_places_at_which_a_file_was_put_are_known(store: Store):
    with store.write() as tx:
        tx.arrivals.record(tx.datasets.ensure("flights"), [arrived("a")])
        tx.arrivals.moved({1: "inbox/done/a"})

        assert tx.arrivals.put_at(["inbox/done/a", "inbox/done/b"]) == {"inbox/done/a"}


def test_files_are_counted_by_what_became_of_them(store: Store):
    with store.write() as tx:
        flights, weather = tx.datasets.ensure("flights"), tx.datasets.ensure("weather")
        tx.arrivals.record(flights, [arrived("a"), arrived("b")])
        last = tx.arrivals.last_id()
        tx.arrivals.record(flights, [arrived("c", state=ArrivalState.DUPLICATE.value)])
        tx.arrivals.record(weather, [arrived("d")])

        assert tx.arrivals.counts(after=last) == {
            "flights": {ArrivalState.DUPLICATE: 1},
            "weather": {ArrivalState.INGESTED: 1},
        }
        assert tx.arrivals.counts()["flights"][ArrivalState.INGESTED] == 2


def test_before_the_first_file_there_is_no_last_one(store: Store):
    with store.read() as tx:
        assert (tx.arrivals.last_id(), tx.arrivals.counts()) == (0, {})


def test_a_file_that_was_dealt_with_is_known_by_path_size_and_time(store: Store):
    with store.write() as tx:
        dataset = tx.datasets.ensure("flights")
        tx.arrivals.record(dataset, [arrived("a", modified_ns=1), arrived("b", modified_ns=2)])

        assert tx.arrivals.known(["inbox/a", "inbox/c"]) == {("inbox/a", 5, 1)}


def test_more_paths_can_be_asked_for_than_a_statement_takes(store: Store):
    paths = [f"inbox/{number}" for number in range(40_000)]
    with store.write() as tx:
        tx.arrivals.record(tx.datasets.ensure("flights"), [arrived("39999", modified_ns=1)])

        assert tx.arrivals.known(paths) == {("inbox/39999", 5, 1)}


def test_files_are_listed_newest_first_for_one_dataset_or_all(store: Store):
    with store.write() as tx:
        for dataset in ("flights", "weather"):
            tx.arrivals.record(tx.datasets.ensure(dataset), [arrived(n) for n in "abc"])
        flights = tx.arrivals.newest(dataset="flights", limit=2, offset=1)
        everything = tx.arrivals.newest(limit=4)

        assert [one.path[-1] for one in flights] == ["b", "a"]
        assert [one.dataset for one in everything] == ["weather"] * 3 + ["flights"]
        assert tx.arrivals.newest(dataset="unknown") == ()


def test_the_files_of_a_version_go_into_quarantine_with_it(store: Store):
    with store.write() as tx:
        version = pending_version(tx, "a")
        dataset = tx.datasets.get("flights")
        tx.arrivals.record(dataset, [arrived("a", version=1), arrived("b", version=2)])
        tx.arrivals.quarantine(version, "too few rows")
        second, first = tx.arrivals.newest()

    assert (first.state, first.reason) == (ArrivalState.QUARANTINED, "too few rows")
    assert (second.state, second.reason) == (ArrivalState.INGESTED, None)
