"""Wakes the watcher when something happens in its folders; never decides anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

DELIVERIES: tuple[type[FileSystemEvent], ...] = (
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirMovedEvent,
)
"""What may bring a file. The system is asked for nothing else: not for reads, such as the watcher's
own, and not for each write to a file that is still open."""
MOST_RENAMED = 100_000
"""Names that are kept for the next scan; a file beyond them settles like any other."""


class _Bell(FileSystemEventHandler):
    def __init__(self, rung: threading.Event) -> None:
        self._rung = rung
        self._renamed: set[str] = set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Rings, and keeps the new name of a file that was renamed."""
        if isinstance(event, FileMovedEvent) and len(self._renamed) < MOST_RENAMED:
            self._renamed.add(os.fsdecode(event.dest_path))
        self._rung.set()

    def take_renamed(self) -> set[str]:
        """The new names since the last call."""
        taken, self._renamed = self._renamed, set()
        return taken


class Waker:
    """Observes folders. Where the system gives no more watches, the periodic scan is enough."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._rung = threading.Event()
        self._bell = _Bell(self._rung)
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

    def renamed(self, project_dir: Path) -> frozenset[str]:
        """Where files were given their names since the last call, relative to the project.

        Only those count that had another name below the same folder: they have been written.
        """
        prefix = f"{project_dir}{os.sep}"
        found = self._bell.take_renamed()
        return frozenset(path.removeprefix(prefix) for path in found if path.startswith(prefix))

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
        if not self._folders:
            return
        try:
            self._observer = Observer()
        except OSError:
            return
        # An observer that runs starts each watch at once, so that each may fail by itself.
        self._observer.start()
        for folder in self._folders:
            if folder.is_dir():
                try:
                    self._observer.schedule(
                        self._bell, str(folder), recursive=True, event_filter=list(DELIVERIES)
                    )
                except OSError:
                    # No watches are left: the scan sees its files, a little later.
                    self._refused.add(folder)

    def _end(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
