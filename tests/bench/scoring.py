"""What scoring a file costs around the model's own work, and how much memory it takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import numpy as np
from numpy.typing import NDArray

import workbench
from storage.records import NewJob
from tests.bench.measuring import FOLDER
from workbench.engines.onnx_session import Session
from workbench.services import champions, checks, datasets
from workbench.services.context import Context, initialise, open_context
from workbench.services.scoring import THREADS

ROWS = int(os.environ.get("WORKBENCH_BENCH_ROWS", "10_000_000"))
COLUMNS = 20
TRAINING_ROWS = 60_000
BAR, MEMORY_BAR_MB = 1.3, 1000
CONFIG = """
[project]
name = "bench"
[datasets.rows]
key = ["id"]
[experiments.target]
dataset = "rows"
target = "y"
task = "binary"
exclude = ["id"]
split = { by = "random", test = 0.1 }
metric = "roc_auc"
[experiments.target.recipes.boosted]
model = "lightgbm.LGBMClassifier"
params = { n_estimators = 200, num_leaves = 31 }
[models.target]
experiment = "target"
"""


def run() -> None:
    """Scores 10 million rows x 20 columns, and tells how much of the time the model itself took."""
    source = _rows(ROWS)
    context = _project()
    try:
        _champion(context)
        print(f"\nScoring {ROWS:,} rows x {COLUMNS} columns with 200 trees, {THREADS} threads")
        for suffix in ("parquet", "csv"):
            total_s, model_s, peak_mb = _scored(context.project_dir, source, suffix)
            print(
                f"to {suffix:7} {total_s:6.1f} s, of these in the model {model_s:6.1f} s: "
                f"{total_s / model_s:.2f}x (bar {BAR})   peak {peak_mb:.0f} MB (bar {MEMORY_BAR_MB})"
            )
    finally:
        context.store.close()


def _rows(rows: int) -> Path:
    """A Parquet file of random numbers, left for the next time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"scoring-{rows}.parquet"
    if not path.exists():
        columns = ", ".join(f"random() AS c{place}" for place in range(COLUMNS))
        duckdb.sql("SET threads = 2")
        duckdb.sql(
            f"COPY (SELECT i AS id, {columns} FROM range({rows}) t(i)) "
            f"TO '{path}.tmp' (FORMAT parquet, COMPRESSION zstd)"
        )
        Path(f"{path}.tmp").replace(path)
    return path


def _project() -> Context:
    folder = FOLDER / "scoring"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "workbench.toml").write_text(CONFIG)
    initialise(folder)
    return open_context(folder, who="bench")


def _champion(context: Context) -> None:
    """A version that was trained on some rows, and serves."""
    # The process that scores imports this module too, and needs neither.
    from workbench.services import registry, training

    rng = np.random.default_rng(0)
    table = rng.random((TRAINING_ROWS, COLUMNS))
    y = (table[:, 0] + table[:, 1] * table[:, 2] + rng.normal(size=len(table)) * 0.3 > 1).astype(
        int
    )
    file = context.project_dir / "rows.csv"
    names = ["id", *(f"c{place}" for place in range(COLUMNS)), "y"]
    ids = np.arange(len(table))
    np.savetxt(
        file, np.column_stack([ids, table, y]), "%.9g", ",", header=",".join(names), comments=""
    )
    datasets.ingest(context, "rows", [file])
    _do(context, "check", checks.run)
    train = {"experiment": "target", "recipe": "boosted"}
    with context.store.write() as tx:
        tx.jobs.enqueue(NewJob(kind="train", arguments=train))
    _do(context, "train", training.train)
    registry.register(context, run=1, model="target")
    champions.promote(context, "target", 1, expected=None, why="it is the only one")


def _do(context: Context, kind: str, work: Callable[..., None]) -> None:
    with context.store.write() as tx:
        job = tx.jobs.claim("bench", lease_s=600, kinds=[kind])
    assert job is not None
    work(context.within(job), **job.arguments)


def score(folder: str, source: str, out: str) -> None:
    """Scores a file and prints the seconds in all and those in the model; for a process of its own."""
    taken: list[float] = []
    ask = Session.scores

    def timed(self: Session, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        begun = time.perf_counter()
        scores = ask(self, columns)
        taken.append(time.perf_counter() - begun)
        return scores

    begun = time.perf_counter()
    with mock.patch.object(Session, "scores", timed), workbench.open(folder) as project:
        project.score("target", source, out, columns=["id"], replace=True)
    print(time.perf_counter() - begun, sum(taken))


def _scored(folder: Path, source: Path, suffix: str) -> tuple[float, float, float]:
    """Seconds in all, seconds in the model, and peak memory in megabytes.

    Both are taken in the same run: on a busy machine, two runs would say more of the machine.
    """
    # Not in this process: the threads that trained the model still wait for work, and spin.
    arguments = f"{str(folder)!r}, {str(source)!r}, {str(folder / f'answers.{suffix}')!r}"
    code = (
        f"from tests.bench import scoring; scoring.score({arguments}); "
        "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    total_s, model_s, peak_mb = map(float, found.stdout.split())
    return total_s, model_s, peak_mb
