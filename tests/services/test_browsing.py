"""Rows of a dataset page by page, as the terminal UI and Python look at them."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from tests.services.project import CONFIG, month, opened
from workbench.api import Workbench
from workbench.errors import UsageError


@pytest.fixture(scope="module")
def w(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("browsing"), text=CONFIG) as project:
        project.accept(month(1, rows=60))
        project.accept(month(2, rows=40))
        yield Workbench(project.context)


def ids(table):
    return [row[0] for row in table.rows]


def test_a_page_has_its_rows_in_their_order_and_tells_whether_others_follow(w):
    first, last = w.page("sales", limit=60), w.page("sales", limit=60, offset=60)

    assert (len(first), first.has_more) == (60, True)
    assert (len(last), last.has_more) == (40, False)
    assert first.rows + last.rows == w.sql("select * from sales").rows


def test_pages_of_sorted_rows_fit_together_where_many_rows_are_alike(w):
    pages = [
        w.page("sales", order="지역", descending=True, columns=["id"], limit=7, offset=offset)
        for offset in range(0, 100, 7)
    ]
    found = [one for page in pages for one in ids(page)]

    assert sorted(found) == sorted(ids(w.sql("select id from sales")))


def test_missing_values_come_last_in_either_order(w):
    ascending, descending = (
        w.page("sales", order="가격", descending=is_down, columns=["가격"], limit=100)
        for is_down in (False, True)
    )
    there = [one for one in ids(ascending) if one is not None]

    assert there == sorted(there)
    assert ids(descending)[: len(there)] == there[::-1]


def test_a_condition_names_columns_that_are_not_read(w):
    page = w.page("sales", where="\"at\" >= timestamp '2024-02-01'", columns=["id"], limit=50)

    assert page.columns == ("id",)
    assert len(page) == w.count("sales", where="\"at\" >= timestamp '2024-02-01'") == 40


def test_all_rows_are_counted_without_a_condition(w):
    assert w.count("sales@v1") == 60


def test_an_export_has_the_rows_of_the_page_in_their_order(w, tmp_path):
    out = tmp_path / "비싼.csv"

    rows = w.export("sales@v1", out, where="id is not null", order="id", descending=True)

    written = out.read_text(encoding="utf-8").splitlines()
    assert rows == len(written) - 1 == 60
    assert [line.partition(",")[0] for line in written[1:]] == [
        str(one) for one in ids(w.page("sales@v1", order="id", descending=True, limit=60))
    ]


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"columns": ["nope"]}, NotFound, "No column is called 'nope'"),
        ({"columns": []}, UsageError, "No column is asked for"),
        ({"order": "nope"}, NotFound, "No column is called 'nope'"),
        ({"where": "nope > 1"}, UsageError, "nope"),
        ({"where": "true) union select (1"}, UsageError, "ends the condition"),
        ({"where": ""}, UsageError, "condition is empty"),
        ({"limit": 0}, UsageError, "no page of 0 rows"),
        ({"offset": -1}, UsageError, "no page of 50 rows from row -1"),
    ],
)
def test_a_page_that_cannot_be_is_refused(asked, error, says, w):
    with pytest.raises(error, match=says.replace("'", ".")):
        w.page("sales", **asked)


def test_the_columns_of_a_version_have_types_and_kinds(w):
    found = {one.name: one for one in w.columns("sales@v1")}

    assert list(found) == list(w.dataset("sales@v1").schema.names)
    assert found["가격"].kind.value == "numeric"
