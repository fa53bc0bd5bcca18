"""The supervisor as a process of its own, which outlives the command that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import output

if TYPE_CHECKING:
    from workbench.api import Workbench

_PAUSE_S = 0.1
_PATIENCE_S = 60.0


def start(folder: Path) -> int:
    """Starts the supervisor of the project in `folder` and returns once it runs.

    Raises:
        AlreadyRunning: The project has one.
        WorkbenchError: It ended at once, or took too long.
    """
    import workbench
    from storage.layout import Layout
    from workbench.errors import AlreadyRunning

    with workbench.open(folder) as opened:
        found = _supervisor_pid(opened)
        if found is not None:
            raise AlreadyRunning(
                f"The project in {folder} is up: process {found}.", "`workbench down` stops it."
            )
        log = Layout(folder).logs / "up.log"
        child = _spawn(folder, log)
        _wait_until_up(opened, child, log)
    output.say(f"Up: process {child.pid}. `workbench status` shows it, `workbench down` stops it.")
    return 0


def _spawn(folder: Path, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workbench", "-C", str(folder), "up"]
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 - this program itself
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_up(opened: Workbench, child: subprocess.Popen[bytes], log: Path) -> None:
    from workbench.errors import WorkbenchError

    deadline = time.monotonic() + _PATIENCE_S
    while _supervisor_pid(opened) != child.pid:
        if child.poll() is not None:
            raise WorkbenchError("It did not start.", f"The end of {log} says why.")
        if time.monotonic() > deadline:
            raise WorkbenchError(
                f"Process {child.pid} was started but is not up yet.", f"{log} says how far it is."
            )
        time.sleep(_PAUSE_S)


def _supervisor_pid(opened: Workbench) -> int | None:
    return next((one.pid for one in opened.services() if one.name == "up" and one.is_running), None)
