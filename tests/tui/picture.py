"""Takes pictures of the screens: `python -m tests.tui.picture FOLDER [WIDTHxHEIGHT] [MODE …]`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tui.playing import settled
from tests.tui.served import busy, serving
from tests.tui.shapes import NOW
from tests.tui.stock import new_project, stocked_project
from tests.tui.studied import with_study
from workbench.tui.actions import MODES
from workbench.tui.app import WorkbenchApp


async def picture(
    folder: Path,
    project: Path,
    mode: str,
    *,
    size: tuple[int, int],
    keys: tuple[str, ...] = (),
    theme: str = "workbench-dark",
) -> Path:
    """Plays `keys` on a mode of a project and keeps what is seen as SVG."""
    app = WorkbenchApp(project, now=lambda: NOW, period_s=None)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.theme = theme
        for key in (str(list(MODES).index(mode) + 1), *keys):
            await pilot.press(key)
            await settled(pilot)
        name = "-".join([mode, *keys, f"{size[0]}x{size[1]}"])
        path = folder / f"{name}.svg"
        path.write_text(app.export_screenshot(title=f"workbench {project.name}"), encoding="utf-8")
        return path


def to_png(svg: Path) -> Path:
    """Converts a picture by headless Chromium, which draws braille and Hangul right."""
    png = svg.with_suffix(".png")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={profile}",
                f"--screenshot={png}",
                "--window-size=1500,940",
                svg.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    return png


def main(folder: Path, size: tuple[int, int], wanted: list[str]) -> None:
    """Takes the pictures: `runs+m` presses a key, `home!` is of an empty project, `home~` is light."""
    with tempfile.TemporaryDirectory() as made:
        full = with_study(stocked_project(Path(made) / "flights"))
        empty = new_project(Path(made) / "empty")
        busy(full)
        with serving(full):
            for one in wanted:
                mode, *keys = one.split("+")
                project = empty if mode.endswith("!") else full
                theme = "workbench-light" if mode.endswith("~") else "workbench-dark"
                taken = picture(
                    folder, project, mode.rstrip("!~"), size=size, keys=tuple(keys), theme=theme
                )
                sys.stdout.write(f"{to_png(asyncio.run(taken))}\n")


if __name__ == "__main__":
    wide, high = (int(n) for n in (sys.argv[2] if len(sys.argv) > 2 else "120x36").split("x"))
    main(Path(sys.argv[1]), (wide, high), sys.argv[3:] or list(MODES))
