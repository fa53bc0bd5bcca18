"""The whole loop, with its processes killed while it runs, ends as it does undisturbed."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

import sample_data
import workbench
from storage.records import CycleState, JobState, RunState, VersionState
from workbench import supervisor
from workbench.engines import instance
from workbench.services.context import initialise

pytestmark = pytest.mark.slow

MONTHS = 6
ROWS = 2_500
PATIENCE_S = 120.0
SETTINGS = Path(workbench.__file__).parent / "demo" / "workbench.toml"


@dataclass(frozen=True)
class Ending:
    """What must be the same whatever was killed."""

    versions: list[tuple[int, str, int]]
    rows: tuple[int, int]
    runs: set[tuple[str, str, str, float]]
    model_versions: list[tuple[int, float]]
    champion: int
    cycles: list[tuple[int, str]]


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    folder = tmp_path_factory.mktemp("months")
    files = []
    for source in sample_data.files()[:MONTHS]:
        reader = "read_csv" if ".csv" in source.name else "read_parquet"
        target = folder / source.name.replace(".csv.gz", ".parquet")
        duckdb.sql(
            f"COPY (SELECT * FROM {reader}('{source}') WHERE hash(flight_id) % 10 = 0 "
            f"ORDER BY scheduled_departure, flight_id LIMIT {ROWS}) TO '{target}' (FORMAT parquet)"
        )
        os.utime(target, (1_400_000_000, 1_400_000_000))
        files.append(target)
    return files


def test_kill_9_of_anything_changes_nothing_but_the_time_it_takes(months, tmp_path):
    undisturbed = live_through(months, tmp_path / "calm", chaos=None)

    disturbed = live_through(months, tmp_path / "stormy", chaos=random.Random(20131))

    assert disturbed == undisturbed


def live_through(months, project, *, chaos) -> Ending:
    project.mkdir()
    shutil.copy(SETTINGS, project / "workbench.toml")
    initialise(project)
    supervisor.start(project)
    try:
        with workbench.open(project) as opened:
            storm = Storm(project, chaos) if chaos else contextlib.nullcontext()
            with storm:
                drive(opened, months)
            return ending_of(opened)
    finally:
        supervisor.stop(project)


def drive(opened, months):
    for number, month in enumerate(months[:3], start=1):
        drop(opened, month)
        wait_for(lambda number=number: is_current(opened, number), opened)
    for recipe in ("linear", "boosted"):
        opened.train(
            "late", recipe=recipe, params={} if recipe == "linear" else {"n_estimators": 20}
        )
        wait_for(lambda: not opened.jobs(live=True), opened)
    finished = [run for run in opened.runs() if run.state is RunState.FINISHED]
    best = max(finished, key=lambda run: run.metrics["roc_auc"].value)
    opened.register(best.id, model="late")
    wait_for(opened.models, opened)
    opened.promote("late", 1, expected=None, why="the best")
    for number, month in enumerate(months[3:], start=4):
        drop(opened, month)
        wait_for(lambda number=number: is_decided(opened, number), opened)
    wait_for(lambda: not opened.jobs(live=True), opened)
    wait_for(lambda: all(one.is_running for one in opened.services()), opened)


def drop(opened, month):
    target = opened.project_dir / "inbox" / "flights" / month.name
    partial = target.with_name(f".{month.name}.part")
    shutil.copy2(month, partial)
    partial.rename(target)


def is_current(opened, number):
    summary = opened.datasets()[0]
    return summary.latest is not None and summary.latest.number == number


def is_decided(opened, number):
    if not is_current(opened, number) or opened.jobs(live=True):
        return False
    reports = opened.drift_reports(model="late", limit=1)
    cycles = opened.cycles("late", limit=1)
    is_open = bool(cycles) and cycles[0].state is CycleState.OPEN
    return bool(reports) and reports[0].version == number and not is_open


def wait_for(is_so, opened):
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        bad = [job for job in opened.jobs(limit=3) if job.state in {JobState.FAILED, JobState.DEAD}]
        assert not bad, [(job.kind, job.error) for job in bad]
        assert time.monotonic() < deadline, [job.kind for job in opened.jobs(live=True)]
        time.sleep(0.05)


def ending_of(opened) -> Ending:
    versions = opened.versions("flights")
    assert all(one.state is VersionState.CURRENT for one in versions)
    assert not [run for run in opened.runs() if run.state is RunState.RUNNING]
    assert not opened.waiting_files()
    latest = opened.version("flights@latest")
    finished = [run for run in opened.runs() if run.state is RunState.FINISHED]
    return Ending(
        versions=[(one.number, one.hash, one.rows_added) for one in versions],
        rows=(latest.rows, distinct_flights(opened)),
        runs={(one.recipe, one.train, one.test, one.metrics["roc_auc"].value) for one in finished},
        model_versions=[
            (one.number, one.metrics["roc_auc"]) for one in opened.model_versions("late")
        ],
        champion=opened.model_version("late@champion").number,
        cycles=[(one.version, one.state.value) for one in opened.cycles("late")],
    )


def distinct_flights(opened) -> int:
    blobs = opened.project_dir / ".workbench" / "blobs"
    files = [str(path) for path in blobs.glob("*/*") if path.read_bytes()[:4] == b"PAR1"]
    query = f"SELECT count(DISTINCT flight_id), count(*) FROM read_parquet({files})"
    distinct, rows = duckdb.sql(query).fetchall()[0]
    assert distinct == rows
    return distinct


class Storm:
    """Kills worker, job processes, watcher and endpoint again and again, none of them too often."""

    TARGETS = ("child", "worker", "watch", "serve")

    def __init__(self, project, chance):
        self._project = project
        self._chance = chance
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._blow)
        self.killed = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        assert set(self.killed) == set(self.TARGETS), self.killed

    def _blow(self):
        rounds = [target for _ in range(3) for target in self._shuffled()]
        with workbench.open(self._project) as opened:
            for target in rounds:
                while not self._over.is_set() and not self._kill(opened, target):
                    self._over.wait(0.02)
                self._over.wait(self._chance.uniform(0.2, 2.0))

    def _shuffled(self):
        targets = list(self.TARGETS)
        self._chance.shuffle(targets)
        return targets

    def _kill(self, opened, target) -> bool:
        running = [job for job in opened.jobs(live=True) if job.state is JobState.RUNNING]
        # Three lost leases make a job dead, as they should; so a job that lost one is spared.
        if target in {"child", "worker"} and any(job.attempts > 1 for job in running):
            return False
        if target == "child":
            pids = [job.pid for job in running if job.pid]
        else:
            facts = instance.look(self._project / ".workbench" / "locks" / f"{target}.lock")
            pids = [facts.pid] if facts else []
        if not pids:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[0], signal.SIGKILL)
            self.killed.append(target)
        return True
