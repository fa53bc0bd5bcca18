"""What the terminal UI remembers of its user: the theme, and how a project's runs are listed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RunListing:
    """How the runs of a project are listed."""

    columns: tuple[str, ...] = ()
    """Names of what stands beside a run; empty: what a list begins with."""
    sort: str | None = None
    """A name, with a minus before it for the largest first; None: newest first."""


def settings_path() -> Path:
    """Where the settings lie: under `$XDG_CONFIG_HOME`, else `~/.config`."""
    root = os.environ.get("XDG_CONFIG_HOME")
    return (Path(root) if root else Path.home() / ".config") / "workbench" / "tui.json"


def read_theme(path: Path) -> str | None:
    """The theme chosen last; None when there is none or the file cannot be read as settings."""
    theme = _read(path).get("theme")
    return theme if isinstance(theme, str) else None


def write_theme(path: Path, theme: str) -> None:
    """Remembers the theme.

    Raises:
        OSError: The folder cannot be written.
    """
    _write(path, _read(path) | {"theme": theme})


def read_runs(path: Path, project: Path) -> RunListing:
    """How the runs of a project were listed last."""
    listings = _read(path).get("runs")
    known = listings.get(str(project)) if isinstance(listings, dict) else None
    if not isinstance(known, dict):
        return RunListing()
    columns, sort = known.get("columns"), known.get("sort")
    names = columns if isinstance(columns, list) else []
    return RunListing(
        columns=tuple(name for name in names if isinstance(name, str)),
        sort=sort if isinstance(sort, str) else None,
    )


def write_runs(path: Path, project: Path, listing: RunListing) -> None:
    """Remembers how the runs of a project are listed.

    Raises:
        OSError: The folder cannot be written.
    """
    known = _read(path)
    listings = known.get("runs")
    others = listings if isinstance(listings, dict) else {}
    kept = {"columns": list(listing.columns), "sort": listing.sort}
    _write(path, known | {"runs": others | {str(project): kept}})


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known) + "\n", encoding="utf-8")
