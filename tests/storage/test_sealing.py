"""Sealing: whatever moment it is killed at, each logged row is read once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from storage.appended import sealed
from storage.appended.sealing import DAY_US, MANY, seal_of
from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions import LogRules, Predictions, Writer
from storage.predictions.rows import FORM
from tests.storage.logged import T0, batch, eventually, lines, write

TYPES = {"x": "DOUBLE", "carrier": "VARCHAR", "stops": "BIGINT"}
ALL = "* REPLACE (epoch_us(answered_at) AS answered_at)"
SEAL = """
import os, signal, sys
from pathlib import Path
from storage.appended.sealing import seal_of
from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions.rows import FORM
root, now_us = Path(sys.argv[1]), int(sys.argv[2])
def work():
    frames = Frames(Blobs(root / "blobs", root / "staging"), root / "staging")
    with seal_of(FORM, frames, root / "predictions" / "late", {}, batch_bytes=1) as seal:
        seal.segments()
        seal.join(now_us=now_us)
"""
DIE_AT_STEPS = f"""{SEAL}
def die_at(fatal):
    steps = 0
    def step(event, arguments):
        nonlocal steps
        if event in {{"os.rename", "os.remove"}} or (event == "open" and "late" in str(arguments[0])):
            if steps == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            steps += 1
    sys.addaudithook(step)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        die_at(int(line))
        work()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def frames(tmp_path):
    engine = Frames(Blobs(tmp_path / "blobs", tmp_path / "staging"), tmp_path / "staging")
    yield engine
    engine.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "predictions"


def rows(frames, folder, *, types=TYPES, columns=ALL, model="late"):
    found = Predictions(frames, folder).rows(model, types)
    return frames.rows(found.sql(columns) + " ORDER BY answered_at, request, row")


def seal(frames, folder, *, model="late", types=TYPES, **options):
    with seal_of(FORM, frames, folder / model, types, **options) as held:
        return held.segments()


def test_sealed_rows_are_the_rows_that_were_logged(frames, folder):
    write(
        folder,
        batch(
            {"id": [1, 2]},
            [0.25, 0.5],
            inputs={"x": [1, None], "carrier": ["UA", ""], "stops": [1, 2.0]},
        ),
        batch(
            {},
            [0.75, float("nan")],
            at=[T0 + 5, T0 + 7],
            inputs={"x": [0.1, 2e300], "carrier": ["é", None]},
        ),
        batch(
            {"id": ["7"]}, [[0.1, 0.2, 0.7]], at=T0 + 9, role="shadow", callers=["app"], version=2
        ),
    )
    told = "epoch_us(answered_at), request, row, version, role, caller, latency_us, id, x, carrier, stops, score, scores"
    before = rows(frames, folder, columns=told)
    found = seal(frames, folder)

    assert rows(frames, folder, columns=told) == before
    assert (found.segments, found.rows, found.torn_lines) == (1, 5, 0)
    assert not list(folder.glob("*/*.jsonl"))
    assert [row[7:] for row in before] == [
        ("1", 1.0, "UA", 1, 0.25, None),
        ("2", None, "", 2, 0.5, None),
        (None, 0.1, "é", None, 0.75, None),
        (None, 2e300, None, None, None, None),
        ("7", 0.5, None, None, None, [0.1, 0.2, 0.7]),
    ]


def test_a_sealed_file_is_sorted_by_time_and_packed(frames, folder):
    write(folder, batch({}, [0.1, 0.2, 0.3], at=[T0 + 9, T0, T0 + 4]))
    seal(frames, folder)
    (path,) = folder.glob("late/*.parquet")

    times = [at for (at,) in frames.rows(f"SELECT epoch_us(answered_at) FROM '{path}'")]
    packed = frames.rows(f"SELECT DISTINCT compression FROM parquet_metadata('{path}')")
    assert times == [T0, T0 + 4, T0 + 9]
    assert packed == [("ZSTD",)]


def test_a_segment_that_grows_is_left_alone(frames, folder):
    writer = Writer(folder, failed=pytest.fail, rules=LogRules())
    writer.put(batch({"id": [1]}, [0.1]))
    eventually(lambda: lines(folder))
    found = seal(frames, folder)
    writer.close()

    assert found.segments == 0
    assert len(rows(frames, folder)) == 1
    assert seal(frames, folder).segments == 1


