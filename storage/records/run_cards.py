"""A run with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records.runs import Artifact, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCard:
    """A run, its files, its children, and the model versions made of it."""

    run: Run
    artifacts: tuple[Artifact, ...]
    children: tuple[Run, ...]
    """Newest first, at most 50."""
    models: tuple[str, ...]
    """`late@v2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRemoval:
    """Whether a run is gone."""

    run: int
    kept_because: str | None
    """Why it is still there; None: it is gone, and its children with it."""
