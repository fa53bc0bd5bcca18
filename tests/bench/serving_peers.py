"""Other people's servers of the same trees, each asked in the form it knows best."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.bench.contestants import Command, Contestant, at, check_answer, running
from tests.bench.peers import python_of
from tests.bench.serving_project import (
    SECONDS,
    Bench,
    as_json,
    by_column,
    endpoint,
    in_turn,
    p99_us,
    per_second,
    prepared,
)
from tests.bench.wrk import Load

SERVERS = Path(__file__).parent / "servers"


def run() -> None:
    """Measures them."""
    beside_peers(prepared())


def beside_peers(bench: Bench) -> None:
    """Prints requests/s of other people's servers, each asked in the form it knows best."""
    print("\nOther servers, the same trees, one row a request, 16 connections")
    for peer in _peers(bench):
        with ExitStack() as stack:
            ours = stack.enter_context(
                running(endpoint(bench, by_column(bench)), bench.folder / "ours.log")
            )
            log = bench.folder / f"{peer.name}.log"
            one = stack.enter_context(running(peer, log))
            check_answer(one, bench.expected[0])
            found = in_turn(bench, [ours, one], connections=16, seconds=SECONDS)
            mine, theirs = per_second(found["ours"]), per_second(found[peer.name])
            print(
                f"{peer.name:24}{theirs:>9,.0f} a second, p99 {p99_us(found[peer.name]) / 1000:.1f} ms, "
                f"{one.rss_mb:.0f} MB; ours {mine:,.0f}, {mine / theirs:.1f}x",
                flush=True,
            )


def _peers(bench: Bench) -> list[Contestant]:
    """Those that are installed."""
    rows = [list(bench.row)]
    named = dict(zip(bench.signature.names, bench.row, strict=True))
    tensor = {"name": "rows", "shape": [1, len(named)], "datatype": "FP64", "data": rows[0]}
    booster = str(bench.folder / "booster.txt")
    matrix = str(bench.folder / "matrix.onnx")
    found = {
        "FastAPI": (
            _script("fastapi", "fastapi_app.py", matrix),
            Load(path="/predict", body=as_json({"rows": [named]})),
            at("probabilities", 0),
        ),
        "MLServer": (
            _script("mlserver", "mlserver_model.py", booster, str(bench.folder / "mlserver")),
            Load(path="/v2/models/late/infer", body=as_json({"inputs": [tensor]})),
            at("outputs", 0, "data", 0),
        ),
        "mlflow": (
            _script("mlflow", "mlflow_model.py", booster, str(bench.folder / "mlflow")),
            Load(
                path="/invocations",
                body=as_json({"dataframe_split": {"columns": list(named), "data": rows}}),
            ),
            at("predictions", 0),
        ),
        "BentoML": (
            _script("bentoml", "bentoml_service.py", booster),
            Load(path="/predict", body=as_json({"rows": rows})),
            at(0),
        ),
    }
    return [
        Contestant(name=name, command=command, load=load, answer=answer)
        for name, (command, load, answer) in found.items()
        if command
    ]


def _script(peer: str, name: str, *arguments: str) -> Command | None:
    """Starts a script of ours by a peer's interpreter."""
    python = python_of(peer)
    if python is None:
        return None
    return lambda port: [str(python), str(SERVERS / name), str(port), *arguments]
