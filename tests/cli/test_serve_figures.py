"""`workbench serve figures`: what it prints of an endpoint that runs, has ended, or never was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from storage.layout import Layout
from storage.records import ShadowFigures
from tests.core.answered import Batch
from tests.services.observed import holding, parts_in
from workbench.cli import main
from workbench.cli.serve_figures import latency
from workbench.config import ServeConfig
from workbench.services.figures import Publisher


@pytest.fixture
def shown(project, capsys):
    """Carries out the command: exit code, stdout, stderr."""

    def carry_out(*words):
        code = main(["-C", str(project), "serve", "figures", *words])
        return code, *capsys.readouterr()

    return carry_out


def publish(project):
    """Writes the figures of an endpoint that has answered, refused and compared."""
    layout = Layout(project)
    now = time.time_ns() // 1000
    parts = parts_in(layout)
    publisher = Publisher(parts, layout, ServeConfig())
    parts.figures.loaded("late", 1, 0.2, at_us=now)
    parts.figures.answered(Batch(version=1, latency_us=[300] * 9 + [4000], at_us=now))
    parts.figures.answered(Batch(version=2, role="shadow", at_us=now))
    parts.figures.shadowed(
        "late", 2, ShadowFigures(requests=10, rows=10, agreeing=9, difference=0.5, largest=0.3)
    )
    parts.figures.refused("late", 1, 400, now)
    parts.figures.refused("late", 1, 500, now)
    publisher.close()


@pytest.fixture
def running(project):
    """The figures of an endpoint that runs."""
    with holding(Layout(project)):
        publish(project)
        yield


@pytest.mark.usefixtures("running")
def test_an_endpoint_that_runs_shows_versions_and_shadows(shown):
    code, out, _ = shown()

    assert code == 0
    assert {"late@v1", "300", "us", "late@v2", "90.00"} <= set(out.split())
    assert "1 failed, 1 invalid" in out or "1 invalid, 1 failed" in out


@pytest.mark.usefixtures("running")
def test_programs_get_one_document(shown):
    _, out, _ = shown("late", "--json")
    document = json.loads(out)

    answer, shadow = document["versions"]
    assert document["is_running"]
    assert (answer["requests"], answer["client_errors"], answer["server_errors"]) == (10, 1, 1)
    assert (shadow["role"], shadow["agreeing"]) == ("shadow", 0.9)
    assert answer["p99_us"] == pytest.approx(4000, rel=0.15)


def test_an_endpoint_that_has_ended_shows_its_last_figures(project, shown):
    with holding(Layout(project)):
        publish(project)
    code, out, _ = shown()

    assert code == 0
    assert "not running; these are its last figures" in out


def test_where_no_endpoint_has_run_it_says_how_to_start_one(shown):
    code, out, err = shown()

    assert (code, out.strip()) == (0, "")
    assert "`workbench serve`" in err


@pytest.mark.usefixtures("running")
def test_a_model_that_is_not_there_is_not_found(shown):
    code, _, err = shown("lat")

    assert code == 4
    assert "late" in err


@pytest.mark.slow
@pytest.mark.usefixtures("running")
def test_watching_prints_a_line_a_second_until_it_is_interrupted(project):
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "workbench", "-C", str(project)),
            *("serve", "figures", "--watch", "--json"),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as watching:
        lines = [json.loads(watching.stdout.readline()) for _ in range(2)]
        watching.send_signal(signal.SIGINT)

        assert watching.wait(timeout=30) == 0
    assert [line["versions"][0]["requests"] for line in lines] == [10, 10]


@pytest.mark.parametrize(
    ("took_us", "text"),
    [(312.4, "312 us"), (999.9, "1.00 ms"), (1250, "1.25 ms"), (2_100_000, "2.10 s"), (None, "-")],
)
def test_a_latency_has_the_unit_it_is_read_in_best(took_us, text):
    assert latency(took_us) == text
