"""The end of a job's log, read on as it grows."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.api import Workbench

LINES_KEPT = 500
"""Lines of a log that are shown, from its end."""
_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])|\x1b")


class LogTail:
    """The end of one job's log; used on the feed's thread only."""

    def __init__(self, job: int) -> None:
        self.job = job
        self._next_byte = 0
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._open_line = ""

    def read(self, workbench: Workbench) -> tuple[str, ...]:
        """The log with what was printed since the last time."""
        text, self._next_byte = workbench.job_log(self.job, from_byte=self._next_byte)
        *whole, self._open_line = (self._open_line + text).split("\n")
        self._lines.extend(map(_readable, whole))
        return (*self._lines, *((_readable(self._open_line),) if self._open_line else ()))


def _readable(line: str) -> str:
    """A line as a terminal would leave it: without its escapes, and of what was written over itself the last."""
    return _ESCAPE.sub("", line.rstrip("\r").rpartition("\r")[2])
