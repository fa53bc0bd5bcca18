"""Logged scores meet labels by key, and are counted, while the log grows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions import Asked, Predictions, folder_of
from tests.storage.logged import T0, batch, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "predictions"


@pytest.fixture
def log(tmp_path, folder):
    frames = Frames(Blobs(tmp_path / "blobs", tmp_path / "staging"), tmp_path / "staging")
    yield Predictions(frames, folder)
    frames.close()


def labelled(log, rows_sql, *, key=("id",), **options):
    found = log.labelled_scores(rows_sql, key=key, target="y", **{"model": "late", **options})
    order = np.argsort(found["target"])
    return {name: values[order].tolist() for name, values in found.items()}


ROWS = "SELECT * FROM (VALUES (1, 10), (2, 20), (3, 30)) AS t(id, y)"


def test_scores_meet_labels_by_key(folder, log):
    write(folder, batch({"id": [3, 1, 99]}, [0.3, 0.1, 0.9]), batch({}, [0.7]))

    assert labelled(log, ROWS) == {
        "target": [10, 30],
        "model_version": [1, 1],
        "score": [0.1, 0.3],
    }


def test_of_the_same_key_the_latest_prediction_wins(folder, log):
    write(
        folder,
        batch({"id": [1]}, [0.5], at=T0 + 5, version=2),
        batch({"id": [1]}, [0.1], at=T0),
        batch({"id": [2, 2]}, [0.1, 0.2]),
    )

    assert labelled(log, ROWS) == {
        "target": [10, 20],
        "model_version": [2, 1],
        "score": [0.5, 0.2],
    }


def test_one_version_can_be_asked_for(folder, log):
    write(
        folder,
        batch({"id": [1]}, [0.1], at=T0, version=1),
        batch({"id": [1]}, [0.5], at=T0 + 5, version=2),
    )

    assert labelled(log, ROWS, asked=Asked(version=1))["score"] == [0.1]


def test_older_predictions_can_be_left_out(folder, log):
    write(folder, batch({"id": [1]}, [0.1]), batch({"id": [2]}, [0.2], at=T0 + 1))

    found = labelled(log, ROWS, asked=Asked(since=datetime(2013, 4, 1, 0, 0, 0, 1, tzinfo=UTC)))

    assert found["target"] == [20]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("7", "7::BIGINT"),
        (7, "'7'"),
        (7, "7.0::DOUBLE"),
        (0.1, "0.1::DOUBLE"),
        ("2013-04-01T05:00:00", "TIMESTAMP '2013-04-01 05:00:00'"),
        ("2013-04-01", "DATE '2013-04-01'"),
        (True, "true"),
        ('a "b"\n\\', "'a \"b\"\n\\'"),
    ],
    ids=["text-int", "int-text", "int-double", "double", "timestamp", "date", "bool", "text"],
)
def test_a_key_meets_its_row_whatever_type_the_column_has(folder, log, sent, stored):
    write(folder, batch({"id": [sent]}, [0.25]))

    assert labelled(log, f"SELECT {stored} AS id, 1 AS y")["score"] == [0.25]


@pytest.mark.parametrize("sent", ["x", None, [], 1e300], ids=["text", "null", "list", "huge"])
def test_a_key_that_no_row_can_have_meets_none(folder, log, sent):
    write(folder, batch({"id": [sent]}, [0.25]))

    assert labelled(log, ROWS)["score"] == []


def test_a_key_may_have_several_columns_of_any_name(folder, log):
    write(folder, batch({"a\"'.b": [1, 1], "score": ["u", "v"]}, [0.1, 0.2]))

    rows = """SELECT 1 AS "a""'.b", 'v' AS score, 5 AS y"""

    assert labelled(log, rows, key=("a\"'.b", "score"))["score"] == [0.2]


def test_rows_without_a_label_are_left_out(folder, log):
    write(folder, batch({"id": [1]}, [0.1]))

    assert labelled(log, "SELECT 1 AS id, NULL::INT AS y")["score"] == []


def test_scores_of_several_classes_stay_together(folder, log):
    write(folder, batch({"id": [1, 2]}, [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]))

    assert labelled(log, ROWS)["score"] == [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]


def test_a_score_that_is_no_number_stays_one(folder, log):
    write(folder, batch({"id": [1]}, [np.nan]))

    assert np.isnan(labelled(log, ROWS)["score"]).all()


def test_what_a_version_answered_is_counted_with_when(folder, log):
    write(
        folder,
        batch({}, [0.1, 0.2], at=T0 + 2),
        batch({}, [0.3], at=T0),
        batch({}, [0.4], at=T0 + 9, version=2),
    )
    with next(folder.glob("*/*.jsonl")).open("a") as segment:
        segment.write('{"at": 5, "model": "la')

    found = log.answered("late", 1)
    assert (found.requests, found.rows) == (2, 3)
    assert found.first_at == datetime(2013, 4, 1, tzinfo=UTC)
    assert found.last_at == datetime(2013, 4, 1, 0, 0, 0, 2, tzinfo=UTC)
    assert log.answered("late", 3) is None
    assert log.answered("early", 1) is None


def test_a_model_without_predictions_has_no_scores(log):
    assert labelled(log, ROWS) == {"target": [], "model_version": [], "score": []}


def test_joining_without_a_key_is_refused(log):
    with pytest.raises(ValueError, match="at least one key column"):
        log.labelled_scores(ROWS, key=(), target="y", model="late")


@pytest.mark.parametrize(
    "torn",
    [
        b'{"at":5,"model":"late","version":1,"rows":1,"key":{"id":[2]},"scores":[0.',
        '{"at":5,"model":"late","request":"한'.encode()[:-1],
        b"\0" * 40,
    ],
    ids=["in a number", "in a character", "zeros"],
)
def test_a_torn_last_line_is_skipped(folder, log, torn):
    write(folder, batch({"id": [1]}, [0.1]))
    (segment,) = folder.glob("late/*.jsonl")
    with segment.open("ab") as file:
        file.write(torn)
    write(folder, batch({"id": [3]}, [0.3]))

    assert labelled(log, ROWS)["score"] == [0.1, 0.3]


@pytest.mark.parametrize(
    "name", [".", "..", "a/b", "../up", "late", "한글" * 100, "*[a]?", "", "a\n", "~x", "x" * 300]
)
def test_any_model_name_has_a_folder_of_its_own(folder, log, name):
    write(folder, batch({"id": [1]}, [0.1], model=name), batch({"id": [1]}, [0.5], model="b"))

    assert folder_of(folder, name).parent == folder
    assert labelled(log, ROWS, model=name)["score"] == [0.1]
