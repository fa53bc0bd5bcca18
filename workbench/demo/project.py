"""The demo's own project: made in a folder, recognised by a marker, dropped into file by file."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import sample_data
from workbench.errors import ProjectExists
from workbench.services.context import initialise

MARKER = ".workbench-demo"
INBOX = Path("inbox/flights")
REPORT = "report.html"


def make(folder: Path, *, fresh: bool) -> Path:
    """Makes the demo's project.

    Args:
        folder: A folder that is empty, missing, or was made by an earlier demo.
        fresh: Removes what an earlier demo made.

    Returns:
        The project's folder as an absolute path.

    Raises:
        ProjectExists: The folder holds something else, or an earlier demo and `fresh` is not asked for.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        raise ProjectExists(f"{folder} is a file.", "Name another folder: `workbench demo FOLDER`.")
    if target.is_dir() and any(target.iterdir()):
        if not (target / MARKER).is_file():
            raise ProjectExists(
                f"{folder} is not empty, and no demo made it.",
                "Name another folder: `workbench demo FOLDER`.",
            )
        if not fresh:
            raise ProjectExists(
                f"{folder} holds an earlier demo.",
                f"Look at it with `workbench -C {folder}`, or start over with "
                f"`workbench demo {folder} --fresh`.",
            )
        _empty(target)
    target.mkdir(parents=True, exist_ok=True)
    # First of all, so that a demo that was interrupted is recognised.
    (target / MARKER).write_text("Made by `workbench demo`; --fresh removes it.\n")
    settings = resources.files("workbench.demo").joinpath("workbench.toml")
    (target / "workbench.toml").write_bytes(settings.read_bytes())
    (target / INBOX).mkdir(parents=True)
    initialise(target)
    return target


def drop(project: Path, month: Path) -> None:
    """Puts a month's file into the watched folder as a careful sender does: whole, by a rename."""
    target = project / INBOX / month.name
    partial = target.with_name(f".{target.name}.part")
    shutil.copy2(month, partial)
    partial.rename(target)


def months() -> tuple[tuple[str, Path], ...]:
    """The months of the sample data with their files."""
    return tuple(zip(sample_data.MONTHS, sample_data.files(), strict=True))


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
