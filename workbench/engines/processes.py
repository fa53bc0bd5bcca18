"""What a project's long-running processes have in common: how they are told to stop, and where they speak."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Has SIGTERM and SIGINT call `stop` while the body runs; for the main thread."""

    def obey(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, obey) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(line: str) -> None:
    """Writes a line to the process's log, which is its standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
