"""Child processes of a worker, seen from outside: started, asked to end, killed as a group."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from enum import Enum
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess

from storage.records import Job
from workbench.engines.instance import PARENT_PID
from workbench.worker.child import Assignment, main

GRACE_S = 5.0
"""How long a child that is asked to end may take before it is killed."""


class Reason(Enum):
    """Why a worker ends a child."""

    CANCELLED = "somebody wants the job cancelled"
    STOPPED = "the worker stops"
    OVER = "the job is over, or belongs to another worker"


class Child:
    """The process of one claimed job."""

    def __init__(self, job: Job, child: ForkServerProcess) -> None:
        self.job = job
        self.reason: Reason | None = None
        """Why it was asked to end; None: it was not."""
        self._child = child
        self._kill_at = float("inf")

    @property
    def sentinel(self) -> int:
        """A descriptor that becomes readable once the process has ended."""
        return self._child.sentinel

    @property
    def exit_code(self) -> int | None:
        """Its exit code, below 0 for a signal; None while it lives."""
        return self._child.exitcode

    def end_within(self, seconds: float, reason: Reason, *, ask: bool = True) -> None:
        """Has the process end; only the first reason counts.

        Args:
            seconds: After this time it is killed.
            reason: Why.
            ask: Whether it is told to end now; otherwise it may use the time to become ready.
        """
        if self.reason is None:
            self.reason = reason
            if ask:
                self._signal(signal.SIGTERM)
        self._kill_at = min(self._kill_at, time.monotonic() + seconds)

    def kill_if_due(self) -> None:
        """Kills it with everything it has started, once its time is over."""
        if time.monotonic() >= self._kill_at:
            self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """Kills it with everything it has started."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Sweeps what an ended process has left behind in its group."""
        pid = self._child.pid
        self._child.join()
        self._child.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(_known(pid), signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.exit_code is not None:
            return
        pid = _known(self._child.pid)
        with contextlib.suppress(ProcessLookupError):
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                # It has no group of its own before its first steps.
                os.kill(pid, number)


class Nursery:
    """The process that has imported what jobs need, from which children are forked.

    It must be made, and children started, by the worker's main thread: the kernel ends the nursery
    together with the thread that started it.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._context = multiprocessing.get_context("forkserver")
        own = ["workbench.engines.nursery", "workbench.worker.child"]
        self._context.set_forkserver_preload([*own, *modules])
        with _named_as_parent():
            forkserver.ensure_running()

    def start(self, assignment: Assignment) -> Child:
        """Starts the process of a job.

        Raises:
            OSError, EOFError: There is no process to be had.
        """
        job = assignment.job
        child = self._context.Process(target=main, args=(assignment,), name=job.label)
        with _named_as_parent():  # a nursery that has died is started again here
            child.start()
        return Child(job, child)


@contextlib.contextmanager
def _named_as_parent() -> Iterator[None]:
    """Tells a nursery that starts now whom it must not outlive."""
    os.environ[PARENT_PID] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[PARENT_PID]


def _known(pid: int | None) -> int:
    # Zero or less would mean this process's own group, or every process.
    assert pid is not None
    assert pid > 0
    return pid
