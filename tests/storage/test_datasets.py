from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storage.errors import Conflict, NotFound
from storage.records import Column, ColumnKind, Schema, Version, VersionState
from storage.store import Store, Transaction
from tests.storage.examples import (
    NOW,
    Clock,
    accepted_version,
    partition,
    pending_version,
)

SCHEMA = Schema(
    columns=(
        Column(name="carrier", type="VARCHAR", kind=ColumnKind.CATEGORICAL),
        Column(name="거리 (km)", type="DOUBLE", kind=ColumnKind.NUMERIC),
    )
)


def sources_of(tx: Transaction, number: int, *, added_only: bool = False) -> list[str]:
    dataset = tx.datasets.get("flights")
    found = tx.partitions.of_version(dataset.id, number, added_only=added_only)
    return [Path(one.source).stem for one in found]


def test_a_dataset_is_made_once(store: Store, clock: Clock):
    with store.write() as tx:
        first = tx.datasets.ensure("flights")
        clock.advance(60)
        again = tx.datasets.ensure("flights")

    assert first == again
    assert (first.name, first.schema, first.created_at) == ("flights", None, NOW)


def test_datasets_are_listed_by_name(store: Store):
    with store.write() as tx:
        for name in ("b", "c", "a"):
            tx.datasets.ensure(name)

        assert [dataset.name for dataset in tx.datasets.all()] == ["a", "b", "c"]


def test_an_unknown_dataset_is_named_with_the_nearest_known_one(store: Store):
    with store.write() as tx:
        tx.datasets.ensure("flights")

        with pytest.raises(NotFound, match=r"'flight'.\nDid you mean 'flights'"):
            tx.datasets.get("flight")


def test_a_pinned_schema_comes_back_as_it_was(store: Store):
    with store.write() as tx:
        tx.datasets.pin(tx.datasets.ensure("flights"), SCHEMA)

    with store.read() as tx:
        assert tx.datasets.get("flights").schema == SCHEMA


def test_a_version_adds_to_the_last_accepted_one(store: Store):
    with store.write() as tx:
        first = accepted_version(tx, "a", "b")
        second = accepted_version(tx, "c")

        assert [first.number, second.number, second.parent] == [1, 2, 1]
        assert (first.rows, second.rows, second.rows_added) == (20, 30, 10)
        assert (second.size_bytes, second.sources) == (300, ("inbox/c.csv",))
        assert (sources_of(tx, 1), sources_of(tx, 2)) == (["a", "b"], ["a", "b", "c"])
        assert sources_of(tx, 2, added_only=True) == ["c"]


def test_a_version_knows_the_span_of_the_rows_it_added(store: Store, clock: Clock):
    start = clock.now
    clock.advance(3600)
    added = [
        partition("a", first_time=start, last_time=clock.now),
        partition("b", first_time=None, last_time=None),
    ]
    with store.write() as tx:
        dataset = tx.datasets.ensure("flights")
        version = tx.datasets.begin_version(dataset, added, replace=False, who="ann")

    assert (version.first_time, version.last_time) == (start, clock.now)


def test_only_one_version_of_a_dataset_is_pending(store: Store):
    with store.write() as tx:
        pending_version(tx, "a")

        with pytest.raises(Conflict, match="still being checked"):
            pending_version(tx, "b")


def test_two_datasets_may_each_have_a_pending_version(store: Store):
    with store.write() as tx:
        first = pending_version(tx, "a", dataset="flights")
        second = pending_version(tx, "a", dataset="weather")

    assert (first.number, second.number) == (1, 1)


