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
    CheckTimeline,
    Cycle,
    Dataset,
    DatasetSummary,
    DriftReport,
    Evaluation,
    Event,
    Freeable,
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
    Table,
    Verification,
    Version,
    VersionDiff,
)
from workbench.config import Config
from workbench.core.labels import number_in
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.services.context import Context
    from workbench.services.dataset_rows import DatasetRows
    from workbench.services.quarantine import Quarantine


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

    def try_checks(self, version: Version) -> tuple[CheckResult, ...]:
        """What the checks of today's workbench.toml find on a version; nothing is changed or kept."""
        from workbench.services import check_looks

        return check_looks.try_out(self._context, version)

    def check_history(self, dataset: str, *, limit: int = 20) -> CheckTimeline:
        """What the checks of a dataset found in its newest versions, check by check."""
        from workbench.services import check_looks

        return check_looks.history(self._context, dataset, limit=limit)

    def suggest_checks(self, dataset: str) -> str:
        """Checks that the newest versions of a dataset would pass, as TOML to edit."""
        from workbench.services import check_looks

        return check_looks.suggest(self._context, dataset)

    def dataset(self, label: str) -> DatasetRows:
        """The rows that `flights`, `flights@v3` or `flights@2013-04` means: as frame, arrays, relation."""
        from workbench.services import dataset_rows

        return dataset_rows.open_rows(self._context, label)

    def sql(self, sql: str, *, limit: int | None = None, timeout_s: float | None = None) -> Table:
        """The rows that a query over datasets gives: `select carrier, count(*) from flights@v3 group by 1`.

        Args:
            sql: One statement that selects; it can read datasets and do nothing else.
            limit: Rows at most; None: all.
            timeout_s: Seconds after which it is stopped; None: never.
        """
        from workbench.services import queries

        return queries.query(self._context, sql, limit=limit, timeout_s=timeout_s)

    def write_sql(
        self,
        sql: str,
        path: str | Path,
        *,
        file_format: str | None = None,
        timeout_s: float | None = None,
    ) -> int:
        """Writes the rows that a query gives to a file, in place of an older one; says how many.

        Args:
            sql: As for `sql`.
            path: The file; its folder exists.
            file_format: `parquet`, `csv`, `tsv` or `jsonl`; None: as the file's name ends.
            timeout_s: Seconds after which it is stopped; None: never.
        """
        from workbench.services import queries

        return queries.write(
            self._context, sql, Path(path), file_format=file_format, timeout_s=timeout_s
        )

    def export(self, label: str, path: str | Path, *, file_format: str | None = None) -> int:
        """Writes the rows that `flights@v3` means to a file; the rest is as for `write_sql`."""
        from workbench.services import queries

        return queries.export(self._context, label, Path(path), file_format=file_format)

    def sample(
        self, label: str, *, rows: int = 10, seed: int = 0, where: str | None = None
    ) -> Table:
        """Random rows of a dataset, in its order; the same version and seed give the same rows.

        Args:
            label: As for `dataset`.
            rows: How many; all where there are not more.
            seed: Another one gives other rows.
            where: A SQL condition they meet; None: any rows.
        """
        from workbench.services import queries

        return queries.sample(self._context, label, rows=rows, seed=seed, where=where)

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

    def diff(self, before: str, after: str) -> VersionDiff:
        """How the version `after` differs from `before`; both are named as in `version`."""
        from workbench.services import version_diff

        return version_diff.diff(self._context, before, after)

    def undo(self, label: str) -> Version:
        """A pending version without the rows that a version added; its checks are queued."""
        from workbench.services import versions

        return versions.undo(self._context, label)

    def remove_version(self, label: str) -> Version:
        """Takes a version away that nothing needs; its bytes are freed by the next `free`."""
        from workbench.services import versions

        return versions.remove(self._context, label)

    def remove_dataset(self, name: str) -> Dataset:
        """Takes a dataset away with all its versions, if no run and no model names one."""
        from workbench.services import versions

        return versions.remove_dataset(self._context, name)

    def quarantine(self, dataset: str | None = None) -> Quarantine:
        """What is in quarantine, of all datasets or of one."""
        from workbench.services import quarantine

        return quarantine.listing(self._context, dataset)

    def accept(self, label: str, *, why: str) -> Version:
        """Makes the rows of a quarantined version current, as a new version."""
        from workbench.services import quarantine

        return quarantine.accept(self._context, label, why=why)

    def check_again(self, label: str) -> Version:
        """Checks the rows of a quarantined version again, as a new pending version."""
        from workbench.services import quarantine

        return quarantine.check_again(self._context, label)

    def read_again(self, arrival: int | str) -> Version | None:
        """Puts a quarantined file back to be read; the pending version when it was read at once."""
        from workbench.services import quarantine

        return quarantine.read_again(self._context, _number(arrival, "a", "file"))

    def quarantined_version(self, label: str) -> tuple[Version, tuple[CheckResult, ...]]:
        """A quarantined version, and what its checks found, with offending rows."""
        from workbench.services import quarantine

        return quarantine.version(self._context, label)

    def quarantined_file(self, arrival: int | str) -> Arrival:
        """The quarantined file with this id or label: 12 or `a12`."""
        from workbench.services import quarantine

        return quarantine.file(self._context, _number(arrival, "a", "file"))

    def drop(self, label: str) -> None:
        """Forgets a quarantined version or file: `flights@v5` or `a12`."""
        from workbench.services import quarantine

        if "@" in label:
            quarantine.drop(self._context, label)
        else:
            quarantine.drop_file(self._context, _number(label, "a", "file"))

    def freeable(self) -> Freeable:
        """What nothing in the store needs."""
        from workbench.services import upkeep

        return upkeep.freeable(self._context)

    def free(self) -> Freeable:
        """Removes what nothing in the store needs, and says what it was."""
        from workbench.services import upkeep

        return upkeep.free(self._context)

    def verify(self, dataset: str | None = None) -> Verification:
        """Reads blobs again and compares them with their names; those of one dataset or all."""
        from workbench.services import upkeep

        return upkeep.verify(self._context, dataset)

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
