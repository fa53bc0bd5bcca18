"""Peers: other people's tools in virtual environments of their own, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

FOLDER = Path(os.environ.get("WORKBENCH_PEERS", Path.home() / ".cache" / "workbench-peers"))
"""Each peer's environment lies in a folder of its name; made by `python -m venv` and pip."""


def python_of(name: str) -> Path | None:
    """The interpreter of a peer's environment; None, after a word, when there is none."""
    python = FOLDER / name / "bin" / "python"
    if python.exists():
        return python
    print(f"\n{name} is not installed: python -m venv {FOLDER / name}, then pip install it there.")
    return None


def ask(python: Path, script: str, *arguments: str) -> dict[str, float]:
    """What a script prints as JSON on its last line, run by a peer's interpreter."""
    command = [str(python), "-c", script, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    found: dict[str, float] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found
