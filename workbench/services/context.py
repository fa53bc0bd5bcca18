"""What every service needs: the store, the configuration, who asks, and the job it works for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import workbench
from storage.records import Job
from storage.store import Store, Transaction
from workbench.config import Config
from workbench.services import settings
from workbench.services.settings import Settings


def alert_key(job: Job) -> str:
    """The key of the alert that says how a job with this work ended; its next success settles it."""
    return f"job {job.kind} {job.subject}"


@dataclass(frozen=True, slots=True)
class Context:
    """An open project, as one process or one job sees it."""

    store: Store
    config: Config
    who: str
    """Who asks: a user's name, `watcher`, `policy`."""
    job: Job | None = None
    """The job this work belongs to; its fencing token is checked at every write."""

    @property
    def project_dir(self) -> Path:
        """The project's folder."""
        return self.store.layout.project

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One change; refused when the job belongs to another worker by now.

        Raises:
            LeaseLost: Nothing was written.
        """
        with self.store.write() as tx:
            if self.job is not None:
                tx.jobs.guard(self.job)
            yield tx

    @contextmanager
    def conclude(self, result: dict[str, Any] | None = None) -> Iterator[Transaction]:
        """The last change of a job: its effect, what follows from it, and its end are one commit.

        Args:
            result: Kept with the job, may be filled until the block ends; ignored outside a job.

        Raises:
            LeaseLost: Nothing was written.
        """
        with self.write() as tx:
            yield tx
            if self.job is not None:
                tx.jobs.finish(self.job, result=result)
                tx.events.resolve(alert_key(self.job))

    def progress(self, fraction: float | None, message: str) -> None:
        """Shows how far the job is; nothing outside a job.

        Args:
            fraction: 0 to 1; None when it cannot be told.
            message: What is happening now.
        """
        if self.job is not None:
            with self.store.write() as tx:
                tx.jobs.report(self.job, fraction, message)

    def within(self, job: Job) -> Context:
        """The same project, working for `job`."""
        return replace(self, job=job)


def open_context(project: Path, *, who: str) -> Context:
    """Opens the project in `project`.

    Raises:
        StoreMissing: There is none.
        ConfigInvalid: Its workbench.toml has mistakes.
    """
    store = Store.open(project, program=workbench.__version__)
    return Context(store=store, config=settings.read(store.layout.config), who=who)


def open_service(project: Path, *, who: str) -> Context:
    """Opens the project for a process that runs for long.

    While workbench.toml has mistakes, the last text of it that was valid stays in force.

    Raises:
        StoreMissing: There is no project.
        ConfigInvalid: workbench.toml has mistakes, and no earlier text of it was valid.
    """
    store = Store.open(project, program=workbench.__version__)
    return Context(store=store, config=Settings.open(store.layout).current, who=who)


def initialise(project: Path) -> None:
    """Makes the store of a project whose workbench.toml exists and is valid."""
    settings.read(project / "workbench.toml")
    Store.create(project, program=workbench.__version__).close()
