"""Labels: kept before they are acknowledged, the latest of a row counts, sealed or not."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest

from storage.appended.sealing import seal_of
from storage.blobs import Blobs
from storage.errors import StoreUnusable
from storage.frames import Frames
from storage.labels import Labels, LabelWriter
from storage.labels.rows import FORM
from storage.predictions import Asked, Predictions
from tests.storage.logged import T0, batch, write

ROWS = "SELECT * FROM (VALUES (1, 10), (2, 20), (3, NULL)) AS t(id, y)"
WRITE_FOREVER = """
import sys, itertools
from pathlib import Path
from storage.labels import LabelWriter
writer = LabelWriter(Path(sys.argv[1]))
for n in itertools.count():
    writer.append("late", key={"id": [n]}, labels=["1"], times=[n])
    print(n, flush=True)
"""


@pytest.fixture
def frames(tmp_path):
    engine = Frames(Blobs(tmp_path / "blobs", tmp_path / "staging"), tmp_path / "staging")
    yield engine
    engine.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "labels"


@pytest.fixture
def labels(frames, folder):
    return Labels(frames, folder, "late", ("id",))


@pytest.fixture
def log(frames, tmp_path):
    return Predictions(frames, tmp_path / "predictions")


def send(folder, ids, sent, *, at=T0):
    with closing(LabelWriter(folder)) as writer:
        writer.append("late", key={"id": ids}, labels=sent, times=[at] * len(ids))


def latest(labels):
    return {one.key["id"]: one.label for one in labels.newest(limit=100)}


def seal(frames, folder):
    with seal_of(FORM, frames, folder / "late", {}) as held:
        return held.segments()


def test_the_latest_label_of_a_row_counts_in_whichever_order_they_come(folder, labels, frames):
    send(folder, [1, 2], ["a", "b"], at=T0 + 5)
    send(folder, [1], ["old"], at=T0)
    seal(frames, folder)
    send(folder, ["2", 3], ["c", "d"], at=T0 + 9)

    assert latest(labels) == {"1": "a", "2": "c", "3": "d"}
    assert labels.count() == 5


def test_of_labels_of_one_moment_the_one_that_came_last_counts(folder, labels):
    for label in ("a", "b", "c"):
        send(folder, [1], [label])

    assert latest(labels) == {"1": "c"}


def test_sealed_labels_are_the_labels_that_were_sent(folder, labels, frames):
    send(folder, [1, "한"], ["a", "b"])
    before = labels.newest(limit=9)
    seal(frames, folder)

    assert labels.newest(limit=9) == before
    assert not list(folder.glob("*/*.jsonl"))


def test_a_sent_label_counts_rather_than_the_rows_own(folder, labels, log):
    write(log.folder, batch({"id": [1, 2, 3, 4]}, [0.1, 0.2, 0.3, 0.4]))
    send(folder, ["2", 3.0, 9], ["21", "30", "90"])
    found = log.labelled_scores(ROWS, key=["id"], target="y", model="late", labels=labels.latest)

    assert sorted(zip(found["target"], found["score"], strict=True)) == [
        (10, 0.1),
        (21, 0.2),
        (30, 0.3),
    ]


def test_rows_that_no_dataset_has_are_joined_with_what_was_answered(folder, labels, log):
    write(log.folder, batch({"id": [1, 2]}, [0.1, 0.2]), batch({"id": [2]}, [0.9], version=2))
    assert (
        len(log.sent_scores(labels.latest, key=["id"], types=["BIGINT"], model="late")["score"])
        == 0
    )

    send(folder, ["1", 2.0, 7], ["x", "y", "z"])
    found = log.sent_scores(
        labels.latest, key=["id"], types=["BIGINT"], model="late", asked=Asked(version=1)
    )
    assert sorted(zip(found["target"], found["score"], strict=True)) == [("x", 0.1), ("y", 0.2)]


def test_rows_are_fetched_in_their_order_with_the_labels_that_were_sent(
    folder, labels, frames, tmp_path
):
    path = tmp_path / "rows.parquet"
    frames.rows(f"COPY (SELECT range AS id, 10 * range AS y FROM range(5000)) TO '{path}'")
    send(folder, [7, 4999], ["1", "2"])

    class Rows:
        paths = (path,)

        def sql(self, columns="*"):
            return f"SELECT {columns} FROM '{path}'"

    found = labels.fetch(Rows(), ["id", "y"], types={"id": "BIGINT", "y": "BIGINT"})
    expected = 10 * np.arange(5000)
    expected[[7, 4999]] = [1, 2]
    assert found["id"].tolist() == list(range(5000))
    assert found["y"].tolist() == expected.tolist()
    later = datetime(2100, 1, 1, tzinfo=UTC)
    assert [
        labels.newer(Rows(), types={"id": "BIGINT"}, since=at)
        for at in (datetime(2000, 1, 1, tzinfo=UTC), later)
    ] == [2, 0]


def test_many_labels_are_several_lines(folder, labels):
    send(folder, list(range(25_000)), ["1"] * 25_000)

    (segment,) = folder.glob("late/*.jsonl")
    assert len(segment.read_bytes().splitlines()) == 3
    assert labels.count() == 25_000


def test_a_disk_that_fails_is_told_to_who_sends(tmp_path):
    (tmp_path / "labels").write_text("a file where a folder should be")
    writer = LabelWriter(tmp_path / "labels")

    with pytest.raises(StoreUnusable, match="The labels were not kept"):
        writer.append("late", key={"id": [1]}, labels=["1"], times=[T0])


@pytest.mark.slow
def test_acknowledged_labels_outlive_a_kill(folder, labels):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOREVER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(300):
        acknowledged = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    rest = writer.communicate()[0].split()
    acknowledged = int(rest[-1]) if rest else acknowledged

    assert labels.count() >= acknowledged + 1
