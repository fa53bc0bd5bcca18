"""Scans the watched folders and takes in what has settled, until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from storage.errors import Conflict, Problem
from storage.records import NewAlert, NewEvent, Severity
from workbench.core.settling import UNENDED_FACTOR
from workbench.engines import instance
from workbench.services import inbox
from workbench.services.context import Context, open_service
from workbench.watch.waker import Waker

LONGEST_WAIT_S = 1.0
LOOK_S = 0.1


def run(project_dir: Path, *, once: bool = False) -> int:
    """Watches the folders of a project until SIGTERM or SIGINT.

    Args:
        project_dir: The project.
        once: Take in what lies there, and end; for cron.

    Returns:
        0; 1 when `once` could not take something in.

    Raises:
        AlreadyRunning: The project is watched by another process.
    """
    instance.end_with_supervisor()
    context = open_service(project_dir, who="watcher")
    with instance.hold(context.store.layout.locks / "watch.lock"):
        watcher = _Watcher(context)
        try:
            return watcher.run_once() if once else watcher.run_until_stopped()
        finally:
            context.store.close()


class _Watcher:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._scans: dict[str, inbox.Scan] = {}
        self._stopping = threading.Event()
        self._failures: dict[str, str | None] = {}
        """Why a step failed the last time; None: it went well."""

    def run_once(self) -> int:
        """Waits until what lies there has settled, then takes it in."""
        settle_s = self._context.config.watch.settle.total_seconds()
        self._look()
        if inbox.waiting(self._context):
            self._stopping.wait(settle_s)
            self._look()
        # What is left after that is cut text, or is still being written.
        if inbox.waiting(self._context):
            self._stopping.wait(settle_s * (UNENDED_FACTOR - 1))
            self._look()
        is_left = bool(inbox.waiting(self._context))
        return 1 if is_left or any(self._failures.values()) else 0

    def run_until_stopped(self) -> int:
        """Looks whenever a folder or the catalog changes, and once a second anyway."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        with Waker(inbox.folders(self._context)) as waker:
            while not self._stopping.is_set():
                self._look()
                self._wait(waker)
        return 0

    def _look(self) -> None:
        self._attempt("", self._tidy)
        self._scans = inbox.scan(self._context, self._scans)
        for name, found in self._scans.items():
            self._attempt(name, lambda found=found: inbox.take_in(self._context, found))  # type: ignore[misc]
        self._attempt("", self._tidy)

    def _tidy(self) -> None:
        # A folder that was removed comes back, so that files can be dropped again.
        inbox.folders(self._context)
        inbox.put_away(self._context)

    def _attempt(self, dataset: str, step: Callable[[], object]) -> None:
        """Does a step; what goes wrong is told once and tried again at the next look."""
        try:
            step()
        except Conflict:
            return  # the version before is still being checked
        except (Problem, OSError) as error:
            self._tell(dataset, str(error).partition("\n")[0])
        else:
            # At the first success too: a watcher that has ended may have left an alert.
            if self._failures.get(dataset, "") is not None:
                self._failures[dataset] = None
                with self._context.store.write() as tx:
                    tx.events.resolve(f"watch {dataset}")

    def _tell(self, dataset: str, reason: str) -> None:
        if self._failures.get(dataset) == reason:
            return
        self._failures[dataset] = reason
        print(f"watch: {dataset} {reason}".strip(), file=sys.stderr, flush=True)  # noqa: T201 - a door
        subject = dataset or "inbox"
        title = f"files of {subject} cannot be taken in"
        with self._context.store.write() as tx:
            message = f"{title}: {reason}"
            tx.events.add(
                NewEvent(
                    kind="watch.failed", subject=subject, message=message, severity=Severity.ERROR
                )
            )
            tx.events.raise_alert(
                NewAlert(key=f"watch {dataset}", severity=Severity.ERROR, title=title, text=reason)
            )

    def _wait(self, waker: Waker) -> None:
        """Waits for a folder or the catalog to change, at most a second."""
        settle_s = self._context.config.watch.settle.total_seconds()
        has_files = any(scan.sightings for scan in self._scans.values())
        longest = min(LONGEST_WAIT_S, max(LOOK_S, settle_s / 2)) if has_files else LONGEST_WAIT_S
        token = self._context.store.change_token()
        waited = 0.0
        while waited < longest and not self._stopping.is_set():
            if waker.wait(LOOK_S) or self._context.store.change_token() != token:
                return
            waited += LOOK_S
