"""What would be run now, beside what was run last."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records.run_comparison import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Why a run would be another one now."""

    area: Area
    sentence: str
    """`flights@v3 -> flights@v12`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A recipe of workbench.toml: its latest finished run, and what has changed since."""

    experiment: str
    recipe: str
    data: str | None
    """The version it would be trained on; None: the dataset has no accepted version."""
    last_run: int | None
    """None: it has never been run to its end."""
    changes: tuple[Change, ...]
    """Empty when the run would be the same."""

    @property
    def would_change(self) -> bool:
        """Whether running it now would give another run, or the first one; not where it cannot be run."""
        return self.data is not None and (self.last_run is None or bool(self.changes))
