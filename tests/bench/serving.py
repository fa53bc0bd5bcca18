"""What the endpoint answers in a second, beside a bare echo on the same server and beside other people's servers."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.contestants import (
    CLIENT_CORE,
    SERVER_CORE,
    Contestant,
    at,
    check_answer,
    running,
)
from tests.bench.measuring import side_by_side
from tests.bench.serving_peers import beside_peers
from tests.bench.serving_project import (
    REPEATS,
    SECONDS,
    Bench,
    as_json,
    by_column,
    by_matrix,
    by_name,
    endpoint,
    in_turn,
    p99_us,
    per_second,
    prepared,
    second_probability,
)
from tests.bench.swapping import swap_under_load
from tests.bench.wrk import Load, Seen, ask
from workbench.engines.onnx_session import Session

CONNECTIONS = (1, 16, 64)
BATCH_ROWS = 1000
SERVERS = Path(__file__).parent / "servers"
LIBRARIES = "litestar, msgspec, numpy, onnxruntime, sqlalchemy, uvicorn, uvloop, httptools, prometheus_client"


def run() -> None:
    """Measures all of it; `serving_peers` and `swapping` measure one."""
    if shutil.which("wrk") is None:
        print("\nwrk is not installed: apt-get install wrk")
        return
    bench = prepared()
    os.sched_setaffinity(0, {CLIENT_CORE})
    _beside_echo(bench)
    _batches(bench)
    _process(bench)
    beside_peers(bench)
    swap_under_load(bench)


def _beside_echo(bench: Bench) -> None:
    """Prints requests/s and p99 of the endpoint and of an echo that replies as many bytes."""
    loads = {
        "v2, a tensor a column": (by_column(bench), second_probability),
        "v2, one matrix": (by_matrix(bench), second_probability),
        "by names": (
            by_name(bench),
            at("predictions", 0, "probabilities", "yes"),
        ),
    }
    print(f"\nOne row a request, log and metrics on; medians of {REPEATS} in turn")
    print(f"{'':24}{'conn.':>6}{'ours':>9}{'echo':>9}{'ratio':>7}{'p99':>9}{'echo':>9}{'ratio':>7}")
    for name, (load, answer) in loads.items():
        ours = replace(endpoint(bench, load), answer=answer)
        with ExitStack() as stack:
            one = stack.enter_context(running(ours, bench.folder / "ours.log"))
            check_answer(one, bench.expected[0])
            echo = stack.enter_context(
                running(_echo(bench, load, one.ask()), bench.folder / "echo.log")
            )
            for connections in CONNECTIONS:
                found = in_turn(bench, [one, echo], connections=connections, seconds=SECONDS)
                _print_beside(name, connections, found["ours"], found["echo"])


def _echo(bench: Bench, load: Load, reply: bytes) -> Contestant:
    (bench.folder / "reply").write_bytes(reply)
    script = [sys.executable, str(SERVERS / "echo.py")]
    return Contestant(
        name="echo",
        command=lambda port: [*script, str(port), str(bench.folder / "reply")],
        load=load,
        answer=lambda _: None,
    )


def _print_beside(name: str, connections: int, ours: Sequence[Seen], echo: Sequence[Seen]) -> None:
    ratio = per_second(ours) / per_second(echo)
    slower = p99_us(ours) / p99_us(echo)
    print(
        f"{name:24}{connections:>6}{per_second(ours):>9,.0f}{per_second(echo):>9,.0f}{ratio:>7.0%}"
        f"{p99_us(ours) / 1000:>6.2f} ms{p99_us(echo) / 1000:>6.2f} ms{slower:>6.1f}x",
        flush=True,
    )


def _batches(bench: Bench) -> None:
    """Prints rows/s of 1,000 rows a request in the binary form, beside the session in process."""
    rng = np.random.default_rng(3)
    columns = {name: rng.normal(size=BATCH_ROWS) for name in bench.signature.names}
    load = _binary(columns)
    ours = replace(endpoint(bench, load), answer=lambda _: None)
    session = Session((bench.folder / "graph.onnx").read_bytes(), bench.signature)
    with running(ours, bench.folder / "ours.log") as one:
        served, in_process = [], []
        for _ in range(REPEATS):
            run_of = ask(
                bench.folder, load, one.address, connections=2, seconds=SECONDS, core=CLIENT_CORE
            )
            assert run_of.failed == 0, run_of
            served.append(run_of.per_second * BATCH_ROWS)
            (timing,) = side_by_side(
                {"session": partial(session.scores, columns)}, yardstick="session", rounds=20
            )
            in_process.append(BATCH_ROWS / timing.median_ms * 1000)
    mine, yardstick = statistics.median(served), statistics.median(in_process)
    print(
        f"\n{BATCH_ROWS:,} rows a request, binary: {mine:,.0f} rows a second; "
        f"in process {yardstick:,.0f}; {mine / yardstick:.0%}"
    )


def _binary(columns: Mapping[str, NDArray[np.float64]]) -> Load:
    tensors = [
        {
            "name": name,
            "shape": [len(values)],
            "datatype": "FP64",
            "parameters": {"binary_data_size": values.nbytes},
        }
        for name, values in columns.items()
    ]
    head = as_json({"inputs": tensors, "parameters": {"binary_data_output": True}})
    return Load(
        path="/v2/models/late/infer",
        body=head + b"".join(values.tobytes() for values in columns.values()),
        content_type="application/octet-stream",
        headers=(("inference-header-content-length", str(len(head))),),
    )


def _process(bench: Bench) -> None:
    """Prints memory under load, and how soon it is ready beside importing its libraries alone."""
    ours = endpoint(bench, by_column(bench))
    with running(ours, bench.folder / "ours.log") as one:
        fresh = one.rss_mb
        ask(bench.folder, ours.load, one.address, connections=64, seconds=10, core=CLIENT_CORE)
        print(f"\nMemory with one model: {fresh:.0f} MB; after 10 s of load {one.rss_mb:.0f} MB")
    ready, importing = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        subprocess.run(
            ["taskset", "-c", str(SERVER_CORE), sys.executable, "-c", f"import {LIBRARIES}"],
            check=True,
        )
        importing.append(time.perf_counter() - start)
        start = time.perf_counter()
        with running(ours, bench.folder / "ours.log"):
            ready.append(time.perf_counter() - start)
    print(
        f"First answer {statistics.median(ready):.2f} s after the start; importing its libraries "
        f"{statistics.median(importing):.2f} s; {statistics.median(ready) / statistics.median(importing):.2f}x"
    )
