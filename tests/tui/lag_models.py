"""Measures Models mode over 500 versions of a model: `python -m tests.tui.lag_models [WIDTHxHEIGHT] [VERSIONS]`.

Per key: the longest callback of the event loop until its effect is shown, by the clock and by the CPU time of
its thread; on a busy machine only the latter says what a callback costs.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from textual._context import active_app
from textual.widgets import Input

from tests.tui.lag import Longest
from tests.tui.playing import settled
from tests.tui.stock import VERSIONS, Stocking, _model_version, stocked_project
from workbench.tui.app import WorkbenchApp, settle_in
from workbench.tui.model_seen import PAGES

SHOWN_S = 0.6
"""Long enough for what a key does to be read and shown."""


def make(folder: Path, versions: int) -> Path:
    """The stocked project with so many versions of its model."""
    project = stocked_project(folder / "flights")
    stocking = Stocking(project)
    like = replace(
        _model_version(1), run_id=None, dataset="flights", version=3, tags={"team": "ops"}
    )
    with stocking.store.write() as tx:
        for number in range(VERSIONS + 1, versions + 1):
            tx.models.register(replace(like, source=f"late-{number}.txt"))
    stocking.store.close()
    return project


async def measure(project: Path, size: tuple[int, int]) -> None:
    """Presses keys and prints what each cost."""
    app = WorkbenchApp(project, settle_in=settle_in)
    async with app.run_test(size=size) as pilot:
        active_app.set(app)
        await settled(pilot)
        longest = Longest()

        async def keys(*names: str, says: str, times: int = 1) -> None:
            longest.take()
            for name in names * times:
                app.simulate_key(name)
                await asyncio.sleep(0.03)
            await asyncio.sleep(SHOWN_S)
            sys.stdout.write(f"{says:24}   {longest.take()}\n")

        await keys("4", says="4  Models")
        await keys("down", says="20 x down", times=20)
        await keys("pagedown", says="12 x pagedown", times=12)
        await keys("g", says="g  first version")
        await keys("space", says="space  mark")
        for page in (*PAGES[1:], PAGES[0]):
            await keys("right_square_bracket", says=f"]  {page}")
        await keys("enter", says="enter  card")
        for page in (*PAGES[1:], PAGES[0]):
            await keys("right_square_bracket", says=f"]  {page} on the card")
        await keys("escape", "down", "c", says="c  diff")
        await keys("escape", "slash", says="/  filter")
        for query in ("roc_auc>0.7", "tags.team=ops", ""):
            longest.take()
            app.screen.query_one("#filter", Input).value = query
            await asyncio.sleep(2 * SHOWN_S)
            sys.stdout.write(f"/  {query:21}   {longest.take()}\n")


def main(size: str = "120x36", versions: str = "500") -> None:
    """Makes the project in a temporary folder and measures."""
    wide, high = (int(one) for one in size.split("x"))
    with tempfile.TemporaryDirectory() as made:
        project = make(Path(made), int(versions))
        try:
            asyncio.run(measure(project, (wide, high)))
        finally:
            gc.unfreeze()


if __name__ == "__main__":
    main(*sys.argv[1:])
