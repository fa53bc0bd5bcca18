"""Where a model version is exported to, and in which layout, as somebody writes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.services.model_export import Layout

LAYOUTS = ("folder", "triton")
HINT = "folder: with onnxruntime alone; triton: for Triton and MLServer"


def layout_of(told: str) -> Layout:
    """The layout that is meant; the first where nothing is told.

    Raises:
        UsageError: There is no such layout.
    """
    if (told or LAYOUTS[0]) not in LAYOUTS:
        raise UsageError(f"There is no layout '{told}'.", f"Write {' or '.join(LAYOUTS)}.")
    return cast("Layout", told or LAYOUTS[0])


def folder_of(told: str, project: Path) -> Path:
    """The folder that is meant; a relative one lies in the project."""
    return project / Path(told).expanduser()


def is_yes(told: str) -> bool:
    """Whether somebody said yes.

    Raises:
        UsageError: It is neither yes nor no.
    """
    if told not in {"", "no", "yes"}:
        raise UsageError(f"'{told}' is neither yes nor no.", "Write yes or no.")
    return told == "yes"
