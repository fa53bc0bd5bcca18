"""Servers that are measured: started on one core, checked to be who answers, and stopped by their pid."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.wrk import Load

SERVER_CORE, CLIENT_CORE = 0, 1
START_S = 90
TICKS = os.sysconf("SC_CLK_TCK")


Command = Callable[[int], Sequence[str]]
"""What starts a server at a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A server, and how it is asked."""

    name: str
    command: Command
    load: Load
    answer: Callable[[bytes], float | None]
    """The probability that a reply holds; None: it is a constant."""
    environment: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A contestant that runs."""

    contestant: Contestant
    pid: int
    address: str

    @property
    def cpu_s(self) -> float:
        """CPU time of its processes so far."""
        return sum(_cpu_s(pid) for pid in family(self.pid))

    @property
    def rss_mb(self) -> float:
        """Resident memory of its processes."""
        return sum(_status_kb(pid, "VmRSS") for pid in family(self.pid)) / 1024

    def ask(self) -> bytes:
        """Its reply to one request.

        Raises:
            urllib.error.URLError: It does not answer well.
        """
        load = self.contestant.load
        headers = {"content-type": load.content_type, **dict(load.headers)}
        request = urllib.request.Request(f"{self.address}{load.path}", load.body, headers)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return bytes(reply.read())


@contextmanager
def running(contestant: Contestant, log: Path) -> Iterator[Running]:
    """A contestant on its core, once it answers; stopped at the end."""
    port = _free_port()
    command = ["taskset", "-c", str(SERVER_CORE), *contestant.command(port)]
    with log.open("wb") as narration:
        process = subprocess.Popen(
            command,
            stdout=narration,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=contestant.folder,
            env={**os.environ, **dict(contestant.environment)},
        )
    try:
        one = Running(contestant=contestant, pid=process.pid, address=f"http://127.0.0.1:{port}")
        _wait_for(one, process, log)
        _check_owner(one, port)
        yield one
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def family(pid: int) -> list[int]:
    """A process and those it started, and those started."""
    try:
        lists = [one.read_text() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    children = [int(child) for text in lists for child in text.split()]
    return [pid, *(one for child in children for one in family(child))]


def check_answer(one: Running, expected: float) -> None:
    """Asks once, and compares.

    Raises:
        AssertionError: Somebody else answers, or another model.
    """
    found = one.contestant.answer(one.ask())
    assert found is None or abs(found - expected) < 1e-6, (one.contestant.name, found, expected)


def _wait_for(one: Running, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{one.contestant.name} does not answer:\n{log.read_text()[-2000:]}")
        try:
            one.ask()
        except (OSError, urllib.error.HTTPError):
            time.sleep(0.1)
        else:
            return


def _check_owner(one: Running, port: int) -> None:
    """An orphan on the port would be measured instead."""
    wanted = f":{port:04X}"
    listening = {
        fields[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (fields := line.split())[1].endswith(wanted) and fields[3] == "0A"
    }
    held = {
        str(link.readlink())
        for pid in family(one.pid)
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink()
    }
    assert any(f"socket:[{inode}]" in held for inode in listening), (
        f"port {port} is not held by {one.contestant.name}"
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _status_kb(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def at(*path: str | int) -> Callable[[bytes], float | None]:
    """Reads a number out of a JSON reply."""

    def read(reply: bytes) -> float:
        found = json.loads(reply)
        for step in path:
            found = found[step]
        return float(found)

    return read
