"""The checkout that code was run from: its commit, and how its files differ from that."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A folder under git as it is now."""

    commit: str
    difference: str
    """What `git diff HEAD` says of the folder; empty when nothing has changed."""


def look(folder: Path) -> Checkout | None:
    """The checkout that `folder` lies in; None when there is no git, no checkout or no commit."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    difference = _git(folder, "diff", "--no-ext-diff", "--no-color", "HEAD", "--", ".")
    # Whole to the last blank: a patch without its end does not apply.
    return Checkout(commit=commit.strip(), difference=difference or "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode(errors="replace") if answer.returncode == 0 else None
