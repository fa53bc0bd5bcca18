"""The application handle: every door and every notebook calls the services through it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from storage.records import (
    Alert,
    AlertState,
    Arrival,
    CheckResult,
    Cycle,
    DatasetSummary,
    DriftReport,
    Evaluation,
    Event,
    GateReview,
    Job,
    MetricPoint,
    ModelHistory,
    ModelSummary,
    ModelVersion,
    Overview,
    Profile,
    Run,
    Scalar,
    ServiceStatus,
    Version,
)
from workbench.config import Config
from workbench.core.labels import number_in
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.services.context import Context


def open(path: str | Path | None = None) -> Workbench:
    """Opens the project that a folder belongs to.

    Args:
        path: A folder of the project; None: where this process runs.

    Raises:
        StoreMissing: Neither the folder nor one above it holds a project.
        ConfigInvalid: The project's workbench.toml has mistakes.
    """
    from storage.errors import StoreMissing
    from storage.layout import find_project
    from workbench.services.context import open_context

    start = Path(path or ".").resolve()
    project = find_project(start)
    if project is None:
        raise StoreMissing.at(start)
    return Workbench(open_context(project, who=_who()))


class Workbench:
    """An open project. Any thread may call it; each call is short, long work becomes a job."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def project_dir(self) -> Path:
        """The project's folder."""
        return self._context.project_dir

    @property
    def config(self) -> Config:
        """What workbench.toml said when the project was opened."""
        return self._context.config

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know about where the store lies."""
        return self._context.store.warnings

    def close(self) -> None:
        """Lets go of the store."""
        self._context.store.close()

    def change_token(self) -> int:
        """A number that differs once anything was committed elsewhere; for one thread."""
        return self._context.store.change_token()

    def overview(self) -> Overview:
        """The whole project at this moment."""
        from workbench.services import overview

        return overview.overview(self._context)

    def services(self) -> tuple[ServiceStatus, ...]:
        """The project's processes."""
        from workbench.services import overview

        return overview.services(self._context)

    def datasets(self) -> tuple[DatasetSummary, ...]:
        """All datasets by name."""
        from workbench.services import overview

        return overview.datasets(self._context)

    def versions(self, dataset: str, *, limit: int = 50, offset: int = 0) -> tuple[Version, ...]:
        """Versions of a dataset, newest first."""
        with self._context.store.read() as tx:
            return tx.datasets.newest(tx.datasets.get(dataset), limit=limit, offset=offset)

    def version(self, label: str) -> Version:
        """The version that `flights@v3`, `flights@latest` or `flights` names."""
        from workbench.services import labels

        with self._context.store.read() as tx:
            return labels.dataset_version(tx, label)

    def profile(self, version: Version) -> Profile | None:
        """The profile of the rows a version added; None before its checks have ended."""
        from workbench.services import rows

        with self._context.store.read() as tx:
            blob = tx.datasets.profile_blob(version)
        return None if blob is None else rows.read_profile(self._context, blob)

    def check_results(self, version: Version) -> tuple[CheckResult, ...]:
        """What the checks of a version found, failed ones first."""
        with self._context.store.read() as tx:
            return tx.checks.of(version.id)

    def add(self, dataset: str, *paths: str | Path) -> Version | None:
        """Reads files into a pending version of a dataset; its checks are queued.

        Args:
            dataset: A dataset that workbench.toml names.
            paths: Files that nobody writes to any more.

        Returns:
            The pending version; None when no file brought new rows.
        """
        from workbench.services import datasets

        files = [Path(path) for path in paths]
        for file in files:
            if not file.is_file():
                raise UsageError(f"There is no file {file}.", "Name files that exist.")
        return datasets.ingest(self._context, dataset, files)

    def arrivals(
        self, *, dataset: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Arrival, ...]:
        """Files that arrived, newest first."""
        with self._context.store.read() as tx:
            return tx.arrivals.newest(dataset=dataset, limit=limit, offset=offset)

    def waiting_files(self) -> tuple[str, ...]:
        """Files in watched folders that have not been dealt with, by path."""
        from workbench.services import inbox

        return inbox.waiting(self._context)

    def drift_reports(
        self,
        *,
        dataset: str | None = None,
        model: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[DriftReport, ...]:
        """Drift reports, newest first."""
        with self._context.store.read() as tx:
            return tx.drift.newest(dataset=dataset, model=model, limit=limit, offset=offset)

    def evaluations(self, model: str) -> tuple[Evaluation, ...]:
        """Realised performance of a model's versions, oldest window first."""
        with self._context.store.read() as tx:
            return tx.drift.evaluations(tx.models.get(model))

    def runs(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Run, ...]:
        """Runs with their latest metrics, newest first."""
        with self._context.store.read() as tx:
            return tx.runs.newest(experiment=experiment, limit=limit, offset=offset)

    def run_count(self, *, experiment: str | None = None) -> int:
        """How many runs there are."""
        with self._context.store.read() as tx:
            return tx.runs.count(experiment=experiment)

    def get_run(self, run: int | str) -> Run:
        """The run with this id or label: 12 or `r12`."""
        with self._context.store.read() as tx:
            return tx.runs.get(_number(run, "r", "run"))

    def metric_history(self, run: int, key: str, *, points: int = 500) -> tuple[MetricPoint, ...]:
        """Values of a metric in the order of its steps, at most about `points` of them."""
        with self._context.store.read() as tx:
            return tx.runs.history(run, key, points=points)

    def train(
        self,
        experiment: str,
        *,
        recipe: str | None = None,
        params: Mapping[str, Scalar] | None = None,
        version: int | None = None,
    ) -> Job:
        """Queues a run of an experiment.

        Args:
            experiment: Its name in workbench.toml.
            recipe: One of its recipes; None: the first.
            params: Params that replace or add to the recipe's.
            version: Number of the dataset version; None: the latest when the job runs.
        """
        from workbench.services import training_jobs

        new = training_jobs.job_for(
            self._context, experiment, recipe=recipe, params=params, version=version
        )
        with self._context.store.write() as tx:
            return tx.jobs.enqueue(new)

    def models(self) -> tuple[ModelSummary, ...]:
        """All models that have a version."""
        from workbench.services import overview

        return overview.models(self._context)

    def model_versions(
        self, model: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[ModelVersion, ...]:
        """Versions of a model, newest first."""
        with self._context.store.read() as tx:
            return tx.models.newest(model, limit=limit, offset=offset)

    def model_version(self, label: str) -> ModelVersion:
        """The version that `late@v3`, `late@champion` or `late` names."""
        from workbench.services import labels

        with self._context.store.read() as tx:
            return labels.model_version(tx, label)

    def reviews(self, model: str, *, limit: int = 50) -> tuple[GateReview, ...]:
        """What the gate said of a model's challengers, newest first."""
        with self._context.store.read() as tx:
            return tx.reviews.newest(tx.models.get(model), limit=limit)

    def cycles(self, model: str, *, limit: int = 50) -> tuple[Cycle, ...]:
        """Retraining cycles of a model, newest first."""
        with self._context.store.read() as tx:
            return tx.reviews.cycles(tx.models.get(model), limit=limit)

    def history(self, model: str) -> ModelHistory:
        """The life of a model, window by window."""
        from workbench.services import overview

        return overview.history(self._context, model)

    def register(self, run: int | str, *, model: str) -> Job:
        """Queues the registration of a finished run as a version of `model`."""
        from workbench.services import training_jobs

        with self._context.store.write() as tx:
            found = tx.runs.get(_number(run, "r", "run"))
            return tx.jobs.enqueue(training_jobs.registration(self._context, found, model=model))

    def promote(self, model: str, number: int, *, expected: int | None, why: str) -> ModelVersion:
        """Makes a version the champion, if `expected` still is."""
        from workbench.services import champions

        return champions.promote(self._context, model, number, expected=expected, why=why)

    def roll_back(self, model: str, *, why: str, expected: int | None = None) -> ModelVersion:
        """Makes the previous champion champion again; with `expected`, only if that one still is."""
        from workbench.services import champions

        return champions.roll_back(self._context, model, expected=expected, why=why)

    def jobs(self, *, live: bool = False, limit: int = 50, offset: int = 0) -> tuple[Job, ...]:
        """Jobs, newest first; with `live` only queued and running ones, running first."""
        with self._context.store.read() as tx:
            return tx.jobs.live() if live else tx.jobs.newest(limit=limit, offset=offset)

    def job(self, job: int | str) -> Job:
        """The job with this id or label: 12 or `j12`."""
        with self._context.store.read() as tx:
            return tx.jobs.get(_number(job, "j", "job"))

    def job_log(self, job: int, *, from_byte: int = 0) -> tuple[str, int]:
        """What a job printed after `from_byte`, and the byte to go on from."""
        from storage.layout import tail_of

        return tail_of(self._context.store.layout.job_log(job), from_byte=from_byte)

    def cancel_job(self, job: int) -> Job:
        """Cancels a queued job at once, a running one as soon as its process has ended."""
        from workbench.services import automation

        return automation.cancel(self._context, job)

    def retry_job(self, job: int) -> Job:
        """Queues a job again that failed, died or was cancelled."""
        with self._context.store.write() as tx:
            return tx.jobs.retry(job)

    def events(
        self, *, limit: int = 50, before: int | None = None, since: int | None = None
    ) -> tuple[Event, ...]:
        """Events, newest first."""
        with self._context.store.read() as tx:
            return tx.events.newest(limit=limit, before=before, since=since)

    def alerts(
        self, *, state: AlertState | None = AlertState.OPEN, limit: int = 50
    ) -> tuple[Alert, ...]:
        """Alerts, newest first."""
        with self._context.store.read() as tx:
            return tx.events.alerts(state=state, limit=limit)

    def acknowledge(self, alert: int) -> Alert:
        """Notes that somebody has seen an alert."""
        with self._context.store.write() as tx:
            return tx.events.acknowledge(alert, who=self._context.who)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _number(value: int | str, prefix: str, noun: str) -> int:
    text = str(value)
    number = number_in(text, prefix=prefix)
    if number is None:
        raise UsageError(
            f"'{text}' names no {noun}.", f"Write a number, or {prefix} and a number: {prefix}12."
        )
    return number
