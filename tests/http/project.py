"""Small projects to serve: models of a known formula, registered through the store, and a running endpoint."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from storage.predictions import LoggedBatch
from storage.records import (
    CHAMPION,
    InputColumn,
    InputType,
    ModelVersion,
    NewModelVersion,
    NewRun,
    Parity,
    Signature,
)
from storage.store import Store
from workbench.engines import instance
from workbench.services.served import Answer, Served

CONFIG = """
[project]
name = "served"
[serve]
port = 0
max_rows = 1000
max_body = "1MB"
"""

SIGNATURE = Signature(
    task="binary",
    inputs=(
        InputColumn(
            name="거리(km)",
            graph_name="km",
            type=InputType.NUMBER,
            nullable=False,
            minimum=0.0,
            maximum=10.0,
        ),
        InputColumn(name="seats", graph_name="seats", type=InputType.INTEGER, nullable=True),
        InputColumn(name="night", graph_name="night", type=InputType.BOOLEAN, nullable=False),
        InputColumn(
            name="carrier",
            graph_name="carrier",
            type=InputType.STRING,
            nullable=True,
            categories=("AA", "UA"),
        ),
    ),
    classes=("on time", "late"),
    key=("flight",),
)
ROW: dict[str, Any] = {"거리(km)": 2.5, "seats": 150, "night": True, "carrier": "UA"}
SERVE = """
import sys
from pathlib import Path
from workbench.http.process.server import run
sys.exit(run(Path(sys.argv[1])))
"""


def score(distance: float, *, bias: float = 0.0) -> float:
    """What a model made by `graph` answers for a flight of this distance."""
    return 1 / (1 + np.exp(-(distance + bias)))


def graph(signature: Signature = SIGNATURE, *, bias: float = 0.0) -> bytes:
    """A model whose score depends on its first column alone: by `score`, or plainly for a regression.

    Of more than two classes, each one has the same share of what the score leaves to the first.
    """
    inputs = [
        helper.make_tensor_value_info(column.graph_name, _type(column), [None, 1])
        for column in signature.inputs
    ]
    first = signature.inputs[0].graph_name
    nodes = [helper.make_node("Add", [first, "bias"], ["raw"])]
    constants = {"bias": np.array([bias])}
    if signature.task == "regression":
        nodes.append(helper.make_node("Identity", ["raw"], ["value"]))
        outputs = [helper.make_tensor_value_info("value", TensorProto.DOUBLE, [None, 1])]
    else:
        width = len(signature.classes)
        constants["rest"] = np.array([[1.0] + [0.0] * (width - 1)])
        constants["slope"] = np.array([[-1.0] + [1.0 / (width - 1)] * (width - 1)])
        constants["names"] = np.array(signature.classes, object)
        nodes += [
            helper.make_node("Sigmoid", ["raw"], ["p"]),
            helper.make_node("MatMul", ["p", "slope"], ["spread"]),
            helper.make_node("Add", ["spread", "rest"], ["probabilities"]),
            helper.make_node("ArgMax", ["probabilities"], ["codes"], axis=1, keepdims=0),
            helper.make_node("Gather", ["names", "codes"], ["label"], axis=0),
        ]
        outputs = [
            helper.make_tensor_value_info("label", TensorProto.STRING, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, width]),
        ]
    made = helper.make_model(
        helper.make_graph(
            nodes,
            "model",
            inputs,
            outputs,
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )
    return bytes(made.SerializeToString())


def _type(column: InputColumn) -> int:
    return TensorProto.STRING if column.type is InputType.STRING else TensorProto.DOUBLE


def make_project(folder: Path, config: str = CONFIG) -> Path:
    """A project with an empty store."""
    (folder / "workbench.toml").write_text(config, encoding="utf-8")
    Store.create(folder, program="test").close()
    return folder


def sample(signature: Signature, *, bias: float) -> bytes:
    """The registered sample of a model made by `graph`."""
    distances = [0.5, 1.0, 2.0]
    columns: dict[str, Sequence[Any]] = {
        column.name: [ROW.get(column.name, 1.0)] * 3 for column in signature.inputs
    }
    columns[signature.inputs[0].name] = distances
    return json.dumps({"columns": columns, "scores": _scores(signature, distances, bias)}).encode()


def _scores(signature: Signature, distances: Sequence[float], bias: float) -> list[Any]:
    if signature.task == "regression":
        return [distance + bias for distance in distances]
    second = [score(distance, bias=bias) for distance in distances]
    if signature.task == "binary":
        return second
    others = len(signature.classes) - 1
    return [[1 - p] + [p / others] * others for p in second]


def register(
    store: Store,
    *,
    model: str = "late",
    signature: Signature = SIGNATURE,
    bias: float = 0.0,
    blobs: Mapping[str, bytes] | None = None,
) -> ModelVersion:
    """A new version of `model`.

    Args:
        store: Where.
        model: Its name.
        signature: What it takes.
        bias: Makes its answers differ from those of other versions.
        blobs: Bytes to register instead of the right ones: `onnx`, `sample`.
    """
    right = {"onnx": graph(signature, bias=bias), "sample": sample(signature, bias=bias)}
    kept = {name: store.blobs.put(part) for name, part in {**right, **(blobs or {})}.items()}
    with store.write() as tx:
        run = tx.runs.start(
            NewRun(
                experiment="late", name="r", recipe="default", model="m", params={}, seed=1,
                source_hash="0",
            )
        )  # fmt: skip
        return tx.models.register(
            NewModelVersion(
                model=model,
                experiment="late",
                run_id=run.id,
                onnx_blob=kept["onnx"],
                native_blob=kept["onnx"],
                profile_blob=kept["sample"],
                sample_blob=kept["sample"],
                row_hashes_blob=kept["sample"],
                signature=signature,
                parity=Parity(
                    rows=1, hostile_rows=0, max_abs_diff=0, p999_abs_diff=0, flips=0, limit=1e-4,
                    passed=True,
                ),
                metrics={},
                importances={},
                created_by="test",
            )
        )  # fmt: skip


def promote(store: Store, version: ModelVersion) -> None:
    """Makes `version` the champion of its model."""
    with store.write() as tx:
        before = tx.models.at(version.model)
        tx.models.move_alias(
            version.model,
            CHAMPION,
            to=version.number,
            expected=before.number if before else None,
            who="test",
            why="test",
        )


def batch_of(served: Served, answer: Answer, *, request: str = "r1") -> LoggedBatch:
    """What the endpoint keeps of one request."""
    return LoggedBatch(
        model=served.version.model,
        version=served.version.number,
        requests=[request],
        at=[1_000_000],
        rows=[len(answer.scores)],
        latency_us=[100],
        callers=[""],
        key=answer.key,
        inputs=answer.inputs,
        scores=answer.scores,
    )


@contextmanager
def serving(project: Path, *, program: str = SERVE) -> Iterator[str]:
    """A running endpoint's address; it is told to stop by SIGTERM and must then end well."""
    narration = project / "narration.txt"
    with narration.open("ab") as written:
        started = subprocess.Popen([sys.executable, "-c", program, str(project)], stderr=written)
    try:
        yield _address(project, started)
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=60) == 0, narration.read_text()
    finally:
        if started.poll() is None:
            started.kill()
            started.wait(timeout=60)


