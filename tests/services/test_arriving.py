"""Files on their way in: read together or one by one they are the same, and none harms another."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from storage import frames
from storage.errors import Conflict
from storage.records import ArrivalState
from tests.services.project import opened
from tests.services.shop import bring, columns, configured, read, write
from tests.storage.frames.test_batches import ODD
from workbench.services import arriving, datasets
from workbench.services.arriving import Arrived

FIRST = "id,v,at\na,1,2024-01-01 00:00:00\n"
HEADER = "id,v,at\n"


@pytest.fixture
def shop(tmp_path):
    """A project with a time column and one row."""
    with opened(tmp_path, configured('time = "at"')) as project:
        bring(project, FIRST)
        yield project


def plain(number: int, rows: int = 3) -> str:
    lines = [
        f"k{number}-{row},{row},2024-02-{number % 28 + 1:02d} 0{row}:00:00" for row in range(rows)
    ]
    return HEADER + "\n".join(lines) + "\n"


def arrive(project, paths) -> tuple[Arrived, ...]:
    """What becomes of files that are read into the dataset; none is kept."""
    with project.store.read() as tx:
        dataset = tx.datasets.get("sales")
        latest = tx.datasets.latest(dataset)
        held = tx.partitions.of_version(dataset.id, latest.number)
    found, _ = arriving.read(
        project.context,
        project.context.config.datasets["sales"],
        dataset,
        paths,
        pinned=dataset.schema,
        earlier=project.store.frames.select(held),
    )
    return found


def told(project, one: Arrived) -> tuple[Any, ...]:
    """All that is known of a file, and its rows."""
    part = one.partition
    rows = (
        [] if part is None else project.store.frames.rows(project.store.frames.select([part]).sql())
    )
    times = None if part is None else (part.rows, part.first_time, part.last_time, part.source)
    return one.path, one.state, one.reason, one.notes, one.bad_lines, one.sha256, times, rows


def test_small_files_lie_together_and_each_knows_its_rows(shop):
    arrived = arrive(shop, [write(shop, f"{n}.csv", plain(n, n % 3 + 1)) for n in range(5)])
    parts = [one.partition for one in arrived if one.partition]

    assert len({one.blob for one in parts}) == 1
    assert [(one.first_row, one.rows, one.file_rows) for one in parts] == [
        (0, 1, 9),
        (1, 2, 9),
        (3, 3, 9),
        (6, 1, 9),
        (7, 2, 9),
    ]
    assert {one.sha256 for one in arrived} == {one.source_sha256 for one in parts}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_among_odd_files_each_is_what_it_is_alone(shop, seed):
    chance = random.Random(seed)
    paths = []
    for number in range(40):
        text = plain(number).replace("k", "AA") + "가나,0.5,2024-01-02 03:04:05\n"
        content = plain(number).encode()
        if chance.random() < 0.3:
            content = chance.choice(list(ODD.values()))(text)
        paths.append(write(shop, f"{number:03d}.csv", content))
    every = [told(shop, one) for one in arrive(shop, paths)]
    alone = [told(shop, one) for path in paths for one in arrive(shop, [path])]
    seen: set[str] = set()
    for one, other in zip(every, alone, strict=True):
        is_double = one[5] in seen
        seen.add(one[5])
        assert one == other or (is_double and one[1] is ArrivalState.DUPLICATE)

    assert {one[1] for one in every} >= {ArrivalState.INGESTED, ArrivalState.QUARANTINED}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_file_harms_none_beside_it(shop, odd):
    texts: list[str | bytes] = [plain(number) for number in range(4)]
    texts[2] = odd(plain(9).replace("k", "AA"))
    made = bring(shop, *texts)

    assert made is not None
    arrived = shop.arrivals()[1:]
    assert [one.state for n, one in enumerate(arrived) if n != 2] == [ArrivalState.INGESTED] * 3
    kept = [row[0] for row in read(shop, 2, "id") if str(row[0]).startswith("k")]
    assert kept == [f"k{number}-{row}" for number in (0, 1, 3) for row in range(3)]


def test_rows_come_in_the_order_of_their_files(shop):
    texts: list[str | bytes] = [plain(number) for number in range(6)]
    texts[3] = plain(3).replace("\n", "\r\n").encode()
    bring(shop, *texts)

    assert [row[0] for row in read(shop, 2, "id")][1:] == [
        f"k{number}-{row}" for number in range(6) for row in range(3)
    ]


def test_files_that_come_twice_are_read_once(shop):
    paths = [write(shop, f"{n}.csv", plain(n % 3)) for n in range(9)]
    arrived = arrive(shop, paths)

    assert [one.state for one in arrived[:3]] == [ArrivalState.INGESTED] * 3
    assert {one.state for one in arrived[3:]} == {ArrivalState.DUPLICATE}


def test_a_file_that_has_vanished_is_left_out(shop):
    paths = [write(shop, f"{n}.csv", plain(n)) for n in range(3)]
    paths[1].unlink()

    assert [one.file for one in arrive(shop, paths)] == [paths[0], paths[2]]


def test_more_files_than_a_batch_holds_are_all_read(shop):
    count = frames.BATCH_FILES + 5
    paths = [
        write(shop, f"{n:05d}.csv", f"{HEADER}x,{n},2024-01-01 00:00:00\n") for n in range(count)
    ]
    made = datasets.ingest(shop.context, "sales", paths)
    shop.work(kinds=("check",))

    assert made is not None
    assert made.rows_added == count
    assert [row[0] for row in read(shop, 2, "v")][1:] == list(range(count))


def test_a_file_that_changes_while_it_is_read_lets_nothing_be_kept(shop, monkeypatch):
    paths = [write(shop, f"{n}.csv", plain(n)) for n in range(3)]
    reading = frames.import_alike

    def slowly(*given, **how):
        found = reading(*given, **how)
        os.utime(paths[1], ns=(1, 1))
        return found

    monkeypatch.setattr(frames, "import_alike", slowly)

    with pytest.raises(Conflict, match=r"1\.csv changed while it was read"):
        datasets.ingest(shop.context, "sales", paths)
    assert len(shop.arrivals()) == 1
    assert shop.staged() == []


def test_a_file_that_vanishes_before_it_is_read_lets_nothing_be_kept(shop, monkeypatch):
    paths = [write(shop, f"{n}.csv", plain(n)) for n in range(3)]
    told_apart = arriving._told_apart

    def slowly(*given):
        paths[1].unlink()
        return told_apart(*given)

    monkeypatch.setattr(arriving, "_told_apart", slowly)

    with pytest.raises(Conflict, match=r"1\.csv vanished before it was read"):
        datasets.ingest(shop.context, "sales", paths)
    assert len(shop.arrivals()) == 1
    monkeypatch.undo()
    assert datasets.ingest(shop.context, "sales", paths).source_count == 2


def test_nothing_is_left_of_bad_lines_of_a_file_that_changes(tmp_path, monkeypatch):
    with opened(tmp_path, configured("max_bad_share = 0.5")) as project:
        path = write(project, "x.csv", "id,v\na,1\nb,2\nc\n")
        reading = frames.import_file

        def slowly(*given, **how):
            found = reading(*given, **how)
            os.utime(path, ns=(1, 1))
            return found

        monkeypatch.setattr(frames, "import_file", slowly)

        with pytest.raises(Conflict):
            datasets.ingest(project.context, "sales", [path])
        assert project.staged() == []


def test_lines_set_aside_are_kept_and_told(tmp_path):
    with opened(tmp_path, configured("max_bad_share = 0.5")) as project:
        bring(project, "id,v\na,1\n")
        made = bring(project, "id,v\nb,2\nc\nd,3\ne,four\n", "id,v\nf,5\n")
        arrivals = project.arrivals()[1:]
        lines = datasets.bad_lines(project.context, arrivals[0].id, limit=9, offset=0)

        assert made is not None
        assert [one.bad_lines for one in arrivals] == [2, 0]
        assert [(one.line, one.text) for one in lines] == [(3, "c"), (5, "e,four")]
        assert datasets.bad_lines(project.context, arrivals[1].id, limit=9, offset=0) == ()
        assert [row[0] for row in read(project, 2, "id")] == ["a", "b", "d", "f"]


def test_new_columns_of_a_file_hold_for_those_behind_it(shop):
    shop.configure('time = "at"', 'time = "at"\non_schema_change = { new = "accept" }')
    more = plain(2).replace("at\n", "at,w\n", 1).replace(":00\n", ":00,7\n")
    bring(shop, plain(0), plain(1), more, more.replace("k2", "k3"), more.replace("k2", "k4"))

    assert list(columns(shop, 2)) == ["id", "v", "at", "w"]
    assert [row[0] for row in read(shop, 2, "w")] == [None] * 7 + [7] * 9


def test_one_odd_file_does_not_keep_the_others_apart(shop):
    texts = [plain(number) for number in range(32)]
    texts[21] = texts[21].replace("\n", "\r\n")
    bring(shop, *texts)
    with shop.store.read() as tx:
        added = tx.partitions.of_version(tx.datasets.get("sales").id, 2, added_only=True)
    alone = [place for place, one in enumerate(added) if one.file_rows is None]

    assert alone == [20, 21]
    assert len({one.blob for one in added}) < 8
