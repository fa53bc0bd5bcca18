"""Measures Data mode over 1M rows x 100 columns: `python -m tests.tui.lag [WIDTHxHEIGHT] [ROWS]`.

Per key: how long until its effect is shown, and the longest callback of the event loop meanwhile, by the
clock and by the CPU time of its thread; on a busy machine only the latter says what a callback costs.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from asyncio import events
from collections.abc import Callable
from pathlib import Path

import duckdb
from textual._context import active_app

from tests.services.project import opened
from tests.tui.playing import settled
from workbench.services import datasets
from workbench.tui.app import WorkbenchApp, settle_in
from workbench.tui.widgets.grid import Grid
from workbench.tui.widgets.table import Table

TOML = '[project]\nname = "wide"\n[datasets.wide]\ntime = "at"\nkey = ["id"]\n'
COLUMNS = (
    "hash(i, {n}) % 10000 / 100.0 AS number_{n}",
    "(hash(i, {n}) % 500)::INTEGER AS whole_{n}",
    "['서울', '부산', '대구', 'Incheon'][1 + (hash(i, {n}) % 4)::INTEGER] AS \"지역_{n}\"",
    "CASE WHEN hash(i, {n}) % 20 > 0 THEN sqrt(hash(i, {n}) % 100000) END AS root_{n}",
    "hash(i, {n}) % 3 = 0 AS flag_{n}",
)
PATIENCE_S = 30.0


class Longest:
    """The longest callback of the loop since the last look, in seconds."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0
        plain = events.Handle._run

        def timed(handle):
            wall_s, cpu_s = time.perf_counter(), time.thread_time()
            plain(handle)
            self.wall_s = max(self.wall_s, time.perf_counter() - wall_s)
            self.cpu_s = max(self.cpu_s, time.thread_time() - cpu_s)

        events.Handle._run = timed

    def take(self) -> str:
        said = f"longest callback {self.wall_s * 1e3:5.1f} ms, CPU {self.cpu_s * 1e3:5.1f} ms"
        self.wall_s = self.cpu_s = 0.0
        return said


def make(folder: Path, rows: int) -> Path:
    """A project with one accepted version of `rows` rows and 100 columns."""
    columns = ", ".join(COLUMNS[n % len(COLUMNS)].format(n=n) for n in range(98))
    at = "TIMESTAMP '2024-01-01' + INTERVAL (i * 20) SECOND AS at"
    sql = f"SELECT i AS id, {at}, {columns} FROM range({rows}) t(i)"
    duckdb.execute(f"COPY ({sql}) TO '{folder}/wide.parquet' (FORMAT parquet, COMPRESSION zstd)")
    with opened(folder, TOML) as project:
        datasets.ingest(project.context, "wide", [folder / "wide.parquet"])
        project.work(kinds=("check",))
    return folder


async def measure(project: Path, size: tuple[int, int], rows: int) -> None:
    """Presses keys and prints what each cost."""
    app = WorkbenchApp(project, settle_in=settle_in)
    async with app.run_test(size=size) as pilot:
        active_app.set(app)
        await settled(pilot)
        longest = Longest()

        async def key(name: str, is_shown: Callable[[], bool], *, says: str) -> None:
            longest.take()
            began = time.perf_counter()
            app.simulate_key(name)
            while not is_shown() and time.perf_counter() - began < PATIENCE_S:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            took_ms = (time.perf_counter() - began) * 1e3
            await asyncio.sleep(0.3)
            sys.stdout.write(f"{says:34}{took_ms:8.1f} ms   {longest.take()}\n")

        def grid() -> Grid:
            return app.screen.query_one(Grid)

        def profile() -> bool:
            found = app.screen.query("#columns")
            return bool(found) and len(found.first(Table).rows) == 100

        await key("2", profile, says="2  Data, 100 columns profiled")
        await key("r", lambda: bool(app.screen.query(Grid)) and bool(grid().rows), says="r  rows")
        await key("G", lambda: grid().selected == rows - 1, says="G  last row")
        await key("g", lambda: grid().selected == 0, says="g  first row")
        for step, sign in (("up", "▲"), ("down", "▼")):
            await key(
                "o", lambda sign=sign: sign in grid()._columns[1].label, says=f"o  sorted {step}"
            )
        await key("o", lambda: grid()._columns[1].label == "id", says="o  not sorted")
        for name, times in (("right", 30), ("pagedown", 40)):
            for _ in range(times):
                app.simulate_key(name)
                await asyncio.sleep(0.03)
            sys.stdout.write(f"{times} x {name:39}   {longest.take()}\n")
        await key("s", lambda: grid()._total == 200, says="s  random rows")


def main(size: str = "120x36", rows: str = "1000000") -> None:
    """Makes the project in a temporary folder and measures."""
    wide, high = (int(one) for one in size.split("x"))
    with tempfile.TemporaryDirectory() as made:
        project = make(Path(made), int(rows))
        try:
            asyncio.run(measure(project, (wide, high), int(rows)))
        finally:
            gc.unfreeze()


if __name__ == "__main__":
    main(*sys.argv[1:])
