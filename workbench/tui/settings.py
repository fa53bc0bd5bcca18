"""What the terminal UI remembers of its user: the theme."""

from __future__ import annotations

import json
import os
from pathlib import Path


def settings_path() -> Path:
    """Where the settings lie: under `$XDG_CONFIG_HOME`, else `~/.config`."""
    root = os.environ.get("XDG_CONFIG_HOME")
    return (Path(root) if root else Path.home() / ".config") / "workbench" / "tui.json"


def read_theme(path: Path) -> str | None:
    """The theme chosen last; None when there is none or the file cannot be read as settings."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    theme = known.get("theme") if isinstance(known, dict) else None
    return theme if isinstance(theme, str) else None


def write_theme(path: Path, theme: str) -> None:
    """Remembers the theme.

    Raises:
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"theme": theme}) + "\n", encoding="utf-8")