def _address(project: Path, started: subprocess.Popen[bytes]) -> str:
    def published() -> str | None:
        assert started.poll() is None, (project / "narration.txt").read_text()
        facts = instance.look(project / ".workbench" / "locks" / "serve.lock")
        return facts.address if facts else None

    return eventually(published)


def eventually(look: Any, *, within_s: float = 60.0) -> Any:
    """What `look` gives as soon as that is true; other processes need their time."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return found


def until_ready(address: str) -> None:
    """Returns once whoever answers a new connection has all models loaded."""
    caller = Caller(address)
    eventually(lambda: caller.ask("GET", "/v2/health/ready")[0] == 200)
    caller.close()


class Caller:
    """One connection to an endpoint."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.connection = HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, decoded body and headers of the reply."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            sent.setdefault("content-type", "application/json")
        self.connection.request(method, path, content, sent)
        reply = self.connection.getresponse()
        raw = reply.read()
        names = {name.lower(): value for name, value in reply.getheaders()}
        is_json = names.get("content-type", "").startswith("application/json")
        return reply.status, json.loads(raw) if is_json else raw, names

    def close(self) -> None:
        """Hangs up."""
        self.connection.close()


def tensors(**columns: Sequence[Any]) -> list[dict[str, Any]]:
    """Columns as the tensors of an inference request, with the datatypes their values have."""
    kinds = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES", type(None): "BYTES"}
    return [
        {"name": name, "shape": [len(values)], "datatype": kinds[type(values[0])], "data": values}
        for name, values in columns.items()
    ]
