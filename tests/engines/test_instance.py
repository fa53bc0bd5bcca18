from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.worker.waiting import eventually, lives
from workbench.engines.instance import PARENT_PID, hold, look
from workbench.errors import AlreadyRunning

HOLD = """
import sys, time
from pathlib import Path
from workbench.engines.instance import hold
held = hold(Path(sys.argv[1]), {"address": "http://127.0.0.1:1"})
print("held", flush=True)
time.sleep(600)
"""

SERVE = """
import time
from workbench.engines.instance import end_with_supervisor
end_with_supervisor()
print("bound", flush=True)
time.sleep(600)
"""

PARENT = """
import os, subprocess, sys, time
os.environ[sys.argv[2]] = str(os.getpid())
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "worker.lock"


@contextmanager
def python(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python that runs the code given, and is killed at the end."""
    with subprocess.Popen([sys.executable, "-c", *arguments], stdout=-1, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def test_who_holds_the_file_is_read_by_others(lock: Path):
    with hold(lock, {"address": "http://127.0.0.1:8080", "slots": 2}):
        facts = look(lock)

    assert facts is not None
    assert (facts.pid, facts.address, facts.more) == (
        os.getpid(),
        "http://127.0.0.1:8080",
        {"slots": 2},
    )


def test_nobody_holds_a_file_that_is_missing_or_let_go(lock: Path):
    assert look(lock) is None
    hold(lock).close()
    assert look(lock) is None


def test_a_second_holder_is_refused_with_the_name_and_process_of_the_first(lock: Path):
    with hold(lock), pytest.raises(AlreadyRunning, match=rf"`workbench worker`.*{os.getpid()}"):
        hold(lock)


def test_the_file_is_free_again_for_the_next_holder(lock: Path):
    with hold(lock, {"address": "a" * 5000}):
        pass
    with hold(lock) as second:
        second.publish(n=1)
        facts = look(lock)

    assert facts is not None
    assert (facts.address, facts.more) == (None, {"n": 1})


def test_closing_twice_is_closing_once(lock: Path):
    held = hold(lock)
    held.close()
    held.close()
    hold(lock).close()


@pytest.mark.parametrize("length", [10, 1000, 1024, 5000])
def test_published_facts_replace_longer_and_shorter_ones(lock: Path, length: int):
    with hold(lock) as held:
        held.publish(word="x" * 3000)
        held.publish(word="x" * length)
        facts = look(lock)

    assert facts is not None
    assert facts.more == {"word": "x" * length}


def test_a_holder_that_is_killed_lets_go(lock: Path):
    with python(HOLD, str(lock)) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        before = look(lock)
        holder.kill()
        holder.wait()

    assert before is not None
    assert before.pid == holder.pid
    assert look(lock) is None
    hold(lock).close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_service_ends_with_the_supervisor_that_is_killed():
    with python(PARENT, SERVE, PARENT_PID) as parent:
        assert parent.stdout is not None
        lines = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        (pid,) = (int(line) for line in lines - {"bound"})
        assert lives(pid)
        parent.send_signal(signal.SIGKILL)

        eventually(lambda: not lives(pid))


def test_a_service_whose_supervisor_is_gone_already_ends_at_once():
    environment = {**os.environ, PARENT_PID: "1"}
    ended = subprocess.run(
        [sys.executable, "-c", SERVE], env=environment, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (1, b"")
