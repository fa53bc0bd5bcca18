"""One running process of a project for each service: a file that is locked while the process lives.

The lock is the truth: the kernel lets go of it however the process ends. The text in the file says
who holds it. The file stays where it is, since a lock belongs to a file and not to its name.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workbench.errors import AlreadyRunning

PARENT_PID = "WORKBENCH_PARENT_PID"
"""Environment variable: the process without which this one must not live."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PATIENCE_S = 0.5
_PAGE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """What a running service says about itself."""

    pid: int
    started_at: datetime
    address: str | None = None
    """Where it answers; None when it answers nowhere."""
    more: dict[str, Any] = field(default_factory=dict)
    """What else it published."""


class Instance:
    """The right to be the one process of a service; given up by `close` or by the process's end."""

    def __init__(self, descriptor: int, content: dict[str, Any]) -> None:
        self._descriptor = descriptor
        self._content = content
        self.publish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def publish(self, **changes: Any) -> None:
        """Changes what others read about this process: `address` and whatever helps them."""
        self._content.update(changes)
        text = json.dumps(self._content).encode()
        # Blanks up to a full page: a shorter text then overwrites a longer one in a single write.
        length = max(os.fstat(self._descriptor).st_size, -(-(len(text) + 1) // _PAGE) * _PAGE)
        os.pwrite(self._descriptor, text.ljust(length - 1) + b"\n", 0)

    def close(self) -> None:
        """Lets another process take over."""
        if self._descriptor >= 0:
            # An empty file: nobody takes the next holder for this process.
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1


def hold(path: Path, content: dict[str, Any] | None = None) -> Instance:
    """Becomes the one process that holds the file at `path`.

    Args:
        path: The service's lock file; `worker.lock` for the worker.
        content: What others may read, besides the process's id and start.

    Raises:
        AlreadyRunning: Another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + _PATIENCE_S
    # Somebody who looks holds the lock for an instant too.
    while not _lock(descriptor, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise _already_running(path)
        time.sleep(0.01)
    started_at = datetime.now(UTC).isoformat()
    return Instance(descriptor, {**(content or {}), "pid": os.getpid(), "started_at": started_at})


def look(path: Path) -> InstanceFacts | None:
    """What the process that holds the file at `path` says about itself; None: nobody holds it."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            if _lock(descriptor, fcntl.LOCK_SH):
                return None
            facts = _parse(os.pread(descriptor, 1_000_000, 0))
        finally:
            os.close(descriptor)
        # Between taking the lock and writing its own text, a holder shows the text of the one before.
        if facts is not None and is_alive(facts.pid):
            return facts
        if time.monotonic() > deadline:
            return facts
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_with_parent(parent_pid: int, signal_number: int = signal.SIGTERM) -> None:
    """Has the kernel send this process a signal when its parent ends, however it ends.

    The kernel means the parent's thread: the parent must start this process from one that lasts.
    Only Linux can do this; elsewhere a child outlives a parent that was killed.

    Args:
        parent_pid: The parent; when it is gone already, this process ends at once.
        signal_number: What to send.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_pid:
        os._exit(1)


def end_with_supervisor() -> None:
    """Ends this service when the supervisor that started it ends; nothing when nobody did."""
    parent_pid = os.environ.pop(PARENT_PID, None)
    if parent_pid is not None:
        end_with_parent(int(parent_pid))


def name_process(name: str) -> None:
    """Shows this process under `name` (15 bytes are kept) where processes are listed."""
    if sys.platform == "linux":
        _prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()[:15]))


def _prctl(option: int, argument: Any) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _parse(text: bytes) -> InstanceFacts | None:
    try:
        content = json.loads(text)
        started_at = datetime.fromisoformat(content.pop("started_at"))
        return InstanceFacts(
            pid=int(content.pop("pid")),
            started_at=started_at,
            address=content.pop("address", None),
            more=content,
        )
    except (ValueError, KeyError):
        # Read while it was being written.
        return None


def _already_running(path: Path) -> AlreadyRunning:
    facts = look(path)
    pid = f" (pid {facts.pid})" if facts is not None else ""
    return AlreadyRunning(
        f"`workbench {path.stem}` runs already for this project{pid}.",
        "Look with `workbench status`, or stop everything with `workbench down`.",
    )
