"""The writer of the prediction log: what was put is kept, whatever happens to the writer."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions import LogRules, Predictions, Writer
from tests.storage.logged import T0, batch, eventually, lines, write

WRITE_FOREVER = """
import sys, itertools
from pathlib import Path
import numpy as np
from storage.predictions import LoggedBatch, Writer
writer = Writer(Path(sys.argv[1]), failed=print)
for n in itertools.count():
    writer.put(LoggedBatch(model="late", version=1, requests=[str(n), "x"], at=[n, n], rows=[1, 1],
                           latency_us=[1, 1], callers=["", ""], key={"id": [2 * n, 2 * n + 1]},
                           inputs={"x": [0.5, 1]}, scores=np.array([0.25, 0.5])))
"""
TEN_AT_ONCE = """
import os, sys
from pathlib import Path
from tests.storage.logged import batch, write
for first in range(0, 2000, 200):
    if os.fork() == 0:
        write(Path(sys.argv[1]), *[batch({"id": [first + n]}, [0.5]) for n in range(200)])
        os._exit(0)
for _ in range(10):
    assert os.wait()[1] == 0
"""
FULL_DISK = """
import resource, sys, time
from pathlib import Path
from storage.predictions import LogRules, Writer
from tests.storage.logged import batch, eventually, lines
told = []
def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
def until(kind):
    while kind not in told:
        time.sleep(0.01)
    told.clear()
room(20_000)
writer = Writer(Path(sys.argv[1]), failed=lambda error: told.append("failed"),
                resumed=lambda: told.append("resumed"), rules=LogRules(retry_s=0.01))
writer.put(batch({"id": [1]}, [0.1]))
eventually(lambda: lines(Path(sys.argv[1])))
writer.put(batch({"id": list(range(10_000))}, [0.5] * 10_000))
until("failed")
is_off = not writer.is_on
writer.put(batch({"id": [2]}, [0.2]))
room(resource.RLIM_INFINITY)
until("resumed")
writer.put(batch({"id": [3]}, [0.3]))
writer.close()
print(is_off, writer.dropped_rows)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "predictions"


@pytest.fixture
def log(tmp_path, folder):
    frames = Frames(Blobs(tmp_path / "blobs", tmp_path / "staging"), tmp_path / "staging")
    yield Predictions(frames, folder)
    frames.close()


def ids(log, model="late"):
    found = log.rows(model, {}).sql("CAST(id AS BIGINT)")
    return sorted(number for (number,) in log.frames.rows(found))


def test_a_request_is_one_line_of_columns(folder):
    one = batch({"id": [1, 2]}, [0.25, 0.5], inputs={"거리": [1, None], "c": ["é", ""]})
    write(folder, one)

    assert lines(folder) == [
        {
            "at": T0,
            "request": one.requests[0],
            "model": "late",
            "version": 1,
            "rows": 2,
            "latency_us": 90,
            "key": {"id": [1, 2]},
            "inputs": {"거리": [1, None], "c": ["é", ""]},
            "scores": [0.25, 0.5],
        }
    ]


def test_requests_of_one_row_each_share_a_line(folder):
    both = batch({"id": [1, 2]}, [0.25, 0.5], at=[T0, T0 + 3], callers=["app", ""], role="shadow")
    write(folder, both)

    assert lines(folder) == [
        {
            "model": "late",
            "version": 1,
            "requests": both.requests,
            "times": [T0, T0 + 3],
            "latencies_us": [90, 91],
            "key": {"id": [1, 2]},
            "inputs": {"x": [0.5, 0.5]},
            "scores": [0.25, 0.5],
            "role": "shadow",
            "callers": ["app", ""],
        }
    ]


def test_requests_of_different_sizes_keep_their_own_rows(folder, log):
    mixed = batch({"id": list(range(7))}, np.arange(7) / 10, at=T0, rows=[1, 1, 3, 1, 0, 1])
    write(folder, mixed)

    found = log.frames.rows(
        log.rows("late", {}).sql("CAST(id AS BIGINT), request, row, score") + " ORDER BY 1"
    )
    owners = [0, 1, 2, 2, 2, 3, 5]
    places = [0, 0, 0, 1, 2, 0, 0]
    assert found == [(n, mixed.requests[owners[n]], places[n], n / 10) for n in range(7)]


@pytest.mark.parametrize("kind", [list, tuple, np.array], ids=["lists", "tuples", "arrays"])
def test_columns_may_be_of_any_kind(folder, kind):
    columns = {"x": kind([1.5, float("nan")]), "n": kind([1, 2]), "c": kind(["a", "b"])}
    write(folder, batch({}, [0.1, 0.2], at=[T0, T0], inputs=columns))

    assert lines(folder)[0]["inputs"] == {"x": [1.5, None], "n": [1, 2], "c": ["a", "b"]}


def test_excluded_columns_are_not_kept(folder):
    asked = batch({"id": [1], "name": ["Ann"]}, [0.25], inputs={"x": [1], "name": ["Ann"]})
    write(folder, asked, exclude=("name",))

    assert "Ann" not in str(lines(folder))
    assert lines(folder)[0]["inputs"] == {"x": [1]}


