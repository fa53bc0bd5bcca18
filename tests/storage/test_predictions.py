"""The prediction log: what was put is read back, whatever happens to the writer."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions import LoggedRequest, Predictions, Writer, folder_of

T0 = int(datetime(2013, 4, 1, tzinfo=UTC).timestamp() * 1_000_000)
WRITE_FOREVER = """
import sys, itertools
from pathlib import Path
import numpy as np
from storage.predictions import LoggedRequest, Writer
writer = Writer(Path(sys.argv[1]), failed=print)
for n in itertools.count():
    writer.put(LoggedRequest(at=n, request=str(n), model="late", version=1, rows=1, latency_us=1,
                             key={"id": [n]}, inputs={"x": [0.5]}, scores=np.array([0.25])))
"""


def request(key, scores, *, at=T0, model="late", version=1, inputs=None):
    values = np.array(scores, np.float64)
    return LoggedRequest(
        at=at,
        request="r1",
        model=model,
        version=version,
        rows=len(values),
        latency_us=90,
        key=key,
        inputs={"x": [0.5] * len(values)} if inputs is None else inputs,
        scores=values,
    )


def write(folder, *requests, **options):
    failures = []
    writer = Writer(folder, failed=failures.append, **options)
    for one in requests:
        writer.put(one)
    writer.close()
    assert failures == []
    return writer


def eventually(is_true):
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def lines(folder):
    return [
        json.loads(line)
        for path in sorted(folder.glob("*/*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


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


def test_a_request_is_one_line_of_columns(folder):
    write(folder, request({"id": [1, 2]}, [0.25, 0.5], inputs={"거리": [1, None], "c": ["é", ""]}))

    assert lines(folder) == [
        {
            "at": T0,
            "request": "r1",
            "model": "late",
            "version": 1,
            "rows": 2,
            "latency_us": 90,
            "key": {"id": [1, 2]},
            "inputs": {"거리": [1, None], "c": ["é", ""]},
            "scores": [0.25, 0.5],
        }
    ]


def test_excluded_columns_are_not_kept(folder):
    asked = request({"id": [1], "name": ["Ann"]}, [0.25], inputs={"x": [1], "name": ["Ann"]})
    write(folder, asked, exclude=("name",))

    assert "Ann" not in str(lines(folder))
    assert lines(folder)[0]["inputs"] == {"x": [1]}


def test_scores_meet_labels_by_key(folder, log):
    write(folder, request({"id": [3, 1, 99]}, [0.3, 0.1, 0.9]), request({}, [0.7]))

    assert labelled(log, ROWS) == {
        "target": [10, 30],
        "model_version": [1, 1],
        "score": [0.1, 0.3],
    }


def test_of_the_same_key_the_latest_prediction_wins(folder, log):
    write(
        folder,
        request({"id": [1]}, [0.5], at=T0 + 5, version=2),
        request({"id": [1]}, [0.1], at=T0),
        request({"id": [2, 2]}, [0.1, 0.2]),
    )

    assert labelled(log, ROWS) == {
        "target": [10, 20],
        "model_version": [2, 1],
        "score": [0.5, 0.2],
    }


def test_one_version_can_be_asked_for(folder, log):
    write(
        folder,
        request({"id": [1]}, [0.1], at=T0, version=1),
        request({"id": [1]}, [0.5], at=T0 + 5, version=2),
    )

    assert labelled(log, ROWS, version=1)["score"] == [0.1]


def test_older_predictions_can_be_left_out(folder, log):
    write(folder, request({"id": [1]}, [0.1]), request({"id": [2]}, [0.2], at=T0 + 1))

    found = labelled(log, ROWS, since=datetime(2013, 4, 1, 0, 0, 0, 1, tzinfo=UTC))

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
    write(folder, request({"id": [sent]}, [0.25]))

    assert labelled(log, f"SELECT {stored} AS id, 1 AS y")["score"] == [0.25]


@pytest.mark.parametrize("sent", ["x", None, [], 1e300], ids=["text", "null", "list", "huge"])
def test_a_key_that_no_row_can_have_meets_none(folder, log, sent):
    write(folder, request({"id": [sent]}, [0.25]))

    assert labelled(log, ROWS)["score"] == []


def test_a_key_may_have_several_columns_of_any_name(folder, log):
    write(folder, request({"a\"'.b": [1, 1], "score": ["u", "v"]}, [0.1, 0.2]))

    rows = """SELECT 1 AS "a""'.b", 'v' AS score, 5 AS y"""

    assert labelled(log, rows, key=("a\"'.b", "score"))["score"] == [0.2]


def test_rows_without_a_label_are_left_out(folder, log):
    write(folder, request({"id": [1]}, [0.1]))

    assert labelled(log, "SELECT 1 AS id, NULL::INT AS y")["score"] == []


def test_scores_of_several_classes_stay_together(folder, log):
    write(folder, request({"id": [1, 2]}, [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]))

    assert labelled(log, ROWS)["score"] == [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]


def test_a_score_that_is_no_number_stays_one(folder, log):
    write(folder, request({"id": [1]}, [np.nan]))

    assert np.isnan(labelled(log, ROWS)["score"]).all()


def test_what_a_version_answered_is_counted_with_when(folder, log):
    write(
        folder,
        request({}, [0.1, 0.2], at=T0 + 2),
        request({}, [0.3], at=T0),
        request({}, [0.4], at=T0 + 9, version=2),
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
    write(folder, request({"id": [1]}, [0.1]))
    (segment,) = folder.glob("late/*.jsonl")
    with segment.open("ab") as file:
        file.write(torn)
    write(folder, request({"id": [3]}, [0.3]))

    assert labelled(log, ROWS)["score"] == [0.1, 0.3]


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_lines_but_for_the_last(folder, log):
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOREVER, str(folder)])
    eventually(lambda: sum(path.stat().st_size for path in folder.glob("late/*.jsonl")) > 100_000)
    writer.send_signal(signal.SIGKILL)
    writer.wait()

    (segment,) = folder.glob("late/*.jsonl")
    whole = segment.read_bytes().split(b"\n")[:-1]
    found = log.labelled_scores(
        "SELECT range AS id, range AS y FROM range(10_000_000)",
        key=["id"], target="y", model="late",
    )  # fmt: skip

    assert [json.loads(line)["at"] for line in whole] == list(range(len(whole)))
    assert sorted(found["target"]) == list(range(len(whole)))


@pytest.mark.parametrize(
    "name", [".", "..", "a/b", "../up", "late", "한글" * 100, "*[a]?", "", "a\n", "~x", "x" * 300]
)
def test_any_model_name_has_a_folder_of_its_own(folder, log, name):
    write(folder, request({"id": [1]}, [0.1], model=name), request({"id": [1]}, [0.5], model="b"))

    assert folder_of(folder, name).parent == folder
    assert labelled(log, ROWS, model=name)["score"] == [0.1]


def test_a_full_segment_is_followed_by_another(folder, log):
    writer = Writer(folder, failed=pytest.fail, segment_bytes=1)
    for number in (1, 2, 3):
        writer.put(request({"id": [number]}, [number / 10]))
        eventually(lambda number=number: len(lines(folder)) == number)
    writer.close()

    assert len(list(folder.glob("late/*.jsonl"))) == 3
    assert labelled(log, ROWS)["score"] == [0.1, 0.2, 0.3]


def test_a_line_too_long_for_readers_becomes_several(folder, log):
    wide = ["é" * 3_000_000] * 3

    write(folder, request({"id": [1, 2, 3]}, [0.1, 0.2, 0.3], inputs={"text": wide}))

    assert [line["rows"] for line in lines(folder)] == [1, 1, 1]
    assert labelled(log, ROWS)["score"] == [0.1, 0.2, 0.3]


def test_a_row_too_long_for_readers_is_dropped_and_counted(folder, log):
    wide = ["é" * 5_000_000, "short"]

    writer = write(folder, request({"id": [1, 2]}, [0.1, 0.2], inputs={"text": wide}))

    assert writer.dropped_rows == 1
    assert labelled(log, ROWS)["score"] == [0.2]


def test_what_finds_no_room_in_the_queue_is_dropped_and_counted(folder):
    writer = write(folder, *[request({"id": [1, 2]}, [0.1, 0.2])] * 5, queued_bytes=0)

    assert writer.dropped_rows == 10


def test_a_disk_that_fails_switches_the_log_off_and_says_so_once(folder):
    folder.write_text("a file where a folder should be")
    failures: queue.SimpleQueue[Exception] = queue.SimpleQueue()
    writer = Writer(folder, failed=failures.put)
    writer.put(request({"id": [1]}, [0.1]))
    failure = failures.get(timeout=60)
    writer.put(request({"id": [1, 2]}, [0.1, 0.2]))
    writer.close()

    assert isinstance(failure, OSError)
    assert failures.empty()
    assert not writer.is_on
    assert writer.dropped_rows == 3


def test_what_comes_after_the_end_is_dropped_and_counted(folder):
    writer = write(folder, request({"id": [1]}, [0.1]))
    writer.put(request({"id": [2]}, [0.2]))

    assert writer.dropped_rows == 1
    assert len(lines(folder)) == 1


keys = st.one_of(
    st.text(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)


@given(st.lists(keys, min_size=1, max_size=20), st.text())
def test_what_a_caller_may_send_is_written_and_read(tmp_path_factory, values, name):
    folder = tmp_path_factory.mktemp("log")
    write(folder, request({name: values}, [0.5] * len(values), inputs={name: values}))

    assert [line["key"][name] for line in lines(folder)] == [values]
