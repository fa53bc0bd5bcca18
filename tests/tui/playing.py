"""Plays the terminal UI without a terminal: keys in, state out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.shapes import NOW
from workbench.tui.app import WorkbenchApp

ROOMY, NARROW = (120, 36), (80, 24)


async def settled(pilot: Pilot) -> None:
    """Waits until everything asked for has been read and shown."""
    is_busy = True
    while is_busy:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        is_busy = any(not worker.is_finished for worker in pilot.app.workers)


async def fill(pilot: Pilot, text: str) -> None:
    """Writes into the focused input."""
    pilot.app.screen.query_one(Input).value = text
    await settled(pilot)


async def press(pilot: Pilot, *keys: str) -> None:
    """Presses keys, each once the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def play(
    scenario: Callable[[Pilot], Awaitable[None]],
    project: Path,
    *,
    size: tuple[int, int] = ROOMY,
    settings: Path | None = None,
) -> None:
    """Runs a scenario against a freshly started app whose store has been read once."""

    async def run() -> None:
        app = WorkbenchApp(project, settings=settings, now=lambda: NOW, period_s=None)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            await scenario(pilot)

    asyncio.run(run())


def shown(pilot: Pilot, selector: str) -> str:
    """What a pane shows, as text."""
    pane = pilot.app.screen.query_one(selector)
    return "\n".join(pane.render_line(y).text.rstrip() for y in range(pane.line_count))
