"""Starts and stops the endpoint alone: through the supervisor where one runs, else as a process of its own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from storage.layout import Layout, tail_of
from storage.records import NewEvent
from workbench.engines import instance, wishes
from workbench.engines.instance import InstanceFacts
from workbench.engines.launching import has_ended, launch
from workbench.errors import WorkbenchError
from workbench.services.context import Context

SERVICE = "serve"
START_S = 60.0
STOP_S = 45.0
"""Longer than an endpoint needs to answer what it has begun."""
_PAUSE_S = 0.05


def start(context: Context, *, why: str) -> str:
    """Starts the endpoint and waits until it listens; gives its address.

    Raises:
        WorkbenchError: It did not come up within a minute, or ended at once.
    """
    layout = context.store.layout
    running = _running(layout)
    if running is not None and running.address is not None:
        return running.address
    wishes.switch_on(layout.locks, SERVICE)
    is_kept = instance.look(layout.locks / "up.lock") is not None
    pid = None if is_kept or running is not None else launch(layout.project, SERVICE, _log(layout))
    address = _awaited(layout, pid)
    _tell(context, "endpoint.switched_on", f"The endpoint was started: {why}")
    return address


def stop(context: Context, *, why: str) -> bool:
    """Stops the endpoint once it has answered what it has begun; it stays down until it is started again.

    Returns:
        Whether it ran.

    Raises:
        WorkbenchError: It is still there after three quarters of a minute.
    """
    layout = context.store.layout
    running = _running(layout)
    if instance.look(layout.locks / "up.lock") is not None:
        wishes.switch_off(layout.locks, SERVICE)
    elif running is not None and instance.is_alive(running.pid):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while (left := _running(layout)) is not None:
        if time.monotonic() > deadline:
            raise WorkbenchError(
                f"The endpoint (pid {left.pid}) has not stopped within {STOP_S:.0f} s.",
                f"`kill -9 {left.pid}` ends it; what it answered is on disk but for the last second.",
            )
        time.sleep(_PAUSE_S)
    if running is not None:
        _tell(context, "endpoint.switched_off", f"The endpoint was stopped: {why}")
    return running is not None


def _running(layout: Layout) -> InstanceFacts | None:
    return instance.look(layout.locks / f"{SERVICE}.lock")


def _awaited(layout: Layout, pid: int | None) -> str:
    """The address of the endpoint once it listens; `pid` is its process where it was started here."""
    deadline = time.monotonic() + START_S
    while True:
        running = _running(layout)
        if running is not None and running.address is not None:
            return running.address
        if pid is not None and has_ended(pid):
            said = tail_of(_log(layout), limit=2000)[0].strip()
            raise WorkbenchError(
                f"The endpoint ended at once:\n{said}", f"Its log is {_log(layout)}."
            )
        if time.monotonic() > deadline:
            raise WorkbenchError(
                f"The endpoint did not come up within {START_S:.0f} s.",
                f"Read {_log(layout)}.",
            )
        time.sleep(_PAUSE_S)


def _log(layout: Layout) -> Path:
    return layout.logs / f"{SERVICE}.log"


def _tell(context: Context, kind: str, message: str) -> None:
    with context.store.write() as tx:
        tx.events.add(NewEvent(kind=kind, subject="endpoint", message=message))
