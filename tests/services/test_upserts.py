"""Rows that come again under their key take the place of the older ones; an undo brings these back."""

from __future__ import annotations

import pytest

from storage.errors import Conflict
from storage.records import ArrivalState, VersionState
from tests.services.project import opened
from tests.services.shop import bring, configured, read, write
from workbench.services import datasets, quarantine, upkeep, versions

UPSERT = configured('mode = "upsert"', checks="columns = { v = { max = 100 } }\n")


@pytest.fixture
def shop(tmp_path):
    """A project whose rows come by key."""
    with opened(tmp_path, UPSERT) as project:
        yield project


def undo(project, number):
    """The version that undid another one, after its checks."""
    made = versions.undo(project.context, f"sales@v{number}")
    project.work(kinds=("check",))
    return project.version(made.number)


def test_a_row_whose_key_is_there_takes_the_place_of_the_older(shop):
    bring(shop, "id,v\na,1\nb,2\n")
    made = bring(shop, "id,v\nb,3\nc,4\n")

    assert (made.rows, made.rows_added, made.rows_replaced) == (3, 2, 1)
    assert sorted(read(shop, 2)) == [("a", 1), ("b", 3), ("c", 4)]
    assert read(shop, 1) == [("a", 1), ("b", 2)]


def test_of_one_ingest_the_last_row_of_a_key_stays(shop):
    made = bring(shop, "id,v\na,1\na,2\n", "id,v\na,3\nb,4\n")

    assert (made.rows, made.rows_added, made.rows_replaced) == (2, 2, 0)
    assert read(shop, 1) == [("a", 3), ("b", 4)]


def test_rows_without_a_key_stay_and_come(shop):
    bring(shop, "id,v\n,1\na,2\n")
    made = bring(shop, "id,v\n,1\n")

    assert (made.rows, made.rows_replaced) == (3, 0)


