"""A small project on a real store: months of sales, two recipes of few trees, and its jobs done here."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import (
    Alert,
    AlertState,
    Arrival,
    Cycle,
    Event,
    GateReview,
    Job,
    JobState,
    ModelVersion,
    NewJob,
    Run,
    Version,
)
from storage.store import Clock, Store
from workbench import config
from workbench.services import champions, datasets
from workbench.services.context import Context
from workbench.worker import child
from workbench.worker.kinds import KINDS

NOW = datetime(2024, 9, 1, tzinfo=UTC)
DAY_S = 86_400
REGIONS = ("서울", "부산", "대구", "제주")

CONFIG = """
[project]
name = "shop"

[datasets.sales]
files = "inbox/sales/*"
time = "at"
key = ["id"]

[datasets.sales.checks.table]
rows = { min = 10 }
[datasets.sales.checks.columns]
"가격" = { min = 0 }

[experiments.returns]
dataset = "sales"
target = "returned"
task = "binary"
split = { by = "time", test = "31d" }
metric = "roc_auc"
seed = 7
[experiments.returns.recipes.boosted]
model = "lightgbm.LGBMClassifier"
params = { n_estimators = 12, num_leaves = 7, learning_rate = 0.3 }
[experiments.returns.recipes.linear]
model = "sklearn.linear_model.LogisticRegression"
params = { C = 0.1 }

[models.returns]
experiment = "returns"
gate = { non_inferiority = 0.01, slices = ["지역"], resamples = 200 }
retrain = { on = ["drift", "performance"], windows = [1, 1], max_drop = 0.05, window = "90d", min_rows = 300 }

[watch]
settle = "50ms"
"""
"""What the tests' workbench.toml says unless they say otherwise."""

Rows = dict[str, NDArray[Any]]


def month(
    number: int,
    *,
    rows: int = 1500,
    slope: float = 3.0,
    price_shift: float = 0.0,
    year: int = 2024,
    seed: int = 1,
) -> Rows:
    """The sales of a month.

    Args:
        number: 1 to 12.
        rows: How many.
        slope: How returns depend on the price; a change of sign turns the world upside down.
        price_shift: Added to all prices, in standard deviations.
        year: The year.
        seed: Of everything that chance decides.
    """
    rng = np.random.default_rng((seed, number))
    begin = datetime(year, number, 1, tzinfo=UTC).timestamp()
    score = rng.normal(size=rows)
    region = rng.integers(0, len(REGIONS), rows)
    log_odds = slope * score + 0.8 * (region == 1) - 0.5
    seconds = begin + np.sort(rng.integers(0, 28 * DAY_S, rows))
    return {
        "id": np.array([f"{year}-{number:02d}-{row:05d}" for row in range(rows)]),
        "at": seconds.astype("datetime64[s]"),
        "가격": np.round(100 + 10 * (score + price_shift), 2),
        "수량": rng.integers(1, 9, rows),
        "지역": np.array(REGIONS)[region],
        "returned": (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int),
    }


