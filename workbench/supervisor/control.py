"""Starts a supervisor in the background, and stops the one that runs."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from storage.errors import StoreMissing
from storage.layout import Layout, tail_of
from workbench.engines.instance import is_alive, look
from workbench.engines.launching import has_ended, launch
from workbench.errors import AlreadyRunning, WorkbenchError

SERVICES = ("worker", "watch", "serve")
START_S = 60.0
STOP_S = 30.0
"""Longer than a supervisor waits for services that do not end."""
_PAUSE_S = 0.05


def start(project_dir: Path) -> None:
    """Starts the supervisor of a project in the background, and returns once all services run.

    Raises:
        StoreMissing: There is no project.
        AlreadyRunning: It has a supervisor.
        WorkbenchError: The supervisor ended at once, or a service did not come up in a minute.
    """
    layout = Layout(project_dir.resolve())
    if not layout.catalog.is_file():
        raise StoreMissing.at(project_dir)
    running = look(layout.locks / "up.lock")
    if running is not None:
        raise AlreadyRunning(
            f"`workbench up` runs already for this project (pid {running.pid}).",
            "Look with `workbench status`, or stop it with `workbench down`.",
        )
    log = layout.logs / "up.log"
    pid = launch(layout.project, "up", log)
    deadline = time.monotonic() + START_S
    while missing := [name for name in SERVICES if not _is_up(layout, name)]:
        if has_ended(pid):
            said = tail_of(log, limit=2000)[0].strip()
            raise WorkbenchError(f"`workbench up` ended at once:\n{said}", f"Its log is {log}.")
        if time.monotonic() > deadline:
            names = ", ".join(missing)
            raise WorkbenchError(
                f"{names} did not come up within {START_S:.0f} s.",
                f"Read {layout.logs / f'{missing[0]}.log'}; `workbench down` stops the rest.",
            )
        time.sleep(_PAUSE_S)


def stop(project_dir: Path) -> bool:
    """Stops the supervisor of a project and with it all services, and waits until they are gone.

    Returns:
        Whether there was one.

    Raises:
        WorkbenchError: It is still there after half a minute.
    """
    lock = Layout(project_dir.resolve()).locks / "up.lock"
    running = look(lock)
    if running is None:
        return False
    if is_alive(running.pid):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while look(lock) is not None:
        if time.monotonic() > deadline:
            raise WorkbenchError(
                f"`workbench up` (pid {running.pid}) has not stopped within {STOP_S:.0f} s.",
                f"`kill -9 {running.pid}` ends it and its services.",
            )
        time.sleep(_PAUSE_S)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(running.pid, 0)  # this process has started it
    return True


def _is_up(layout: Layout, name: str) -> bool:
    facts = look(layout.locks / f"{name}.lock")
    # The endpoint says where it answers once it does.
    return facts is not None and (name != "serve" or facts.address is not None)
