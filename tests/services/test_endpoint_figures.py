"""Figures on disk: written by each process of the endpoint, read by anybody, never going backwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from storage.layout import Layout
from storage.records import FiguresRecord
from tests.core.answered import Batch
from tests.services.observed import holding, parts_in
from workbench.config import ServeConfig
from workbench.engines import instance
from workbench.services import figures
from workbench.services.figures import FOLDER, Publisher

SERVE = ServeConfig()


@pytest.fixture
def layout(tmp_path):
    """Where the project lies."""
    made = Layout(tmp_path)
    made.create()
    return made


def answered(parts, requests=1):
    """Counts requests that are answered now."""
    parts.figures.answered(Batch(latency_us=[300] * requests, at_us=time.time_ns() // 1000))


def total(record):
    """Requests of all versions."""
    return sum(one.requests for one in record.versions)


def test_what_a_process_counts_others_read(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 3)
        publisher.close()
        record = figures.read(layout)

    assert total(record) == 3
    assert record.is_running
    assert record.processes[0].memory_bytes > 1_000_000


def test_once_a_second_is_enough_for_everybody(layout):
    async def serve():
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts)
        publisher.start(asyncio.get_running_loop())
        while not total(figures.read(layout)):  # noqa: ASYNC110 - another thread writes them
            await asyncio.sleep(0.01)
        publisher.close()

    with holding(layout):
        asyncio.run(asyncio.wait_for(serve(), 30))


def test_processes_that_share_the_port_are_one(layout):
    with holding(layout):
        for slot in range(3):
            parts = parts_in(layout)
            publisher = Publisher(parts, layout, SERVE, slot=slot)
            answered(parts, slot + 1)
            publisher.close()
        record = figures.read(layout)

    assert total(record) == 6
    assert [process.slot for process in record.processes] == [0, 1, 2]


def test_whichever_process_is_asked_counters_do_not_go_back(layout):
    async def asked():
        seen = []
        for number in range(20):
            answered(parts[number % 2])
            seen.append(total(await publishers[(number + 1) % 2].counted()))
            seen.append(total(await publishers[number % 2].counted()))
        return seen

    with holding(layout):
        parts = [parts_in(layout) for _ in range(2)]
        publishers = [Publisher(one, layout, SERVE, slot=slot) for slot, one in enumerate(parts)]
        seen = asyncio.run(asked())

    assert seen == sorted(seen)
    assert seen[-1] == 20


def test_what_a_process_that_died_had_counted_stays_in_the_sum(layout):
    with holding(layout):
        first = parts_in(layout)
        dying = Publisher(first, layout, SERVE, slot=1)
        answered(first, 5)
        dying.close()
        second = parts_in(layout)
        successor = Publisher(second, layout, SERVE, slot=1)
        answered(second, 2)
        successor.close()

        assert total(figures.read(layout)) == 7


def test_a_process_that_is_gone_has_counters_and_no_gauges(layout):
    with holding(layout):
        parts = parts_in(layout)
        parts.figures.waiting = 9
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 5)
        publisher.close()
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        path = layout.locks / FOLDER / "0.json"
        path.write_text(path.read_text().replace(f'"pid":{os.getpid()}', f'"pid":{gone.pid}'))
        record = figures.read(layout)

    assert total(record) == 5
    assert record.processes == ()
    assert [problem.kind for problem in record.problems] == ["process:0"]


def test_a_process_that_hangs_is_told(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 5)
        publisher.close()
        path = layout.locks / FOLDER / "0.json"
        record = figures._read(path)
        before = replace(record.processes[0], at=record.at - 60_000_000)
        figures._File(path).write(replace(record, processes=(before,)))
        found = figures.read(layout)

    assert total(found) == 5
    assert [problem.text for problem in found.problems] == [
        f"Process 0 of the endpoint (pid {os.getpid()}) does not answer."
    ]


def test_an_endpoint_begins_at_nothing(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 5)
        publisher.close()
    with holding(layout):
        record = figures.read(layout)
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 1)
        publisher.close()

        assert record == FiguresRecord()
        assert total(figures.read(layout)) == 1


def test_of_an_endpoint_that_has_ended_the_last_figures_stay(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 5)
        publisher.close()
    record = figures.read(layout)

    assert (total(record), record.is_running, record.processes) == (5, False, ())


def test_where_no_endpoint_has_run_there_is_nothing(layout):
    assert figures.read(layout) == FiguresRecord(is_running=False)


def test_a_file_that_cannot_be_read_is_none(layout):
    (layout.locks / FOLDER).mkdir()
    (layout.locks / FOLDER / "0.json").write_text('{"at": "long ago"}')

    assert figures.read(layout) == FiguresRecord(is_running=False)


def test_where_nothing_can_be_written_serving_goes_on_and_says_so(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        (layout.locks / FOLDER).mkdir(exist_ok=True)
        (layout.locks / FOLDER / "0.new").mkdir()
        asyncio.run(publisher.counted())
        record = asyncio.run(publisher.counted())

    assert [problem.kind for problem in record.problems if problem.kind != "unready"] == ["figures"]


def test_a_disk_that_hangs_keeps_nobody_waiting(layout, monkeypatch):
    monkeypatch.setattr(figures, "PATIENCE_S", 0.01)
    freed = threading.Event()
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        answered(parts, 3)
        publisher._pool.submit(freed.wait)
        record = asyncio.run(publisher.counted())
        freed.set()
        publisher.close()

    assert total(record) == 3


def test_steps_that_are_over_are_read_as_they_were_counted(layout):
    with holding(layout):
        parts = parts_in(layout)
        publisher = Publisher(parts, layout, SERVE)
        now = time.time_ns() // 1000
        for back in range(60, -1, -10):
            parts.figures.answered(Batch(latency_us=[100, 200], at_us=now - back * 1_000_000))
        expected = asyncio.run(publisher.counted())
        again = asyncio.run(publisher.counted())
        publisher.close()
        read = figures.read(layout)

    assert len(read.versions[0].steps) >= 6
    assert read.versions == expected.versions == again.versions


def test_the_lock_names_the_endpoint(layout):
    assert instance.look(layout.locks / figures.LOCK) is None
    with holding(layout):
        Publisher(parts_in(layout), layout, SERVE).close()

        assert figures.read(layout).endpoint
