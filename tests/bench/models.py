"""What a model costs: one row, a million rows, its export, its proof; beside LightGBM and onnxruntime."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import lightgbm
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from tests.bench.measuring import side_by_side
from workbench.engines import parity_check
from workbench.engines.export import exporting
from workbench.engines.native import BoosterModel
from workbench.engines.onnx_session import Session

FEATURES = 20
TRAINED_ROWS = 20_000
BATCH_ROWS = 1_000_000
PROVED_ROWS = 100_000
CALLS = 200
ROUNDS = 15
BATCH_ROUNDS = 2

Columns = dict[str, NDArray[np.float64]]


def run() -> None:
    """Measures LightGBM's trees as they are and as a graph: best of the rounds, CPU time but for one row."""
    usual = trained(trees=200, leaves=31)
    _one_row(usual)
    _a_batch(usual)
    large = trained(trees=1000, leaves=255)
    _an_export(large)
    for model in (usual, trained(trees=1000, leaves=31), large):
        _a_proof(model)


def trained(*, trees: int, leaves: int, seed: int = 1) -> BoosterModel:
    """A model of two classes; another seed, and it answers otherwise."""
    columns = columns_of(TRAINED_ROWS, seed=0)
    matrix = np.column_stack(list(columns.values()))
    rng = np.random.default_rng(seed)
    signal = np.nan_to_num(matrix) @ rng.normal(size=FEATURES) + np.sin(3 * matrix[:, 1])
    params = {
        "objective": "binary",
        "num_leaves": leaves,
        "min_data_in_leaf": 5,
        "num_threads": 2,
        "verbosity": -1,
    }
    target = signal + rng.normal(size=TRAINED_ROWS) > 0
    booster = lightgbm.train(params, lightgbm.Dataset(matrix, target), trees)
    inputs = tuple(
        InputColumn(
            name=name,
            graph_name=name,
            type=InputType.NUMBER,
            nullable=True,
            minimum=None,
            maximum=None,
            categories=(),
        )
        for name in columns
    )
    signature = Signature(task="binary", inputs=inputs, classes=("no", "yes"))
    return BoosterModel(signature=signature, booster=booster)


def columns_of(rows: int, *, seed: int) -> Columns:
    """Numbers, some of them missing in every fourth column."""
    rng = np.random.default_rng(seed)
    columns = {f"x{at}": rng.normal(size=rows) for at in range(FEATURES)}
    for name in list(columns)[::4]:
        columns[name][rng.random(rows) < 0.1] = np.nan
    return columns


def _one_row(model: BoosterModel) -> None:
    """Prints what one row costs in process."""
    graph = exporting.export(model, model.signature)
    session = Session(graph, model.signature)
    columns = columns_of(1, seed=2)
    matrix = np.column_stack(list(columns.values()))
    feeds = {name: values.reshape(-1, 1) for name, values in columns.items()}
    contestants = {
        "session": partial(session.scores, columns),
        "session, labels too": partial(session.predict, columns),
        "InferenceSession.run, the same graph": partial(_bare(graph).run, ["probabilities"], feeds),
        "Booster.predict": partial(model.booster.predict, matrix),
        "Booster.predict, one thread": partial(model.booster.predict, matrix, num_threads=1),
        "Booster.predict, of the same columns": partial(_predicted, model.booster, columns),
        "LGBMClassifier.predict_proba": partial(_classifier(model).predict_proba, matrix),
    }
    timings = side_by_side(
        {name: partial(_often, call) for name, call in contestants.items()},
        yardstick="session",
        rounds=ROUNDS,
    )
    print("\nOne row by the wall, 200 trees of 31 leaves, 20 columns; ratio to our session")
    for one in timings:
        each = one.best_ms / CALLS * 1000
        print(f"{one.name:38}{each:8.1f} µs  {one.ratio:6.2f}x")


def _predicted(booster: lightgbm.Booster, columns: Columns) -> object:
    """What LightGBM answers for what the session is given, which it takes as one matrix."""
    return booster.predict(np.column_stack(list(columns.values())), num_threads=1)


def _bare(graph: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _classifier(model: BoosterModel) -> lightgbm.LGBMClassifier:
    """A fitted one of the same size."""
    columns = columns_of(TRAINED_ROWS, seed=0)
    matrix = np.column_stack(list(columns.values()))
    target = model.booster.predict(matrix, num_threads=2) > 0.5
    return lightgbm.LGBMClassifier(n_estimators=200, verbosity=-1, n_jobs=2).fit(matrix, target)


def _often(call: Callable[[], object]) -> None:
    for _ in range(CALLS):
        call()


def _a_batch(model: BoosterModel) -> None:
    """Prints what many rows cost, with as many threads for both."""
    columns = columns_of(BATCH_ROWS, seed=3)
    matrix = np.column_stack(list(columns.values()))
    graph = exporting.export(model, model.signature)
    print(f"\n{BATCH_ROWS:,} rows at once, the same model; ratio to Booster.predict")
    for threads in (1, 2):
        session = Session(graph, model.signature, threads=threads)
        ours, theirs = side_by_side(
            {
                "session": partial(session.scores, columns),
                "Booster.predict": partial(model.booster.predict, matrix, num_threads=threads),
            },
            yardstick="Booster.predict",
            rounds=BATCH_ROUNDS,
            clock=time.process_time,
        )
        print(
            f"{threads} threads: {ours.best_ms / 1000:.2f} s, {theirs.best_ms / 1000:.2f} s, "
            f"{ours.ratio:.2f}x"
        )


def _an_export(model: BoosterModel) -> None:
    start = time.process_time()
    graph = exporting.export(model, model.signature)
    taken = time.process_time() - start
    start = time.process_time()
    Session(graph, model.signature)
    loading = time.process_time() - start
    print(
        f"\nExport of 1,000 trees of 255 leaves: {taken:.2f} s, {len(graph) / 1e6:.0f} MB; "
        f"loading it {loading:.2f} s"
    )


def _a_proof(model: BoosterModel) -> None:
    columns = columns_of(PROVED_ROWS, seed=4)
    graph = exporting.export(model, model.signature)
    session = Session(graph, model.signature, threads=parity_check.THREADS)
    start, start_cpu = time.perf_counter(), time.process_time()
    found = parity_check.prove(model, session, columns)
    taken, taken_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    leaves = model.booster.model_to_string(num_iteration=1).partition("num_leaves=")[2].split()[0]
    print(
        f"Proof on {found.rows:,} rows, {model.booster.num_trees():,} trees of {leaves} leaves: "
        f"{taken:.2f} s, {taken_cpu:.2f} s of CPU, largest difference {found.max_abs_diff:.1e}"
    )
