"""What logging costs, beside the same writes by hand with sqlite3 and beside MLflow on its own SQLite."""

from __future__ import annotations

import tempfile
import time

from tests.bench import measuring, peers
from tests.bench.by_hand import BATCH, METRICS, PARAMS, POINTS, RUNS, ByHand, project
from workbench.api import Workbench

ROUNDS = 5
YARDSTICK = "by hand"
BAR = 3.0

PEER = """
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import mlflow
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
mlflow.set_tracking_uri("sqlite:///" + sys.argv[1] + "/mlflow.db")
runs, single, batched, batch = map(int, sys.argv[2:6])
params = {f"param_{k}": k * 0.5 for k in range(5)}
metrics = {f"metric_{k}": 0.1 * k for k in range(10)}
client = MlflowClient()
experiment = client.create_experiment("bench", artifact_location=sys.argv[1] + "/files")
mlflow.set_experiment(experiment_id=experiment)
def one():
    with mlflow.start_run():
        mlflow.log_params(params)
        mlflow.log_metrics(metrics)
one()
start = time.perf_counter()
for _ in range(runs):
    one()
found = {"run_ms": (time.perf_counter() - start) * 1000 / runs}
with mlflow.start_run() as run:
    start = time.perf_counter()
    for step in range(single):
        mlflow.log_metric("loss", 0.5, step=step)
    found["point_ms"] = (time.perf_counter() - start) * 1000 / single
    start = time.perf_counter()
    for first in range(0, batched, batch):
        now = int(time.time() * 1000)
        client.log_batch(run.info.run_id, metrics=[
            Metric("acc", 0.5, now, step) for step in range(first, first + batch)])
    found["batched_ms"] = (time.perf_counter() - start) * 1000 / batched
print(json.dumps(found))
"""
PEER_RUNS, PEER_POINTS, PEER_BATCHED = 40, 400, 10_000
"""Fewer than ours, since they take longer; told a piece."""
PEER_ROUNDS = 3


def run() -> None:
    """Measures runs and points beside SQLite by hand, then a piece of each beside MLflow."""
    with project() as (handle, by_hand):
        _beside_hand(handle, by_hand)
        _calls(handle)
        _beside_peer(handle)


def _beside_hand(handle: Workbench, by_hand: ByHand) -> None:
    theirs = {"run_ms": by_hand.runs, "point_ms": by_hand.points, "batched_ms": by_hand.batches}
    titles = {
        "run_ms": f"{RUNS:,} runs of {len(PARAMS)} params and {len(METRICS)} metrics",
        "point_ms": f"{POINTS:,} points, one call each",
        "batched_ms": f"{POINTS:,} points, {BATCH:,} a call",
    }
    for key, title in titles.items():
        timings = measuring.side_by_side(
            {YARDSTICK: theirs[key], "workbench": lambda key=key: OURS[key](handle)},
            yardstick=YARDSTICK,
            rounds=ROUNDS,
        )
        measuring.print_timings(
            f"{title} (bar: {BAR:g}x)", timings, yardstick=YARDSTICK, rounds=ROUNDS
        )


def _runs(handle: Workbench) -> None:
    for _ in range(RUNS):
        with handle.run("bench", params=PARAMS) as run:
            run.log(METRICS)


def _points(handle: Workbench) -> None:
    with handle.run("bench") as run:
        for step in range(POINTS):
            run.log(step=step, loss=0.5)


def _batches(handle: Workbench) -> None:
    with handle.run("bench") as run:
        for first in range(0, POINTS, BATCH):
            steps = range(first, first + BATCH)
            run.log_series("loss", [0.5] * BATCH, steps=steps)


OURS = {"run_ms": _runs, "point_ms": _points, "batched_ms": _batches}
SIZES = {"run_ms": RUNS, "point_ms": POINTS, "batched_ms": POINTS}


def _calls(handle: Workbench) -> None:
    """What a call of run.log takes of the loop that it stands in, while little waits."""
    count = 500
    taken = []
    with handle.run("bench") as run:
        for _ in range(ROUNDS * 4):
            start = time.perf_counter()
            for step in range(count):
                run.log(step=step, loss=0.5)
            taken.append((time.perf_counter() - start) / count)
            run.flush()
    print(f"\nrun.log(step=…, loss=…): {min(taken) * 1e6:.1f} us a call")


def _beside_peer(handle: Workbench) -> None:
    """Turn by turn, since what a commit waits for the disk differs from one minute to the next."""
    python = peers.python_of("mlflow")
    if python is None:
        return
    theirs: dict[str, list[float]] = {key: [] for key in SIZES}
    ours: dict[str, list[float]] = {key: [] for key in SIZES}
    for _ in range(PEER_ROUNDS):
        with tempfile.TemporaryDirectory(dir=measuring.FOLDER) as folder:
            sizes = map(str, (PEER_RUNS, PEER_POINTS, PEER_BATCHED, BATCH))
            for key, piece_ms in peers.ask(python, PEER, folder, *sizes).items():
                theirs[key].append(piece_ms)
        for key, size in SIZES.items():
            start = time.perf_counter()
            OURS[key](handle)
            ours[key].append((time.perf_counter() - start) * 1000 / size)
    print(
        f"\nMLflow's client on its own SQLite, ms a piece, best and worst of {PEER_ROUNDS}", end=""
    )
    print(" (bar: 50x on runs and on points)")
    for key, name in {"run_ms": "run", "point_ms": "point", "batched_ms": "point of many"}.items():
        print(f"{name:14} {_span(theirs[key])}   workbench {_span(ours[key])}", end="")
        print(f"   {min(theirs[key]) / min(ours[key]):6.0f}x of the best")


def _span(taken: list[float]) -> str:
    return f"{min(taken):8.4f} to {max(taken):8.4f}"
