"""When a delivered file counts as whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from workbench.core import settling
from workbench.core.settling import UNENDED_FACTOR, Sighting

SETTLE = timedelta(seconds=2)
SPAN_NS = 2 * 10**9
NOW_NS = 1_700_000_000 * 10**9

spans = st.integers(1, 100 * 10**9)


def sighting(
    *, seen_ns: int = NOW_NS, modified_ns: int = NOW_NS, is_ended: bool = True
) -> Sighting:
    return Sighting(
        size_bytes=10, modified_ns=modified_ns, inode=1, first_seen_ns=seen_ns, is_ended=is_ended
    )


def is_settled(one: Sighting, *, after_ns: int = 0) -> bool:
    return settling.is_settled(one, now_ns=NOW_NS + after_ns, settle=SETTLE)


def test_a_file_seen_for_the_first_time_has_not_settled():
    assert not is_settled(sighting())


@pytest.mark.parametrize(("after_ns", "expected"), [(SPAN_NS - 1, False), (SPAN_NS, True)])
def test_a_file_has_settled_once_it_was_quiet_for_the_whole_span(after_ns, expected):
    assert is_settled(sighting(), after_ns=after_ns) is expected


@pytest.mark.parametrize(("age_ns", "expected"), [(SPAN_NS - 1, False), (SPAN_NS, True)])
def test_an_old_file_that_was_renamed_into_the_folder_has_settled_at_once(age_ns, expected):
    assert is_settled(sighting(modified_ns=NOW_NS - age_ns)) is expected


def test_a_file_from_the_future_has_settled_only_by_being_quiet():
    ahead = sighting(modified_ns=NOW_NS + 3600 * 10**9)

    assert not is_settled(ahead)
    assert is_settled(ahead, after_ns=SPAN_NS)


def test_a_time_before_1970_says_nothing():
    assert not is_settled(sighting(modified_ns=-(10**9)))


@pytest.mark.parametrize("old", [True, False], ids=["renamed", "just written"])
@given(after_ns=spans)
def test_text_without_a_final_newline_must_be_quiet_longer(old, after_ns):
    modified_ns = NOW_NS - SPAN_NS if old else NOW_NS
    cut = sighting(modified_ns=modified_ns, is_ended=False)
    needed_ns = UNENDED_FACTOR * SPAN_NS - (SPAN_NS if old else 0)

    assert is_settled(cut, after_ns=after_ns) is (after_ns >= needed_ns)


@given(spans, spans)
def test_what_has_settled_stays_settled_while_it_is_the_same(after_ns, longer_ns):
    one = sighting()

    assert is_settled(one, after_ns=after_ns) <= is_settled(one, after_ns=after_ns + longer_ns)


@pytest.mark.parametrize("field", ["size_bytes", "modified_ns", "inode", "changed_ns"])
def test_any_change_begins_the_waiting_anew(field):
    before = sighting(seen_ns=NOW_NS - SPAN_NS)
    now = replace(before, first_seen_ns=NOW_NS, **{field: getattr(before, field) + 1})

    assert settling.carried({"a": before}, {"a": now}) == {"a": now}


def test_an_unchanged_file_keeps_the_time_it_was_first_seen_and_a_vanished_one_is_forgotten():
    before = sighting(seen_ns=NOW_NS - SPAN_NS)
    now = replace(before, first_seen_ns=NOW_NS)

    assert settling.carried({"a": before, "gone": before}, {"a": now, "new": now}) == {
        "a": before,
        "new": now,
    }


@pytest.mark.parametrize(
    "name", [".sales.csv", "~lock.csv", "a.csv.part", "a.CSV.TMP", "a.crdownload", "a.swp", ".x"]
)
def test_a_name_can_say_that_a_file_is_not_whole(name):
    assert settling.is_partial(name)


@pytest.mark.parametrize("name", ["sales.csv", "매출 2024.csv.gz", "part.csv", "tmp", "a~.csv"])
def test_other_names_say_nothing(name):
    assert not settling.is_partial(name)


def test_a_file_that_was_renamed_has_settled_at_once_unless_it_may_have_been_cut():
    assert is_settled(replace(sighting(), was_renamed=True))
    assert not is_settled(replace(sighting(is_ended=False), was_renamed=True))


def test_a_file_that_cannot_be_opened_never_settles():
    assert not is_settled(replace(sighting(), problem="no"), after_ns=100 * SPAN_NS)


def test_another_machines_clock_says_nothing():
    old = sighting(modified_ns=NOW_NS - 100 * SPAN_NS)

    def polled(after_ns: int) -> bool:
        now_ns = NOW_NS + after_ns
        return settling.is_settled(old, now_ns=now_ns, settle=SETTLE, is_clock_shared=False)

    assert not polled(SPAN_NS - 1)
    assert polled(SPAN_NS)


def test_a_rename_that_is_heard_of_late_is_kept_and_keeps_the_time_of_the_first_look():
    before = sighting(seen_ns=NOW_NS - SPAN_NS)
    renamed = replace(before, first_seen_ns=NOW_NS, was_renamed=True)
    (carried,) = settling.carried({"a": before}, {"a": renamed}).values()
    (again,) = settling.carried({"a": carried}, {"a": replace(before)}).values()

    assert carried == again == replace(before, was_renamed=True)


class Delivery(RuleBasedStateMachine):
    """A file that somebody writes to whenever it pleases him, and scans at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = NOW_NS
        self.written_ns = NOW_NS
        self.size = 0
        self.seen: dict[str, Sighting] = {}

    @rule(wait_ns=st.integers(0, 3 * SPAN_NS))
    def wait(self, wait_ns: int) -> None:
        self.now_ns += wait_ns

    @rule(grown=st.integers(1, 100))
    def write(self, grown: int) -> None:
        self.size += grown
        self.written_ns = self.now_ns

    @rule()
    def scan(self) -> None:
        now = Sighting(
            size_bytes=self.size,
            modified_ns=self.written_ns,
            inode=1,
            first_seen_ns=self.now_ns,
        )
        self.seen = settling.carried(self.seen, {"file": now})

    @invariant()
    def a_file_that_was_written_to_within_the_span_has_not_settled(self) -> None:
        self.scan()
        has_settled = settling.is_settled(self.seen["file"], now_ns=self.now_ns, settle=SETTLE)

        assert has_settled is (self.now_ns - self.written_ns >= SPAN_NS)


TestDelivery = Delivery.TestCase
