"""The watcher: a periodic scan is the truth, file system events only wake it."""

from __future__ import annotations

from workbench.watch.loop import run

__all__ = ["run"]