def test_a_file_whose_rows_were_all_replaced_is_still_known(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\n")

    assert datasets.ingest(shop.context, "sales", [shop.folder / "files" / "0000.csv"]) is None
    assert shop.arrivals()[-1].state is ArrivalState.DUPLICATE
    assert read(shop, 2) == [("a", 2)]


def test_an_undo_brings_replaced_rows_back(shop):
    bring(shop, "id,v\na,1\nb,2\n")
    bring(shop, "id,v\nb,3\n")
    made = undo(shop, 2)

    assert (made.rows, made.rows_added, made.rows_replaced) == (2, 0, 0)
    assert read(shop, made.number) == [("a", 1), ("b", 2)]
    assert sorted(read(shop, 2)) == [("a", 1), ("b", 3)]


def test_an_undo_brings_back_rows_of_which_none_were_left(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\nb,3\n")

    assert read(shop, undo(shop, 2).number) == [("a", 1)]


def test_an_undone_file_may_come_again(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\n")
    undo(shop, 2)
    again = datasets.ingest(shop.context, "sales", [shop.folder / "files" / "0001.csv"])

    assert again is not None
    assert (again.rows, again.rows_replaced) == (1, 1)
    assert read(shop, again.number) == [("a", 2)]


def test_rows_that_later_ones_replaced_cannot_be_undone_first(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\nb,2\n")
    bring(shop, "id,v\nb,3\n")

    with pytest.raises(Conflict, match="Undo sales@v3 first"):
        versions.undo(shop.context, "sales@v2")


def test_versions_can_be_undone_one_after_the_other(shop):
    bring(shop, "id,v\na,1\nb,1\nc,1\n")
    bring(shop, "id,v\na,2\nd,2\n")
    bring(shop, "id,v\nb,3\nd,3\n")
    first, second = undo(shop, 3), undo(shop, 2)

    assert sorted(read(shop, first.number)) == [("a", 2), ("b", 1), ("c", 1), ("d", 2)]
    assert read(shop, second.number) == [("a", 1), ("b", 1), ("c", 1)]
    assert [len(read(shop, number)) for number in (1, 2, 3)] == [3, 4, 4]
    with pytest.raises(Conflict, match="No rows of sales@v2 are in sales@v5"):
        versions.undo(shop.context, "sales@v2")


def test_without_an_undo_that_was_removed_it_can_be_undone_again(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\nd,2\n")
    bring(shop, "id,v\nd,3\n")
    undo(shop, 3)
    undo(shop, 2)
    versions.remove(shop.context, "sales@v5")
    made = undo(shop, 2)

    assert sorted(read(shop, 4)) == [("a", 2), ("d", 2)]
    assert read(shop, made.number) == [("a", 1)]


def test_an_undo_is_refused_when_what_was_replaced_went_with_a_version(shop):
    bring(shop, "id,v\na,1\nb,1\n")
    bring(shop, "id,v\na,2\n")
    bring(shop, "id,v\nc,3\n")
    versions.remove(shop.context, "sales@v1")

    with pytest.raises(Conflict, match="went with a version that was removed"):
        versions.undo(shop.context, "sales@v2")
    assert sorted(read(shop, 3)) == [("a", 2), ("b", 1), ("c", 3)]


def test_without_the_latest_version_the_rows_it_replaced_are_there_again(shop):
    bring(shop, "id,v\na,1\nb,1\n")
    bring(shop, "id,v\na,2\n")
    versions.remove(shop.context, "sales@v2")
    made = bring(shop, "id,v\nb,3\n")

    assert (made.rows, made.rows_replaced) == (2, 1)
    assert sorted(read(shop, 3)) == [("a", 1), ("b", 3)]


def test_rows_that_were_all_replaced_are_freed_with_their_version(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\n", "id,v\na,3\n")
    versions.remove(shop.context, "sales@v1")
    before = set(shop.store.blobs.names())
    upkeep.free(shop.context, grace_s=-1)
    left = [len(shop.store.blobs.read(one)) for one in shop.store.blobs.names()]

    assert len(before) - len(left) >= 2
    assert read(shop, 2) == [("a", 3)]
    assert datasets.ingest(shop.context, "sales", [shop.folder / "files" / "0000.csv"]) is None


def test_rows_in_quarantine_replace_none(shop):
    bring(shop, "id,v\na,1\n")
    aside = bring(shop, "id,v\na,1000\n")
    bring(shop, "id,v\nb,2\n")

    assert aside.state is VersionState.QUARANTINED
    assert read(shop, 2) == [("a", 1000)]
    assert sorted(read(shop, 3)) == [("a", 1), ("b", 2)]


def test_rows_out_of_quarantine_replace_those_that_came_meanwhile(shop):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,1000\nb,5\n")
    bring(shop, "id,v\nb,2\nc,2\n")
    made = quarantine.accept(shop.context, "sales@v2", why="a test")

    assert (made.rows, made.rows_added, made.rows_replaced) == (3, 2, 2)
    assert sorted(read(shop, made.number)) == [("a", 1000), ("b", 5), ("c", 2)]
    assert sorted(read(shop, 3)) == [("a", 1), ("b", 2), ("c", 2)]


def test_a_file_without_the_key_goes_into_quarantine_alone(shop):
    made = bring(shop, "id,v\na,1\n")
    shop.configure('key = ["id"]', 'key = ["id", "day"]')
    again = bring(shop, "id,v\na,2\n", "id,v\na,3\n")

    assert (made.rows, again) == (1, None)
    assert [one.state for one in shop.arrivals()[1:]] == [ArrivalState.QUARANTINED] * 2
    assert "no column 'day', which is in the key of sales" in shop.arrivals()[-1].reason


def test_older_rows_without_a_new_column_of_the_key_stay(shop):
    bring(shop, "id,v\na,1\n")
    shop.configure('mode = "upsert"', 'mode = "upsert"\non_schema_change = { new = "accept" }')
    shop.configure('key = ["id"]', 'key = ["id", "day"]')
    made = bring(shop, "id,v,day\na,2,7\n")

    assert (made.rows, made.rows_replaced) == (2, 0)
    assert read(shop, 2, "id, v, day") == [("a", 1, None), ("a", 2, 7)]


def test_a_column_may_be_called_as_one_of_ours(tmp_path):
    with opened(tmp_path, UPSERT) as project:
        bring(project, "id,v,rank,place\na,1,9,9\na,2,9,9\nb,3,0,0\n")
        bring(project, "id,v,rank,place\nb,4,9,9\n")

        assert sorted(read(project, 2)) == [("a", 2, 9, 9), ("b", 4, 9, 9)]


def test_a_file_that_is_named_in_two_ways_is_read_once(shop, monkeypatch):
    path = write(shop, "x.csv", "id,v\n,1\n")
    monkeypatch.chdir(shop.folder)
    made = datasets.ingest(shop.context, "sales", [path, path.relative_to(shop.folder)])

    assert made is not None
    assert (made.rows, len(read(shop, 1))) == (1, 1)


def test_the_same_rows_in_two_files_count_twice(tmp_path):
    with opened(tmp_path, configured()) as project:
        made = bring(project, "id,v\na,1\n", "id,v\r\na,1\r\n")
        again = bring(project, 'id,v\n"a",1\n')

        assert (made.rows, read(project, 1)) == (2, [("a", 1)] * 2)
        assert (again.rows, read(project, 2)) == (3, [("a", 1)] * 3)


def test_an_ingest_is_refused_when_the_version_it_builds_on_went_meanwhile(shop, monkeypatch):
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v\na,2\nb,2\n")
    path = write(shop, "late.csv", "id,v\nb,3\n")
    brought = datasets._brought

    def slowly(*given):
        found = brought(*given)
        versions.remove(shop.context, "sales@v2")
        return found

    monkeypatch.setattr(datasets, "_brought", slowly)

    with pytest.raises(Conflict, match="sales@v2 was removed while files were read"):
        datasets.ingest(shop.context, "sales", [path])
    assert read(shop, 1) == [("a", 1)]
