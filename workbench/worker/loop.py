"""The worker's loop: claim, start, watch, reap; and what it does when it is told to stop."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from multiprocessing import connection
from pathlib import Path

import workbench
from storage.records import Job, JobState
from storage.store import Store
from workbench.engines.instance import end_with_supervisor, hold, name_process
from workbench.engines.processes import say, stopped_by_signals
from workbench.services.settings import Settings
from workbench.worker import endings
from workbench.worker.child import Assignment
from workbench.worker.children import GRACE_S, Child, Nursery, Reason
from workbench.worker.kinds import KINDS, modules
from workbench.worker.leases import LEASE_S, LeaseKeeper

POLL_S = 0.05
"""How often the catalog is asked whether anything has changed."""
LOOK_S = 0.5
"""How often what comes by time alone is looked for: jobs that become due, a changed file."""


def run(
    project_dir: Path,
    *,
    slots: int | None = None,
    until_idle: bool = False,
    kinds: Mapping[str, str] = KINDS,
) -> int:
    """Does the jobs of a project until it is told to stop by SIGTERM or SIGINT.

    Must be called from the main thread.

    Args:
        project_dir: The project's folder.
        slots: Jobs at the same time; None: as workbench.toml says.
        until_idle: Whether to stop as soon as no job is queued or running, those that wait for
            another attempt included.
        kinds: Kind of job to the `module:function` that does it.

    Returns:
        The exit code, 0.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: workbench.toml has mistakes and was never valid.
        AlreadyRunning: The project has a worker.
    """
    end_with_supervisor()
    name_process("wb-worker")
    store = Store.open(project_dir, program=workbench.__version__)
    try:
        with hold(store.layout.locks / "worker.lock"):
            worker = Worker(store, Settings.open(store.layout), kinds=kinds, slots=slots)
            with stopped_by_signals(worker.stop):
                worker.work(until_idle=until_idle)
    finally:
        store.close()
    return 0


class Worker:
    """One worker: its children, their leases, and how far it is with stopping."""

    def __init__(
        self, store: Store, settings: Settings, *, kinds: Mapping[str, str], slots: int | None
    ) -> None:
        self._store = store
        self._settings = settings
        self._kinds = kinds
        self._slots = slots
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._nursery = Nursery(modules(kinds))
        self._leases = LeaseKeeper(store)
        self._children: list[Child] = []
        self._stop_signals = 0
        self._token: int | None = None
        self._look_at = 0.0

    def stop(self) -> None:
        """Takes no further job and gives those under way a few seconds; a second call gives none."""
        self._stop_signals += 1

    def work(self, *, until_idle: bool) -> None:
        """Does jobs until it is stopped, or until none is live."""
        with self._store.write() as tx:
            # This is the project's only worker, so what others hold, nobody is doing.
            endings.expire(tx, except_of=self._name)
        self._leases.start()
        try:
            while not self._is_done(until_idle=until_idle):
                self._step()
                sentinels = [child.sentinel for child in self._children]
                connection.wait(sentinels, timeout=POLL_S)
        finally:
            # Only after an error are there any left; their leases run out and are taken again.
            for child in self._children:
                child.kill()
                child.close()
            self._leases.stop()

    def _is_done(self, *, until_idle: bool) -> bool:
        if self._children:
            return False
        if self._stop_signals:
            return True
        return until_idle and self._is_idle()

    def _is_idle(self) -> bool:
        with self._store.read() as tx:
            counts = tx.jobs.counts()
        return counts[JobState.QUEUED] + counts[JobState.RUNNING] == 0

    def _step(self) -> None:
        self._reap()
        self._end_lost()
        if self._stop_signals:
            self._end_all()
        elif self._is_time_to_look():
            self._end_cancelled()
            self._fill_slots()
        for child in self._children:
            child.kill_if_due()

    def _is_time_to_look(self) -> bool:
        now, token = time.monotonic(), self._store.change_token()
        if token == self._token and now < self._look_at:
            return False
        self._token = token
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self._read_settings()
        return True

    def _read_settings(self) -> None:
        if self._settings.refresh():
            problem = self._settings.problem
            say(str(problem) if problem else "workbench.toml was read again.")

    def _end_cancelled(self) -> None:
        if not self._children:
            return
        with self._store.read() as tx:
            wanted = tx.jobs.cancel_requests(self._name)
        for child in self._children:
            if child.job.id in wanted and child.reason is None:
                child.end_within(GRACE_S, Reason.CANCELLED)

    def _end_lost(self) -> None:
        lost = self._leases.lost()
        for child in self._children:
            if child.job.id in lost and child.reason is None:
                child.end_within(GRACE_S, Reason.OVER)

    def _end_all(self) -> None:
        seconds = GRACE_S if self._stop_signals == 1 else 0.0
        for child in self._children:
            if child.reason is None or not seconds:
                child.end_within(seconds, Reason.STOPPED, ask=False)

    def _fill_slots(self) -> None:
        slots = self._slots or self._settings.current.worker.slots
        while len(self._children) < slots:
            with self._store.write() as tx:
                job = tx.jobs.claim(self._name, lease_s=LEASE_S)
            if job is None:
                return
            self._start(job)

    def _start(self, job: Job) -> None:
        target = self._kinds.get(job.kind)
        if target is None:
            known = ", ".join(sorted(self._kinds))
            self._fail(job, f"This program knows no job '{job.kind}', only {known}.", retry=False)
            return
        self._leases.hold(job)
        try:
            self._children.append(self._nursery.start(self._assignment(job, target)))
        except (OSError, EOFError) as error:
            self._leases.drop(job)
            self._fail(job, f"No process could be started for it: {error}.", retry=True)

    def _assignment(self, job: Job, target: str) -> Assignment:
        config = self._settings.current
        return Assignment(
            project=self._store.layout.project,
            job=job,
            target=target,
            config=config,
            log=self._store.layout.job_log(job.id),
            memory_limit_bytes=config.worker.memory_limit_bytes,
        )

    def _reap(self) -> None:
        for child in [child for child in self._children if child.exit_code is not None]:
            exit_code = child.exit_code
            assert exit_code is not None
            child.close()
            self._children.remove(child)
            self._settle(child, exit_code)
            self._leases.drop(child.job)
            self._look_at = 0.0  # a slot is free

    def _settle(self, child: Child, exit_code: int) -> None:
        """Ends a job whose process is gone, unless the process has concluded it."""
        with self._store.read() as tx:
            is_open = tx.jobs.owns(child.job)
        if not is_open:
            return
        with self._store.write() as tx:
            if not tx.jobs.owns(child.job):
                return
            if child.reason is Reason.CANCELLED:
                endings.cancel(tx, child.job)
            elif child.reason is Reason.STOPPED:
                endings.release(tx, child.job)
            else:
                endings.fail(tx, child.job, endings.death_sentence(exit_code), retry=True)
        self._note_death(child, exit_code)

    def _note_death(self, child: Child, exit_code: int) -> None:
        because = f" It was ended because {child.reason.value}." if child.reason else ""
        with self._store.layout.job_log(child.job.id).open("a", encoding="utf-8") as log:
            log.write(f"{endings.death_sentence(exit_code)}{because}\n")

    def _fail(self, job: Job, error: str, *, retry: bool) -> None:
        with self._store.write() as tx:
            endings.fail(tx, job, error, retry=retry)