def write_csv(path: Path, rows: Mapping[str, NDArray[Any]], *, age_s: float = 0.0) -> Path:
    """Writes rows as CSV; None and NaN as nothing.

    Args:
        path: Where to; folders are made.
        rows: Columns by name.
        age_s: How long ago it shall have been changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows)
        columns = [map(_shown, values.tolist()) for values in rows.values()]
        writer.writerows(zip(*columns, strict=True))
    if age_s:
        then = path.stat().st_mtime - age_s
        os.utime(path, (then, then))
    return path


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    is_missing = value is None or (isinstance(value, float) and np.isnan(value))
    return "" if is_missing else str(value)


class Project:
    """A project whose jobs are done in this process; its clock stands still unless another is given."""

    def __init__(
        self, folder: Path, text: str | None = CONFIG, *, clock: Clock = lambda: NOW
    ) -> None:
        """Opens the project of a folder.

        Args:
            folder: The project's folder.
            text: What workbench.toml is to say; None: it is there.
            clock: The store's.
        """
        self.folder = folder
        if text is not None:
            (folder / "workbench.toml").write_text(text, encoding="utf-8")
        self.store = Store.create(folder, program="test", clock=clock)

    @property
    def context(self) -> Context:
        """What a door would open now."""
        read = config.read(self.folder / "workbench.toml")
        return Context(store=self.store, config=read, who="test")

    def configure(self, before: str, after: str) -> None:
        """Changes workbench.toml."""
        path = self.folder / "workbench.toml"
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    def file(self, name: str, rows: Rows, *, age_s: float = 60.0) -> Path:
        """A file with rows in the watched folder."""
        return write_csv(self.folder / "inbox" / "sales" / name, rows, age_s=age_s)

    def add(self, *months: Rows) -> Version | None:
        """Ingests months as one version, from files outside of the watched folder."""
        files = []
        for rows in months:
            number = len(list(self.folder.glob("files/*")))
            files.append(write_csv(self.folder / "files" / f"{number:03d}.csv", rows))
        return datasets.ingest(self.context, "sales", files)

    def enqueue(self, kind: str, **arguments: Any) -> Job:
        """Adds a job of a kind."""
        with self.store.write() as tx:
            return tx.jobs.enqueue(NewJob(kind=kind, arguments=arguments))

    def work(self, *, kinds: tuple[str, ...] | None = None) -> list[Job]:
        """Does what is queued, and what follows from it; the jobs as they have ended, in their order.

        Args:
            kinds: Only jobs of these kinds; None: of any kind.
        """
        done: list[int] = []
        while True:
            with self.store.write() as tx:
                job = tx.jobs.claim("test", lease_s=600, kinds=kinds)
            if job is None:
                break
            self.attempt(job)
            done.append(job.id)
        with self.store.read() as tx:
            return [tx.jobs.get(number) for number in done]

    def attempt(self, job: Job) -> None:
        """Does a claimed job as its child process would."""
        context = self.context
        assignment = child.Assignment(
            project=self.folder,
            job=job,
            target=KINDS[job.kind],
            config=context.config,
            log=self.store.layout.job_log(job.id),
            memory_limit_bytes=None,
        )
        child._attempt(context.within(job), job, assignment)

    def do(self, kind: str, **arguments: Any) -> Job:
        """Does one job and nothing that follows from it."""
        self.enqueue(kind, **arguments)
        with self.store.write() as tx:
            job = tx.jobs.claim("test", lease_s=600, kinds=[kind])
        assert job is not None
        self.attempt(job)
        with self.store.read() as tx:
            return tx.jobs.get(job.id)

    def train(self, recipe: str = "boosted", **arguments: Any) -> Run:
        """A run of a recipe."""
        job = self.do("train", experiment="returns", recipe=recipe, **arguments)
        assert job.state is JobState.FINISHED, job.error
        assert job.result is not None
        return self.run(job.result["run"])

    def register(self, run: Run, **arguments: Any) -> ModelVersion:
        """The model version made of a run."""
        job = self.do("register", run=run.id, model="returns", **arguments)
        assert job.state is JobState.FINISHED, job.error
        assert job.result is not None
        with self.store.read() as tx:
            return tx.models.version("returns", job.result["number"])

    def champion(self, recipe: str = "boosted", **arguments: Any) -> ModelVersion:
        """Trains and registers a recipe and makes it champion."""
        version = self.register(self.train(recipe, **arguments))
        with self.store.read() as tx:
            before = tx.models.at("returns")
        expected = before.number if before else None
        return champions.promote(
            self.context, "returns", version.number, expected=expected, why="a test"
        )

    def accept(self, *months: Rows) -> Version:
        """Ingests and checks months as one accepted version; does no other job."""
        version = self.add(*months)
        assert version is not None
        self.work(kinds=("check",))
        return self.version(version.number)

    def version(self, number: int) -> Version:
        """A version of the dataset."""
        with self.store.read() as tx:
            return tx.datasets.version(tx.datasets.get("sales"), number)

    def run(self, number: int) -> Run:
        """A run."""
        with self.store.read() as tx:
            return tx.runs.get(number)

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.jobs.newest(limit=1000)))

    def events(self) -> list[Event]:
        """All events, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.events.newest(limit=1000)))

    def happened(self) -> list[str]:
        """The kinds of all events, oldest first."""
        return [event.kind for event in self.events()]

    def alerts(self, state: AlertState | None = AlertState.OPEN) -> list[Alert]:
        """Alerts, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.events.alerts(state=state, limit=1000)))

    def arrivals(self) -> list[Arrival]:
        """All arrivals, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.arrivals.newest(limit=1000)))

    def cycles(self) -> list[Cycle]:
        """All cycles of the model, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.reviews.cycles(tx.models.get("returns"))))

    def reviews(self) -> list[GateReview]:
        """All reviews of the model, oldest first."""
        with self.store.read() as tx:
            return list(reversed(tx.reviews.newest(tx.models.get("returns"))))

    def serving(self) -> int | None:
        """Number of the champion."""
        with self.store.read() as tx:
            found = tx.models.at("returns")
        return found.number if found else None

    def ids(self) -> list[str]:
        """The keys of all rows of the latest version."""
        return self.values("id")

    def values(self, column: str, number: int | None = None) -> list[Any]:
        """A column of the latest version, or of another one."""
        with self.store.read() as tx:
            dataset = tx.datasets.get("sales")
            latest = tx.datasets.latest(dataset)
            if number is None and latest is None:
                return []
            at = number if number is not None or latest is None else latest.number
            assert at is not None
            partitions = tx.partitions.of_version(dataset.id, at)
        frames = self.store.frames
        selection = frames.select(partitions)
        return list(frames.fetch(selection, [column])[column].tolist())

    def staged(self) -> list[Path]:
        """What lies in the staging folder, besides what the engine spilled."""
        return [path for path in self.store.layout.staging.iterdir() if path.is_file()]

    def close(self) -> None:
        """Lets go of the store."""
        self.store.close()


@contextmanager
def opened(
    folder: Path, text: str | None = CONFIG, *, clock: Clock = lambda: NOW
) -> Iterator[Project]:
    """A project that is closed at the end."""
    project = Project(folder, text, clock=clock)
    try:
        yield project
    finally:
        project.close()