def test_a_replacement_holds_only_what_it_brought(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a", "b")
        version = accepted_version(tx, "c", replace=True)

        assert (version.rows, version.rows_added, version.parent) == (10, 10, 1)
        assert (sources_of(tx, 1), sources_of(tx, 2)) == (["a", "b"], ["c"])


def test_a_replacement_that_is_still_checked_holds_only_what_it_brought(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a", "b")
        pending_version(tx, "c", replace=True)

        assert (sources_of(tx, 1), sources_of(tx, 2)) == (["a", "b"], ["c"])


def test_a_replacement_in_quarantine_holds_only_what_it_brought(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a", "b")
        version = pending_version(tx, "c", replace=True)
        tx.datasets.quarantine(version, reason="bad", profile_blob=None)
        accepted_version(tx, "d")

        assert [sources_of(tx, number) for number in (1, 2, 3)] == [
            ["a", "b"],
            ["c"],
            ["a", "b", "d"],
        ]


def test_the_same_table_again_after_another_is_a_new_version_with_the_first_ones_hash(
    store: Store,
):
    with store.write() as tx:
        first, second, third = (accepted_version(tx, one, replace=True) for one in "aba")

    assert (third.number, third.hash) == (3, first.hash)
    assert second.hash != first.hash


def test_a_hash_depends_on_what_came_before(store: Store):
    with store.write() as tx:
        alone = accepted_version(tx, "b", dataset="weather")
        accepted_version(tx, "a")
        after = accepted_version(tx, "b")

    assert alone.hash != after.hash


def test_the_hash_is_that_of_the_parents_hash_and_the_blobs(store: Store):
    with store.write() as tx:
        one = accepted_version(tx, "a", "b", dataset="x")
        other = accepted_version(tx, "a", "b", dataset="y")

    assert one.hash == other.hash


def test_rows_in_quarantine_are_in_no_later_version(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")
        bad = pending_version(tx, "b")
        tx.datasets.quarantine(bad, reason="too few rows", profile_blob="p")
        third = accepted_version(tx, "c")

        assert (third.parent, third.rows) == (1, 20)
        assert [sources_of(tx, number) for number in (1, 2, 3)] == [["a"], ["a", "b"], ["a", "c"]]


def test_bytes_in_quarantine_may_come_again(store: Store):
    with store.write() as tx:
        bad = pending_version(tx, "b")
        dataset = tx.datasets.get("flights")
        before = bool(tx.partitions.sources(dataset, [partition("b").source_sha256]))
        tx.datasets.quarantine(bad, reason="too few rows", profile_blob=None)

        assert before is True
        assert bool(tx.partitions.sources(dataset, [partition("b").source_sha256])) is False


def test_the_reason_and_the_profile_of_a_quarantine_are_kept(store: Store):
    with store.write() as tx:
        bad = pending_version(tx, "a")
        tx.datasets.quarantine(bad, reason="too few rows", profile_blob="p")
        found = tx.datasets.version(tx.datasets.get("flights"), 1)

        assert (found.state, found.reason) == (VersionState.QUARANTINED, "too few rows")
        assert tx.datasets.profile_blob(found) == "p"


SETTLE = {
    "accepted": lambda tx, version: tx.datasets.accept(version, replace=False, profile_blob="p"),
    "quarantined": lambda tx, version: tx.datasets.quarantine(
        version, reason="bad", profile_blob=None
    ),
}


@pytest.mark.parametrize("again", SETTLE.values(), ids=SETTLE.keys())
@pytest.mark.parametrize("settle", SETTLE.values(), ids=SETTLE.keys())
def test_a_version_is_settled_once(store: Store, settle, again):
    with store.write() as tx:
        version = pending_version(tx, "a")
        settle(tx, version)

        with pytest.raises(Conflict, match="flights@v1 is not pending any more"):
            again(tx, version)


@pytest.mark.parametrize("replace", [True, False])
def test_a_version_is_accepted_in_the_mode_it_was_begun_in(store: Store, replace: bool):
    with store.write() as tx:
        version = pending_version(tx, "a", replace=replace)

        with pytest.raises(Conflict, match=r"flights@v1 was begun in (replace|append) mode"):
            tx.datasets.accept(version, replace=not replace, profile_blob="p")


def test_an_unknown_version_is_named_with_the_known_ones(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")

        with pytest.raises(NotFound, match=r"flights@v7'.*\n.*flights@v1"):
            tx.datasets.version(tx.datasets.get("flights"), 7)


def test_versions_are_listed_newest_first_page_by_page(store: Store):
    with store.write() as tx:
        for name in "abcde":
            accepted_version(tx, name)
        bad = pending_version(tx, "f")
        tx.datasets.quarantine(bad, reason="bad", profile_blob=None)
        dataset = tx.datasets.get("flights")
        page = tx.datasets.newest(dataset, limit=2, offset=1)
        quarantined = tx.datasets.newest(dataset, state=VersionState.QUARANTINED)

        assert [version.number for version in page] == [5, 4]
        assert [version.number for version in quarantined] == [6]
        assert (tx.datasets.count(dataset), tx.datasets.pending(dataset)) == (6, None)


def test_versions_are_found_by_their_ids(store: Store):
    with store.write() as tx:
        versions = [accepted_version(tx, name) for name in "abc"]
        ids = [versions[0].id, versions[2].id, 99]

        assert tx.datasets.by_id(ids) == {one.id: one for one in (versions[0], versions[2])}


Blobs = tuple[str, ...]


class Model:
    """What a dataset's history is, in plain Python."""

    def __init__(self) -> None:
        self.content: dict[int, Blobs] = {}
        self.states: dict[int, VersionState] = {}
        self.added: dict[int, Blobs] = {}
        self.parents: dict[int, int | None] = {}

    @property
    def accepted(self) -> int | None:
        found = [n for n, state in self.states.items() if state is VersionState.CURRENT]
        return max(found, default=None)

    @property
    def pending(self) -> int | None:
        found = [n for n, state in self.states.items() if state is VersionState.PENDING]
        return max(found, default=None)

    @property
    def newest(self) -> set[str]:
        """The partitions that count as known: those accepted, and those being checked."""
        numbers = [n for n in (self.accepted, self.pending) if n is not None]
        return {name for n in numbers for name in self.content[n]}

    def begin(self, names: Blobs, *, replace: bool) -> None:
        number = len(self.content) + 1
        base = () if replace or self.accepted is None else self.content[self.accepted]
        self.parents[number] = self.accepted
        self.content[number] = (*base, *names)
        self.added[number] = names
        self.states[number] = VersionState.PENDING


class DatasetHistory(RuleBasedStateMachine):
    """Any sequence of appends, replacements, acceptances and quarantines."""

    @initialize()
    def create(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.create(Path(self.folder.name), program="test", clock=Clock())
        self.model = Model()
        self.names = (f"p{number}" for number in range(1_000))
        self.version: Version | None = None

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @precondition(lambda self: self.version is None)
    @rule(count=st.integers(1, 3), replace=st.booleans(), old=st.booleans())
    def begin(self, count: int, replace: bool, old: bool) -> None:
        names = tuple(next(self.names) for _ in range(count))
        if old and self.model.content:  # the bytes of the very first file come again
            names = (*names, self.model.content[1][0])
        with self.store.write() as tx:
            self.version = pending_version(tx, *names, replace=replace)
        self.model.begin(names, replace=replace)

    @precondition(lambda self: self.version is not None)
    @rule()
    def accept(self) -> None:
        with self.store.write() as tx:
            tx.datasets.accept(self.version, replace=self.version.replaces, profile_blob="p")
        self.model.states[self.version.number] = VersionState.CURRENT
        self.version = None

    @precondition(lambda self: self.version is not None)
    @rule()
    def quarantine(self) -> None:
        with self.store.write() as tx:
            tx.datasets.quarantine(self.version, reason="bad", profile_blob=None)
        self.model.states[self.version.number] = VersionState.QUARANTINED
        self.version = None

    @precondition(lambda self: self.version is not None)
    @rule()
    def begin_meanwhile(self) -> None:
        with self.store.write() as tx, pytest.raises(Conflict):
            pending_version(tx, "meanwhile")

    @invariant()
    def every_version_is_as_the_model_says(self) -> None:
        with self.store.read() as tx:
            if not tx.datasets.all():
                return
            dataset = tx.datasets.get("flights")
            found = tx.datasets.newest(dataset, limit=100)
            self.compare(tx, found)
            latest, pending = tx.datasets.latest(dataset), tx.datasets.pending(dataset)
            assert (latest and latest.number) == self.model.accepted
            assert (pending and pending.number) == self.model.pending
            for name in {name for names in self.model.content.values() for name in names}:
                known = bool(tx.partitions.sources(dataset, [partition(name).source_sha256]))
                assert known == (name in self.model.newest)

    def compare(self, tx: Transaction, found: Sequence[Version]) -> None:
        model = self.model
        assert [version.number for version in found] == sorted(model.content, reverse=True)
        for version in found:
            number = version.number
            assert version.state is model.states[number]
            assert version.parent == model.parents[number]
            assert tuple(sources_of(tx, number)) == model.content[number]
            assert tuple(sources_of(tx, number, added_only=True)) == model.added[number]
            assert version.rows == 10 * len(model.content[number])
            assert version.size_bytes == 100 * len(model.content[number])
        hashes = {version.hash: model.content[version.number] for version in found}
        assert all(hashes[version.hash] == model.content[version.number] for version in found)


TestDatasetHistory = DatasetHistory.TestCase
TestDatasetHistory.settings = settings(max_examples=20, stateful_step_count=14, deadline=None)
