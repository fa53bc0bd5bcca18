"""Waits for what the services do, and says what they are doing meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from storage.records import CycleState, Job, JobState, Version, VersionState
from workbench.api import Workbench
from workbench.errors import WorkbenchError

PATIENCE_S = 180.0
LOOK_S = 0.05

Found = TypeVar("Found")


class Waiting:
    """Looks at the store until something is so; shows the running job while it waits."""

    def __init__(self, workbench: Workbench, show: Callable[[Job | None], None]) -> None:
        self._workbench = workbench
        self._show = show

    def for_version(self, dataset: str, number: int) -> Version:
        """The version, once its checks have ended well.

        Raises:
            WorkbenchError: It went into quarantine, or does not come.
        """
        version = self._until(lambda: self._settled(dataset, number), f"{dataset}@v{number}")
        if version.state is VersionState.QUARANTINED:
            raise WorkbenchError(f"{version.label} went into quarantine: {version.reason}")
        return version

    def for_job(self, job: Job) -> Job:
        """The job, once it has finished.

        Raises:
            WorkbenchError: It ended otherwise, or does not end.
        """
        ended = self._until(lambda: self._ended(job.id), f"{job.kind} {job.subject}")
        if ended.state is not JobState.FINISHED:
            raise WorkbenchError(
                f"{ended.kind} {ended.subject} is {ended.state.value}: {ended.error}",
                f"See `workbench -C {self._workbench.project_dir} jobs log {ended.label}`.",
            )
        return ended

    def for_decision(self, model: str, version: Version) -> bool:
        """Waits until a version was looked at and its retraining cycle, if one opened, is closed.

        Returns:
            Whether a challenger was promoted.

        Raises:
            WorkbenchError: A job failed on the way, or nothing is decided.
        """
        self._until(
            lambda: self._is_looked_at(model, version), f"the drift report of {version.label}"
        )
        return self._until(lambda: self._is_promoted(model, version), "the gate")

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Waits until `is_so`.

        Raises:
            WorkbenchError: It does not become so.
        """
        self._until(lambda: is_so() or None, what)

    def _until(self, look: Callable[[], Found | None], what: str) -> Found:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = look()
            if found is not None:
                self._show(None)
                return found
            if time.monotonic() > deadline:
                raise WorkbenchError(
                    f"{what} did not come within {PATIENCE_S:.0f} s.",
                    f"See `workbench -C {self._workbench.project_dir} status` and the logs in "
                    f"{self._workbench.project_dir / '.workbench' / 'logs'}.",
                )
            live = self._workbench.jobs(live=True)
            self._show(live[0] if live else None)
            time.sleep(LOOK_S)

    def _settled(self, dataset: str, number: int) -> Version | None:
        for summary in self._workbench.datasets():
            if summary.dataset.name == dataset and summary.versions >= number:
                version = self._workbench.version(f"{dataset}@v{number}")
                return None if version.state is VersionState.PENDING else version
        return None

    def _ended(self, job_id: int) -> Job | None:
        job = self._workbench.job(job_id)
        return None if job.state.is_live else job

    def _is_looked_at(self, model: str, version: Version) -> bool | None:
        self._refuse_failures()
        reports = self._workbench.drift_reports(model=model, limit=1)
        return True if reports and reports[0].version == version.number else None

    def _is_promoted(self, model: str, version: Version) -> bool | None:
        """Whether the version brought a new champion; None while that is open."""
        self._refuse_failures()
        cycles = self._workbench.cycles(model, limit=1)
        if not cycles or cycles[0].version != version.number:
            return False
        state = cycles[0].state
        return None if state is CycleState.OPEN else state is CycleState.PROMOTED

    def _refuse_failures(self) -> None:
        for job in self._workbench.jobs(limit=5):
            if job.state in {JobState.FAILED, JobState.DEAD}:
                raise WorkbenchError(
                    f"{job.kind} {job.subject} is {job.state.value}: {job.error}",
                    f"See `workbench -C {self._workbench.project_dir} jobs log {job.label}`.",
                )
