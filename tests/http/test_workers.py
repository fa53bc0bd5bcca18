"""Several processes at one port: they share the callers, one's end costs no request, and the parent's ends all."""

from __future__ import annotations

import os
import signal
import socket
from urllib.parse import urlsplit

import pytest

from storage.store import Store
from tests.http.load import REQUEST, calling
from tests.http.project import (
    CONFIG,
    eventually,
    make_project,
    promote,
    register,
    serving,
    until_ready,
)
from workbench.engines import instance
from workbench.errors import AddressUnusable
from workbench.http.process import listening, workers
from workbench.http.process.server import run
from workbench.services.context import open_context

SHARED = CONFIG.replace("port = 0", "port = 0\nworkers = 2")


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path, SHARED)
    store = Store.open(made, program="test")
    promote(store, register(store))
    store.close()
    return made


def facts(project):
    return instance.look(project / ".workbench" / "locks" / "serve.lock")


def pids(project):
    return facts(project).more["pids"]


def until_all_answer(project, address):
    """Asks on connections of their own until each process has loaded its model."""
    until_ready(address)
    eventually(lambda: len(pids(project)) == 2)
    for _ in range(12):
        until_ready(address)


def segments(project):
    return sorted((project / ".workbench" / "predictions").glob("*/*.jsonl"))


@pytest.mark.slow
def test_two_processes_share_the_callers_and_each_keeps_its_own_log(project):
    with serving(project) as address:
        until_all_answer(project, address)
        with calling(address, REQUEST, connections=32, keeps_alive=False) as callers:
            eventually(lambda: callers.answered > 600)

    assert (set(callers.statuses), callers.unanswered) == ({200}, [])
    rows = [path.read_bytes().count(b'"late"') for path in segments(project)]
    assert len(rows) == 2
    # Each connection falls to either process with the same chance; this is 12 deviations away from it.
    assert min(rows) > sum(rows) / 4


@pytest.mark.slow
def test_whichever_way_a_process_ends_another_takes_its_place_and_no_asked_request_is_lost(project):
    with serving(project) as address:
        until_all_answer(project, address)
        ended, killed = pids(project)
        with calling(address, REQUEST, connections=64) as callers:
            eventually(lambda: callers.answered > 500)
            os.kill(ended, signal.SIGTERM)
            eventually(lambda: ended not in pids(project) and len(pids(project)) == 2)
            before = callers.answered
            eventually(lambda: callers.answered > before + 500)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: killed not in pids(project) and len(pids(project)) == 2)
        for _ in range(12):
            until_ready(address)
    store = Store.open(project, program="test")
    with store.read() as tx:
        messages = [event.message for event in tx.events.newest(limit=50)]
    store.close()

    assert (set(callers.statuses), callers.unanswered, callers.refused) == ({200}, [], 0)
    assert f"Process {killed} of the endpoint ended by signal 9" in "\n".join(messages)


@pytest.mark.slow
def test_all_callers_are_answered_when_all_processes_end_under_load(project):
    with serving(project) as address:
        until_all_answer(project, address)
        with calling(address, REQUEST, connections=64) as callers:
            eventually(lambda: callers.answered > 500)
            os.kill(facts(project).pid, signal.SIGTERM)
            eventually(lambda: callers.refused == 64)

    assert (set(callers.statuses), callers.unanswered) == ({200}, [])


@pytest.mark.slow
def test_the_processes_end_with_a_parent_that_is_killed(project):
    started = serving(project)
    until_all_answer(project, started.__enter__())
    parent, children = facts(project).pid, pids(project)
    os.kill(parent, signal.SIGKILL)
    with pytest.raises(AssertionError):
        started.__exit__(None, None, None)

    eventually(lambda: not any(map(instance.is_alive, children)))
    assert facts(project) is None


def test_a_shared_address_is_refused_where_somebody_listens_already(project):
    with listening.listen("127.0.0.1", 0, is_shared=True) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnusable, match=f"127.0.0.1 port {port}: Address already in use"):
            run(project, port=port)


def test_the_limit_of_open_files_is_raised_and_leaves_room_for_other_files():
    assert 0 < listening.most_connections() <= (1 << 20)


def test_an_address_that_means_all_of_them_is_shown_as_one_to_go_to():
    with listening.listen("0.0.0.0", 0) as listener:
        assert urlsplit(listening.address_of(listener)).hostname == "127.0.0.1"
    if socket.has_ipv6:
        with listening.listen("::1", 0) as listener:
            assert listening.address_of(listener).startswith("http://[::1]:")


def test_a_process_that_cannot_start_leaves_nobody_waiting_at_its_socket(
    project, monkeypatch, capfd
):
    monkeypatch.setattr(workers, "FIRST_DELAY_S", 60.0)
    context = open_context(project, who="test")
    with listening.listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    place = workers.Place(context, 0, port)
    context.store.close()
    context.store.layout.catalog.unlink()
    with socket.create_connection(("127.0.0.1", port)):
        started = place.tend()
        ended = eventually(place.tend)

    assert started.endswith("starts, 1 of 2.")
    assert ended.endswith("ended with exit code 1; another starts in 30 s.")
    assert "There is no Workbench project" in capfd.readouterr().err
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
