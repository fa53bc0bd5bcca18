"""The rows of a version in Python."""

from __future__ import annotations

import numpy as np
import pytest

from storage.errors import NotFound
from tests.services.project import month
from workbench.api import Workbench
from workbench.errors import UsageError


@pytest.fixture
def w(project):
    for number in (1, 2):
        project.accept(month(number, rows=20))
    return Workbench(project.context)


def test_rows_know_their_version_and_columns(w):
    rows = w.dataset("sales@v1")

    assert (rows.version.label, len(rows), repr(rows)) == (
        "sales@v1",
        20,
        "<sales@v1: 20 rows of sales@v1>",
    )
    assert rows.schema.names == ("id", "at", "가격", "수량", "지역", "returned")


def test_rows_of_a_period_are_those_of_its_time(w):
    rows = w.dataset("sales@2024-02")

    assert (rows.version.number, len(rows)) == (2, 20)
    assert rows.numpy(["at"])["at"].min() >= np.datetime64("2024-02-01")


def test_rows_stay_as_they_are_when_others_come(project, w):
    rows = w.dataset("sales")
    project.accept(month(3, rows=20))

    assert (len(rows), len(rows.frame()), len(w.dataset("sales"))) == (40, 40, 60)


def test_arrays_frame_and_relation_hold_the_same(w):
    rows = w.dataset("sales")
    wanted = ["지역", "가격"]

    arrays, frame = rows.numpy(wanted), rows.frame(wanted)
    assert list(arrays) == list(frame.columns) == rows.relation(wanted).columns == wanted
    assert arrays["가격"].tolist() == frame["가격"].tolist()
    assert rows.relation(wanted).fetchall() == list(zip(*arrays.values(), strict=True))


def test_all_columns_come_unless_some_are_named(w):
    assert tuple(w.dataset("sales").frame().columns) == w.dataset("sales").schema.names


@pytest.mark.parametrize("label", ["sale", "sales@v9"])
def test_rows_that_are_not_there_are_not_found(w, label):
    with pytest.raises(NotFound, match="Did you mean"):
        w.dataset(label)


def test_a_column_that_is_not_there_is_not_found(w):
    with pytest.raises(NotFound, match="No column is called '가겨'"):
        w.dataset("sales").numpy(["가겨"])
    with pytest.raises(UsageError, match="No column is asked for"):
        w.dataset("sales").frame([])


def test_a_dataset_without_rows_says_how_to_add_some(project):
    with pytest.raises(UsageError, match=r"sales has no rows yet"):
        Workbench(project.context).dataset("sales")
