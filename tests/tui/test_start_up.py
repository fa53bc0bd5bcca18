from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import workbench
from tests.tui.playing import settled
from workbench.tui.app import WorkbenchApp

HEAVY = {"sqlalchemy", "duckdb", "sklearn", "lightgbm", "litestar", "numpy", "pandas"}


def test_importing_the_app_loads_nothing_heavy():
    code = f"import sys, workbench.tui.app; print(*sorted({HEAVY!r} & set(sys.modules)))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == ""


def test_the_frame_is_painted_before_the_project_is_open(stocked):
    may_open = threading.Event()

    def opener(path):
        may_open.wait(timeout=20)
        return workbench.open(path)

    async def run():
        app = WorkbenchApp(stocked, opener=opener, period_s=None)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            before = app.export_screenshot()
            may_open.set()
            await settled(pilot)
            after = app.export_screenshot()
        return before, after

    before, after = asyncio.run(run())

    assert "opening" in before
    assert "late@v6" not in before
    assert "late@v6" in after


def test_settling_in_loads_what_other_screens_need_and_keeps_it_from_the_collector():
    code = (
        "import gc, sys; from workbench.tui.app import settle_in; settle_in();"
        "print('workbench.services.browsing' in sys.modules, gc.get_freeze_count() > 10_000);"
        "gc.unfreeze()"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (ran.stdout.strip(), ran.stderr) == ("True True", "")
