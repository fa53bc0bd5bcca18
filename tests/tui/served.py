"""A quarter of an hour of requests to the stocked project's model: made up, and always the same."""

from __future__ import annotations

import math
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

import workbench
from storage.layout import Layout
from storage.predictions import LoggedBatch, Writer
from storage.records import (
    FiguresRecord,
    ProcessFigures,
    Routing,
    ShadowFigures,
    Step,
    VersionFigures,
)
from tests.tui.shapes import NOW
from tests.tui.stock import processes
from workbench.core.latencies import latency_bucket
from workbench.engines import instance
from workbench.services.access import FOLDER, AccessLine

NOW_US = int(NOW.timestamp()) * 1_000_000
STEP_US = 10_000_000
STARTED_US = NOW_US - 7_620_000_000
CHAMPION, CANARY, SHADOW = 6, 8, 7


@cache
def version(
    number: int,
    *,
    per_s: float,
    ms: float,
    lean: float,
    role: str = "answer",
    refused: int = 0,
    steps: int = 90,
    model: str = "late",
) -> VersionFigures:
    """What a version did: so many requests a second, a typical latency, scores that lean to one side."""
    draw = random.Random(number)
    made = [
        _step(draw, at, per_s=per_s, ms=ms, lean=lean, refused=refused if at % 30 == 7 else 0)
        for at in range(90 - steps, 90)
    ]
    latency: Counter[int] = Counter()
    for one in made:
        latency.update(one.latency)
    requests = sum(one.requests for one in made)
    return VersionFigures(
        model=model,
        version=number,
        role=role,
        requests=requests * 8,
        rows=requests * 8,
        calls=requests * 7,
        latency=dict(latency),
        errors={400: sum(one.client_errors for one in made)},
        loads=1,
        load_s=0.08,
        loaded_at=STARTED_US,
        last_at=NOW_US,
        shadow=ShadowFigures(
            requests=requests, rows=requests, agreeing=round(requests * 0.978), difference=requests * 0.021, largest=0.44,
        )
        if role == "shadow"
        else ShadowFigures(),
        steps=tuple(made),
    )  # fmt: skip


def record(*versions: VersionFigures, workers: int = 1) -> FiguresRecord:
    """What an endpoint with these versions counted."""
    return FiguresRecord(
        endpoint="made up",
        at=NOW_US,
        versions=versions
        or (
            version(CHAMPION, per_s=37, ms=1.1, lean=0.25, refused=3),
            version(CANARY, per_s=4, ms=1.3, lean=0.32),
            version(SHADOW, per_s=41, ms=0.9, lean=0.28, role="shadow"),
        ),
        processes=tuple(
            ProcessFigures(
                slot=slot,
                pid=os.getpid(),
                at=NOW_US,
                started_at=STARTED_US,
                waiting=2,
                connections=16,
                memory_bytes=131_000_000,
            )
            for slot in range(workers)
        ),
    )


@contextmanager
def serving(project: Path, found: FiguresRecord | None = None) -> Iterator[None]:
    """Has the project's endpoint count as running, and as having counted this."""
    layout = Layout(project)
    with processes(project):
        facts = instance.look(layout.locks / "serve.lock")
        assert facts is not None
        name = f"{facts.pid}-{facts.started_at.isoformat()}"
        for one in (found or record()).processes:
            # Only who has written a moment ago counts as alive.
            alive = replace(one, at=time.time_ns() // 1000)
            mine = replace(found or record(), endpoint=name, processes=(alive,))
            if one.slot:
                mine = replace(mine, versions=())
            path = layout.locks / "serve.figures" / f"{one.slot}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(msgspec.json.encode(mine))
        yield


def _step(
    draw: random.Random, at: int, *, per_s: float, ms: float, lean: float, refused: int
) -> Step:
    requests = max(1, round(per_s * 10 * (1 + 0.4 * math.sin(at / 9) + draw.uniform(-0.1, 0.1))))
    counted = min(requests, 200)
    took = Counter(
        latency_bucket(round(1000 * ms * draw.lognormvariate(0, 0.45) * (1 + (at > 70) * 0.3)))
        for _ in range(counted)
    )
    scores = Counter(
        min(19, int(20 * draw.betavariate(4 * lean, 4 * (1 - lean)))) for _ in range(counted)
    )
    return Step(
        at=(NOW_US // STEP_US - 89 + at) * STEP_US,
        requests=requests,
        rows=requests,
        client_errors=refused,
        latency={bucket: n * requests // counted for bucket, n in took.items()},
        scores={bin_: n * requests // counted for bin_, n in scores.items()},
    )


def ask(project: Path, *lines: AccessLine) -> None:
    """Has requests come in."""
    path = Layout(project).logs / FOLDER / "0.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.Encoder().encode_lines(lines))


def request(number: int, **changes) -> AccessLine:
    """A request that came so many seconds ago."""
    known = {"at": NOW_US - number * 1_000_000, "id": f"ab-{number}", "model": "late", "version": 6}
    return AccessLine(**{**known, "rows": 1, "latency_us": 1100, "key": "nightly", **changes})


REFUSED = "Row 1 of column 'carrier' is '대한항공'; known are 9E, AA, UA. Send one of them."


def answer(
    project: Path,
    *,
    number: int,
    version: int = CHAMPION,
    role: str = "answer",
    score: float = 0.82,
    rows: int = 1,
) -> None:
    """Has a request been answered so many seconds ago, and logged."""
    writer = Writer(Layout(project).predictions, failed=_raise)
    writer.put(
        LoggedBatch(
            model="late",
            version=version,
            role=role,
            requests=[f"ab-{number}"],
            at=[NOW_US - number * 1_000_000],
            rows=[rows],
            latency_us=[650 + 137 * number % 1300],
            callers=["nightly"],
            key={"flight_id": [f"UA-{number}"] * rows},
            inputs={"carrier": ["UA"] * rows, "거리": [733.0] * rows},
            scores=np.array([score] * rows),
        )
    )
    writer.close()


def busy(project: Path) -> None:
    """Gives the stocked project a canary, a shadow and requests."""
    handle = workbench.open(project)
    handle.promote("late", CANARY, expected=None, why="it looks better", alias="challenger")
    handle.promote("late", SHADOW, expected=None, why="to see", alias="shadow")
    shares = Routing(answers={"champion": 90, "challenger": 10}, shadows=("shadow",))
    handle.set_routing("late", shares, why="a week of trial")
    handle.close()
    draw = random.Random(1)
    for number in range(24):
        if number % 8 == 5:
            ask(project, request(number, version=0, status=400, error=REFUSED, rows=0))
            continue
        chosen = CANARY if number % 7 == 1 else CHAMPION
        rows, score = (50 if number % 11 == 4 else 1), draw.betavariate(1.2, 2.6)
        answer(project, number=number, version=chosen, score=score, rows=rows)
        if number % 3 == 0:
            answer(project, number=number, version=SHADOW, role="shadow", score=score * 0.9)


def _raise(error: Exception) -> None:
    raise error
