"""How long a list of many runs and a curve of many points take."""

from __future__ import annotations

import time
from collections.abc import Callable

from storage.records import Metric, MetricPoint, NewRun, RunState
from tests.bench.by_hand import PARAMS, project
from workbench.api import Workbench
from workbench.core import filters

ROUNDS = 5
LISTED_RUNS = 10_000
LISTED_METRICS = 20
LIST_BAR_MS = 100
CURVE_POINTS = 1_000_000
CURVE_BAR_MS = 200


def run() -> None:
    """Measures a filtered and sorted list, then a curve."""
    with project() as (handle, _):
        _lists(handle)
        _curves(handle)


def _lists(handle: Workbench) -> None:
    store = handle._context.store
    with store.write() as tx:
        for number in range(LISTED_RUNS):
            added = tx.runs.start(_new(number))
            tx.runs.set_metrics(added.id, _measured(number))
            tx.runs.end(added.id, state=RunState.FINISHED)
    asked = "metrics.metric_3 > 0.5 and params.model = 'lightgbm' and state = finished"
    order = filters.parse("metrics.metric_7 > 0").field

    def ours() -> object:
        with store.read() as tx:
            found = tx.runs.find(filters.parse(asked), order=order, descending=True, limit=50)
        assert len(found) == 50
        return found

    _print_best(
        f"A filter and a sort over {LISTED_RUNS:,} runs x {LISTED_METRICS} metrics",
        ours,
        LIST_BAR_MS,
    )


def _curves(handle: Workbench) -> None:
    store = handle._context.store
    now = store.now()
    with store.write() as tx:
        kept = tx.runs.start(_new(0))
        for first in range(0, CURVE_POINTS, 50_000):
            steps = range(first, first + 50_000)
            values = [(step * 7919 % 10_007) / 10_007 for step in steps]
            points = [
                MetricPoint(key="val/auc", value=value, step=step, at=now)
                for step, value in zip(steps, values, strict=True)
            ]
            tx.runs.log(kept.id, points)
    _print_best(
        f"The curve of {CURVE_POINTS:,} points, with its band",
        lambda: handle.metric_history(kept.id, "val/auc"),
        CURVE_BAR_MS,
    )


def _print_best(title: str, ours: Callable[[], object], bar_ms: float) -> None:
    taken = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        ours()
        taken.append((time.perf_counter() - start) * 1000)
    print(f"\n{title}: best {min(taken):.0f} ms, worst {max(taken):.0f} ms (bar: {bar_ms:g} ms)")


def _new(number: int) -> NewRun:
    return NewRun(
        experiment="bench",
        name="bench",
        recipe="",
        model="",
        params={**PARAMS, "model": "lightgbm" if number % 2 else "linear"},
        seed=number,
        source_hash="0" * 64,
    )


def _measured(number: int) -> list[Metric]:
    return [
        Metric(key=f"metric_{k}", value=((number * 31 + k * 17) % 1009) / 1009, step=0)
        for k in range(LISTED_METRICS)
    ]
