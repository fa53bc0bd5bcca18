"""What a training costs around LightGBM's own work, and beside a script that trains the same by hand."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from unittest import mock

import duckdb
import lightgbm
import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

import sample_data
import workbench
from storage.records import JobState
from tests.bench.measuring import FOLDER
from workbench.api import Workbench
from workbench.engines.nursery import SINGLE_THREADED
from workbench.services import checks, datasets, training
from workbench.services.context import Context, initialise, open_context

MONTHS = (1, 3, 12)
ROUNDS = 5
STARTS = 8
BAR = 0.10


def run() -> None:
    """Measures trainings on 1, 3 and 12 months of flights, and how long a job waits for its process."""
    os.environ.update(SINGLE_THREADED)
    print("\nTraining 200 trees on flights, of which the last 20 % are the test rows; medians")
    print("months   lgb.train   by hand      ours   around lgb.train   beside by hand   bar")
    for months in MONTHS:
        with _project(months) as context:
            _around(context, months)
    with _project(MONTHS[0]) as context:
        _starts(context.project_dir)


@contextmanager
def _project(months: int) -> Iterator[Context]:
    """A new project whose dataset has so many months."""
    folder = FOLDER / f"training-{months}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = resources.files("workbench.demo").joinpath("workbench.toml").read_text(encoding="utf-8")
    (folder / "workbench.toml").write_text(text.replace('test = "31d"', "test = 0.2"))
    initialise(folder)
    context = open_context(folder, who="bench")
    try:
        datasets.ingest(context, "flights", list(sample_data.files()[:months]))
        with context.store.write() as tx:
            job = tx.jobs.claim("bench", lease_s=600)
        assert job is not None
        checks.run(context.within(job), **job.arguments)
        yield context
    finally:
        context.store.close()


def _around(context: Context, months: int) -> None:
    """Prints what ours takes over LightGBM's own time in it, and over the script in the same round."""
    files = [str(path) for path in sample_data.files()[:months]]
    own, hand, ours = [], [], []
    for attempt in range(ROUNDS + 1):
        leaves = 31 - attempt
        by_hand = _seconds(lambda leaves=leaves: _by_hand(files, leaves=leaves))
        total, lightgbms = _timed(context, leaves=leaves)
        if attempt:  # the first one trains a baseline beside it, and loads what is not loaded yet
            hand.append(by_hand)
            ours.append(total)
            own.append(lightgbms)
    around = statistics.median(a / b - 1 for a, b in zip(ours, own, strict=True))
    beside = statistics.median((a - b) / c for a, b, c in zip(ours, hand, own, strict=True))
    medians = [statistics.median(times) for times in (own, hand, ours)]
    shown = "".join(f"{median:8.2f} s" for median in medians)
    print(f"{months:6}{shown}   {around:16.1%}   {beside:14.1%}   {BAR:.0%}")


def _by_hand(files: list[str], *, leaves: int) -> dict[str, float]:
    """What somebody writes who only wants the model and two metrics of its test rows."""
    parquet, csv = ([one for one in files if kind in one] for kind in (".parquet", ".csv"))
    rows = duckdb.sql(
        " UNION ALL BY NAME ".join(
            f"SELECT * EXCLUDE (flight_id) FROM {reader}({chosen})"
            for reader, chosen in (("read_parquet", parquet), ("read_csv", csv))
            if chosen
        )
        + " ORDER BY scheduled_departure"
    ).df()
    target = rows.pop("late").to_numpy(np.float64)
    rows = rows.drop(columns="scheduled_departure")
    for name in ("carrier", "origin", "dest"):
        rows[name] = rows[name].astype("category")
    cut = int(len(rows) * 0.8)
    train = lightgbm.Dataset(rows.iloc[:cut], target[:cut])
    booster = lightgbm.train(
        {
            "objective": "binary",
            "metric": ["auc", "binary_logloss"],
            "learning_rate": 0.05,
            "num_leaves": leaves,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        },
        train,
        num_boost_round=200,
        valid_sets=[train.create_valid(rows.iloc[cut:], target[cut:])],
    )
    scores = booster.predict(rows.iloc[cut:], num_threads=1)
    return {
        "roc_auc": roc_auc_score(target[cut:], scores),
        "log_loss": log_loss(target[cut:], scores),
    }


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _timed(context: Context, *, leaves: int) -> tuple[float, float]:
    """How long a training takes, and LightGBM within it."""
    own: list[float] = []
    train = lightgbm.train

    def timed(*arguments: object, **named: object) -> lightgbm.Booster:
        start = time.perf_counter()
        booster = train(*arguments, **named)  # type: ignore[arg-type]
        own.append(time.perf_counter() - start)
        return booster

    params = {"num_leaves": leaves}
    with mock.patch.object(lightgbm, "train", timed):
        total = _seconds(
            lambda: training.train(context, experiment="late", recipe="boosted", params=params)
        )
    return total, sum(own)


def _starts(folder: Path) -> None:
    """How long a job lies in the queue of an idle worker before its process begins with it."""
    command = [sys.executable, "-m", "workbench", "-C", str(folder), "worker"]
    with (
        subprocess.Popen(command, stderr=subprocess.DEVNULL) as worker,
        workbench.open(folder) as handle,
    ):
        try:
            waited = [_waited(handle, leaves=8 + attempt) for attempt in range(STARTS)][1:]
        finally:
            worker.terminate()
    print(
        f"A child's start, from the queue to its first step: median {statistics.median(waited):.0f} ms, "
        f"best {min(waited):.0f} ms of {len(waited)}"
    )


def _waited(handle: Workbench, *, leaves: int) -> float:
    job = handle.train("late", recipe="boosted", params={"num_leaves": leaves, "n_estimators": 5})
    while job.state.is_live:
        time.sleep(0.02)
        job = handle.job(job.id)
    assert job.state is JobState.FINISHED
    assert job.started_at is not None
    return (job.started_at - job.created_at).total_seconds() * 1000
