"""Processes of the project that outlive the one that starts them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def launch(project: Path, command: str, log: Path) -> int:
    """Starts `workbench COMMAND` in a session of its own; its pid.

    Args:
        project: The project's folder.
        command: A command that runs until it is stopped.
        log: What it says is appended here; made when it is missing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # Not subprocess: it would be missed there when nobody waits for the end of this child.
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "workbench", "-C", str(project), command],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def has_ended(pid: int) -> bool:
    """Whether a process that this one has launched is no more."""
    ended, _ = os.waitpid(pid, os.WNOHANG)
    return ended == pid
