"""The endpoint among many callers: at its end, while thousands come and go, and where few files may be open."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.http.load import BODY, REQUEST, calling, logged
from tests.http.project import (
    SERVE,
    Caller,
    eventually,
    promote,
    register,
    serving,
    until_ready,
)
from workbench.engines import instance

V2 = "/v2/models/late/infer"
HALVES = (b"", b"GET / HT", REQUEST[:60], REQUEST[:-5])
"""What a caller may have sent when it hangs up."""
FEW_FILES = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
{SERVE}
"""


@pytest.mark.slow
def test_all_callers_are_answered_when_the_process_ends_under_load(project, store):
    promote(store, register(store))
    found, answered = [], 0
    for keeps_alive in (True, False):
        with serving(project) as address:
            until_ready(address)
            with calling(address, REQUEST, connections=64, keeps_alive=keeps_alive) as callers:
                eventually(lambda: callers.answered > 500)
                os.kill(instance.look(store.layout.locks / "serve.lock").pid, signal.SIGTERM)
                eventually(lambda: callers.refused == 64)
        found.append((set(callers.statuses), callers.unanswered))
        answered += callers.answered

    assert found == [({200}, []), ({200}, [])]
    assert len(logged(store)) == answered


@pytest.mark.slow
def test_ten_thousand_connections_leave_nothing_behind(project, store):
    promote(store, register(store))
    with serving(project) as address:
        until_ready(address)
        pid = instance.look(store.layout.locks / "serve.lock").pid
        caller = Caller(address)
        before, sizes = files_of(pid), []
        for _ in range(10):
            opened = [connected(address) for _ in range(1000)]
            for number, one in enumerate(opened):
                one.sendall(HALVES[number % len(HALVES)])
            assert caller.ask("POST", V2, BODY)[0] == 200
            for one in opened:
                one.close()
            # A few files more are opened once: logs, figures, connections to the catalog.
            eventually(lambda: files_of(pid) < before + 20)
            sizes.append(memory_mb(pid))
        assert caller.ask("POST", V2, BODY)[0] == 200
        caller.close()

    assert sizes[-1] < sizes[1] + 8


@pytest.mark.slow
def test_a_process_that_may_open_few_files_hangs_up_on_some_before_it_has_none_left(project, store):
    promote(store, register(store))
    with serving(project, program=FEW_FILES) as address:
        until_ready(address)
        caller = Caller(address)
        assert caller.ask("POST", V2, BODY)[0] == 200
        opened = [connected(address) for _ in range(600)]
        assert caller.ask("POST", V2, BODY)[0] == 200
        turned_away = eventually(lambda: [one for one in opened if is_closed(one)][344:])
        assert caller.ask("POST", V2, BODY)[0] == 200
        for one in opened:
            one.close()
        until_ready(address)
        caller.close()

    # Half of 512 files may be connections, and the caller has one of them.
    assert len(turned_away) == 1
    assert "Too many open files" not in (project / "narration.txt").read_text()


def connected(address):
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=60)


def files_of(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def is_closed(connection):
    connection.setblocking(False)
    try:
        while connection.recv(1000, socket.MSG_PEEK | socket.MSG_DONTWAIT):
            connection.recv(1000)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        pass
    return True
