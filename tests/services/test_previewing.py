"""What a file would bring to a dataset is told, and nothing of it is kept."""

from __future__ import annotations

import pytest

from storage.errors import NotFound
from tests.services.project import opened
from tests.services.shop import bring, configured, write
from workbench.errors import UsageError
from workbench.services import datasets, previewing


@pytest.fixture
def shop(tmp_path):
    """A project without rows, which takes new columns and some bad lines."""
    text = configured('on_schema_change = { new = "accept" }', "max_bad_share = 0.5")
    with opened(tmp_path, text) as project:
        yield project


def preview(project, content, name="x.csv"):
    """The preview of a file with such content."""
    return previewing.preview(project.context, "sales", write(project, name, content))


def kept(project) -> tuple[list, list, list]:
    """All that an ingest would leave behind."""
    return project.arrivals(), list(project.store.blobs.names()), project.staged()


def test_a_first_file_shows_its_columns_and_rows(shop):
    found = preview(shop, "id,v\na,1\nb,\n")

    assert [(one.name, one.type) for one in found.columns] == [("id", "VARCHAR"), ("v", "BIGINT")]
    assert (found.rows, found.row_count, found.new) == ((("a", "1"), ("b", "")), 2, ())
    assert found.problem is None
    assert kept(shop) == ([], [], [])


def test_a_preview_makes_no_dataset(shop):
    preview(shop, "id,v\na,1\n")

    with shop.store.read() as tx:
        assert tx.datasets.all() == ()


def test_new_columns_and_bad_lines_are_told(shop):
    bring(shop, "id,v\na,1\n")
    before = kept(shop)
    found = preview(shop, "id,v,w\nb,2,x\nc\nd,four,y\ne,5,z\n")

    assert (found.new, found.bad_lines, found.row_count) == (("w",), 2, 2)
    assert [one.line for one in found.bad] == [3, 4]
    assert found.notes == ("the new column w was added",)
    assert kept(shop) == before


REFUSED = {
    "empty": ("x.csv", "", "it is empty"),
    "without a column": ("x.csv", "id\nb\n", "without the column v"),
    "another kind of file": ("x.xlsx", "PK", "'.xlsx' is none of"),
    "bad all over": ("x.csv", "id,v\na,x\nb,y\n", "2 of 2 lines are bad"),
}


@pytest.mark.parametrize(("name", "content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_would_be_refused_says_why(shop, name, content, reason):
    bring(shop, "id,v\na,1\n")
    before = kept(shop)
    found = preview(shop, content, name)

    assert found.problem is not None
    assert reason in found.problem
    assert (found.columns, found.rows, bool(found.remedy)) == ((), (), True)
    assert kept(shop) == before


def test_a_preview_says_what_an_ingest_then_does(shop):
    bring(shop, "id,v\na,1\n")
    content = "id,v,w\nb,2,x\nc,3,y\nd\n"
    found = preview(shop, content)
    made = datasets.ingest(shop.context, "sales", [write(shop, "x.csv", content)])
    arrival = shop.arrivals()[-1]

    assert made is not None
    assert found.row_count == made.rows_added == 2
    assert (found.bad_lines, found.notes) == (arrival.bad_lines, arrival.notes)


def test_of_a_large_file_only_the_beginning_is_read(shop, monkeypatch):
    monkeypatch.setattr(previewing, "WHOLE_BYTES", 1000)
    found = preview(shop, "id,v\n" + "".join(f'{row},"x\n{row}"\n' for row in range(900)))

    assert (found.row_count, len(found.rows), found.bad_lines) == (None, previewing.ROWS, 0)
    assert found.problem is None
    assert found.path.name == "x.csv"
    assert kept(shop) == ([], [], [])


def test_what_is_not_there_is_refused(shop):
    with pytest.raises(UsageError, match=r"There is no file .*y\.csv"):
        previewing.preview(shop.context, "sales", shop.folder / "y.csv")
    with pytest.raises(NotFound, match="slaes"):
        previewing.preview(shop.context, "slaes", shop.folder / "workbench.toml")
