"""Columns that come, stay away or become wider: each version keeps those it had."""

from __future__ import annotations

import pytest

from storage.records import ArrivalState, VersionState
from tests.services.project import opened
from tests.services.shop import bring, columns, configured, read
from workbench.services import quarantine, versions

ACCEPTS = 'on_schema_change = { new = "accept", missing = "accept", widened = "accept" }'
NARROW = {"id": "VARCHAR", "v": "BIGINT"}


@pytest.fixture
def shop(tmp_path):
    """A project that takes changed columns."""
    text = configured(ACCEPTS, checks="columns = { v = { max = 100 } }\n")
    with opened(tmp_path, text) as project:
        bring(project, "id,v\na,1\n")
        yield project


def undo(project, number):
    """The version that undid another one, after its checks."""
    made = versions.undo(project.context, f"sales@v{number}")
    project.work(kinds=("check",))
    return project.version(made.number)


def reasons(project) -> list[str]:
    """Why files are in quarantine."""
    return [one.reason or "" for one in project.arrivals() if one.state is ArrivalState.QUARANTINED]


def test_a_new_column_is_null_before_it_came(shop):
    bring(shop, "id,v,w\nb,2,x\n")

    assert (columns(shop, 1), read(shop, 1)) == (NARROW, [("a", 1)])
    assert columns(shop, 2) == {**NARROW, "w": "VARCHAR"}
    assert read(shop, 2) == [("a", 1, None), ("b", 2, "x")]
    assert shop.arrivals()[-1].notes == ("the new column w was added",)


def test_a_missing_column_is_filled_with_nulls(shop):
    bring(shop, "id\nb\n")

    assert read(shop, 2) == [("a", 1), ("b", None)]
    assert shop.arrivals()[-1].notes == ("without the column v: filled with nulls",)


def test_a_wider_type_holds_from_the_version_it_came_with(shop):
    bring(shop, "id,v\nb,2.5\n")

    assert (columns(shop, 1)["v"], columns(shop, 2)["v"]) == ("BIGINT", "DOUBLE")
    assert (read(shop, 1), read(shop, 2)) == ([("a", 1)], [("a", 1.0), ("b", 2.5)])


def test_a_wider_type_is_refused_where_rows_that_are_there_would_change(tmp_path):
    with opened(tmp_path, configured(ACCEPTS)) as project:
        bring(project, f"id,v\na,{2**53 + 1}\n")

        assert bring(project, "id,v\nb,2.5\n") is None
        assert "1 values of v that the dataset has would change in DOUBLE" in reasons(project)[0]
        assert columns(project, 1)["v"] == "BIGINT"


def test_a_wider_type_is_refused_where_rows_of_the_same_ingest_would_change(shop):
    made = bring(shop, f"id,v,w\nb,1,{2**53 + 1}\n", "id,v,w\nc,1,2.5\n")

    assert made is not None
    assert (made.rows_added, columns(shop, 2)["w"]) == (1, "BIGINT")
    assert "1 values of w that the dataset has would change in DOUBLE" in reasons(shop)[0]


def test_a_column_may_come_and_become_wider_in_one_ingest(shop):
    made = bring(shop, "id,v,w\nb,2,1\n", "id,v,w\nc,3,1.5\n")

    assert (made.state, columns(shop, 2)["w"]) == (VersionState.CURRENT, "DOUBLE")
    assert read(shop, 2) == [("a", 1, None), ("b", 2, 1.0), ("c", 3, 1.5)]


def test_a_file_that_changes_columns_lets_the_next_ones_have_them(shop):
    shop.configure('missing = "accept"', 'missing = "block"')
    made = bring(shop, "id,v,w\nb,2,1\n", "id,v\nc,3\n")

    assert made.rows_added == 1
    assert "without the column w" in reasons(shop)[0]


@pytest.mark.parametrize("change", ["id,v,w\nb,2,x\n", "id,v\nb,2.5\n"], ids=["new", "wider"])
def test_an_undo_takes_changed_columns_back(shop, change):
    bring(shop, change)
    made = undo(shop, 2)
    after = bring(shop, "id,v\nc,3\n")

    assert columns(shop, made.number) == columns(shop, after.number) == NARROW
    assert read(shop, after.number) == [("a", 1), ("c", 3)]


@pytest.mark.parametrize("change", ["id,v,w\nb,2,x\n", "id,v\nb,2.5\n"], ids=["new", "wider"])
def test_columns_go_with_the_version_that_brought_them(shop, change):
    shop.configure(ACCEPTS, 'on_schema_change = { new = "accept", widened = "accept" }')
    bring(shop, change)
    versions.remove(shop.context, "sales@v2")
    after = bring(shop, "id,v\nc,3\n")

    assert after is not None, reasons(shop)
    assert columns(shop, after.number) == NARROW
    assert read(shop, after.number) == [("a", 1), ("c", 3)]


@pytest.mark.parametrize("change", ["id,v,w\nb,2000,x\n", "id,v\nb,2000.5\n"], ids=["new", "wider"])
def test_columns_of_rows_in_quarantine_bind_nobody(shop, change):
    aside = bring(shop, change)
    after = bring(shop, "id,v\nc,3\n")

    assert aside.state is VersionState.QUARANTINED
    assert columns(shop, after.number) == NARROW


@pytest.mark.parametrize(
    ("change", "type_"),
    [("id,v,w\nb,2000,7\n", "BIGINT"), ("id,v\nb,2000.5\n", "DOUBLE")],
    ids=["new", "wider"],
)
def test_rows_with_changed_columns_come_out_of_quarantine(shop, change, type_):
    bring(shop, change)
    made = quarantine.accept(shop.context, "sales@v2", why="a test")

    assert made.state is VersionState.CURRENT
    assert columns(shop, made.number)["w" if "w" in change else "v"] == type_
    assert len(read(shop, made.number)) == 2


def test_rows_that_came_back_do_not_keep_columns_that_they_do_not_have(tmp_path):
    with opened(tmp_path, configured('mode = "upsert"', ACCEPTS)) as project:
        bring(project, "id,v\na,1\nb,1\n")
        bring(project, "id,v,w\nc,2,x\n")
        bring(project, "id,v,w\na,3,y\n")
        undo(project, 3)
        made = undo(project, 2)

        assert columns(project, made.number) == NARROW
        assert sorted(read(project, made.number, "id, v")) == [("a", 1), ("b", 1)]


def test_an_upsert_keeps_what_older_rows_have_in_new_columns(tmp_path):
    with opened(tmp_path, configured('mode = "upsert"', ACCEPTS)) as project:
        bring(project, "id,v\na,1\nb,1\n")
        bring(project, "id,v,w\nc,2,x\n")
        bring(project, "id,v,w\na,3.5,y\n")

        rows = sorted(read(project, 3, "id, v, w"))
        assert rows == [("a", 3.5, "y"), ("b", 1.0, None), ("c", 2.0, "x")]
        made = undo(project, 3)
        assert columns(project, made.number) == {**NARROW, "w": "VARCHAR"}
        assert sorted(read(project, made.number)) == [("a", 1, None), ("b", 1, None), ("c", 2, "x")]
