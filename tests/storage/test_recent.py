"""The newest of the prediction log, from the ends of its segments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from storage.predictions import recent, recent_scores
from storage.predictions.tail import CHUNK_BYTES
from tests.storage.logged import T0, batch, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "predictions"


def moments(found):
    return [
        round((one.at - datetime(2013, 4, 1, tzinfo=UTC)).total_seconds() * 1e6) for one in found
    ]


def test_the_newest_requests_of_all_segments_come_first(folder):
    write(folder, batch({}, [0.1, 0.2], at=[T0, T0 + 4]), batch({}, [0.3, 0.4], at=T0 + 5))
    write(folder, batch({}, [0.5], at=T0 + 2, model="early"))
    found = recent([folder / "late", folder / "early", folder / "none"], limit=3)

    assert moments(found) == [5, 4, 2]
    assert [(one.model, one.rows, one.scores) for one in found] == [
        ("late", 2, (0.3,)),
        ("late", 1, (0.2,)),
        ("early", 1, (0.5,)),
    ]


def test_a_request_tells_what_its_first_row_was(folder):
    one = batch(
        {"id": [7, 8]},
        [[0.1, 0.2, 0.7], [0, 0, 1]],
        inputs={"x": [1.5, 2], "c": ["a", "b"]},
        role="shadow",
        callers=["app"],
        version=3,
    )
    write(folder, one)
    (found,) = recent([folder / "late"], limit=9)

    assert found.sent == {"id": 7, "x": 1.5, "c": "a"}
    assert (found.version, found.role, found.caller, found.latency_us) == (3, "shadow", "app", 90)
    assert (found.request, found.scores) == (one.requests[0], (0.1, 0.2, 0.7))


def test_only_what_came_since_a_moment_can_be_asked_for(folder):
    write(folder, *[batch({}, [0.1], at=T0 + n) for n in range(9)])
    since = datetime(2013, 4, 1, tzinfo=UTC) + timedelta(microseconds=6)

    assert moments(recent([folder / "late"], limit=9, since=since)) == [8, 7, 6]


def test_torn_lines_and_long_ones_are_no_hindrance(folder):
    wide = {"text": ["x" * (3 * CHUNK_BYTES)]}
    write(folder, batch({}, [0.1], at=T0), batch({}, [0.2], at=T0 + 1, inputs=wide))
    (segment,) = folder.glob("late/*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"at":5,"model":"la')

    assert moments(recent([folder / "late"], limit=9)) == [1, 0]
    assert recent_scores(folder / "late", rows=9)[1, "answer"].tolist() == [0.2, 0.1]


def test_scores_come_by_version_and_role_newest_first(folder):
    write(
        folder,
        batch({}, [0.1, 0.2, 0.3]),
        batch({}, [0.4, 0.5], at=[T0, T0], role="shadow", version=2),
        batch({}, [0.6, float("nan")]),
    )
    found = recent_scores(folder / "late", rows=6)

    assert found.keys() == {(1, "answer"), (2, "shadow")}
    assert np.allclose(found[1, "answer"], [np.nan, 0.6, 0.3, 0.2], equal_nan=True)
    assert found[2, "shadow"].tolist() == [0.5, 0.4]


def test_scores_of_several_classes_stay_together(folder):
    write(folder, batch({}, [[0.1, 0.9, 0], [0.3, 0.3, 0.4]]))

    assert recent_scores(folder / "late", rows=1)[1, "answer"].tolist() == [[0.3, 0.3, 0.4]]


def test_little_is_read_however_large_a_segment_is(folder):
    write(folder, *[batch({}, [0.5], at=T0 + n, inputs={"t": ["x" * 1000]}) for n in range(9000)])
    (segment,) = folder.glob("late/*.jsonl")
    with segment.open("r+b") as file:
        file.write(b"\0" * 1_000_000)  # what nobody reads may as well be gone

    assert len(recent([folder / "late"], limit=200)) == 200
    assert len(recent([folder / "late"], limit=10_000)) < 9000