def test_a_shadow_is_sampled_as_its_answer_is(folder):
    times = [T0] * 2000
    asked = batch({"id": list(range(2000))}, np.zeros(2000), at=times)
    shadow = batch(asked.key, np.ones(2000), at=times, role="shadow", requests=asked.requests)
    write(folder, asked, shadow, sample=0.25)

    answered, copied = lines(folder)
    assert answered["requests"] == copied["requests"]
    assert answered["key"] == copied["key"]
    assert 400 < len(answered["requests"]) < 600
    assert [asked.requests[one] for one in answered["key"]["id"]] == answered["requests"]


@pytest.mark.parametrize(("sample", "kept"), [(0.0, 0), (1.0, 3)])
def test_nothing_or_everything_can_be_sampled(folder, sample, kept):
    writer = write(folder, batch({"id": [1, 2, 3]}, [0.1] * 3), sample=sample)

    assert sum(line["rows"] for line in lines(folder)) == kept
    assert writer.dropped_rows == 0


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_lines_but_for_the_last(folder, log):
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOREVER, str(folder)])
    eventually(lambda: sum(path.stat().st_size for path in folder.glob("late/*.jsonl")) > 100_000)
    writer.send_signal(signal.SIGKILL)
    writer.wait()

    (segment,) = folder.glob("late/*.jsonl")
    whole = segment.read_bytes().split(b"\n")[:-1]
    assert [json.loads(line)["times"][0] for line in whole] == list(range(len(whole)))
    assert ids(log) == list(range(2 * len(whole)))


def test_ten_processes_write_at_once(folder, log):
    subprocess.run([sys.executable, "-c", TEN_AT_ONCE, str(folder)], check=True)

    assert len(list(folder.glob("late/*.jsonl"))) == 10
    assert ids(log) == list(range(2000))


def test_a_full_segment_is_followed_by_another_and_is_told_of(folder, log):
    ended = []
    writer = Writer(folder, failed=pytest.fail, ended=ended.append, rules=LogRules(segment_bytes=1))
    for number in (1, 2, 3):
        writer.put(batch({"id": [number]}, [number / 10]))
        eventually(lambda number=number: len(lines(folder)) == number)
    writer.close()

    assert len(list(folder.glob("late/*.jsonl"))) == 3
    assert ended == ["late"] * 3
    assert ids(log) == [1, 2, 3]


def test_a_line_too_long_for_readers_becomes_several(folder, log):
    wide = ["é" * 3_000_000] * 3

    write(folder, batch({"id": [1, 2, 3]}, [0.1, 0.2, 0.3], inputs={"text": wide}))

    assert [(line["rows"], line.get("first_row", 0)) for line in lines(folder)] == [
        (1, 0),
        (1, 1),
        (1, 2),
    ]
    assert log.answered("late", 1).requests == 1
    assert ids(log) == [1, 2, 3]


def test_requests_too_long_for_a_line_together_are_parted(folder, log):
    wide = ["é" * 3_000_000] * 3

    write(folder, batch({"id": [1, 2, 3]}, [0.1] * 3, at=[T0] * 3, inputs={"text": wide}))

    assert len(lines(folder)) == 3
    assert log.answered("late", 1).requests == 3


def test_a_row_too_long_for_readers_is_dropped_and_counted(folder, log):
    wide = ["é" * 5_000_000, "short"]

    writer = write(folder, batch({"id": [1, 2]}, [0.1, 0.2], inputs={"text": wide}))

    assert writer.dropped_rows == 1
    assert ids(log) == [2]


def test_what_finds_no_room_in_the_queue_is_dropped_and_counted(folder):
    writer = write(folder, *[batch({"id": [1, 2]}, [0.1, 0.2])] * 5, queued_bytes=0)

    assert writer.dropped_rows == 10


def test_a_disk_that_fails_switches_the_log_off_and_says_so_once(folder):
    folder.write_text("a file where a folder should be")
    failures: queue.SimpleQueue[Exception] = queue.SimpleQueue()
    writer = Writer(folder, failed=failures.put)
    writer.put(batch({"id": [1]}, [0.1]))
    failure = failures.get(timeout=60)
    writer.put(batch({"id": [1, 2]}, [0.1, 0.2]))
    writer.close()

    assert isinstance(failure, OSError)
    assert failures.empty()
    assert not writer.is_on
    assert writer.dropped_rows == 3


def test_the_log_comes_back_whole_when_there_is_room_again(folder, log):
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)], capture_output=True, text=True, check=True
    )

    assert child.stdout.split() == ["True", "10001"]
    assert ids(log) == [1, 3]
    assert all(path.read_bytes().endswith(b"\n") for path in folder.glob("late/*.jsonl"))


def test_what_comes_after_the_end_is_dropped_and_counted(folder):
    writer = write(folder, batch({"id": [1]}, [0.1]))
    writer.put(batch({"id": [2]}, [0.2]))

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
    write(folder, batch({name: values}, [0.5] * len(values), inputs={name: values}))

    assert [line["key"][name] for line in lines(folder)] == [values]
