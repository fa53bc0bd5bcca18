"""The project whose endpoint is measured, how it is asked, and how servers take their turns."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from storage.records import Signature
from storage.store import Store
from tests.bench import models
from tests.bench.contestants import CLIENT_CORE, Contestant, Running
from tests.bench.measuring import FOLDER
from tests.bench.wrk import Load, Seen, ask
from tests.http.project import make_project, promote, register
from workbench.engines.export import exporting
from workbench.engines.onnx_joined import joined
from workbench.engines.onnx_session import Session

REPEATS = 5
SECONDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A project with two really different versions, and one row to ask them."""

    folder: Path
    signature: Signature
    row: tuple[float, ...]
    expected: tuple[float, float]
    """The probability of the row by either version."""


def prepared() -> Bench:
    folder = FOLDER / "serving"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "project").mkdir(parents=True)
    make_project(folder / "project", '[project]\nname = "bench"\n[serve]\nport = 0\n')
    row = tuple(np.random.default_rng(5).normal(size=models.FEATURES).tolist())
    columns = {f"x{at}": np.array([value]) for at, value in enumerate(row)}
    expected = []
    for seed in (1, 9):
        model = models.trained(trees=200, leaves=31, seed=seed)
        graph = exporting.export(model, model.signature)
        (score,) = Session(graph, model.signature).scores(columns).tolist()
        expected.append(score)
        sample = {
            "columns": {name: one.tolist() for name, one in columns.items()},
            "scores": [score],
        }
        blobs = {"onnx": graph, "sample": json.dumps(sample).encode()}
        with closing(Store.open(folder / "project", program="bench")) as store:
            version = register(store, signature=model.signature, blobs=blobs)
            if seed == 1:
                promote(store, version)
                join = joined(graph)
                assert join is not None
                (folder / "matrix.onnx").write_bytes(join.model)
                (folder / "graph.onnx").write_bytes(graph)
                model.booster.save_model(folder / "booster.txt")
    assert abs(expected[0] - expected[1]) > 0.05
    return Bench(
        folder=folder, signature=model.signature, row=row, expected=(expected[0], expected[1])
    )


def endpoint(bench: Bench, load: Load, *, name: str = "ours", workers: int = 1) -> Contestant:
    def command(port: int) -> Sequence[str]:
        started = [sys.executable, "-m", "workbench", "-C", str(bench.folder / "project"), "serve"]
        return [*started, "--port", str(port), "--workers", str(workers)]

    return Contestant(name=name, command=command, load=load, answer=second_probability)


def second_probability(reply: bytes) -> float:
    return float(json.loads(reply)["outputs"][1]["data"][1])


def by_column(bench: Bench) -> Load:
    tensors = [
        {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
        for name, value in zip(bench.signature.names, bench.row, strict=True)
    ]
    return Load(path="/v2/models/late/infer", body=as_json({"inputs": tensors}))


def by_matrix(bench: Bench) -> Load:
    tensor = {"name": "rows", "shape": [1, len(bench.row)], "datatype": "FP64", "data": bench.row}
    return Load(path="/v2/models/late/infer", body=as_json({"inputs": [tensor]}))


def by_name(bench: Bench) -> Load:
    row = dict(zip(bench.signature.names, bench.row, strict=True))
    return Load(path="/predict/late", body=as_json({"rows": [row]}))


def as_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode()


def in_turn(
    bench: Bench, contestants: Sequence[Running], *, connections: int, seconds: float
) -> dict[str, list[Seen]]:
    """Each one's runs; every one runs once a round, so that a busy moment hits them all."""
    found: dict[str, list[Seen]] = {one.contestant.name: [] for one in contestants}
    for _ in range(REPEATS):
        for one in contestants:
            before = one.cpu_s
            run_of = ask(
                bench.folder,
                one.contestant.load,
                one.address,
                connections=connections,
                seconds=seconds,
                core=CLIENT_CORE,
            )
            used = one.cpu_s - before
            assert run_of.failed == 0, (one.contestant.name, run_of)
            assert used > 0.02 * run_of.seconds, f"{one.contestant.name} used {used} s of CPU only"
            found[one.contestant.name].append(run_of)
    return found


def per_second(runs: Sequence[Seen]) -> float:
    return statistics.median(one.per_second for one in runs)


def p99_us(runs: Sequence[Seen]) -> float:
    return statistics.median(one.p99_us for one in runs)
