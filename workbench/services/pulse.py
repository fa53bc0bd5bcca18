"""The one thread of a process that writes what its runs have logged, and says that they are alive."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable

from storage.errors import Problem
from storage.records import RunState
from workbench.engines.processes import say
from workbench.services.recording import Ending, Recorder

TICK_S = 0.25
IDLE_S = 1.0
"""A tick while no run is open; who starts one does not wake the thread for that."""


_FINISHED = Ending(state=RunState.FINISHED)


class Pulse:
    """The runs of this process that are open, and the thread that looks after them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._recorders: set[Recorder] = set()
        self._thread: threading.Thread | None = None
        self._is_registered = False
        self._seen_error: BaseException | None = None

    def add(self, recorder: Recorder) -> None:
        """Looks after a run from now on."""
        with self._lock:
            recorder.is_asleep = False
            self._recorders.add(recorder)
            if self._thread is None:
                self._start()

    def remove(self, recorder: Recorder) -> None:
        """Leaves a run to who ends it."""
        with self._lock:
            self._recorders.discard(recorder)

    def wake(self) -> None:
        """Has the thread look at once."""
        if not self._wake.is_set():
            self._wake.set()

    def attend(self, recorder: Recorder) -> None:
        """Has the thread look if a batch waits; and, in a forked child, start again."""
        if recorder.is_full:
            self.wake()
        if recorder.is_asleep:
            self.add(recorder)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="workbench-runs", daemon=True)
        self._thread.start()
        if not self._is_registered:
            self._is_registered = True
            self._seen_error = getattr(sys, "last_value", None)
            atexit.register(self._close_all)
            os.register_at_fork(after_in_child=self._after_fork)
        self._flush_at_child_end()

    def _run(self) -> None:
        while True:
            self._wake.wait(TICK_S if self._recorders else IDLE_S)
            self._wake.clear()
            with self._lock:
                recorders = list(self._recorders)
            for recorder in recorders:
                if recorder.is_abandoned:
                    self._close(recorder, _FINISHED)
                else:
                    recorder.beat()

    def _close(self, recorder: Recorder, ending: Ending) -> None:
        self.remove(recorder)
        try:
            recorder.close(ending)
        except Problem as problem:
            say(f"workbench: {problem}")

    def _close_all(self) -> None:
        """Ends what is still open when the program ends: as the program itself."""
        error = getattr(sys, "last_value", None)
        ending = ending_of(None if error is self._seen_error else error)
        for recorder in list(self._recorders):
            self._close(recorder, _FINISHED if recorder.is_abandoned else ending)

    def _after_fork(self) -> None:
        """In a child, where no thread but the forking one goes on, and locks stay as they were."""
        recorders, self._recorders = self._recorders, set()
        self._lock, self._wake, self._thread = threading.Lock(), threading.Event(), None
        for recorder in recorders:
            recorder.forget()

    def _flush_at_child_end(self) -> None:
        """A child of multiprocessing ends without atexit; it has a list of its own."""
        util = sys.modules.get("multiprocessing.util")
        parent: Callable[[], object] | None = getattr(
            sys.modules.get("multiprocessing"), "parent_process", None
        )
        if util is not None and parent is not None and parent() is not None:
            util.Finalize(None, self._close_all, exitpriority=100)


def ending_of(error: BaseException | None) -> Ending:
    """What a run ends as when `error` ended the code that it stands for; None: nothing did."""
    if error is None or (isinstance(error, SystemExit) and error.code in {None, 0}):
        return _FINISHED
    if isinstance(error, KeyboardInterrupt):
        return Ending(state=RunState.KILLED, error="It was interrupted from the keyboard.")
    if isinstance(error, SystemExit):
        return Ending(state=RunState.FAILED, error=f"The program left with exit code {error.code}.")
    lines = str(error).strip().splitlines()
    kind = type(error).__name__
    return Ending(state=RunState.FAILED, error=f"{kind}: {lines[0]}" if lines else kind)


pulse = Pulse()
