"""The worker: claims jobs and does each in a child process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.worker.loop import run

__all__ = ["run"]


def __getattr__(name: str) -> Any:
    """Loads the loop when it is first asked for: a child imports this package without it."""
    if name == "run":
        from workbench.worker.loop import run

        return run
    raise AttributeError(f"module 'workbench.worker' has no attribute {name!r}")
