"""What is in quarantine is accepted, tried again or dropped."""

from __future__ import annotations

import json

import numpy as np
import pytest

from storage.errors import Conflict, NotFound
from storage.records import ArrivalState, VersionState
from tests.services.project import month
from workbench.errors import UsageError
from workbench.services import datasets, inbox, putting_away, quarantine, versions

GOOD = month(1, rows=40)


def bad(number=2):
    """A month with two prices below 0."""
    rows = month(number, rows=40)
    prices = rows["가격"].copy()
    prices[:2] = -1.0
    return {**rows, "가격": prices}


@pytest.fixture
def blocked(project):
    """An accepted month, and a second one that its checks blocked."""
    project.accept(GOOD)
    project.accept(bad())
    return project


@pytest.fixture
def unreadable(project):
    """A file in the watched folder that could not be read, put away as the watcher does."""
    project.accept(GOOD)
    path = project.folder / "inbox" / "sales" / "broken.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id,other\n1,2\n", encoding="utf-8")
    datasets.ingest(project.context, "sales", [path])
    putting_away.put_away(project.context)
    return project


def number_of(project):
    """The number of the file in quarantine."""
    (found,) = quarantine.listing(project.context).files
    return found.id


def sighted(project):
    """Names of the files that the next scan would read."""
    scan = inbox.scan(project.context, {})["sales"]
    return sorted(path.rpartition("/")[2] for path in scan.sightings)


def test_what_is_in_quarantine_is_listed_with_its_reason(blocked):
    (version,) = quarantine.listing(blocked.context).versions

    assert version.label == "sales@v2"
    assert "가격 min: 2 of 40 rows" in version.reason


def test_offending_rows_are_shown(blocked):
    _, results = quarantine.version(blocked.context, "sales@v2")

    assert [json.loads(row)["가격"] for row in results[0].examples] == [-1.0, -1.0]


def test_an_accepted_version_is_current_with_the_same_rows(blocked):
    made = quarantine.accept(blocked.context, "sales@v2", why="refunds are negative")

    assert (made.number, made.state, made.parent, made.rows) == (3, VersionState.CURRENT, 1, 80)
    assert made.reason == "accepted from sales@v2 by test: refunds are negative"
    assert len(blocked.ids()) == 80


def test_an_accepted_version_keeps_its_check_results_and_profile(blocked):
    made = quarantine.accept(blocked.context, "sales@v2", why="fine")

    with blocked.store.read() as tx:
        assert not tx.checks.of(made.id)[0].passed
        assert tx.datasets.profile_blob(made) is not None


def test_accepting_leaves_nothing_in_quarantine_and_resolves_the_alert(blocked):
    quarantine.accept(blocked.context, "sales@v2", why="fine")

    assert quarantine.listing(blocked.context).versions == ()
    assert blocked.alerts() == []
    assert blocked.version(2).reason == "accepted as sales@v3 by test"
    assert blocked.arrivals()[-1].state is ArrivalState.INGESTED


def test_what_follows_from_a_version_follows_from_an_accepted_one(trained):
    trained.accept(bad(4))
    quarantine.accept(trained.context, "sales@v2", why="fine")

    assert trained.jobs()[-1].subject == "sales@v3 against returns"


def test_a_version_is_accepted_once(blocked):
    quarantine.accept(blocked.context, "sales@v2", why="fine")

    with pytest.raises(NotFound, match="it is removed"):
        quarantine.accept(blocked.context, "sales@v2", why="fine")
    assert len(blocked.ids()) == 80


def test_rows_that_were_added_since_are_not_accepted_twice(blocked):
    blocked.configure('"가격" = { min = 0 }', '"가격" = { min = -5 }')
    datasets.ingest(blocked.context, "sales", [blocked.folder / "files" / "001.csv"])
    blocked.work(kinds=("check",))

    with pytest.raises(Conflict, match=r"001.csv was read into sales since"):
        quarantine.accept(blocked.context, "sales@v2", why="fine")
    assert len(blocked.ids()) == 80


def test_a_pending_version_is_in_the_way_of_accepting(blocked):
    blocked.add(month(3, rows=30))

    with pytest.raises(Conflict, match="still being checked"):
        quarantine.accept(blocked.context, "sales@v2", why="fine")
    assert blocked.version(2).state is VersionState.QUARANTINED


def test_rows_with_other_columns_are_not_accepted(project):
    wrong = {**bad(1), "extra": np.arange(40)}
    project.accept(wrong)
    project.accept(GOOD)

    with pytest.raises(Conflict, match="other columns"):
        quarantine.accept(project.context, "sales@v1", why="fine")


