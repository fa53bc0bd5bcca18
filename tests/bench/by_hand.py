"""What tracking does, as somebody writes it by hand who has nothing but sqlite3."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import workbench
from storage.store import Store
from tests.bench import measuring
from workbench.api import Workbench
from workbench.services import surroundings
from workbench.services.context import initialise

RUNS = 1_000
POINTS = 100_000
BATCH = 1_000
PARAMS = {f"param_{k}": k * 0.5 for k in range(5)}
METRICS = {f"metric_{k}": 0.1 * k for k in range(10)}


class ByHand:
    """The same writes as somebody makes them who has nothing but sqlite3."""

    def __init__(self, catalog: Path) -> None:
        self._connection = sqlite3.connect(catalog, isolation_level=None, timeout=30)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._experiment = "INSERT INTO experiments (name, created_at) VALUES ('hand', 0)"
        self._connection.execute(self._experiment)
        self._number = 0
        self._environment = json.dumps(surroundings.look_around().environment)

    def close(self) -> None:
        """Lets go of the catalog."""
        self._connection.close()

    def runs(self) -> None:
        """Runs, each started and ended in a transaction of its own."""
        for _ in range(RUNS):
            run_id = self._start(PARAMS)
            values = [(run_id, key, 0, _now(), value) for key, value in METRICS.items()]
            self._keep(run_id, values, end=True)

    def points(self) -> None:
        """Points that come one at a time, and are kept a thousand at a time."""
        run_id = self._start({})
        waiting: list[tuple[int, str, int, int, float]] = []
        for step in range(POINTS):
            waiting.append((run_id, "loss", step, _now(), 0.5))
            if len(waiting) == BATCH:
                self._keep(run_id, waiting)
                waiting = []
        self._keep(run_id, waiting, end=True)

    def batches(self) -> None:
        """Points that come, and are kept, a thousand at a time."""
        run_id = self._start({})
        for first in range(0, POINTS, BATCH):
            now = _now()
            rows = [(run_id, "loss", step, now, 0.5) for step in range(first, first + BATCH)]
            self._keep(run_id, rows)
        self._keep(run_id, [], end=True)

    def _start(self, params: dict[str, float]) -> int:
        self._number += 1
        execute = self._connection.execute
        execute("PRAGMA synchronous = NORMAL")  # as ours: what follows makes the start last
        execute("BEGIN IMMEDIATE")
        found = execute("SELECT id FROM experiments WHERE name = 'hand'").fetchone()
        now = _now()
        added = execute(
            "INSERT INTO runs (uid, experiment_id, name, recipe, model, state, params, seed, source_hash, "
            "train, test, environment, created_by, started_at, heartbeat_at) "
            "VALUES (?, ?, 'bench', '', '', 'running', ?, 0, ?, '', '', ?, 'me', ?, ?)",
            (
                f"{self._number:032x}",
                found[0],
                json.dumps(params),
                "0" * 64,
                self._environment,
                now,
                now,
            ),
        )
        run_id = added.lastrowid
        assert run_id is not None
        self._connection.executemany(
            "INSERT INTO run_params (run_id, key, text, number) VALUES (?, ?, ?, ?)",
            [(run_id, key, str(value), value) for key, value in params.items()],
        )
        execute("COMMIT")
        execute("PRAGMA synchronous = FULL")
        return run_id

    def _keep(
        self, run_id: int, points: Sequence[tuple[int, str, int, int, float]], *, end: bool = False
    ) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO metric_points (run_id, key, step, at, value) VALUES (?, ?, ?, ?, ?)",
            points,
        )
        latest = {point[1]: point for point in points}
        self._connection.executemany(
            "INSERT INTO metrics (run_id, key, step, value) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (run_id, key) DO UPDATE SET step = excluded.step, value = excluded.value",
            [(run_id, key, step, value) for _, key, step, _, value in latest.values()],
        )
        if end:
            execute(
                "UPDATE runs SET state = 'finished', ended_at = ? WHERE id = ?", (_now(), run_id)
            )
        else:
            execute("UPDATE runs SET heartbeat_at = ? WHERE id = ?", (_now(), run_id))
        execute("COMMIT")


def _now() -> int:
    return time.time_ns() // 1000


@contextlib.contextmanager
def project() -> Iterator[tuple[Workbench, ByHand]]:
    """A new project, and a catalog beside it that is written by hand."""
    measuring.FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=measuring.FOLDER))
    try:
        (folder / "workbench.toml").write_text('[project]\nname = "bench"\n', encoding="utf-8")
        (folder / "hand").mkdir()
        initialise(folder)
        # A catalog of its own: neither waits for the other's writes, nor grows by them.
        other = Store.create(folder / "hand", program="bench")
        by_hand = ByHand(other.layout.catalog)
        with workbench.open(folder) as handle:
            yield handle, by_hand
        by_hand.close()
        other.close()
    finally:
        shutil.rmtree(folder)
