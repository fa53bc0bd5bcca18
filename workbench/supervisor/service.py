"""One service under the supervisor: its process, its log, and when it is started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workbench.engines.instance import PARENT_PID

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 30.0
HEALTHY_S = 60.0
"""A service that lived this long is started again as if it had never died."""
STOP_S = 10.0
"""How long a service may take to end before it is killed; a worker gives its jobs half of that."""
MAX_LOG_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is to be kept running."""

    name: str
    """Names its lock and its log too."""
    command: tuple[str, ...]
    sections: tuple[str, ...] = ()
    """Sections of workbench.toml that it reads only when it starts."""


def services_of(project: Path) -> tuple[Service, ...]:
    """The services of a project."""
    sections = {"worker": (), "watch": ("datasets", "watch"), "serve": ("serve",)}
    command = (sys.executable, "-m", "workbench", "-C", str(project))
    return tuple(
        Service(name=name, command=(*command, name), sections=read_once)
        for name, read_once in sections.items()
    )


class Keeper:
    """Keeps one service running. Its processes end when the thread that starts them does."""

    def __init__(self, service: Service, logs: Path) -> None:
        self.service = service
        self.restarts = 0
        self.is_wanted = True
        """Whether it is to run; somebody may have switched it off."""
        self._log = logs / f"{service.name}.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._started_at = 0.0
        self._start_at = 0.0
        self._kill_at = float("inf")
        self._is_being_restarted = False

    @property
    def pid(self) -> int | None:
        """Its process; None while there is none."""
        return None if self._child is None else self._child.pid

    def tend(self) -> str | None:
        """Starts it when that is due; one sentence when something happened, else None."""
        if self._child is None:
            is_due = self.is_wanted and time.monotonic() >= self._start_at
            return self._start() if is_due else None
        exit_code = self._child.poll()
        if exit_code is None:
            if not self.is_wanted and self._kill_at == float("inf"):
                self.ask_to_end()
            self._kill_if_due()
            return None
        self._sweep()
        return self._plan(exit_code)

    def restart(self) -> None:
        """Ends it, so that it is started again at once."""
        self._is_being_restarted = True
        self.ask_to_end()

    def ask_to_end(self) -> None:
        """Tells it to end; it is killed when it takes too long."""
        if self._child is not None:
            self._kill_at = min(self._kill_at, time.monotonic() + STOP_S)
            self._child.terminate()

    def hurry(self) -> None:
        """Takes away the time that it has left for ending."""
        self._kill_at = 0.0

    def has_ended(self) -> bool:
        """Whether it is gone after `ask_to_end`; to be asked again until it is."""
        if self._child is None:
            return True
        if self._child.poll() is None:
            self._kill_if_due()
            return False
        self._sweep()
        return True

    def rotate_log(self) -> None:
        """Sets a log aside that has grown too long; the one set aside before is dropped.

        The service goes on writing to the same file, so it is copied and emptied; a line that is
        written between the two is lost.
        """
        if self._log.exists() and self._log.stat().st_size > MAX_LOG_BYTES:
            shutil.copyfile(self._log, self._log.with_suffix(".log.1"))
            os.truncate(self._log, 0)

    def _start(self) -> str:
        self.rotate_log()
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - this program, or what the caller named
                self.service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, PARENT_PID: str(os.getpid())},
                process_group=0,
            )
        if self._started_at:
            self.restarts += 1
        self._started_at = time.monotonic()
        self._kill_at = float("inf")
        return f"{self.service.name} runs: process {self._child.pid}."

    def _plan(self, exit_code: int) -> str:
        if not self.is_wanted:
            self._failures, self._start_at, self._started_at = 0, 0.0, 0.0
            return f"{self.service.name} has ended; it stays off until somebody switches it on."
        lived_s = time.monotonic() - self._started_at
        self._failures = 0 if lived_s >= HEALTHY_S or self._is_being_restarted else self._failures
        delay_s = min(FIRST_DELAY_S * 2 ** min(self._failures, 16), LONGEST_DELAY_S)
        if self._is_being_restarted:
            delay_s = 0.0
        else:
            self._failures += 1
        self._is_being_restarted = False
        self._start_at = time.monotonic() + delay_s
        how = f"by signal {-exit_code}" if exit_code < 0 else f"with exit code {exit_code}"
        return f"{self.service.name} ended {how}; it starts again in {delay_s:.3g} s."

    def _sweep(self) -> None:
        """Kills what an ended service has left behind in its group."""
        assert self._child is not None
        self._kill_group()
        self._child = None

    def _kill_if_due(self) -> None:
        if time.monotonic() >= self._kill_at:
            self._kill_group()

    def _kill_group(self) -> None:
        assert self._child is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
