"""Parts of a file: each is whole or not there, and together they become the file by one rename."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from storage.errors import AlreadyExists, Conflict
from storage.frames import Coded, Destination, open_chunks, open_parts
from storage.records import CsvRules, ScoringTally

PLAN = {"the model": "late@v1", "the columns": ["a"]}


@pytest.fixture
def source(frames, tmp_path):
    """Six rows in chunks of two."""
    path = tmp_path / "rows.parquet"
    frames.rows(f"COPY (SELECT i AS a FROM range(6) t(i)) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture
def target(tmp_path):
    return Destination(path=tmp_path / "out.parquet", file_format="parquet")


@contextmanager
def opened(frames, source):
    with open_chunks(
        frames, source, types={"a": "BIGINT"}, csv=CsvRules(), kept=source.with_suffix(".kept")
    ) as rows:
        yield rows


def write(parts, rows, part: int) -> None:
    span = (2 * part, 2)
    parts.write(
        part,
        rows=rows,
        span=span,
        kept=["a"],
        answers={
            "label": Coded(codes=np.array([0, 1]), texts=("아니오", "it's")),
            "score": np.array([0.25, 0.75]),
        },
        absent=np.array([False, part == 1]),
    )
    parts.keep(part, ScoringTally(rows=2))


def test_the_file_has_all_parts_in_their_order(frames, source, target):
    with open_parts(target, PLAN) as parts, opened(frames, source) as rows:
        for part in (2, 0, 1):
            write(parts, rows, part)
        columns = parts.finish(rows, facts={"made by": "a test"})
    found = frames.rows(f"SELECT * FROM '{target.path}'")

    assert columns == ("a", "label", "score")
    assert found == [
        (0, "아니오", 0.25),
        (1, "it's", 0.75),
        (2, "아니오", 0.25),
        (3, None, None),
        (4, "아니오", 0.25),
        (5, "it's", 0.75),
    ]
    assert not list(target.path.parent.glob("*.parts"))


def test_parts_that_are_whole_are_there_the_next_time(frames, source, target):
    with open_parts(target, PLAN) as parts, opened(frames, source) as rows:
        write(parts, rows, 0)
    with open_parts(target, PLAN) as parts:
        assert parts.done == {0: ScoringTally(rows=2)}
        assert parts.replaced == ()


def test_a_part_whose_file_is_gone_is_not_there(frames, source, target):
    with open_parts(target, PLAN) as parts, opened(frames, source) as rows:
        write(parts, rows, 0)
    (target.path.with_name("out.parquet.parts") / "000000.parquet").unlink()
    with open_parts(target, PLAN) as parts:
        assert parts.done == {}


def test_parts_of_another_plan_are_thrown_away_with_a_word(frames, source, target):
    with open_parts(target, PLAN) as parts, opened(frames, source) as rows:
        write(parts, rows, 0)
    with open_parts(target, {**PLAN, "the model": "late@v2"}) as parts:
        assert parts.done == {}
        assert parts.replaced == ("the model",)


def test_nothing_stays_where_nothing_was_whole(target):
    with open_parts(target, PLAN):
        assert list(target.path.parent.glob("*.parts"))

    assert not list(target.path.parent.glob("*.parts"))


def test_a_second_writer_is_refused(target):
    with (
        open_parts(target, PLAN),
        pytest.raises(Conflict, match=r"Another process is writing out\.parquet"),
        open_parts(target, PLAN),
    ):
        pass


def test_what_is_no_folder_of_parts_is_left_alone(target):
    other = target.path.with_name("out.parquet.parts")
    other.write_text("mine")

    with pytest.raises(AlreadyExists, match="is in the way"), open_parts(target, PLAN):
        pass

    assert other.read_text() == "mine"
