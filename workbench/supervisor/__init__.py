"""The parent of a project's services: starts worker, watcher and endpoint, and restarts what dies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.supervisor.control import start, stop
    from workbench.supervisor.loop import run

__all__ = ["run", "start", "stop"]


def __getattr__(name: str) -> Any:
    """Loads what is asked for: stopping a supervisor needs nothing of what running one needs."""
    if name == "run":
        from workbench.supervisor.loop import run

        return run
    if name in {"start", "stop"}:
        from workbench.supervisor import control

        return getattr(control, name)
    raise AttributeError(f"module 'workbench.supervisor' has no attribute {name!r}")
