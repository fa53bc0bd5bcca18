"""Measures Serve mode while its endpoint is loaded: `python -m tests.tui.lag_serve [WIDTHxHEIGHT] [SECONDS]`.

wrk asks an endpoint on the same cores with 16 connections. Per page of the screen: requests per second meanwhile,
and the longest callback of the event loop, by the clock and by the CPU time of its thread; on a busy machine only
the latter says what a callback costs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from textual._context import active_app

import workbench
from storage.records import Routing
from storage.store import Store
from tests.http.project import ROW, eventually, make_project, promote, register, serving
from tests.tui.lag import Longest
from tests.tui.playing import settled
from workbench.tui import asking
from workbench.tui.app import WorkbenchApp, settle_in
from workbench.tui.serve_seen import PAGES

CONNECTIONS = 16
SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = [[{body}]]
"""


def make(folder: Path) -> Path:
    """A project with a champion, a canary and a shadow."""
    project = make_project(folder)
    store = Store.open(project, program="test")
    promote(store, register(store))
    for bias in (0.3, 0.6):
        register(store, bias=bias)
    store.close()
    with workbench.open(project) as handle:
        for number, alias in ((2, "challenger"), (3, "shadow")):
            handle.promote("late", number, expected=None, why="load", alias=alias)
        shares = Routing(answers={"champion": 80, "challenger": 20}, shadows=("shadow",))
        handle.set_routing("late", shares, why="load")
    return project


async def measure(project: Path, address: str, size: tuple[int, int], seconds: int) -> None:
    """Looks at each page under load and prints what it cost."""
    script = project / "ask.lua"
    script.write_text(SCRIPT.format(body=json.dumps({"rows": [ROW]})), encoding="utf-8")
    app = WorkbenchApp(project, settle_in=settle_in)
    async with app.run_test(size=size) as pilot:
        active_app.set(app)
        await settled(pilot)
        app.simulate_key("5")
        await asyncio.sleep(2)
        longest = Longest()
        for page in PAGES:
            load = _load(address, script, seconds)
            longest.take()
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(seconds)
            share = (time.thread_time() - cpu) / (time.perf_counter() - began)
            told = longest.take()
            rate = await asyncio.to_thread(_rate, load)
            sys.stdout.write(f"{page:12}{rate:>9}/s   {told}, {share:5.1%} of a core\n")
            app.simulate_key("right_square_bracket")
            await asyncio.sleep(0.5)


def _load(address: str, script: Path, seconds: int) -> subprocess.Popen[str]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script)]
    return subprocess.Popen(
        [*command, f"{address}/predict/late"], stdout=subprocess.PIPE, text=True
    )


def _rate(load: subprocess.Popen[str]) -> str:
    said = load.communicate()[0]
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    return f"{float(found[1]):.0f}" if found else "?"


def main(size: str = "120x36", seconds: str = "10") -> None:
    """Makes the project in a temporary folder and measures."""
    wide, high = (int(one) for one in size.split("x"))
    with tempfile.TemporaryDirectory() as made:
        project = make(Path(made))
        try:
            with serving(project) as address:
                eventually(lambda: not asking.ask(address, "late", ROW).problem)
                asyncio.run(measure(project, address, (wide, high), int(seconds)))
        finally:
            gc.unfreeze()


if __name__ == "__main__":
    main(*sys.argv[1:])
