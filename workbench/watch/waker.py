"""Wakes the watcher when something happens in its folders; never decides anything."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

READING = frozenset({"opened", "closed_no_write"})
"""Events of a file being read, as the watcher itself does."""


class _Bell(FileSystemEventHandler):
    def __init__(self, rung: threading.Event) -> None:
        self._rung = rung

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Rings when something was written, moved or removed."""
        if event.event_type not in READING:
            self._rung.set()


class Waker:
    """Observes folders. Where the system gives no more watches, the periodic scan is enough."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._rung = threading.Event()
        self._observer: BaseObserver | None = None
        """None while the system gives none."""
        self._refused: set[Path] = set()
        """Folders for which the system gave no watch."""

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def wait(self, timeout_s: float) -> bool:
        """Whether something happened within `timeout_s`; looks after the observer as well."""
        rang = self._rung.wait(timeout_s)
        self._rung.clear()
        if not self._is_well():
            self._end()
            self._begin()
        return rang

    def _is_well(self) -> bool:
        if self._observer is None:
            return True  # the scan is enough
        # An emitter ends silently when its folder is removed, while the observer stays alive.
        emitters = self._observer.emitters
        wanted = [folder for folder in self._folders if folder not in self._refused]
        missing = len(emitters) < sum(folder.is_dir() for folder in wanted)
        return self._observer.is_alive() and not missing and all(e.is_alive() for e in emitters)

    def _begin(self) -> None:
        self._refused.clear()
        try:
            self._observer = Observer()
        except OSError:
            return
        # An observer that runs starts each watch at once, so that each may fail by itself.
        self._observer.start()
        bell = _Bell(self._rung)
        for folder in self._folders:
            if folder.is_dir():
                try:
                    self._observer.schedule(bell, str(folder), recursive=True)
                except OSError:
                    # No watches are left: the scan sees its files, a little later.
                    self._refused.add(folder)

    def _end(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
