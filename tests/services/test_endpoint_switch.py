from __future__ import annotations

from urllib.request import urlopen

import pytest

import workbench
from storage.layout import Layout
from tests.http.project import make_project
from workbench.engines import instance, wishes


@pytest.mark.slow
def test_an_endpoint_is_started_without_a_supervisor_and_outlives_who_started_it(tmp_path):
    project = workbench.open(make_project(tmp_path))
    try:
        address = project.start_endpoint(why="the demo begins")
        with urlopen(f"{address}/v2/health/live", timeout=30) as reply:
            assert reply.status == 200
        assert project.start_endpoint(why="again") == address
    finally:
        was_running = project.stop_endpoint(why="the demo is over")

    assert was_running
    assert not project.stop_endpoint(why="again")
    told = [
        event.message for event in project.events() if event.kind.startswith("endpoint.switched")
    ]
    assert told == [
        "The endpoint was stopped: the demo is over",
        "The endpoint was started: the demo begins",
    ]


def test_where_a_supervisor_runs_it_is_told_that_the_endpoint_is_not_wanted(tmp_path):
    project = workbench.open(make_project(tmp_path))
    locks = Layout(tmp_path).locks
    with instance.hold(locks / "up.lock"):
        assert not project.stop_endpoint(why="nobody asks")
        assert wishes.is_off(locks, "serve")
        with instance.hold(locks / "serve.lock") as held:
            held.publish(address="http://127.0.0.1:1")
            wishes.switch_on(locks, "serve")
            assert project.start_endpoint(why="somebody asks") == "http://127.0.0.1:1"
