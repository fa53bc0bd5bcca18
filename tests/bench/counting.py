"""What it costs to count requests, to note them in the access log, and to read what was counted."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from storage.layout import Layout
from storage.predictions import LoggedBatch
from storage.records import ProcessFigures
from storage.records.figures import STEP_US, STEPS
from workbench.core.figures import Figures
from workbench.engines import instance
from workbench.http.pages.metrics import Metrics
from workbench.services import figures
from workbench.services.access import AccessLog, Origin

TOGETHER = (1, 16, 64)
"""Requests that one call of the model answers."""
CALLS = 5_000
ROUNDS = 7
VERSIONS = 3
NOW = 1_764_000_000_000_000


def run() -> None:
    """Measures one process: best of the rounds."""
    for requests in TOGETHER:
        _one_call(requests)
    _a_second()


def batch(requests: int, *, version: int = 1, at: int = NOW, seed: int = 1) -> LoggedBatch:
    """Requests of one row, answered together."""
    rng = np.random.default_rng(seed)
    return LoggedBatch(
        model="late",
        version=version,
        requests=[f"0123456789ab-{number:x}" for number in range(requests)],
        at=[at] * requests,
        rows=[1] * requests,
        latency_us=rng.lognormal(6, 0.6, requests).astype(int).tolist(),
        callers=[""] * requests,
        key={},
        inputs={},
        scores=rng.random(requests),
    )


def _one_call(requests: int) -> None:
    answered, origins = batch(requests), [_origin()] * requests
    counted = Figures()
    counted_us = _best_us(lambda: counted.answered(answered)) / requests
    with tempfile.TemporaryDirectory() as folder:
        log = AccessLog(Path(folder))
        noted_us = _best_us(lambda: log.answered(answered, origins, [1600] * requests)) / requests
        log.close()
    print(
        f"{requests:>3} requests together: counted in {counted_us:.2f} us each, "
        f"noted in the access log in {noted_us:.2f} us each"
    )


def _origin() -> Origin:
    return Origin.of("127.0.0.1", "POST", "/v2/models/late/infer", b"wrk")


def _a_second() -> None:
    """What is done once a second, after a quarter of an hour of traffic."""
    made = Figures()
    for step in range(STEPS):
        at = NOW + step * STEP_US
        for version in range(1, VERSIONS + 1):
            made.answered(batch(500, version=version, at=at, seed=step))
    last = NOW + STEPS * STEP_US
    process = ProcessFigures(slot=0, pid=os.getpid(), at=last, started_at=NOW)
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        layout.create()
        with instance.hold(layout.locks / figures.LOCK):
            named = figures._endpoint_id(layout) or ""
            file = figures._File(layout.locks / figures.FOLDER / "0.json")
            record = made.snapshot(process, endpoint=named)
            file.write(record)
            size = file.path.stat().st_size
            looked = _best_us(lambda: made.snapshot(process, endpoint=named), calls=100)
            written = _best_us(lambda: file.write(record), calls=100)
            read = _best_us(lambda: figures.read(layout), calls=100)
    metrics = Metrics()
    told = _best_us(lambda: metrics.text(record, ""), calls=20)
    print(
        f"{VERSIONS} versions, 15 minutes ({size / 1000:.0f} kB): a look {looked:.0f} us, "
        f"written in {written:.0f} us, read in {read:.0f} us, /metrics in {told:.0f} us"
    )


def _best_us(call: Callable[[], object], *, calls: int = CALLS) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, time.perf_counter() - started)
    return best / calls * 1e6
