"""How a test waits for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PATIENCE_S = 60.0

Found = TypeVar("Found")


def eventually(look: Callable[[], Found]) -> Found:
    """What `look` gives once it gives something true; fails after a long time."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"{look} gave nothing for {PATIENCE_S:.0f} s"
        time.sleep(0.01)
    return found


def written(path: Path) -> str:
    """The text of a file, once there is one."""
    eventually(path.exists)
    return path.read_text(encoding="utf-8")


def lives(pid: int) -> bool:
    """Whether the process exists and is not just waiting to be buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def parent(pid: int) -> int:
    """The process that `pid` was started by."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return int(stat.rpartition(")")[2].split()[1])


def family(pid: int) -> set[int]:
    """The process `pid` and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents.setdefault(parent(int(folder.name)), []).append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for one in new for child in parents.get(one, [])} - found
    return found
