"""Scans the watched folders and takes in what has settled, until it is told to stop."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from storage.errors import Conflict, Problem
from storage.records import NewAlert, NewEvent, Severity
from workbench.core import settling
from workbench.engines import instance
from workbench.engines.processes import say, stopped_by_signals
from workbench.services import inbox, putting_away, watched, watching
from workbench.services.context import Context, open_service
from workbench.watch import telling
from workbench.watch.waker import Waker

LONGEST_WAIT_S = 1.0
LOOK_S = 0.1
CHANCE = re.compile(r"[0-9a-f]{16,}|=\d+")
"""What may differ each time the same thing goes wrong: names of staged files, places in them."""
SCAN = "/scan"
RECORD = "/record"
FOLDERS = "/folders"
"""Name steps that are of no dataset; no dataset is called that."""
TITLES = {
    "": "files of inbox cannot be taken in",
    SCAN: "the watched folders cannot be looked at",
    FOLDERS: "a watched folder cannot be made",
    RECORD: "the last scan cannot be told to others",
}
SCANNING_SHARE = 0.1
"""Largest share of the time that is spent on scans while nothing happens."""


def run(project_dir: Path, *, once: bool = False) -> int:
    """Watches the folders of a project until SIGTERM or SIGINT.

    Args:
        project_dir: The project.
        once: Take in what lies there, say what was done, and end; for cron.

    Returns:
        0; 1 when `once` leaves files that were not taken in.

    Raises:
        AlreadyRunning: The project is watched by another process.
    """
    instance.end_with_supervisor()
    context = open_service(project_dir, who="watcher")
    try:
        with instance.hold(context.store.layout.locks / "watch.lock"):
            watcher = Watcher(context)
            return watcher.run_once() if once else watcher.run_until_stopped()
    finally:
        context.store.close()


class Watcher:
    """Looks at the watched folders of a project, again and again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._record = watching.Record(context)
        self._scans: Mapping[str, inbox.Scan] = {}
        self._scan_s = 0.0
        """How long the last scan took."""
        self._stopping = threading.Event()
        self._said: dict[str, str] = {}
        """Why a step failed the last time, as it was said here."""
        self._failures: dict[str, str | None] = {}
        """Why a step failed the last time, as the catalog knows it; None: it went well."""
        self._complaint = ""
        """Why the catalog could not be written."""

    def run_once(self) -> int:
        """Waits until what lies there has settled, takes it in, and says what was done."""
        with self._context.store.read() as tx:
            last = tx.arrivals.last_id()
        settle_s = self._context.config.watch.settle.total_seconds()
        # What has not settled after that is still being written.
        patience_s = time.monotonic() + settle_s * settling.UNENDED_FACTOR + LOOK_S
        while True:
            self.look()
            is_late = time.monotonic() >= patience_s
            left = inbox.scan(self._context, self._scans)
            if is_late or not any(one.has_unsettled(self._context) for one in left.values()):
                break
            self._scans = left
            self._stopping.wait(min(max(settle_s, LOOK_S), patience_s - time.monotonic()))
        self._attempt(RECORD, lambda: self._record.leave(left))
        with self._context.store.read() as tx:
            became = tx.arrivals.counts(after=last)
        for line in telling.lines(self._context, became, left):
            sys.stdout.write(f"{line}\n")
        is_left = any(one.sightings or one.shut for one in left.values())
        return 1 if is_left or any(self._said.values()) else 0

    def run_until_stopped(self) -> int:
        """Looks whenever a folder or the catalog changes, and once a second anyway."""
        polls = self._context.config.watch.poll
        self._make_folders()
        with (
            stopped_by_signals(self._stopping.set),
            Waker(() if polls else watched.folders(self._context)) as waker,
        ):
            while not self._stopping.is_set():
                self.look(waker)
                self._wait(waker)
        return 0

    def look(self, waker: Waker | None = None) -> None:
        """Scans once, takes in what has settled, and puts away what was dealt with."""
        self._make_folders()
        self._attempt("", lambda: putting_away.put_away(self._context))
        if not self._attempt(SCAN, lambda: self._scan(waker)):
            return
        self._attempt(RECORD, lambda: self._record.leave(self._scans))
        for name, found in self._scans.items():
            self._attempt(name, lambda found=found: inbox.take_in(self._context, found))  # type: ignore[misc]
        self._attempt("", lambda: putting_away.put_away(self._context))

    def _scan(self, waker: Waker | None) -> None:
        begun = time.monotonic()
        renamed = waker.renamed(self._context.project_dir) if waker is not None else ()
        self._scans = inbox.scan(self._context, self._scans, renamed=renamed)
        self._scan_s = time.monotonic() - begun

    def _make_folders(self) -> None:
        """Has a folder that was removed come back, so that files can be dropped again."""
        self._attempt(FOLDERS, lambda: watched.make_folders(self._context))

    def _attempt(self, part: str, step: Callable[[], object]) -> bool:
        """Does a step; what goes wrong is told once and tried again at the next look.

        Args:
            part: The dataset it is for, or one of TITLES; empty: putting away what was dealt with.
            step: What to do.

        Returns:
            Whether it went well.
        """
        try:
            step()
        except Conflict:
            return True  # files changed meanwhile or others were first: the next look is right
        except (Problem, OSError) as error:
            self._tell(part, str(error).partition("\n")[0])
            return False
        self._settle(part)
        return True

    def _tell(self, part: str, reason: str) -> None:
        gist = CHANCE.sub("", reason)
        if self._said.get(part) != gist:
            self._said[part] = gist
            say(f"watch: {reason}" if part in TITLES else f"watch: {part}: {reason}")
        if self._failures.get(part) == gist:
            return
        subject = "inbox" if part in TITLES else part
        title = TITLES.get(part, f"files of {part} cannot be taken in")
        event = NewEvent(
            kind="watch.failed",
            subject=subject,
            message=f"{title}: {reason}",
            severity=Severity.ERROR,
        )
        alert = NewAlert(key=f"watch {part}", severity=Severity.ERROR, title=title, text=reason)
        try:
            with self._context.store.write() as tx:
                tx.events.add(event)
                tx.events.raise_alert(alert)
        except Problem as problem:
            # A full disk has no room for the alert either; it is raised once there is some.
            self._complain(problem)
        else:
            self._failures[part], self._complaint = gist, ""

    def _settle(self, part: str) -> None:
        self._said.pop(part, None)
        # At the first success too: a watcher that has ended may have left an alert.
        if self._failures.get(part, "") is None:
            return
        try:
            with self._context.store.write() as tx:
                tx.events.resolve(f"watch {part}")
        except Problem as problem:
            self._complain(problem)
        else:
            self._failures[part], self._complaint = None, ""

    def _complain(self, problem: Problem) -> None:
        """Says once that the catalog takes no alerts."""
        if self._complaint != problem.problem:
            self._complaint = problem.problem
            say(f"watch: {problem.problem}")

    def _wait(self, waker: Waker) -> None:
        """Waits for a folder or the catalog to change, at most about a second."""
        settle_s = self._context.config.watch.settle.total_seconds()
        has_files = any(scan.sightings for scan in self._scans.values())
        longest = min(LONGEST_WAIT_S, max(LOOK_S, settle_s / 2)) if has_files else LONGEST_WAIT_S
        longest = max(longest, self._scan_s / SCANNING_SHARE)
        token = self._context.store.change_token()
        waited = 0.0
        while waited < longest and not self._stopping.is_set():
            if waker.wait(LOOK_S):
                self._let_all_come(waker, settle_s)
                return
            if self._context.store.change_token() != token:
                return
            waited += LOOK_S

    def _let_all_come(self, waker: Waker, longest_s: float) -> None:
        """Waits until nothing has come for a moment: files that are dropped together are one version."""
        until_s = time.monotonic() + longest_s
        while time.monotonic() < until_s and not self._stopping.wait(LOOK_S):
            if not waker.wait(0):
                return