def test_what_a_killed_process_left_is_sealed_and_its_torn_line_counted(frames, folder):
    write(folder, batch({"id": [1]}, [0.1]))
    (segment,) = folder.glob("late/*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"at":5,"model":"late","vers')
    found = seal(frames, folder)

    assert (found.rows, found.torn_lines) == (1, 1)
    assert len(rows(frames, folder)) == 1


def test_columns_of_different_versions_stand_side_by_side(frames, folder):
    write(folder, batch({}, [0.1], at=T0, inputs={"x": [1], "old": ["a"]}))
    seal(frames, folder, types={"x": "BIGINT"})
    write(folder, batch({}, [0.2], at=T0 + 1, version=2, inputs={"x": [1.5], "new": [True]}))
    seal(frames, folder, types={"x": "DOUBLE", "new": "BOOLEAN"})
    write(folder, batch({}, [0.3], at=T0 + 2, version=3, inputs={"x": [2.5]}))

    found = rows(frames, folder, types={"x": "DOUBLE"}, columns="version, x, old, new")
    assert found == [(1, 1.0, "a", None), (2, 1.5, None, True), (3, 2.5, None, None)]


@pytest.mark.parametrize(
    "names",
    [
        ["score", "version"],
        ["A", "a"],
        ["at", "row", "input_row"],
        ['"', "'", "a.b", "거리(km)"],
        ["", "x"],
        ["n\0l", "n"],
    ],
    ids=["ours", "case", "numbered", "quotes", "empty", "zero"],
)
def test_a_column_may_have_any_name(frames, folder, names):
    write(folder, batch({}, [0.5], inputs={name: [place] for place, name in enumerate(names)}))
    types = dict.fromkeys(names, "BIGINT")
    shown = [
        name
        for name in Predictions(frames, folder).rows("late", types).columns
        if name not in FORM.fixed
    ]
    wanted = ", ".join('"' + name.replace('"', '""') + '"' for name in shown)
    before = rows(frames, folder, types=types, columns=wanted)
    seal(frames, folder, types=types)

    assert before == [tuple(range(len(names)))]
    assert rows(frames, folder, types=types, columns=wanted) == before


def test_a_column_that_changed_its_type_becomes_text(frames, folder):
    write(folder, batch({}, [0.1], inputs={"x": [1.5]}))
    seal(frames, folder, types={"x": "DOUBLE"})
    write(folder, batch({}, [0.2], at=T0 + 1, inputs={"x": ["far"]}))

    assert rows(frames, folder, types={"x": "VARCHAR"}, columns="x") == [("1.5",), ("far",)]


def test_small_files_of_a_day_become_one(frames, folder):
    for number in range(MANY):
        write(folder, batch({"id": [number]}, [0.1], at=T0 + number))
        seal(frames, folder)
    write(folder, batch({"id": [99]}, [0.9], at=T0 + 3 * DAY_US))
    seal(frames, folder)
    before = rows(frames, folder)
    with seal_of(FORM, frames, folder / "late", TYPES) as held:
        gone = held.join(now_us=T0)

    assert (gone, len(list(folder.glob("late/*.parquet")))) == (MANY, 2)
    assert rows(frames, folder) == before


def test_segments_of_different_days_become_files_of_their_own(frames, folder):
    for number in range(3):
        write(folder, batch({"id": [number]}, [0.1], at=T0 + number * DAY_US))
    for number, path in enumerate(sorted(folder.glob("late/*.jsonl"))):
        os.utime(path, ns=(0, (T0 + (number // 2) * DAY_US) * 1000))
    seal(frames, folder)

    assert [part.rows for part in sealed.parts_in(folder / "late")] == [2, 1]


def test_only_one_process_seals_at_a_time(frames, folder):
    write(folder, batch({"id": [1]}, [0.1]))
    with ExitStack() as stack:
        first = stack.enter_context(seal_of(FORM, frames, folder / "late", {}))
        second = stack.enter_context(seal_of(FORM, frames, folder / "late", {}))

    assert first is not None
    assert second is None


def test_parts_that_are_removed_are_gone_from_every_answer(frames, folder):
    write(folder, batch({"id": [1]}, [0.1], at=T0))
    seal(frames, folder)
    write(folder, batch({"id": [2]}, [0.2], at=T0 + DAY_US))
    seal(frames, folder)
    with seal_of(FORM, frames, folder / "late", {}) as held:
        held.remove([part for part in sealed.parts_in(folder / "late") if part.last < T0 + 5])

    assert [row[0] for row in rows(frames, folder, columns="id")] == ["2"]
    assert len(list(folder.glob("late/*.parquet"))) == 1


def test_readers_count_each_row_once_while_it_is_sealed(frames, folder):
    for number in range(12):
        write(folder, batch({"id": [number]}, [0.1], at=T0 + number))
    predictions = Predictions(frames, folder)

    def work() -> None:
        for _ in range(12):
            with seal_of(FORM, frames, folder / "late", {}, batch_bytes=1) as held:
                held.segments()
                held.join(now_us=T0)

    thread = threading.Thread(target=work)
    thread.start()
    counted = set()
    while thread.is_alive():
        counted.add(predictions.answered("late", 1).rows)
    thread.join()

    assert counted | {predictions.answered("late", 1).rows} == {12}


@pytest.mark.slow
def test_killed_at_any_step_each_row_is_read_once_and_the_next_one_ends_it(frames, tmp_path):
    made = tmp_path / "made"
    write(made, batch({"id": [0]}, [0.1], at=T0))
    seal(frames, made)
    for number in (1, 2):
        write(made, batch({"id": [number]}, [0.1], at=T0 + number))
    expected = [str(number) for number in range(3)]
    killed = 0
    with subprocess.Popen(
        [sys.executable, "-c", DIE_AT_STEPS, str(tmp_path), str(T0 + 9 * DAY_US)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sealing:

        def seal_until(step):
            print(step, file=sealing.stdin, flush=True)
            return int(sealing.stdout.readline())

        folder = tmp_path / "predictions"
        while True:
            shutil.copytree(made, folder)
            code = seal_until(killed)
            assert [row[0] for row in rows(frames, folder, columns="id")] == expected
            if code == 0:
                break
            assert code == -signal.SIGKILL
            if killed % 4 == 0:
                assert seal_until(-1) == 0
                assert [row[0] for row in rows(frames, folder, columns="id")] == expected
                assert (
                    len(list(folder.glob("late/*"))) == 3
                )  # one file of rows, the manifest, the lock
            killed += 1
            shutil.rmtree(folder)
        sealing.stdin.close()

    assert killed > 12


def test_a_full_disk_leaves_the_segments_and_says_what_to_do(folder, tmp_path):
    write(folder, batch({"id": list(range(20_000))}, [0.1] * 20_000))
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\nwork()"
    child = subprocess.run(
        [sys.executable, "-c", SEAL + full, str(tmp_path), "0"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "StoreUnusable" in child.stderr
    assert "Make room on the disk" in child.stderr
    assert len(list(folder.glob("late/*.jsonl"))) == 1
    assert not list(folder.glob("late/*.parquet*"))


def test_a_segment_that_was_killed_before_its_first_line_is_no_hindrance(frames, folder):
    write(folder, batch({"id": [1]}, [0.1]))
    (folder / "late" / "1-1-1.jsonl").touch()
    (folder / "late" / "1-1-2.jsonl").write_bytes(b'{"at":5,"mod')
    before = rows(frames, folder)
    found = seal(frames, folder)

    assert (found.segments, found.rows, found.torn_lines) == (3, 1, 1)
    assert rows(frames, folder) == before
    assert not list(folder.glob("*/*.jsonl"))


def test_segments_without_a_whole_line_leave_no_file(frames, folder):
    (folder / "late").mkdir(parents=True)
    (folder / "late" / "1-1-1.jsonl").touch()
    seal(frames, folder)

    assert rows(frames, folder) == []
    assert [path.name for path in (folder / "late").iterdir()] == ["seal.lock"]