def test_a_first_version_that_is_accepted_pins_its_columns(project):
    project.accept({**bad(1), "extra": np.arange(40)})
    quarantine.accept(project.context, "sales@v1", why="fine")

    with project.store.read() as tx:
        assert tx.datasets.get("sales").schema.names[-1] == "extra"


def test_a_version_is_checked_again_with_todays_checks(blocked):
    blocked.configure('"가격" = { min = 0 }', '"가격" = { min = -5 }')
    made = quarantine.check_again(blocked.context, "sales@v2")
    blocked.work(kinds=("check",))

    assert blocked.version(made.number).state is VersionState.CURRENT
    assert (len(blocked.ids()), blocked.alerts()) == (80, [])


def test_a_version_that_fails_again_is_in_quarantine_under_its_new_number(blocked):
    quarantine.check_again(blocked.context, "sales@v2")
    blocked.work(kinds=("check",))

    (version,) = quarantine.listing(blocked.context).versions
    assert (version.number, blocked.arrivals()[-1].version) == (3, 3)
    assert len(blocked.alerts()) == 1


def test_a_dropped_version_is_forgotten_and_its_alert_resolved(blocked):
    quarantine.drop(blocked.context, "sales@v2")

    assert quarantine.listing(blocked.context).versions == ()
    assert blocked.version(2).state is VersionState.REMOVED
    assert (blocked.alerts(), blocked.happened()[-1]) == ([], "version.dropped")
    assert blocked.arrivals()[-1].state is ArrivalState.DROPPED


def test_a_version_that_is_not_in_quarantine_is_none(blocked):
    with pytest.raises(NotFound, match="it is current"):
        quarantine.drop(blocked.context, "sales@v1")
    with pytest.raises(UsageError, match="names no version"):
        quarantine.drop(blocked.context, "sales")


def test_removing_a_quarantined_version_drops_it(blocked):
    assert versions.remove(blocked.context, "sales@v2").state is VersionState.REMOVED
    assert blocked.alerts() == []


def test_a_quarantined_undo_cannot_be_accepted_but_dropped(blocked):
    blocked.accept(month(3, rows=30))
    pending = versions.undo(blocked.context, "sales@v3")
    with blocked.store.write() as tx:
        tx.datasets.quarantine(pending, reason="no", profile_blob=None)

    with pytest.raises(Conflict, match="brought no rows"):
        quarantine.accept(blocked.context, "sales@v4", why="fine")
    assert quarantine.drop(blocked.context, "sales@v4").state is VersionState.REMOVED


def test_a_file_goes_back_into_its_folder_and_is_read_again(unreadable):
    quarantine.read_again(unreadable.context, number_of(unreadable))

    assert sighted(unreadable) == ["broken.csv"]
    assert quarantine.listing(unreadable.context).files == ()
    assert unreadable.alerts() == []


def test_a_file_that_was_left_in_its_folder_is_read_again(project):
    project.configure('settle = "50ms"', 'settle = "50ms"\nafter = "leave"')
    path = project.folder / "inbox" / "sales" / "broken.csv"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    datasets.ingest(project.context, "sales", [path])
    putting_away.put_away(project.context)
    assert sighted(project) == []

    quarantine.read_again(project.context, number_of(project))

    assert sighted(project) == ["broken.csv"]


def test_a_file_outside_of_the_watched_folder_is_read_at_once(project):
    path = project.folder / "elsewhere.csv"
    path.write_text("", encoding="utf-8")
    datasets.ingest(project.context, "sales", [path])
    number = number_of(project)
    path.write_text("id,at,가격\na,2024-01-01,5\n", encoding="utf-8")

    made = quarantine.read_again(project.context, number)

    assert made is not None
    assert made.rows == 1


def test_a_file_that_is_gone_is_told(unreadable):
    (unreadable.folder / "inbox" / "sales" / "quarantine" / "broken.csv").unlink()

    with pytest.raises(NotFound, match="does not lie in"):
        quarantine.read_again(unreadable.context, number_of(unreadable))


def test_a_dropped_file_stays_where_it_lies(unreadable):
    quarantine.drop_file(unreadable.context, number_of(unreadable))

    assert (unreadable.folder / "inbox" / "sales" / "quarantine" / "broken.csv").is_file()
    assert quarantine.listing(unreadable.context).files == ()
    assert unreadable.alerts() == []


def test_a_file_is_dropped_once(unreadable):
    number = number_of(unreadable)
    quarantine.drop_file(unreadable.context, number)

    with pytest.raises(NotFound, match="is dropped"):
        quarantine.drop_file(unreadable.context, number)
    with pytest.raises(NotFound, match="a99"):
        quarantine.file(unreadable.context, 99)
